"""Domains merged and rounded: tables of what the language says, and brute force over small dtypes."""

from fractions import Fraction
from typing import Any

import pytest

from sigpact.contract.model import Column, Domain, Tensor
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.domains import (
    Blobs,
    Choices,
    Floats,
    Integers,
    NotDrawnError,
    Texts,
    drawn_dtypes,
    is_bytes,
    numbers,
)
from sigpact.values.drawable import drawable, elements_of
from tests.values.builders import contract, tensor
from tests.values.oracle import nearest

TENTH = nearest("float32", 0.1)
ABOVE_TENTH = float.fromhex("0x1.99999cp-4")
BELOW_TENTH = float.fromhex("0x1.999998p-4")


@pytest.mark.parametrize(
    ("dtype", "words", "low", "high"),
    [
        # a bound is compared after rounding it to the dtype
        ("float32", {"minimum": 0.1, "maximum": 1}, TENTH, 1.0),
        ("float64", {"minimum": 0.1, "maximum": 1}, 0.1, 1.0),
        # an exclusive bound is the neighbour of the rounded bound
        ("float32", {"exclusive_minimum": 0.1, "maximum": 1}, ABOVE_TENTH, 1.0),
        ("float32", {"minimum": 0, "exclusive_maximum": 0.1}, 0.0, BELOW_TENTH),
        # the tighter of two bounds counts
        ("float32", {"minimum": 0.1, "exclusive_minimum": 0.1, "maximum": 1}, ABOVE_TENTH, 1.0),
        # beyond the dtype, a bound is its end
        ("float32", {"minimum": -1e300, "maximum": 1e300}, -3.4028234663852886e38, 3.4028234663852886e38),
        ("float16", {"minimum": 0, "maximum": 65504}, 0.0, 65504.0),
        ("bfloat16", {"minimum": 0.1, "maximum": 1}, 0.10009765625, 1.0),
        # of whole numbers, a fraction rounds inwards
        ("int32", {"minimum": 0.5, "maximum": 2.5}, 1, 2),
        ("int32", {"exclusive_minimum": 0, "exclusive_maximum": 3}, 1, 2),
        ("int32", {"exclusive_minimum": 0.5, "exclusive_maximum": 2.5}, 1, 2),
        ("uint8", {"minimum": -5, "maximum": 10**30}, 0, 255),
        ("int64", {"minimum": -(2**63), "maximum": 2**63 - 1}, -(2**63), 2**63 - 1),
        ("uint64", {"minimum": 2**63, "maximum": 2**64}, 2**63, 2**64 - 1),
    ],
)
def test_bounds_are_rounded_to_the_dtype(dtype: str, words: dict[str, Any], low: float, high: float) -> None:
    """What is drawn lies between bounds that the dtype has."""
    found = elements_of(Domain(**words), BY_NAME[dtype], blob=False)
    assert isinstance(found, Floats | Integers)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("dtype", "words", "counts"),
    [
        ("int32", {"minimum": 1, "maximum": 10, "multiple_of": 3}, (1, 3)),
        # the whole multiples of 1.5 are the multiples of 3
        ("int32", {"minimum": 1, "maximum": 10, "multiple_of": 1.5}, (1, 3)),
        ("float64", {"minimum": 0.1, "maximum": 0.3, "multiple_of": 0.1}, (1, 3)),
        # float32(0.1) is above a tenth, and is the rounded tenth all the same
        ("float32", {"minimum": 0.1, "maximum": 0.3, "multiple_of": 0.1}, (1, 3)),
        ("float32", {"exclusive_minimum": 0.1, "exclusive_maximum": 0.3, "multiple_of": 0.1}, (2, 2)),
        ("float32", {"minimum": -1, "maximum": 1, "multiple_of": 0.25}, (-4, 4)),
    ],
)
def test_multiples_are_counted(dtype: str, words: dict[str, Any], counts: tuple[int, int]) -> None:
    """`multipleOf` is the decimal that the contract writes; its first and last lie within the bounds."""
    found = elements_of(Domain(**words), BY_NAME[dtype], blob=False)
    assert isinstance(found, Floats | Integers)
    assert found.counts == counts


@pytest.mark.parametrize(
    ("dtype", "words", "expected"),
    [
        ("bool", {}, Choices(BY_NAME["bool"], (False, True))),
        ("bool", {"enum": (True,)}, Choices(BY_NAME["bool"], (True,))),
        ("string", {}, Texts(BY_NAME["string"], 0, 64)),
        ("string", {"min_length": 80}, Texts(BY_NAME["string"], 80, 80)),
        ("string", {"max_length": 200}, Texts(BY_NAME["string"], 0, 200)),
        ("string", {"enum": ("a", "ß", "a")}, Choices(BY_NAME["string"], (b"a", "ß".encode()))),
        ("string", {"enum": ("a", "bb", "ccc"), "max_length": 2}, Choices(BY_NAME["string"], (b"a", b"bb"))),
        ("string", {"enum": ("a", "1"), "pattern": r"\d"}, Choices(BY_NAME["string"], (b"1",))),
        ("float32", {"enum": (0.1, 2)}, Choices(BY_NAME["float32"], (TENTH, 2.0))),
        ("float32", {"enum": (1, 2, 3), "maximum": 2}, Choices(BY_NAME["float32"], (1.0, 2.0))),
        # what the dtype does not hold is no member
        ("uint8", {"enum": (1, 256, 2.0, 2.5)}, Choices(BY_NAME["uint8"], (1, 2))),
        ("float16", {"enum": (1, 1e300)}, Choices(BY_NAME["float16"], (1.0,))),
    ],
)
def test_domains_merge(dtype: str, words: dict[str, Any], expected: object) -> None:
    """Enums are what all other words leave of them; lengths have their defaults."""
    assert elements_of(Domain(**words), BY_NAME[dtype], blob=False) == expected


