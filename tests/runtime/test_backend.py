"""Real versions in real processes."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime import backend as backend_module
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.limits import Limits
from sigpact.runtime.protocol import Answered, Call, Crashed, Hung, Refused, Unloadable
from sigpact.runtime.session import TensorFlowSession
from sigpact.wire.arrays import Value, value
from tests.runtime.helpers import Exports, number, plain, sent

pytestmark = pytest.mark.tensorflow

CODES = {3: "INVALID_ARGUMENT", 11: "OUT_OF_RANGE"}


def loaded(backend: TensorFlowBackend, exports: Exports, export: str = "plain") -> TensorFlowSession:
    """Load what must load."""
    session = backend.load(exports.path(export))
    assert isinstance(session, TensorFlowSession), session
    return session


def test_answers_are_those_of_tensorflows_own_session(backend: TensorFlowBackend, exports: Exports) -> None:
    """Second implementation: the same calls through Python's session, refusals by code included."""
    sessions = {name: loaded(backend, exports, name) for name in ("plain", "tf1")}
    for case in exports.oracle:
        feeds = {name: sent(elements) for name, elements in case["feeds"].items()}
        (outcome,) = sessions[case["export"]].run([exports.call(case["export"], case["signature"], **feeds)])
        match outcome:
            case Refused(status=status):
                assert status == CODES[case["code"]], case
            case _:
                assert plain(outcome) == case["outputs"], case


@pytest.mark.parametrize(
    ("export", "signature", "feeds", "message"),
    [
        # serving-semantics: Session::Run of the server, dtype against the placeholder
        ("plain", "text", {"title": [1.5]}, "Expects arg[0] to be string but float is provided"),
        ("plain", "matmul", {"x": [[1, 2, 3, 4]]}, "Expects arg[0] to be float but int64 is provided"),
        ("plain", "matmul", {"x": [[1.0, 2.0, 3.0]]}, "Matrix size-incompatible: In[0]: [1,3], In[1]: [4,3]"),
        (
            "tf1",
            "absent",
            {"x": 1.0},
            "Tensor nope:0, specified in either feed_devices or fetch_devices was not found in the Graph",
        ),
        (
            "tf1",
            "sparse",
            {"x": 1.0},
            "Tensor :0, specified in either feed_devices or fetch_devices was not found in the Graph",
        ),
        ("tf1", "nothing", {"x": 1.0}, "Must specify at least one target to fetch or execute."),
        ("tf1", "unfed", {}, "You must feed a value for placeholder tensor 'x' with dtype float"),
    ],
)
def test_refusals_are_in_the_words_of_the_server(
    backend: TensorFlowBackend,
    exports: Exports,
    export: str,
    signature: str,
    feeds: dict[str, Any],
    message: str,
) -> None:
    """A client reads these messages in its logs."""
    values = {name: sent(elements) for name, elements in feeds.items()}
    (outcome,) = loaded(backend, exports, export).run([exports.call(export, signature, **values)])
    assert isinstance(outcome, Refused)
    assert (outcome.status, message in outcome.message) == ("INVALID_ARGUMENT", True), outcome


ECHOED: dict[str, object] = {
    "float32": [0.1, -0.0, float("nan"), float("inf")],
    "float64": [0.1, 1e300],
    "float16": [0.5, 65504.0],
    "bfloat16": [0.5, 2.0**127, -1.0],
    "float8_e5m2": [0.25, 57344.0],
    "float8_e4m3fn": [0.25, 448.0],
    "int8": [-128, 127],
    "int16": [-32768, 32767],
    "int32": [-(1 << 31), (1 << 31) - 1],
    "int64": [-(1 << 63), (1 << 63) - 1],
    "uint8": [0, 255],
    "uint16": [0, 65535],
    "uint32": [0, (1 << 32) - 1],
    "uint64": [0, (1 << 64) - 1],
    "bool": [True, False],
    "complex64": [1 + 2j],
    "complex128": [1e300 - 1j],
    "string": [b"", b"\0", b"x\0", b"\xff\xfe", *(b"a" * n for n in (21, 22, 23, 24, 1000))],
}


