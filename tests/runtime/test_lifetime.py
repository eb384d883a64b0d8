"""Processes that start, crash, hang, and end with everything else."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime import backend as backend_module
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.limits import Limits
from sigpact.runtime.protocol import Call, Crashed, Hung, Refused
from tests.runtime.helpers import Exports, alive, loaded, number, plain, processes_of

pytestmark = pytest.mark.tensorflow

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, or memory is counted on Linux only")


def test_each_load_has_a_fresh_state(backend: TensorFlowBackend, exports: Exports) -> None:
    """Calls of one session share variables, sessions do not."""
    add = exports.call("plain", "add", n=number(2))
    first, second = loaded(backend, exports), loaded(backend, exports)
    assert [plain(each)["total"] for each in first.run([add, add])] == [2, 4]
    assert [plain(each)["total"] for each in second.run([add])] == [2]


def test_no_more_processes_live_than_allowed(exports: Exports) -> None:
    """The session that was idle longest loads again when it is used again."""
    add = exports.call("plain", "add", n=number(2))
    with TensorFlowBackend(Limits(workers=2)) as backend:
        sessions = [loaded(backend, exports) for _ in range(2)]
        assert [plain(each.run([add])[0])["total"] for each in (*sessions, sessions[0])] == [2, 2, 4]
        third = loaded(backend, exports)
        assert len(backend._live) == 2
        totals = [plain(each.run([add])[0])["total"] for each in (sessions[0], third, sessions[1])]
        assert totals == [6, 2, 2]


@LINUX
def test_a_crash_a_hang_and_a_glutton_spare_the_calls_beside_them(
    tight: TensorFlowBackend, exports: Exports
) -> None:
    """Each is told as what it is, and every other call is answered."""

    def call(name: str, n: int) -> Call:
        return exports.call("plain", name, n=number(n))

    outcomes = loaded(tight, exports).run(
        [
            call("loop", 4),
            call("unique", 1 << 24),
            call("loop", 6),
            call("loop", 7),
            call("hog", 1 << 28),
            call("loop", 8),
        ]
    )
    crashed, hung, glutton = outcomes[1], outcomes[3], outcomes[4]
    assert [plain(outcomes[at])["y"] for at in (0, 2, 5)] == [4, 6, 8]
    assert isinstance(crashed, Crashed)
    assert (crashed.signal, crashed.detail.partition(": ")[0]) == (
        "SIGABRT",
        "the process was ended by SIGABRT",
    )
    # What else TensorFlow says on its way is of its release.
    assert crashed.detail.endswith(
        "terminate called after throwing an instance of 'std::bad_alloc'"
        " | what(): std::bad_alloc (its memory may grow by 0.25 GiB once loaded)"
    )
    assert hung == Hung(3.0)
    assert isinstance(glutton, Refused)
    assert glutton.status == "RESOURCE_EXHAUSTED"


def test_what_a_version_prints_stays_in_its_process(
    exports: Exports, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither stream of a report carries what an op prints, or what TensorFlow logs."""
    with TensorFlowBackend() as backend:
        session = loaded(backend, exports)
        assert plain(session.run([exports.call("plain", "noisy", n=number(1))])[0]) == {"n": 1}
    assert capfd.readouterr() == ("", "")


def test_tensorflow_may_be_loaded_after_the_fork(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of systems whose libraries do not survive a fork."""
    monkeypatch.setattr(backend_module, "_PRELOAD", False)
    with TensorFlowBackend() as backend:
        assert backend.describe().startswith("TensorFlow 2.")
        (outcome,) = loaded(backend, exports).run([exports.call("plain", "loop", n=number(4))])
        assert plain(outcome) == {"y": 4}


@LINUX
def test_nothing_is_left_behind(exports: Exports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No process and no file, although one worker was in an endless loop."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with TensorFlowBackend(Limits(call=0.5)) as backend:
        stream = loaded(backend, exports).stream([[exports.call("plain", "loop", n=number(7))]] * 2)
        assert next(stream) == [Hung(0.5)]
        pids = processes_of(backend)
        assert len(pids) == 2
    assert not [pid for pid in pids if alive(pid)]
    assert list(tmp_path.iterdir()) == []


PARENT = """
import sys
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.limits import Limits
from sigpact.runtime.session import _Batch, _Failures
from tests.runtime.helpers import Exports, loaded, number, processes_of
from pathlib import Path
exports = Exports(Path(sys.argv[1]))
with TensorFlowBackend() as backend:
    session = loaded(backend, exports)
    session._submit(_Batch([exports.call("plain", "loop", n=number(7))], _Failures(in_a_row=True)))
    print(*processes_of(backend), flush=True)
    session.run([])
"""


@LINUX
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_no_process_outlives_the_parent(exports: Exports, name: str) -> None:
    """However the parent ends while a version is in an endless loop."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(exports.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        pids = [int(each) for each in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.send_signal(signal.Signals[name])
        parent.wait()
    patience = time.monotonic() + 30
    while any(map(alive, pids)) and time.monotonic() < patience:
        time.sleep(0.02)
    assert not [pid for pid in pids if alive(pid)]


def test_the_end_of_the_zygote_is_told(exports: Exports) -> None:
    """Without it no version can be loaded; its workers do not outlive it."""
    with TensorFlowBackend() as backend:
        session = loaded(backend, exports)
        os.kill(backend._zygote._process.pid, signal.SIGKILL)
        with pytest.raises(
            RuntimeUnavailableError, match="the process that loads TensorFlow was ended by SIGKILL"
        ):
            backend.load(exports.path("plain"))
        with pytest.raises(RuntimeUnavailableError, match="was ended by SIGKILL"):
            session.run([exports.call("plain", "loop", n=number(4))] * 2)


def test_a_tensorflow_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Damaged libraries: the loader's own words."""
    for part in ("framework", "cc"):
        for ending in ("so.2", "2.dylib"):
            (tmp_path / f"libtensorflow_{part}.{ending}").write_bytes(b"damaged")
    monkeypatch.setattr(backend_module, "_package", lambda: str(tmp_path))
    with (
        TensorFlowBackend() as backend,
        pytest.raises(
            RuntimeUnavailableError, match=r"the installed TensorFlow cannot be used: .*libtensorflow"
        ),
    ):
        backend.describe()
