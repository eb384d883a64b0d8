"""What protobuf's text format is read into: the fields that a message may have, and what they are set to."""

from sigpact.findings import Span
from sigpact.frozen import frozen


@frozen
class Whole:
    """The type of a field that holds an integer of so many bits."""

    bits: int
    signed: bool = True

    def __str__(self) -> str:
        return f"{'' if self.signed else 'u'}int{self.bits}"


@frozen
class Real:
    """The type of a field that holds a double."""

    def __str__(self) -> str:
        return "double"


@frozen
class Text:
    """The type of a field that holds a string."""

    def __str__(self) -> str:
        return "string"


@frozen
class Choice:
    """The type of a field that holds one of several words, each a number."""

    words: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return " or ".join(word for word, _ in self.words)


@frozen
class Fields:
    """The type of a field that holds a message: its name, and what fields it has."""

    name: str
    fields: tuple["Field", ...]


@frozen
class Field:
    """One field of a message; of those with the same word in `oneof` at most one may be set."""

    name: str
    type: Whole | Real | Text | Choice | Fields
    repeated: bool = False
    oneof: str | None = None
    refused: str | None = None
    """Why it is not read, where it is not."""


@frozen
class Value:
    """What a field is set to, and where it is set: at the field's name."""

    field: str
    span: Span
    content: "str | int | float | Message"


@frozen
class Message:
    """The fields of a message that are set, in the file's order."""

    values: tuple[Value, ...]

    def all(self, name: str) -> tuple[Value, ...]:
        """Return each value of a repeated field."""
        return tuple(each for each in self.values if each.field == name)

    def message(self, name: str) -> "Message | None":
        """Return a message field, if it is set."""
        found = self.all(name)
        return found[0].content if found and isinstance(found[0].content, Message) else None

    def text(self, name: str) -> str:
        """Return a string field, `""` where it is not set."""
        found = self.all(name)
        return found[-1].content if found and isinstance(found[-1].content, str) else ""

    def whole(self, name: str) -> int:
        """Return an integer field, 0 where it is not set."""
        found = self.all(name)
        return found[-1].content if found and isinstance(found[-1].content, int) else 0
