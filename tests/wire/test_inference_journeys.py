"""classify and regress beyond the bodies: what clients write, what the server feeds, checks and answers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from sigpact.clients.kinds import Inference
from sigpact.clients.profile import ServerProfile
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.frozen import replace
from sigpact.wire.arrays import Value, value
from sigpact.wire.client_reads import Unreadable
from sigpact.wire.client_writes import CannotWrite
from sigpact.wire.inference import Feature, InferenceRequest, read_inference
from sigpact.wire.inference_answers import read_inference_answer, received
from sigpact.wire.inference_requests import make_inference, write_inference
from sigpact.wire.inference_results import fed, fetched, results, write_results
from sigpact.wire.refusal import Refusal
from sigpact.wire.tf_example import serialized
from tests.rules.cases import signature
from tests.values.builders import contract, tensor


def use_of(*inputs: Tensor, verb: str = "classify", **said: Any) -> SignatureUse:
    """Return how a client uses a signature `s`."""
    return contract(*inputs, verb=verb, **said)[1]


def rest(verb: str = "classify", language: str = "any") -> Inference:
    """Return a REST client of an API."""
    return Inference(verb, rest=True, language=language)


ALL = use_of(
    tensor("x", "number", 2, 1),
    tensor("one", "integer"),
    tensor("word", "text", "n"),
    context=(tensor("lang", "text"), tensor("sizes", "integer", 2)),
)
VALUES = {
    "x": value("float64", [[[0.5], [1]], [[2], [3]]]),
    "one": value("int64", [7, 8]),
    "word": value("string", [["a"], ['"']]),
    "lang": value("string", "en"),
    "sizes": value("int64", [1, 2]),
}


def test_a_rest_client_writes_flat_lists() -> None:
    """A shape is no list of lists; what has none is a bare literal; the context stands once for all."""
    assert write_inference(rest(), ALL, VALUES) == (
        b'{"signature_name": "s", "context": {"lang": "en", "sizes": [1, 2]}, "examples": ['
        b'{"x": [0.5, 1.0], "one": 7, "word": ["a"]}, {"x": [2.0, 3.0], "one": 8, "word": ["\\""]}]}'
    )


def test_both_protocols_send_the_same_examples() -> None:
    """What the server reads from the body is what a gRPC client puts into its lists."""
    body = write_inference(rest(), ALL, VALUES)
    assert isinstance(body, bytes)
    assert read_inference(body) == make_inference(ALL, VALUES)


@pytest.mark.parametrize(
    ("dtype", "made", "kind", "values"),
    [
        ("float32", value("float32", [0.1]), "float", (0.10000000149011612,)),
        ("float64", value("float64", [1e300]), "float", (np.inf,)),
        ("int32", value("int32", [-1]), "int64", (-1,)),
        ("uint64", value("uint64", [2**63 - 1]), "int64", (2**63 - 1,)),
        ("bool", value("bool", [True]), "int64", (1,)),
        ("string", value("string", ["é"]), "bytes", ("é".encode(),)),
    ],
)
def test_each_dtype_has_its_list(dtype: str, made: Value, kind: str, values: tuple[object, ...]) -> None:
    """A tf.Example has three kinds of lists (core/example/feature.proto)."""
    request = make_inference(use_of(tensor("x", dtype)), {"x": made})
    assert isinstance(request, InferenceRequest)
    assert request.examples == ({"x": Feature(kind, values)},)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dtype", "made", "said"),
    [
        ("uint64", value("uint64", [2**63]), "x: an int64 list does not hold 9223372036854775808"),
        ("complex64", value("complex64", [1j]), "x: a tf.Example has no list for complex64"),
    ],
)
def test_what_no_list_holds_is_not_sent(dtype: str, made: Value, said: str) -> None:
    """The client's library refuses it."""
    assert make_inference(use_of(tensor("x", dtype)), {"x": made}) == CannotWrite(said)


def test_what_json_cannot_say_is_not_sent() -> None:
    """A feature that is no text, and one without rows at all: an empty example."""
    use = use_of(tensor("x", "text"), tensor("y", "text"))
    assert isinstance(write_inference(rest(), use, {"x": value("string", [b"\xff"])}), CannotWrite)
    assert write_inference(rest(), use, {}) == b'{"signature_name": "s", "examples": [{}]}'


def test_the_context_is_merged_into_each_example() -> None:
    """The example's own feature counts (servables/tensorflow/util.cc:183-204)."""
    one, two = Feature("int64", (1,)), Feature("int64", (2,))
    found = fed(InferenceRequest("s", ({"a": two}, {"b": two}), {"a": one}))
    assert isinstance(found, Value)
    assert found.array.tolist() == [serialized({"a": two}), serialized({"a": one, "b": two})]
    assert fed(InferenceRequest("s", ())) == Refusal("INVALID_ARGUMENT", "Input is empty.")


