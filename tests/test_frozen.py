"""Frozen values behave as frozen dataclasses do: the same classes, made by both, agree."""

import dataclasses
import pickle

import pytest

from sigpact.frozen import field, frozen, replace


@frozen
class Point:
    """A value with a default and a factory."""

    x: int
    y: int = 0
    tags: tuple[str, ...] = field(default_factory=tuple)
    note: list[str] = field(default_factory=list, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Twin:
    """The same, as the standard library makes it."""

    x: int
    y: int = 0
    tags: tuple[str, ...] = ()
    note: list[str] = dataclasses.field(default_factory=list, compare=False, repr=False)


@frozen
class Other:
    """Another class with the same fields."""

    x: int
    y: int = 0


@pytest.mark.parametrize("one", [(1,), (1, 2), (2, 1), (1, 2, ("a",))])
@pytest.mark.parametrize("two", [(1,), (1, 2), (2, 1), (1, 2, ("a",))])
def test_values_compare_hash_and_show_as_dataclasses_do(one: tuple[int], two: tuple[int]) -> None:
    """Equality, order, hash and text agree with the standard library's."""
    assert (Point(*one) == Point(*two)) == (Twin(*one) == Twin(*two))
    assert (Point(*one) < Point(*two)) == (Twin(*one) < Twin(*two))
    assert (Point(*one) <= Point(*two)) == (Twin(*one) <= Twin(*two))
    assert (hash(Point(*one)) == hash(Point(*two))) == (hash(Twin(*one)) == hash(Twin(*two)))
    assert repr(Point(*one)) == repr(Twin(*one)).replace("Twin", "Point")


def test_another_class_is_never_equal() -> None:
    """Closed alternatives with equal fields are different values."""
    values: list[object] = [Other(1), Point(1)]
    assert values[0] != values[1]
    assert len(set(values)) == 2


def test_a_value_cannot_be_changed_but_replaced() -> None:
    """Neither set nor deleted; `replace` gives another value."""
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del point.x
    with pytest.raises(AttributeError):
        point.z = 2  # type: ignore[attr-defined]
    assert replace(point, y=5) == Point(1, 5)
    assert point == Point(1)


def test_defaults_are_made_for_each_value() -> None:
    """Two values never share a list; what is not compared is no part of the value."""
    one, two = Point(1), Point(1)
    one.note.append("mine")
    assert (one.note, two.note) == (["mine"], [])
    assert one == two


def test_values_travel_and_match() -> None:
    """Pickled and back they are equal with all fields, and `match` takes them apart by position."""
    point = Point(1, 2, ("a",), ["kept"])
    back = pickle.loads(pickle.dumps(point))  # noqa: S301 - our own bytes
    assert back == point
    assert back.note == ["kept"]
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_missing_and_unknown_arguments_are_refused() -> None:
    """As any function does."""
    with pytest.raises(TypeError, match="x"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="z"):
        Point(1, z=2)  # type: ignore[call-arg]