@pytest.mark.parametrize("dtype", ECHOED)
def test_values_come_back_bit_by_bit(backend: TensorFlowBackend, exports: Exports, dtype: str) -> None:
    """Every dtype, in every rank, none and empty included, through an identity in the graph."""
    session = loaded(backend, exports)
    flat = value(dtype, ECHOED[dtype])
    for array in (
        flat.array,
        flat.array[:1].reshape(()),
        flat.array[:0],
        np.stack([flat.array] * 2)[:, None],
    ):
        (outcome,) = session.run([exports.call("plain", f"echo_{dtype}", x=Value(flat.dtype, array))])
        assert isinstance(outcome, Answered), outcome
        found = outcome.outputs["y"]
        assert (found.dtype, found.array.dtype) == (flat.dtype, flat.array.dtype)
        np.testing.assert_array_equal(found.array, array, strict=True)


def test_no_dtype_passes_for_another(backend: TensorFlowBackend, exports: Exports) -> None:
    """All pairs of different dtypes are refused, as by the server."""
    session = loaded(backend, exports)
    pairs = [(want, got) for want in ECHOED for got in ECHOED]
    outcomes = session.run(
        [
            exports.call("plain", f"echo_{want}", x=value(got, np.asarray(ECHOED[got])[:1]))
            for want, got in pairs
        ]
    )
    accepted = [pair for pair, outcome in zip(pairs, outcomes, strict=True) if isinstance(outcome, Answered)]
    assert accepted == [(dtype, dtype) for dtype in ECHOED]


@pytest.mark.parametrize(
    ("export", "signature", "dtype"),
    [("plain", "nibble", "int4"), ("tf1", "variant", "variant")],
)
def test_an_output_that_no_array_carries_is_refused(
    backend: TensorFlowBackend, exports: Exports, export: str, signature: str, dtype: str
) -> None:
    """One clear line instead of a traceback."""
    feeds = {"n": number(1)} if export == "plain" else {"x": value("float32", 1.0)}
    (outcome,) = loaded(backend, exports, export).run([exports.call(export, signature, **feeds)])
    assert outcome == Refused("UNIMPLEMENTED", f"an output is a {dtype} tensor, which no client can read")


def test_a_filter_spares_a_version_of_tensorflow_1_what_it_leaves_out(
    backend: TensorFlowBackend, exports: Exports
) -> None:
    """Only what is fetched is computed: another output may fail."""
    one = value("float32", 1.0)
    whole, filtered = loaded(backend, exports, "tf1").run(
        [
            exports.call("tf1", "partly", x=one),
            replace(exports.call("tf1", "partly", x=one), fetches=("good",)),
        ]
    )
    assert isinstance(whole, Refused)
    assert plain(filtered) == {"good": 2.0}


def test_defaults_of_the_signature_are_fed(backend: TensorFlowBackend, exports: Exports) -> None:
    """An input left out takes the default, one that is sent does not."""
    two = value("float32", 2.0)
    outcomes = loaded(backend, exports).run(
        [exports.call("plain", "scaled", x=two), exports.call("plain", "scaled", x=two, by=two)]
    )
    assert [plain(each) for each in outcomes] == [{"y": 6.0}, {"y": 4.0}]


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


def test_missing_variables_do_not_keep_a_version_from_loading(
    backend: TensorFlowBackend, exports: Exports
) -> None:
    """As on the server: it goes live, and each call that reads one fails."""
    session = loaded(backend, exports, "no_variables")
    good, bad = session.run(
        [
            exports.call("plain", "text", title=value("string", ["a"])),
            exports.call("plain", "matmul", x=value("float32", np.zeros((1, 4)))),
        ]
    )
    assert plain(good) == {"upper": ["A"], "length": [1]}
    assert isinstance(bad, Refused)
    assert bad.status == "FAILED_PRECONDITION"


