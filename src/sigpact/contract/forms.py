"""Forms: what a value in a contract may look like, as data.

One tree of forms (`fields`) is the JSON Schema (`schema`), the builder's errors (`admit`), and later the
reference pages and the order of keys in `fmt`.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sigpact.contract.mistakes import listed
from sigpact.frozen import frozen


@frozen
class Text:
    """Any text of at least `least` characters; `pattern` is searched, `says` tells it in words."""

    least: int = 1
    pattern: str | None = None
    says: str = "a text"


@frozen
class Choice:
    """One of a few words; `says` tells them where they are many."""

    words: tuple[str, ...]
    says: str = ""


@frozen
class Const:
    """One number and no other."""

    value: int
    says: str


@frozen
class Integer:
    """A whole number, within inclusive bounds."""

    least: int | None = None
    most: int | None = None


@frozen
class Number:
    """A finite number; `above` is an exclusive bound, the others are inclusive."""

    least: float | None = None
    above: float | None = None
    most: float | None = None


@frozen
class Boolean:
    """`true` or `false`."""


@frozen
class Null:
    """`null`."""


@frozen
class ListOf:
    """A list of a bounded number of items."""

    item: "Form"
    least: int = 0
    most: int | None = None


@frozen
class MapOf:
    """A mapping with keys of the user's own."""

    item: "Form"
    least: int = 0


@frozen
class Either:
    """The first form of the value's own JSON type; the alternatives have different ones."""

    forms: tuple["Form", ...]


@frozen
class Nested:
    """A tensor as it is written: a number, text, boolean or bytes, or lists of such."""


@frozen
class Json:
    """Any JSON value at all."""


@frozen
class Field:
    """One key: its form, what it means, and how it is written."""

    key: str
    form: "Form"
    description: str
    examples: tuple[object, ...] = ()
    default: object = None
    required: bool = False


class Record:
    """A mapping with keys of the language. `one_of`: exactly one of these keys is there.

    `hints` say what to tell of a key that belongs elsewhere.
    """

    __slots__ = ("by_key", "fields", "hints", "name", "one_of", "required")

    def __init__(
        self,
        name: str,
        fields: tuple[Field, ...],
        one_of: tuple[str, ...] = (),
        hints: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.name = name
        self.fields = fields
        self.one_of = one_of
        self.hints = hints
        self.by_key = {each.key: each for each in fields}
        self.required = tuple(each for each in fields if each.required)


Form = (
    Text
    | Choice
    | Const
    | Integer
    | Number
    | Boolean
    | Null
    | ListOf
    | MapOf
    | Either
    | Nested
    | Json
    | Record
)

BYTES: Final = Record(
    "bytes",
    (
        Field("b64", Text(0), "Bytes in base64.", ("bm90IGFuIGltYWdl",)),
        Field("file", Text(), "A file inside the contract's own folder.", ("golden/cat.jpg",)),
    ),
    one_of=("b64", "file"),
)
"""`{b64: …}` or `{file: …}`: bytes, wherever a list of values may stand."""

_TYPES: Final = {
    Text: ("string",),
    Choice: ("string",),
    Const: ("number",),
    Integer: ("number",),
    Number: ("number",),
    Boolean: ("boolean",),
    Null: ("null",),
    ListOf: ("array",),
    MapOf: ("object",),
    Record: ("object",),
    Nested: ("string", "number", "boolean", "array", "object"),
    Json: ("string", "number", "boolean", "array", "object", "null"),
}


def expected(form: Form) -> str:
    """Return what a form wants, in words."""
    return _SAYS[type(form)](form)


def _list_of(form: ListOf) -> str:
    if form.least == form.most:
        return f"a list of {form.least}"
    return f"a list of at least {form.least}" if form.least else "a list"


_SAYS: Final[dict[type, Callable[[Any], str]]] = {
    Text: lambda form: form.says,
    Choice: lambda form: form.says or f"one of {listed(form.words)}",
    Const: lambda form: form.says,
    Integer: lambda form: f"a whole number{_bounds(form.least, None, form.most)}",
    Number: lambda form: f"a number{_bounds(form.least, form.above, form.most)}",
    Boolean: lambda _: "true or false",
    Null: lambda _: "null",
    ListOf: _list_of,
    MapOf: lambda _: "a mapping",
    Either: lambda form: " or ".join(expected(each) for each in form.forms),
    Nested: lambda _: "a number, a text, true, false, {b64: …}, {file: …} or lists of such",
    Json: lambda _: "a value",
    Record: lambda _: "a mapping",
}


def _bounds(least: float | None, above: float | None, most: float | None) -> str:
    lower = [f"at least {least}"] if least is not None else []
    strict = [f"above {above}"] if above is not None else []
    upper = [f"at most {most}"] if most is not None else []
    words = " and ".join(lower + strict + upper)
    return f" of {words}" if words else ""


def types_of(form: Form) -> set[str]:
    """Return the JSON types that a form takes."""
    if isinstance(form, Either):
        return {name for each in form.forms for name in types_of(each)}
    return set(_TYPES[type(form)])


def records(form: Form, seen: dict[str, Record] | None = None) -> Iterator[Record]:
    """Yield every record that a form reaches, each once."""
    seen = {} if seen is None else seen
    match form:
        case Record():
            if form.name not in seen:
                seen[form.name] = form
                yield form
                for each in form.fields:
                    yield from records(each.form, seen)
        case ListOf(item=item) | MapOf(item=item):
            yield from records(item, seen)
        case Either(forms=forms):
            for alternative in forms:
                yield from records(alternative, seen)
        case Nested():
            yield from records(BYTES, seen)
        case _:
            return