CLASSES = {"classes": "string [?, 2]"}
SCORES = {"scores": "float32 [?, 2]"}
FETCHED = [
    ("classify", {"inputs": "string [?]"}, CLASSES | SCORES, ("classes", "scores")),
    ("classify", {"inputs": "string [?]"}, SCORES | {"other": "float32 [?]"}, ("scores",)),
    # the graph refuses what is no string, not the server
    ("classify", {"inputs": "float32 [?]"}, CLASSES, ("classes",)),
    ("regress", {"inputs": "string [?]"}, {"outputs": "float32 [?]"}, ("outputs",)),
    ("classify", {"examples": "string [?]"}, CLASSES, "No classification inputs found in SignatureDef"),
    ("regress", {"examples": "string [?]"}, {"outputs": "float32 [?]"}, "No regression inputs found"),
    ("classify", {"inputs": "string [?]", "b": "string [?]"}, CLASSES, "Expected one input Tensor."),
    ("classify", {}, CLASSES, "Expected one input Tensor."),
    (
        "classify",
        {"inputs": "string [?]"},
        CLASSES | SCORES | {"other": "float32 [?]"},
        "Expected one or two output Tensors, found 3",
    ),
    (
        "classify",
        {"inputs": "string [?]"},
        {"labels": "string [?]"},
        "Expected classification signature outputs to contain at least one of",
    ),
    ("regress", {"inputs": "string [?]"}, SCORES, "No regression outputs found in SignatureDef"),
    ("regress", {"inputs": "string [?]"}, {"outputs": "float32 [?]"} | SCORES, "Expected one output Tensor."),
]


@pytest.mark.parametrize(("verb", "inputs", "outputs", "expected"), FETCHED)
def test_what_the_server_fetches(
    verb: str, inputs: dict[str, str], outputs: dict[str, str], expected: tuple[str, ...] | str
) -> None:
    """serving-semantics §4.2: the checks before the graph runs, in the server's words."""
    found = fetched(verb, signature("s", {"inputs": inputs, "outputs": outputs}))
    if isinstance(expected, tuple):
        assert found == expected
    else:
        assert isinstance(found, Refusal)
        assert found.status == "INVALID_ARGUMENT"
        assert found.message.startswith(expected)


def test_a_server_may_look_at_the_method_name() -> None:
    """`--enable_signature_method_name_check`, off by default (classifier.cc, regressor.cc)."""
    found = signature("s", {"inputs": {"inputs": "string [?]"}, "outputs": CLASSES})
    server = ServerProfile(method_name_check=True)
    assert fetched("classify", found) == ("classes",)
    refused = fetched("classify", replace(found, method_name="tensorflow/serving/predict"), server)
    assert refused == Refusal(
        "INVALID_ARGUMENT",
        "Expected classification signature method_name to be tensorflow/serving/classify."
        " Was: tensorflow/serving/predict",
    )
    named = replace(found, method_name="tensorflow/serving/classify")
    assert fetched("classify", named, server) == ("classes",)


TWO = value("string", [["a", "b"], ["c", "d"]])
HALVES = value("float32", [[0.5, 0.5], [0.25, 0.75]])
CHECKED = [
    ("classify", {"classes": TWO}, {"classes": TWO, "scores": value("float32", [[0, 0], [0, 0]])}),
    ("classify", {"scores": HALVES}, {"classes": value("string", [["", ""], ["", ""]]), "scores": HALVES}),
    ("regress", {"outputs": value("float32", [1, 2])}, {"outputs": value("float32", [1, 2])}),
    ("regress", {"outputs": value("float32", [[1], [2]])}, {"outputs": value("float32", [1, 2])}),
    (
        "classify",
        {"classes": value("string", ["a", "b"])},
        "Expected Tensor shape: [batch_size num_classes] but got [2]",
    ),
    ("classify", {"classes": HALVES}, "Expected classes Tensor of DT_STRING. Got: DT_FLOAT"),
    (
        "classify",
        {"classes": TWO, "scores": value("float64", [[0, 0], [0, 0]])},
        "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE",
    ),
    (
        "classify",
        {"scores": value("float32", [[0.5, 0.5]])},
        "Expected scores output batch size of 2. Got: 1",
    ),
    (
        "classify",
        {"classes": value("string", [["a"], ["b"], ["c"]])},
        "Expected classes output batch size of 2. Got: 3",
    ),
    (
        "classify",
        {"classes": TWO, "scores": value("float32", [[0], [0]])},
        "Tensors class and score should match in dim_size(1). Got 2 vs. 1",
    ),
    (
        "regress",
        {"outputs": HALVES},
        "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got [2,2]",
    ),
    (
        "regress",
        {"outputs": value("float32", 1)},
        "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got []",
    ),
    (
        "regress",
        {"outputs": value("float32", [1, 2, 3])},
        "Input batch size did not match output batch size: 2 vs. 3",
    ),
    (
        "regress",
        {"outputs": value("int64", [1, 2])},
        "Expected output Tensor of DT_FLOAT.  Got: DT_INT64",
    ),
]