@pytest.mark.parametrize(
    ("export", "reason"),
    [
        ("nowhere", "Could not find SavedModel .pb or .pbtxt at supplied export directory path: "),
        ("garbage", "Can't parse "),
        ("other_tag", "Could not find meta graph def matching supplied tags: { serve }"),
        ("endless", "it did not load within 2 s"),
        ("bursting", "loading it failed: the process was ended by SIG"),
    ],
)
def test_a_version_that_does_not_load_says_why(
    tight: TensorFlowBackend, exports: Exports, export: str, reason: str
) -> None:
    """One line, and the next version still loads."""
    found = tight.load(exports.path(export))
    assert isinstance(found, Unloadable)
    assert found.reason.startswith(reason), found.reason
    assert "\n" not in found.reason
    loaded(tight, exports).close()


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
    assert crashed == Crashed(
        "SIGABRT",
        "the process was ended by SIGABRT: terminate called after throwing an instance of 'std::bad_alloc'"
        " | what(): std::bad_alloc (its memory may grow by 0.25 GiB once loaded)",
    )
    assert hung == Hung(1.0)
    assert isinstance(glutton, Refused)
    assert glutton.status == "RESOURCE_EXHAUSTED"


def test_fed_strings_do_not_pile_up(tight: TensorFlowBackend, exports: Exports) -> None:
    """More text than the memory limit allows goes through, call after call."""
    title = value("string", [b"x" * (1 << 20)] * 30)
    session = loaded(tight, exports)
    for _ in range(12):
        (outcome,) = session.run([exports.call("plain", "echo_string", x=title)])
        assert isinstance(outcome, Answered), outcome


def test_what_a_version_prints_stays_in_its_process(
    exports: Exports, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither stream of a report carries what an op prints, or what TensorFlow logs."""
    with TensorFlowBackend() as backend:
        session = loaded(backend, exports)
        assert plain(session.run([exports.call("plain", "noisy", n=number(1))])[0]) == {"n": 1}
    assert capfd.readouterr() == ("", "")


def test_tensorflow_is_not_imported_here(backend: TensorFlowBackend, exports: Exports) -> None:
    """The process that judges has a backend and no TensorFlow, in Python or in C."""
    loaded(backend, exports)
    assert not [name for name in sys.modules if name.split(".")[0] == "tensorflow"]
    maps = Path("/proc/self/maps")
    assert not maps.exists() or "libtensorflow" not in maps.read_text()


def test_it_says_which_tensorflow_runs(backend: TensorFlowBackend) -> None:
    """For the evidence."""
    assert backend.describe().startswith("TensorFlow 2.")


def test_tensorflow_may_be_loaded_after_the_fork(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of systems whose libraries do not survive a fork."""
    monkeypatch.setattr(backend_module, "_PRELOAD", False)
    with TensorFlowBackend() as backend:
        assert backend.describe().startswith("TensorFlow 2.")
        (outcome,) = loaded(backend, exports).run([exports.call("plain", "loop", n=number(4))])
        assert plain(outcome) == {"y": 4}


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
from tests.runtime.helpers import Exports, number
from tests.runtime.test_backend import loaded, processes_of
from pathlib import Path
exports = Exports(Path(sys.argv[1]))
with TensorFlowBackend() as backend:
    session = loaded(backend, exports)
    session._submit([exports.call("plain", "loop", n=number(7))])
    print(*processes_of(backend), flush=True)
    session.run([])
"""


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


def processes_of(backend: TensorFlowBackend) -> list[int]:
    """The pids of the zygote and of the workers."""
    workers = [session._worker for session in backend._live]
    return [backend._zygote._process.pid, *(worker._pid for worker in workers if worker)]


def alive(pid: int) -> bool:
    """Whether a process runs: not ended, and not merely waiting for somebody to ask how it ended."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
