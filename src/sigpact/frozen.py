"""`@frozen`: immutable values with slots, as `dataclasses.dataclass(frozen=True, slots=True)` makes them.

The static half starts anew for every command and defines about a hundred such classes. `dataclasses` compiles
six methods for each and brings `inspect`: half of the whole run (`python -m benchmarks.static` measures it).
Here only `__init__` is compiled; the other methods are shared by all classes.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast, dataclass_transform

T = TypeVar("T")


class _Factory:
    """What `field` leaves in the class: a function that makes the default, once for each value."""

    __slots__ = ("compare", "make")

    def __init__(self, make: Callable[[], Any], *, compare: bool) -> None:
        self.make = make
        self.compare = compare


def field(*, default_factory: Callable[[], T], compare: bool = True) -> T:
    """Return a default that is made anew for each value; not compared, it is no part of what the value is."""
    return cast("T", _Factory(default_factory, compare=compare))


@dataclass_transform(frozen_default=True, order_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class of annotated fields a value: positional or keyword arguments, equality, hash, `match`."""
    names = tuple(cls.__annotations__) if "__annotations__" in cls.__dict__ else ()
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    kept = {key: each for key, each in cls.__dict__.items() if key not in {*names, "__dict__", "__weakref__"}}
    made = type(cls.__name__, cls.__bases__, {**_SHARED, **kept, **_own(names, defaults)})
    return cast("type[T]", made)


def replace(value: T, /, **changes: Any) -> T:
    """Return a value of the same class with some fields changed."""
    names = value.__slots__  # type: ignore[attr-defined]
    return type(value)(**{**{name: getattr(value, name) for name in names}, **changes})


def _own(names: tuple[str, ...], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return what each class has of its own: slots, and an `__init__` that fills them."""
    arguments = "".join(f", {name}=_default_{name}" if name in defaults else f", {name}" for name in names)
    lines = "".join(f" _set(self, {name!r}, {_taken(name, defaults)})\n" for name in names) or " pass\n"
    space: dict[str, Any] = {"_set": object.__setattr__}
    space |= {f"_default_{name}": each for name, each in defaults.items()}
    exec(f"def __init__(self{arguments}):\n{lines}", space)  # noqa: S102 - names of fields, from our own classes
    compared = tuple(name for name in names if getattr(defaults.get(name), "compare", True))
    return {
        "__slots__": names,
        "__match_args__": names,
        "__init__": space["__init__"],
        "__compared__": compared,
    }


def _taken(name: str, defaults: dict[str, Any]) -> str:
    if isinstance(defaults.get(name), _Factory):
        return f"_default_{name}.make() if {name} is _default_{name} else {name}"
    return name


def _values(value: Any) -> tuple[object, ...]:
    return tuple([getattr(value, name) for name in value.__compared__])


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return _values(self) == _values(other)


def _lt(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return _values(self) < _values(other)


def _le(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return _values(self) <= _values(other)


def _hash(self: Any) -> int:
    return hash((type(self), _values(self)))


def _repr(self: Any) -> str:
    return (
        f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__compared__)})"
    )


def _setattr(self: Any, name: str, _: object) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen; `replace` returns one with another {name!r}")


def _delattr(self: Any, name: str) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen; {name!r} cannot be deleted")


def _reduce(self: Any) -> tuple[type, tuple[Any, ...]]:
    return type(self), tuple([getattr(self, name) for name in self.__slots__])


_SHARED: Final[dict[str, Any]] = {
    "__eq__": _eq,
    "__lt__": _lt,
    "__le__": _le,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__reduce__": _reduce,
}
