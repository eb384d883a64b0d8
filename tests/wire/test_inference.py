"""Bodies of classify and regress: features by their literals, answers by their layout."""

import math

import pytest

from sigpact.wire.inference import (
    Feature,
    InferenceRequest,
    read_inference,
    write_classifications,
    write_regressions,
)
from sigpact.wire.refusal import Refusal

_FEATURES = [
    ("1", Feature("int64", (1,))),
    ("[1, true, false]", Feature("int64", (1, 1, 0))),
    ("-9223372036854775808", Feature("int64", (-(2**63),))),
    ("1.0", Feature("float", (1.0,))),
    ("[1e3, 0.1]", Feature("float", (1000.0, 0.10000000149011612))),
    ("[Infinity, 1e39]", Feature("float", (math.inf, math.inf))),
    ("18446744073709551616", Feature("float", (18446744073709551616.0,))),
    ('["a", {"b64": "aGk="}]', Feature("bytes", (b"a", b"hi"))),
    ("[]", Feature()),
]


@pytest.mark.parametrize(("content", "expected"), _FEATURES)
def test_the_literal_decides_the_kind(content: str, expected: Feature) -> None:
    """A number with a point is a float, without one an integer; the signature has no say."""
    found = read_inference(f'{{"examples": [{{"f": {content}}}]}}'.encode())
    assert found == InferenceRequest("", ({"f": expected},))


def test_the_last_of_two_equal_features_counts() -> None:
    """Unlike keys of predict; names are cut at a NUL; the context is an example of its own."""
    body = rb'{"signature_name": "s", "context": {"c": 1}, "examples": [{"f": 1, "f\u0000": "x"}, {}]}'
    assert read_inference(body) == InferenceRequest(
        "s", ({"f": Feature("bytes", (b"x",))}, {}), {"c": Feature("int64", (1,))}
    )


_REFUSED = [
    ("", "JSON Parse error: The document is empty"),
    ('{"signature_name": 1}', "'signature_name' key must be a string value."),
    ("{}", "When method is classify, key 'examples' is expected and was not found"),
    ('{"examples": {}}', "Expecting 'examples' value to be an list/array"),
    ('{"examples": []}', "'examples' value is an empty array"),
    ('{"examples": [1]}', "Example must be JSON object but got JSON Number"),
    ('{"context": [], "examples": [{}]}', "Example must be JSON object but got JSON Array"),
    ('{"examples": [{"f": null}]}', "Feature: f has element with unexpected JSON type: Null"),
    ('{"examples": [{"f": [[1]]}]}', "Feature: f has element with unexpected JSON type: Array"),
    ('{"examples": [{"f": {"b64": 1}}]}', "Feature: f has element with unexpected JSON type: Object"),
    ('{"examples": [{"f": {"b64": "!"}}]}', "Unable to base64 decode"),
    ('{"examples": [{"f": [1, 1.0]}]}', "Unexpected element type in feature: f expecting type: int64"),
    ('{"examples": [{"f": [1.0, true]}]}', "Unexpected element type in feature: f expecting type: float"),
    ('{"examples": [{"f": ["a", 1]}]}', "Unexpected element type in feature: f expecting type: bytes"),
    (
        '{"examples": [{"f": 9223372036854775808}]}',
        "Feature: f has uint64_t element. Only int64_t is supported.",
    ),
]


@pytest.mark.parametrize(("body", "message"), _REFUSED)
def test_refuses(body: str, message: str) -> None:
    """What the server refuses, in its words."""
    found = read_inference(body.encode())
    assert isinstance(found, Refusal)
    assert found.status == "INVALID_ARGUMENT"
    assert found.message.endswith(message)


def test_writes_results() -> None:
    """Classes as pairs of label and score, regressions as numbers; none is an error."""
    assert write_classifications([[(b"car", 0.2), (b"", 1.0)], []]) == (
        b'{\n    "results": [[["car", 0.2], ["", 1.0]], []\n    ]\n}'
    )
    assert write_regressions([0.1, math.nan]) == b'{\n    "results": [0.1, NaN]\n}'
    for empty, name in ((write_classifications([]), "Classification"), (write_regressions([]), "Regression")):
        assert empty == Refusal("INVALID_ARGUMENT", f"Cannot convert empty {name}Results to JSON")