@pytest.mark.parametrize(("verb", "outputs", "expected"), CHECKED)
def test_what_the_server_answers(
    verb: str, outputs: dict[str, Value], expected: Mapping[str, Value] | str
) -> None:
    """Two examples: what the graph gave is checked (classifier.cc, regressor.cc); what it lacks is empty."""
    found = results(verb, outputs, 2)
    if isinstance(expected, str):
        assert found == Refusal("INVALID_ARGUMENT", expected)
        return
    assert not isinstance(found, Refusal)
    assert plain(found) == plain(expected)


def plain(values: Mapping[str, Value]) -> dict[str, tuple[str, object]]:
    """Return values that can be compared."""
    return {name: (each.dtype.name, each.array.tolist()) for name, each in values.items()}


BOTH = (tensor("classes", "text", "batch", 2), tensor("scores", "number", "batch", 2))


def test_an_answer_over_json_is_read_as_it_was_given() -> None:
    """Pairs of a label and a score; numbers are doubles then."""
    body = write_results("classify", {"classes": TWO, "scores": HALVES})
    assert isinstance(body, bytes)
    found = read_inference_answer(rest(), use_of(outputs=BOTH), body)
    assert not isinstance(found, Unreadable)
    assert found["classes"].array.tolist() == TWO.array.tolist()
    assert found["scores"].array.tolist() == HALVES.array.tolist()


def test_no_classes_are_no_columns() -> None:
    """A row without classes is an empty list, and so are its labels."""
    empty = {"classes": value("string", np.zeros((2, 0))), "scores": value("float32", np.zeros((2, 0)))}
    body = write_results("classify", empty)
    assert isinstance(body, bytes)
    found = read_inference_answer(rest(), use_of(outputs=BOTH), body)
    assert not isinstance(found, Unreadable)
    assert found["scores"].shape[0] == 2


@pytest.mark.parametrize(("dims", "expected"), [(("batch",), [1.5, 2.0]), (("batch", 1), [[1.5], [2.0]])])
def test_regressions_have_the_shape_that_the_client_says(dims: tuple[Any, ...], expected: list[Any]) -> None:
    """The API gives a number for each example; a client may call that a column."""
    use = use_of(verb="regress", outputs=(tensor("outputs", "number", *dims),))
    answer = {"outputs": value("float32", [1.5, 2.0])}
    body = write_results("regress", answer)
    assert body == b'{\n    "results": [1.5, 2.0]\n}'
    for found in (read_inference_answer(rest("regress"), use, body), received(use, answer)):
        assert not isinstance(found, Unreadable)
        assert found["outputs"].array.tolist() == expected


UNREADABLE = [
    (b'{"results": [[["a", NaN]]]}', "any", "scores", "NaN or Infinity stands in the body"),
    (b'{"results": [[["\xff", 0.5]]]}', "python", None, "the body is not UTF-8"),
    (b'{"error": "no"}', "any", None, "there is no list `results` in it"),
    (b"[]", "any", None, "there is no list `results` in it"),
    (b'{"results": [[[1, 0.5]]]}', "any", "classes", "it holds the number 1"),
]


@pytest.mark.parametrize(("body", "language", "output", "said"), UNREADABLE)
def test_what_a_client_cannot_read(body: bytes, language: str, output: str | None, said: str) -> None:
    """As in an answer of predict."""
    found = read_inference_answer(rest(language=language), use_of(outputs=BOTH), body)
    assert isinstance(found, Unreadable)
    assert found.output == output
    assert found.reason.startswith(said)


def test_a_label_is_text_over_grpc() -> None:
    """proto3 strings are UTF-8, whoever reads them."""
    use = use_of(outputs=BOTH[1:])
    found = received(use, {"classes": value("string", [[b"\xff"]]), "scores": value("float32", [[1]])})
    assert isinstance(found, Unreadable)
    assert (found.output, found.reason[:20]) == ("classes", "the label b'\\xff' is")
