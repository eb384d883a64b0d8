"""`Reader` -> a module of Python: dataclasses, `read_answer`, `write_request`. Standard library, 3.9 on."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sigpact.authoring.readers import names
from sigpact.authoring.readers.model import AnyRank, Axis, Body, Element, Field, Reader, Struct
from sigpact.authoring.readers.naming import Names, spoken
from sigpact.authoring.readers.runtime import used
from sigpact.clients.literals import Literal

_TYPES: Final[Mapping[Literal, str]] = {
    Literal.NUMBER: "float",
    Literal.INTEGER: "int",
    Literal.BOOLEAN: "bool",
    Literal.TEXT: "str",
    Literal.BYTES: "bytes",
}


def render(reader: Reader) -> str:
    """Return the source of the module."""
    made = _Module(reader)
    body = "\n\n\n".join([*made.enums(), *made.structs(), *made.functions()])
    pieces = used("python", body)
    source = "\n\n\n".join([*pieces, body])
    return "\n".join([*_head(reader, source), source.strip("\n"), ""])


def _head(reader: Reader, source: str) -> Iterator[str]:
    yield from (f"# {names.comment(each)}" for each in reader.said)
    yield "# ruff: noqa"
    yield "from __future__ import annotations"
    yield ""
    found = set(re.findall(r"\w+", source))
    yield from (f"import {each}" for each in ("base64", "json", "math") if each in found)
    abstract = [each for each in ("Callable", "Mapping", "Sequence") if each in found]
    yield f"from collections.abc import {', '.join(abstract)}"
    yield "from dataclasses import dataclass"
    typed = [each for each in ("Final", "Generic", "Literal") if each in found]
    yield f"from typing import {', '.join([*typed, 'TypeVar'])}"
    yield ""
    yield '_T = TypeVar("_T")'
    yield ""
    yield ""


class _Module:
    """Writes the parts that are of one signature."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.names = Names(reader, "python")

    def enums(self) -> Iterator[str]:
        """Yield a type and a table for each enum."""
        for element, name in self.names.enums.items():
            members = [_literal(each) for each in element.members or ()]
            spread = "".join(f"    {each},\n" for each in members)
            yield f"{name} = Literal[\n{spread}]"
            table = "".join(f"    {each}: {each},\n" for each in members)
            yield f"{_table(name)}: Final[Mapping[object, {name}]] = {{\n{table}}}"

    def structs(self) -> Iterator[str]:
        """Yield a dataclass for each type of several values."""
        for struct in self._reader.structs:
            lines = ["@dataclass(frozen=True)", f"class {struct.name}:"]
            # Those with a default come last, as Python wants it.
            for field, name in sorted(self.names.fields(struct), key=lambda each: each[0].is_optional):
                default = " | None = None" if field.is_optional else ""
                lines.append(f"    {name}: {self._type(field, sent=self._is_sent(struct))}{default}")
                lines.append(f"    # {names.comment(f'{spoken(field)}: {field.doc}')}")
            yield "\n".join(lines)

    def functions(self) -> Iterator[str]:
        """Yield what reads and writes."""
        for struct in self._reader.structs:
            yield self._writer(struct) if self._is_sent(struct) else self._reads(struct)
        yield self._read_answer()
        yield self._write_request()

    def _is_sent(self, struct: Struct) -> bool:
        return struct != self._reader.answer.content

    def _type(self, field: Field, *, sent: bool) -> str:
        element = field.value.element
        name = self.names.enums.get(element) or _TYPES[element.literal]
        if isinstance(field.value, AnyRank):
            return f"Tensor[{name}]"
        return _lists(name, len(field.value.axes), sent=sent)

    def _body_type(self, body: Body, *, sent: bool) -> str:
        content = body.content
        name = content.name if isinstance(content, Struct) else self._type(content, sent=sent)
        return _lists(name, len(body.axes), sent=sent)

    def _reads(self, struct: Struct) -> str:
        fields = self.names.fields(struct)
        lines = [f"def _{_snake(struct)}() -> _Read[{struct.name}]:"]
        for field, name in fields:
            how = f"_item({field.key}" if isinstance(field.key, int) else f"_key({_literal(field.key)}"
            lines.append(f"    {name} = {how}, {self._codec(field, '')})")
        lines += [
            "",
            f"    def reads(value: object, at: str, sizes: _Sizes) -> {struct.name}:",
            f"        return {struct.name}(",
            *(f"            {name}={name}(value, at, sizes)," for _, name in fields),
            "        )",
            "",
            "    return reads",
        ]
        return "\n".join(lines)

    def _writer(self, struct: Struct) -> str:
        lines = [
            f"def _to_{_snake(struct)}(value: {struct.name}, at: str, sizes: _Sizes) -> object:",
            "    return {",
        ]
        for field, name in self.names.fields(struct):
            codec = self._codec(field, "to_")
            how = "_to_optional" if field.is_optional else "_to_key"
            lines.append(f"        **{how}({codec}, value.{name}, {_literal(field.key)}, at, sizes),")
        return "\n".join([*lines, "    }"])

    def _codec(self, field: Field, to: str) -> str:
        """Return what reads a value, or writes it."""
        inner = self._element(field.value.element, to)
        if isinstance(field.value, AnyRank):
            return f"_{to}tensor({_literal(field.value.name)}, {inner})"
        return _each(field.value.axes, inner, to)

    def _element(self, element: Element, to: str) -> str:
        name = self.names.enums.get(element)
        if name is not None:
            return f"_{to}member({_table(name)})"
        members = "None"
        if element.members is not None:
            members = f"frozenset({{{', '.join(map(_literal, element.members))}}})"
        match element.literal:
            case Literal.BYTES:
                return f"_{to}bytes({members})"
            case Literal.NUMBER:
                return f"_{to}any_number" if element.not_finite else f"_{to}number"
            case Literal.INTEGER:
                made = f"_{to}integer({element.least}, {element.most})"
            case Literal.BOOLEAN:
                made = f"_{to}boolean"
            case Literal.TEXT:
                made = f"_{to}text"
        return made if element.members is None else f"_{to}one_of({members}, {made})"

    def _read_answer(self) -> str:
        body = self._reader.answer
        content = body.content
        inner = f"_{_snake(content)}()" if isinstance(content, Struct) else self._codec(content, "")
        return (
            f"def read_answer(body: str | bytes) -> {self._body_type(body, sent=False)}:\n"
            f'    """Return what stands under `{body.key}` of an answer; raises `BodyError`."""\n'
            f"    reads = _key({_literal(body.key)}, {_each(body.axes, inner, '')})\n"
            '    return reads(_document(body), "", _Sizes())'
        )

    def _write_request(self) -> str:
        body = self._reader.request
        content = body.content
        inner = f"_to_{_snake(content)}" if isinstance(content, Struct) else self._codec(content, "to_")
        type_ = self._body_type(body, sent=True)
        context = ", context: Context" if self._reader.context else ""
        lines = [
            f"def write_request(request: {type_}{context}) -> str:",
            '    """Return the body of a request; raises `BodyError` where it is not what is declared."""',
            "    sizes = _Sizes()",
            f"    write: _Write[{type_}] = {_each(body.axes, inner, 'to_')}",
            "    return json.dumps(",
            "        {",
            f'            "signature_name": {_literal(self._reader.signature)},',
            *(['            "context": _to_context(context, "context", sizes),'] if context else []),
            f'            "{body.key}": write(request, "{body.key}", sizes),',
            "        }",
            "    )",
        ]
        return "\n".join(lines)


def _lists(name: str, rank: int, *, sent: bool) -> str:
    for _ in range(rank):
        name = f"Sequence[{name}]" if sent else f"list[{name}]"
    return name


def _each(axes: tuple[Axis, ...], inner: str, to: str) -> str:
    for axis in reversed(axes):
        name = None if axis.name is None else _literal(axis.name)
        inner = f"_{to}each({name}, {axis.least}, {axis.most}, {inner})"
    return inner


def _literal(value: str | float) -> str:
    return names.quoted(value, names.PYTHON) if isinstance(value, str) else repr(value)


def _table(name: str) -> str:
    return f"_{name.upper()}"


def _snake(struct: Struct) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", struct.name).lower()
