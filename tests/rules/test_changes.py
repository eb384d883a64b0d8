"""What changed between two signatures: each difference once, and nothing that no client could notice."""

from typing import Any

import pytest

from sigpact.rules.changes import changes
from tests.rules.cases import signature

_OLD: dict[str, Any] = {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}}
_TWO: dict[str, Any] = {"inputs": {"x": "float32 [?]", "t": "float32 []"}, "outputs": {"y": "float32 [?]"}}


def _with(old: dict[str, Any], **sides: Any) -> dict[str, Any]:
    return {**old, **sides}


_NAN = float("nan")
_CASES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    (_OLD, _OLD, []),
    (_OLD, _with(_OLD, inputs={"x": "float32 [?] @other:3"}), []),
    (_OLD, _with(_OLD, inputs={"q": "float32 [?]"}), ["input 'x' is called 'q'"]),
    (
        _OLD,
        _with(_OLD, inputs={"q": "int32 [?]"}),
        ["input 'x' is gone", "input 'q' is new: int32 [?], required"],
    ),
    (_OLD, _TWO, ["input 't' is new: float32 [], required"]),
    (_OLD, _with(_TWO, defaults={"t": 2.0}), ["input 't' is new: float32 [], default 2.0"]),
    (_TWO, _OLD, ["input 't' is gone"]),
    (_OLD, _with(_OLD, outputs={"z": "string [?]", "y": "float32 [?]"}), ["output 'z' is new: string [?]"]),
    (_OLD, _with(_OLD, outputs={"y": "float64 [?]"}), ["output 'y': float32 -> float64"]),
    (
        _OLD,
        _with(_OLD, outputs={"y": "int64 [?, 3]"}),
        ["output 'y': float32 -> int64", "output 'y': [?] -> [?, 3]"],
    ),
    (
        _OLD,
        _with(_OLD, inputs={"x": "composite"}),
        ["input 'x': [?] -> any shape", "input 'x': dense -> composite"],
    ),
    (_TWO, _with(_TWO, defaults={"t": 2.0}), ["input 't': default none -> 2.0"]),
    (_with(_TWO, defaults={"t": 2.0}), _TWO, ["input 't': default 2.0 -> none"]),
    (
        _with(_TWO, defaults={"t": 2.0}),
        _with(_TWO, defaults={"t": [2.0]}),
        ["input 't': default 2.0 -> [2.0]"],
    ),
    (
        _with(_TWO, defaults={"t": "en"}),
        _with(_TWO, defaults={"t": "de"}),
        ["input 't': default 'en' -> 'de'"],
    ),
    (_with(_TWO, defaults={"t": _NAN}), _with(_TWO, defaults={"t": _NAN}), []),
    (
        {"inputs": {"x": "float32 @a:0"}, "outputs": {"y": "float32 @b:0", "z": "float32 @c:0"}},
        {"inputs": {"x": "float32 @d:0"}, "outputs": {"y": "float32 @e:0", "z": "float32 @e"}},
        [
            "output 'y' in the graph: a tensor -> a tensor, that of output z",
            "output 'z' in the graph: a tensor -> a tensor, that of output y",
        ],
    ),
    (
        {"inputs": {"x": "float32 @a:0"}, "outputs": {"y": "float32 @b:0"}},
        {"inputs": {"x": "float32>int32 @a:0"}, "outputs": {"y": "float32 @-b:0"}},
        [
            "input 'x' in the graph: a tensor -> a tensor that takes int32",
            "output 'y' in the graph: a tensor -> absent",
        ],
    ),
    (_OLD, _with(_OLD, method=""), ["method name 'tensorflow/serving/predict' -> ''"]),
]


@pytest.mark.parametrize(("old", "new", "expected"), _CASES)
def test_each_difference_is_told_once(old: dict[str, Any], new: dict[str, Any], expected: list[str]) -> None:
    """Names, dtypes, shapes, encodings, defaults, methods; what the graph calls its tensors is no matter."""
    found = changes(signature("s", old), signature("s", new))
    assert [each.message for each in found] == expected


def test_a_whole_signature_comes_or_goes() -> None:
    """One change, however many tensors it has."""
    some = signature("s", _TWO)
    assert [(each.change, each.at) for each in changes(None, some)] == [("added", ())]
    assert [(each.change, each.at) for each in changes(some, None)] == [("removed", ())]
