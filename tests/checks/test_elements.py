"""Elements of answers against every word of a domain; a table, and a slow second implementation."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpact.checks import elements
from sigpact.contract.model import BytesFile, Column, Domain
from sigpact.findings import Level
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values import patterns
from sigpact.values.patterns import Pattern, PatternTimeoutError
from sigpact.wire.arrays import Value, numpy_dtype, value
from tests.checks.answers import breaches, found
from tests.values.builders import tensor
from tests.values.oracle import admits, nearest
from tests.values.strategies import numeric_words

OUTSIDE = "output-value-outside"
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("dtype", "words", "element", "expected"),
    [
        ("float32", {"minimum": 0}, -1, "minimum 0"),
        ("float32", {"minimum": 0}, -0.0, None),
        ("float32", {"maximum": 1}, 1.0000001, "maximum 1"),
        # bounds are rounded to the dtype: float32(0.1) is not above 0.1
        ("float32", {"maximum": 0.1}, 0.1, None),
        ("float64", {"maximum": 0.1}, nearest("float32", 0.1), "maximum 0.1"),
        ("float16", {"minimum": 0.1}, 0.1, None),
        ("bfloat16", {"maximum": 0.3}, nearest("bfloat16", 0.3), None),
        ("float32", {"exclusive_minimum": 0}, 0, "exclusiveMinimum 0"),
        ("float32", {"exclusive_minimum": 0}, 1e-45, None),
        ("float32", {"exclusive_maximum": 0.1}, 0.1, "exclusiveMaximum 0.1"),
        ("float32", {"multiple_of": 0.1}, 0.3, None),
        ("float64", {"multiple_of": 0.1}, 0.30000000000000004, None),
        ("float64", {"multiple_of": 0.1}, 0.35, "multipleOf 0.1"),
        ("float64", {"multiple_of": 0.1}, 1e300, None),
        ("float64", {"multiple_of": 0.3}, 1.7e308, None),
        ("int32", {"multiple_of": 3}, 7, "multipleOf 3"),
        ("int32", {"multiple_of": 3}, -9, None),
        ("int32", {"minimum": 0.5}, 0, "minimum 0.5"),
        ("uint64", {"maximum": 2**63}, 2**64 - 1, f"maximum {2**63}"),
        ("uint64", {"minimum": -5}, 0, None),
        ("int64", {"minimum": -(2**70), "maximum": 2**70}, -(2**63), None),
        ("float32", {"enum": (0.1, 1)}, 0.1, None),
        ("float32", {"enum": (0.1, 1)}, 0.2, "one of 0.1, 1"),
        ("int8", {"enum": (1, 2)}, 3, "one of 1, 2"),
        ("bool", {"enum": (True,)}, True, None),
        ("bool", {"enum": (True,)}, False, "one of True"),
        ("text", {"enum": ("Drama", "ß")}, "ß", None),
        ("text", {"enum": ("Drama",)}, "drama", "one of Drama"),
        ("text", {"min_length": 1}, "", "minLength 1"),
        ("text", {"max_length": 2}, "🎬🎬", None),
        ("text", {"max_length": 2}, "abc", "maxLength 2"),
        ("bytes", {"max_length": 2}, "🎬", "maxLength 2"),
        ("bytes", {"max_length": 2}, b"\xff\xfe", None),
        ("text", {"pattern": r"\d"}, "a1b", None),
        ("text", {"pattern": r"^\d+$"}, "a1b", r"pattern ^\d+$"),
        ("text", {"format": "date"}, "2024-02-29", None),
        ("text", {"format": "date"}, "2023-02-29", "format date"),
        # bounds do not speak of what is not finite
        ("float32", {"minimum": 0}, 5, None),
    ],
)
def test_words(dtype: str, words: dict[str, Any], element: Any, expected: str | None) -> None:
    """Each word of the language on elements that satisfy it and that do not."""
    actual = {"text": "string", "bytes": "string"}.get(dtype, dtype)
    made = found(tensor("o", dtype, "batch", **words), actual, [element])
    assert [each[:2] for each in made] == ([] if expected is None else [(OUTSIDE, expected)])


@pytest.mark.parametrize(
    ("finite", "elements_", "rules"),
    [
        (True, [0.5, NAN], ["output-not-finite"]),
        (True, [0.5, INF], ["output-not-finite"]),
        (True, [0.5, -INF], ["output-not-finite"]),
        (False, [0.5, NAN, INF, -INF], []),
        (False, [NAN, 2.0], [OUTSIDE]),
        (True, [NAN, 2.0], ["output-not-finite", OUTSIDE]),
    ],
)
def test_finite(elements_: list[float], rules: list[str], *, finite: bool) -> None:
    """NaN and infinities are one breach, not one of every bound; where admitted, none."""
    output = tensor("o", "float32", "batch", minimum=0, maximum=1, finite=finite)
    assert [each[0] for each in found(output, "float32", elements_)] == rules


@pytest.mark.parametrize(
    ("client", "name", "dtype", "broken"),
    [
        ("grpc", "o", "text", True),
        ("grpc", "o", "string", False),
        ("grpc", "o", "bytes", False),
        ("row", "o", "string", True),
        ("row", "o_bytes", "string", False),
        ("row", "o_bytes", "bytes", False),
    ],
)
def test_texts_are_utf8(client: str, name: str, dtype: str, *, broken: bool) -> None:
    """`text` is UTF-8; `string` is any bytes over gRPC, text over REST without `_bytes`."""
    made = found(tensor(name, dtype, "batch"), "string", [b"ok", b"\xff"], client=client)
    assert made == ([("output-text-undecodable", "valid UTF-8", "b'\\xff' at [1]")] if broken else [])


@pytest.mark.parametrize(
    ("served", "element", "expected"),
    [
        # float32(0.1) is written 0.100000001 and is not above 0.1
        ({"o": "float32"}, 0.100000001, []),
        ({"o": "float64"}, 0.100000001, ["maximum 0.1"]),
        # without knowing what was served, it may have been a float32
        ({}, 0.100000001, []),
        ({}, 0.1001, ["maximum 0.1"]),
    ],
)
def test_rest_numbers_are_compared_as_served(
    served: dict[str, str], element: float, expected: list[str]
) -> None:
    """JSON's digits are rounded back to the dtype of the tensor before bounds are compared."""
    output = tensor("o", "number", "batch", maximum=0.1)
    assert [each[1] for each in found(output, "float64", [element], client="row", served=served)] == expected