def test_bytes_are_counted_in_bytes() -> None:
    """Any bytes are drawn where the client sends bytes."""
    assert elements_of(Domain(max_length=9), BY_NAME["string"], blob=True) == Blobs(BY_NAME["string"], 0, 9)
    found = elements_of(Domain(enum=(b"\xff", "ß"), max_length=1), BY_NAME["string"], blob=True)
    assert found == Choices(BY_NAME["string"], (b"\xff",))


UNBOUNDED = "so nothing is made up; declare its bounds, enum or samples"
OTHERWISE = "give samples or an enum"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (tensor("x", "float32", "batch"), f"has no minimum, {UNBOUNDED}"),
        (tensor("x", "int32", "batch", minimum=0), f"has no maximum, {UNBOUNDED}"),
        (tensor("x", "float32", "batch", minimum=2, maximum=1), "has bounds that admit no float32"),
        (
            tensor("x", "int32", "batch", minimum=4, maximum=5, multiple_of=3),
            "has bounds that admit no int32",
        ),
        (
            tensor("x", "float32", "batch", minimum=0.4, maximum=0.5, multiple_of=0.3),
            "has bounds that admit no float32",
        ),
        (tensor("x", "int8", "batch", enum=(300, 0.5)), "has an enum that admits no int8"),
        (
            tensor("x", "text", "batch", enum=("abc",), max_length=2),
            "has an enum that its other words leave empty",
        ),
        (
            tensor("x", "text", "batch", min_length=3, max_length=2),
            "has lengths from 3 to 2, which admit nothing",
        ),
        (
            tensor("x", "text", "batch", pattern="a", format="date"),
            f"no text of format 'date' and pattern 'a' with the declared lengths was found; {OTHERWISE}",
        ),
        (
            tensor("x", "bytes", "batch", pattern="a"),
            f"`pattern` and `format` are not drawn for bytes; {OTHERWISE}",
        ),
        (
            tensor("x", "text", "batch", format="date", max_length=9),
            f"no text of format 'date' with the declared lengths was found; {OTHERWISE}",
        ),
        (tensor("x", "text", "batch", format="colour"), "format 'colour' is not drawn"),
        (tensor("x", "complex64", "batch", minimum=0), f"has no maximum, {UNBOUNDED}"),
        (
            tensor("x", "variant", "batch", minimum=0, maximum=1),
            "dtype variant is a handle inside the model, which no client can send",
        ),
        (
            tensor("x", "float32", "batch", source=("embed", "embedding")),
            "`from: embed.embedding` has no answers to draw from",
        ),
        (
            tensor("x", "float32", "batch", 1, columns=(Column("age", Domain(minimum=1), ()),)),
            f"column 'age' has no maximum, {UNBOUNDED}",
        ),
    ],
)
def test_without_a_domain_nothing_is_drawn(made: Tensor, reason: str) -> None:
    """What is not bounded, contradicts itself or cannot be drawn honestly has a reason instead."""
    whole, _ = contract(made)
    with pytest.raises(NotDrawnError) as raised:
        drawable(whole, made)
    assert raised.value.reason == reason


def test_samples_alone_are_a_domain() -> None:
    """A number without bounds that has samples is drawn from these."""
    made = tensor("x", "float32", "batch", samples=(1, 2.5))
    (drawn,) = drawable(contract(made)[0], made)
    assert drawn.elements == Choices(BY_NAME["float32"], (1.0, 2.5), whole=False)


@pytest.mark.parametrize(
    ("client", "dtypes", "expected"),
    [
        ("grpc", "float32", ["float32"]),
        ("grpc", "float32 float64", ["float32", "float64"]),
        ("grpc", "text", ["string"]),
        ("row", "number", ["float64"]),
        ("row", "integer", ["int64"]),
        ("columnar", "boolean", ["bool"]),
        ("columnar", "bytes", ["string"]),
        ("row", "float32 float64", ["float32"]),
        ("row", "uint8", ["uint8"]),
    ],
)
def test_kinds_have_dtypes(client: str, dtypes: str, expected: list[str]) -> None:
    """Over gRPC each dtype of the contract is drawn, over REST what the client's language holds."""
    made = tensor("x", dtypes, "batch")
    assert [each.name for each in drawn_dtypes(contract(made, client=client)[0], made)] == expected


@pytest.mark.parametrize(
    ("client", "name", "dtypes", "expected"),
    [
        ("grpc", "x", "bytes", True),
        ("grpc", "x_bytes", "string", False),
        ("row", "x_bytes", "string", True),
        ("row", "x_bytes", "text", False),
        ("row", "x", "string", False),
    ],
)
def test_strings_are_text_or_bytes(client: str, name: str, dtypes: str, *, expected: bool) -> None:
    """Over REST `string` reads as bytes under a name with `_bytes`, else as text."""
    made = tensor(name, dtypes, "batch")
    assert is_bytes(contract(made, client=client)[0], made) is expected


def test_one_sided_bounds_check_only_that_side() -> None:
    """For checking, a side without a bound is open; whole numbers end with their dtype."""
    assert numbers(Domain(minimum=0), BY_NAME["float32"]) == Floats(BY_NAME["float32"], 0.0, float("inf"))
    assert numbers(Domain(maximum=5), BY_NAME["uint8"]) == Integers(BY_NAME["uint8"], 0, 5)
    assert numbers(Domain(multiple_of=0.1), BY_NAME["float32"]) == Floats(
        BY_NAME["float32"], float("-inf"), float("inf"), Fraction(1, 10)
    )
