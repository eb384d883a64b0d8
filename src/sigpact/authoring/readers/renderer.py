"""`Renderer`: what TypeScript, Kotlin and Swift are written by in the same way; each says how it spells it.

Python's renderer stands alone: its types differ between what is read and what is sent.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from sigpact.authoring.readers.model import AnyRank, Axis, Body, Element, Field, Reader, Struct
from sigpact.authoring.readers.naming import Names


class Renderer(ABC):
    """Writes the parts of a file that are of one signature; `way` is `read` or `write`."""

    def __init__(self, reader: Reader, language: str, nothing: str) -> None:
        """Take what to write, the language, and its word for an absent value."""
        self._reader = reader
        self._nothing = nothing
        self.names = Names(reader, language)

    def functions(self) -> Iterator[str]:
        """Yield what reads and writes."""
        for struct in self._reader.structs:
            yield self._writer(struct) if struct != self._reader.answer.content else self._reads(struct)
        yield self._read_answer()
        yield self._write_request()

    def _type(self, field: Field) -> str:
        element = field.value.element
        name = self.names.enums.get(element) or self._plain_type(element)
        if isinstance(field.value, AnyRank):
            return f"Tensor<{name}>"
        return self._lists(name, len(field.value.axes))

    def _body_type(self, body: Body) -> str:
        content = body.content
        name = content.name if isinstance(content, Struct) else self._type(content)
        return self._lists(name, len(body.axes))

    def _codec(self, field: Field, way: str) -> str:
        """Return what reads a value, or writes it."""
        inner = self._element(field.value.element, way)
        if isinstance(field.value, AnyRank):
            return f"{way}Tensor({self._quoted(field.value.name)}, {inner})"
        return self._each(field.value.axes, inner, way)

    def _each(self, axes: tuple[Axis, ...], inner: str, way: str) -> str:
        """Return what reads, or writes, lists of lists: one for each axis, around what is inside."""
        for axis in reversed(axes):
            name = self._nothing if axis.name is None else self._quoted(axis.name)
            most = self._nothing if axis.most is None else axis.most
            inner = f"{way}Each({name}, {axis.least}, {most}, {inner})"
        return inner

    @abstractmethod
    def _quoted(self, text: str) -> str:
        """Return a literal of a text."""

    @abstractmethod
    def _plain_type(self, element: Element) -> str:
        """Return the type of an element that is no enum."""

    @abstractmethod
    def _lists(self, name: str, rank: int) -> str:
        """Return the type of lists of lists of a type."""

    @abstractmethod
    def _element(self, element: Element, way: str) -> str:
        """Return what reads an element, or writes it."""

    @abstractmethod
    def _writer(self, struct: Struct) -> str:
        """Return the function that writes a struct."""

    @abstractmethod
    def _reads(self, struct: Struct) -> str:
        """Return the function that reads a struct."""

    @abstractmethod
    def _read_answer(self) -> str:
        """Return `readAnswer`."""

    @abstractmethod
    def _write_request(self) -> str:
        """Return `writeRequest`."""
