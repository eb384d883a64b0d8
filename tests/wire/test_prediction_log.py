"""PredictionLogs: what was sent to which signature by which API, and what was answered."""

from pathlib import Path

import pytest

from sigpact.savedmodel.wire import WireError
from sigpact.wire.inference import Feature
from sigpact.wire.prediction_log import Logged, read_log
from sigpact.wire.tensor_protos import TensorError
from sigpact.wire.tfrecord import read_records
from tests.rows.logs import classes, floats, infer_log, input_of, multi_log, predict_log, regressions
from tests.savedmodel.writer import chunk, number

REQUESTS = Path(__file__).parents[1] / "cases" / "rows" / "requests.tfrecord"
"""Records with TensorProtos, tf.Examples and frames as TensorFlow 2.21 writes them."""


def everything(_api: str, _signature: str) -> bool:
    """Want every request."""
    return True


def read(record: bytes) -> list[Logged]:
    """Read all requests of a record."""
    return list(read_log(record, everything))


def records() -> list[list[Logged]]:
    """Read the file."""
    with REQUESTS.open("rb") as stream:
        return [read(each) for each in read_records(stream, REQUESTS.stat().st_size)]


def test_predict() -> None:
    """Tensors by name, with and without an answer; an empty name stands for the default."""
    (first,), (other,), (unanswered,), (unnamed,), *_ = records()
    assert (first.api, first.signature) == ("predict", "get_genre")
    assert first.inputs["title"].array.tolist() == [b"Jaws", "Amélie".encode()]
    assert first.outputs["genre"].array.tolist() == [b"Drama", b"Comedy"]
    assert first.outputs["score"].array.tolist() == [0.5, 0.25]
    assert other.inputs["x"].dtype.name == "float32"
    assert (unanswered.outputs, unnamed.signature) == ({}, "")


def test_classify_and_regress() -> None:
    """Features with their kinds, the context beside them; labels and scores, values."""
    (classified,), (regressed,) = records()[4:6]
    assert (classified.api, regressed.api) == ("classify", "regress")
    assert classified.examples[1] == {"age": Feature("float", (4.5,)), "tag": Feature("bytes", (b"c", b"d"))}
    assert classified.context == {"n": Feature("int64", (7,))}
    assert classified.outputs["classes"].array.tolist() == [[b"x", b"y"]] * 2
    assert classified.outputs["scores"].array.tolist() == [[0.5, 0.25], [0.125, 1.0]]
    assert regressed.context is None
    assert regressed.outputs["outputs"].array.tolist() == [0.5, 2.0]


def test_multi_inference_is_a_request_for_each_task() -> None:
    """The same examples to each signature, each with its own result."""
    one, other = records()[6]
    assert [(each.api, each.signature) for each in (one, other)] == [
        ("classify", "classify"),
        ("regress", "regress"),
    ]
    assert one.examples == other.examples == ({"age": Feature("float", (3.5,))},)
    assert one.outputs["scores"].array.tolist() == [[0.5]]
    assert other.outputs["outputs"].array.tolist() == [0.75]


def test_what_no_client_calls_is_none() -> None:
    """A session run, and an empty record, which the server takes for nothing as well."""
    assert records()[7:] == [[], []]


def test_only_what_is_wanted_is_read() -> None:
    """Another signature may send what cannot be read here."""
    record = predict_log("f", {"x": number(1, 20) + chunk(2, b"")})
    asked = []

    def is_wanted(api: str, signature: str) -> bool:
        asked.append((api, signature))
        return False

    assert (read_log(record, is_wanted), asked) == ((), [("predict", "f")])
    with pytest.raises(TensorError, match="'x': no array carries resource"):
        read(record)
    assert read_log(multi_log([("c", "classify")], input_of([{"a": [1.0]}])), is_wanted) == ()


def test_of_a_oneof_the_last_counts() -> None:
    """As a proto parser reads two of them."""
    record = predict_log("f", {"x": floats(1.0)}) + infer_log(
        3, "g", input_of([{"a": [1]}]), regressions(1.0)
    )
    (found,) = read(record)
    assert (found.api, found.signature) == ("regress", "g")


def test_classes_of_different_numbers_are_told() -> None:
    """No tensor holds them."""
    sent = input_of([{"a": [1]}, {"a": [2]}])
    with pytest.raises(TensorError, match="different numbers of classes"):
        read(infer_log(2, "c", sent, classes([("x", 1.0)], [("x", 1.0), ("y", 0.5)])))


@pytest.mark.parametrize("cut", [1, 5, 20, 40])
def test_a_torn_message_is_told(cut: int) -> None:
    """Never a part of it as if it were the whole."""
    with pytest.raises(WireError):
        read(predict_log("get_genre", {"x": floats(1.0, 2.0)})[:-cut])
