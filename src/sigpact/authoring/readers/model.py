"""`Reader`: what a generated file declares, reads and writes, before any language has a word for it."""

from typing import Final

from sigpact.clients.literals import Literal
from sigpact.frozen import frozen

LARGEST_ENUM: Final = 1000
"""Of more members no language makes a type that a person reads (and the JVM none at all from 3,000 on)."""


@frozen
class Element:
    """One value of a tensor.

    `least` and `most` bound an integer. `members` are those of `enum` (of bytes their base64, as the server
    writes it); a float has none, for what is served is rounded. `not_finite`: NaN and infinities are right.
    """

    literal: Literal
    least: int = 0
    most: int = 0
    members: tuple[str | int | bool, ...] | None = None
    not_finite: bool = False

    @property
    def is_enum(self) -> bool:
        """Whether the members are a type of their own."""
        named = self.literal in {Literal.TEXT, Literal.INTEGER}
        return named and self.members is not None and len(self.members) <= LARGEST_ENUM


@frozen
class Axis:
    """How long lists are: within bounds, and all under one `name` alike; `None`: each as it likes."""

    name: str | None
    least: int = 0
    most: int | None = None


@frozen
class Lists:
    """Lists in lists, one level for each axis, from the outermost."""

    axes: tuple[Axis, ...]
    element: Element


@frozen
class AnyRank:
    """Lists in lists of any depth: the shape, and the values in C order. `name` is the tensor's."""

    name: str
    element: Element


Value = Lists | AnyRank


@frozen
class Field:
    """One named value: its `key` in the JSON (a place in a list, for a number), and what is said of it."""

    key: str | int
    value: Value
    doc: str
    is_optional: bool = False


@frozen
class Struct:
    """Several named values: `name` is the type's."""

    name: str
    fields: tuple[Field, ...]


@frozen
class Body:
    """What stands under one key of a body: lists (one for each of `axes`) of structs, or a bare value."""

    key: str
    axes: tuple[Axis, ...]
    content: Struct | Field


@frozen
class Reader:
    """One signature as one client uses it; `said` are the lines of the header.

    `context`: what a classify or regress request says once for all examples.
    """

    signature: str
    said: tuple[str, ...]
    request: Body
    answer: Body
    context: Struct | None = None

    @property
    def structs(self) -> tuple[Struct, ...]:
        """The types of several values, those of the request first."""
        found = (self.request.content, self.context, self.answer.content)
        return tuple(each for each in found if isinstance(each, Struct))

    @property
    def fields(self) -> tuple[Field, ...]:
        """All values, those of the request first."""
        bare = [each.content for each in (self.request, self.answer) if isinstance(each.content, Field)]
        return (*(field for struct in self.structs for field in struct.fields), *bare)