def test_rest_numbers_may_have_been_either_float() -> None:
    """Without knowing what was served, one number may pass as a float32 and the next as a float64."""
    output = tensor("o", "number", "batch", exclusive_minimum=0, maximum=0.1)
    assert found(output, "float64", [0.100000001, 1e-50], client="row") == []
    assert [each[1] for each in found(output, "float64", [0.100000001, 0.0], client="row")] == [
        "exclusiveMinimum 0"
    ]


@pytest.mark.parametrize(
    ("declared", "dtype", "element", "expected"),
    [
        ("int8", "int64", 127, []),
        ("int8", "int64", 128, ["values of int8"]),
        ("uint8", "int64", -1, ["values of uint8"]),
        ("int8 int16", "int64", 300, []),
        ("float32", "float64", 1e39, ["values of float32"]),
        ("float64", "float64", 1e39, []),
        ("number", "float64", 1e39, []),
    ],
)
def test_a_dtype_name_bounds_rest_values(
    declared: str, dtype: str, element: float, expected: list[str]
) -> None:
    """Over REST a dtype's name says which values there are."""
    assert [
        each[1] for each in found(tensor("o", declared, "batch"), dtype, [element], client="row")
    ] == expected


def test_columns_have_their_own_words() -> None:
    """A breach of a column names it."""
    columns = (Column("age", Domain(minimum=17, maximum=90), ()), Column("sex", Domain(enum=(0, 1)), ()))
    output = tensor("o", "float32", "batch", 2, columns=columns)
    made = found(output, "float32", [[17, 1], [95, 0], [20, 2]])
    assert made == [
        (OUTSIDE, "age: maximum 90", "95.0 at [1, 0]"),
        (OUTSIDE, "sex: one of 0, 1", "2.0 at [2, 1]"),
    ]
    texts = tensor(
        "o",
        "text",
        "batch",
        2,
        columns=(Column("id", Domain(min_length=1), ()), Column("note", Domain(), ())),
    )
    assert found(texts, "string", [["", ""]]) == [(OUTSIDE, "id: minLength 1", '"" at [0, 0]')]


