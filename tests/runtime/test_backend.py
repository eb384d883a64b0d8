"""Real versions in real processes."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigpact.frozen import replace
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.protocol import Answered, Refused, Unloadable
from sigpact.wire.arrays import Value, value
from tests.runtime.helpers import Exports, loaded, plain, sent

pytestmark = pytest.mark.tensorflow

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, or memory is counted on Linux only")
CODES = {3: "INVALID_ARGUMENT", 11: "OUT_OF_RANGE"}


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
    "qint8": [-128, 127],
    "quint8": [0, 255],
    "qint16": [-32768, 32767],
    "quint16": [0, 65535],
    "qint32": [-(1 << 31), (1 << 31) - 1],
    "int4": [-8, 7, -1],
    "uint4": [0, 15],
    "int2": [-2, 1],
    "uint2": [0, 3],
    "float8_e4m3fnuz": [0.25, 240.0, -0.0078125],
    "float8_e4m3b11fnuz": [0.25, 30.0],
    "float8_e5m2fnuz": [0.25, 57344.0],
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


def test_an_output_that_no_array_carries_is_refused(backend: TensorFlowBackend, exports: Exports) -> None:
    """One clear line instead of a traceback."""
    call = exports.call("tf1", "variant", x=value("float32", 1.0))
    (outcome,) = loaded(backend, exports, "tf1").run([call])
    assert outcome == Refused("UNIMPLEMENTED", "an output is a variant tensor, which no client can read")


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
        ("endless", "it did not load within 5 s"),
        pytest.param("bursting", "loading it failed: the process was ended by SIG", marks=LINUX),
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


def test_fed_strings_do_not_pile_up(tight: TensorFlowBackend, exports: Exports) -> None:
    """More text than the memory limit allows goes through, call after call."""
    title = value("string", [b"x" * (1 << 20)] * 30)
    session = loaded(tight, exports)
    for _ in range(12):
        (outcome,) = session.run([exports.call("plain", "echo_string", x=title)])
        assert isinstance(outcome, Answered), outcome


def test_tensorflow_is_not_imported_here(backend: TensorFlowBackend, exports: Exports) -> None:
    """The process that judges has a backend and no TensorFlow, in Python or in C."""
    loaded(backend, exports)
    assert not [name for name in sys.modules if name.split(".")[0] == "tensorflow"]
    maps = Path("/proc/self/maps")
    assert not maps.exists() or "libtensorflow" not in maps.read_text()


def test_it_says_which_tensorflow_runs(backend: TensorFlowBackend) -> None:
    """For the evidence."""
    assert backend.describe().startswith("TensorFlow 2.")