def test_the_worst_of_many_is_told() -> None:
    """Of numbers outside, the one farthest away; the row is its row."""
    output = tensor("o", "float32", "batch", minimum=0)
    (made,) = breaches(output, answer={"o": value("float32", [-1, -9, 3, -2])}, sizes={"batch": 4})
    assert (made.row, made.received, made.count, made.total) == (1, "-9.0 at [1]", 3, 4)


def test_each_word_has_one_breach() -> None:
    """Two broken words are two breaches, however many elements break them."""
    made = found(tensor("o", "int32", "batch", minimum=0, maximum=9), "int32", [-5, -6, 50, 60])
    assert made == [(OUTSIDE, "minimum 0", "-6 at [1]"), (OUTSIDE, "maximum 9", "60 at [3]")]


def test_enums_of_files(tmp_path: Any) -> None:
    """A member may be a file; its bytes are compared, its name is not told."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"\x01")
    output = tensor("o", "bytes", "batch", enum=(BytesFile(str(path)), b"b"))
    assert found(output, "string", [b"\x01", b"b"]) == []
    assert found(output, "string", [b"\x02"]) == [(OUTSIDE, "one of a file, b'b'", '"\\u0002" at [0]')]


def test_long_enums_are_cut() -> None:
    """Of many members the first are told."""
    ((_, expected, _),) = found(tensor("o", "int32", "batch", enum=tuple(range(40))), "int32", [99])
    assert expected == "one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 28 more"


def test_a_pattern_that_takes_too_long_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be decided is unknown, not broken."""

    def never(_: Pattern, __: object) -> list[bool]:
        raise PatternTimeoutError

    monkeypatch.setattr(patterns.Pattern, "found_in", never)
    output = tensor("o", "text", "batch", pattern="^never decided$")
    (made,) = breaches(output, answer={"o": value("string", ["a"])}, sizes={"batch": 1})
    assert (made.rule, made.level, made.count) == ("output-pattern-undecided", Level.UNDECIDED, 0)
    elements._rules.cache_clear()


WIDTHS: dict[str, st.SearchStrategy[float]] = {
    "float16": st.floats(width=16, allow_nan=False, allow_infinity=False),
    "float32": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "float64": st.floats(width=64, allow_nan=False, allow_infinity=False),
    "int8": st.integers(-128, 127),
    "uint8": st.integers(0, 255),
    "int64": st.integers(-(2**63), 2**63 - 1),
}


@given(words=numeric_words(), name=st.sampled_from(sorted(WIDTHS)), data=st.data())
@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
def test_whole_arrays_agree_with_single_elements(
    words: dict[str, Any], name: str, data: st.DataObject
) -> None:
    """What is wrong with an array are exactly the elements that a slow reader refuses, one by one."""
    dtype, domain = BY_NAME[name], Domain(**words)
    bounds = [each for each in words.values() if isinstance(each, int | float)]
    rounded = [] if dtype.is_integer else [nearest(name, each) for each in bounds]
    edges = [each for each in rounded if math.isfinite(each)]
    elements_ = data.draw(st.lists(WIDTHS[name] | st.sampled_from([*edges, 0, 1]), min_size=1, max_size=6))
    array = np.asarray(elements_, numpy_dtype(dtype))
    made = breaches(
        tensor("o", name, "batch", **words), answer={"o": Value(dtype, array)}, sizes={"batch": len(array)}
    )
    wrong = [
        at
        for at, each in enumerate(array.tolist())
        if not admits(domain, name, each, finite=True, blob=False)
    ]
    # A multiple is taken within one unit in the last place, which the slow reader does not know.
    if domain.multiple_of is None or dtype.is_integer:
        assert bool(made) == bool(wrong)
        assert {each.row for each in made} <= set(wrong)
