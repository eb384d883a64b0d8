"""`Reader` -> a module of TypeScript: interfaces, `readAnswer`, `writeRequest`. ES2020 or later, no imports.

An integer whose range leaves ±(2^53 - 1) is a `bigint`: as a number it would lose digits.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sigpact.authoring.readers import names
from sigpact.authoring.readers.model import AnyRank, Axis, Body, Element, Field, Reader, Struct
from sigpact.authoring.readers.naming import Names, spoken
from sigpact.authoring.readers.runtime import used
from sigpact.clients.literals import Literal

_SAFE: Final = (1 << 53) - 1
_TYPES: Final[Mapping[Literal, str]] = {
    Literal.NUMBER: "number",
    Literal.INTEGER: "number",
    Literal.BOOLEAN: "boolean",
    Literal.TEXT: "string",
    Literal.BYTES: "Uint8Array",
}


def render(reader: Reader) -> str:
    """Return the source of the module."""
    made = _Module(reader)
    body = "\n\n".join([*made.enums(), *made.structs(), *made.functions()])
    head = "\n".join(f"// {names.comment(each)}" for each in reader.said)
    return "\n\n".join([f"{head}\n/* eslint-disable */", *used("typescript", body), body]) + "\n"


class _Module:
    """Writes the parts that are of one signature."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.names = Names(reader, "typescript")
        self._exact = any(_is_big(each.value.element) for each in reader.fields)

    def enums(self) -> Iterator[str]:
        """Yield a union and a list for each enum."""
        for element, name in self.names.enums.items():
            members = [_literal(each, element) for each in element.members or ()]
            yield f"export type {name} =\n" + "\n".join(f"  | {each}" for each in members) + ";"
            listed = "".join(f"  {each},\n" for each in members)
            yield f"const {_table(name)}: readonly {name}[] = [\n{listed}];"

    def structs(self) -> Iterator[str]:
        """Yield an interface for each type of several values."""
        for struct in self._reader.structs:
            lines = [f"export interface {struct.name} {{"]
            for field, name in self.names.fields(struct):
                lines.append(f"  /** {names.comment(f'{spoken(field)}: {field.doc}')} */")
                optional = "?" if field.is_optional else ""
                more = " | undefined" if field.is_optional else ""
                lines.append(f"  readonly {name}{optional}: {self._type(field)}{more};")
            yield "\n".join([*lines, "}"])

    def functions(self) -> Iterator[str]:
        """Yield what reads and writes."""
        for struct in self._reader.structs:
            yield self._writer(struct) if struct != self._reader.answer.content else self._reads(struct)
        yield self._read_answer()
        yield self._write_request()

    def _type(self, field: Field) -> str:
        element = field.value.element
        name = self.names.enums.get(element) or ("bigint" if _is_big(element) else _TYPES[element.literal])
        return f"Tensor<{name}>" if isinstance(field.value, AnyRank) else _lists(name, len(field.value.axes))

    def _body_type(self, body: Body) -> str:
        content = body.content
        name = content.name if isinstance(content, Struct) else self._type(content)
        return _lists(name, len(body.axes))

    def _reads(self, struct: Struct) -> str:
        fields = self.names.fields(struct)
        lines = [f"function read{struct.name}Fields(): Read<{struct.name}> {{"]
        for field, name in fields:
            how = f"readItem({field.key}" if isinstance(field.key, int) else f"readKey({_quoted(field.key)}"
            lines.append(f"  const {name} = {how}, {self._codec(field, sent=False)});")
        lines += [
            "  return (value, at, sizes) => ({",
            *(f"    {name}: {name}(value, at, sizes)," for _, name in fields),
            "  });",
            "}",
        ]
        return "\n".join(lines)

    def _writer(self, struct: Struct) -> str:
        lines = [
            f"const write{struct.name}Fields: Write<{struct.name}> = (value, at, sizes) => {{",
            "  const members = [",
        ]
        for field, name in self.names.fields(struct):
            codec = self._codec(field, sent=True)
            lines.append(f"    ...writeKey({_quoted(spoken(field))}, {codec}, value.{name}, at, sizes),")
        return "\n".join([*lines, "  ];", '  return `{${members.join(", ")}}`;', "};"])

    def _codec(self, field: Field, *, sent: bool) -> str:
        """Return what reads a value, or writes it."""
        inner = self._element(field.value.element, sent=sent)
        if isinstance(field.value, AnyRank):
            return f"{'writeTensor' if sent else 'readTensor'}({_quoted(field.value.name)}, {inner})"
        return _each(field.value.axes, inner, sent=sent)

    def _element(self, element: Element, *, sent: bool) -> str:
        listed = "null"
        if element.members is not None:
            listed = f"[{', '.join(_literal(each, element) for each in element.members)}]"
        if element.literal is Literal.BYTES:
            return f"{'writeBytes' if sent else 'readBytes'}({listed})"
        made = self._plain(element, sent=sent)
        name = self.names.enums.get(element)
        if name is not None:
            return f"{'writeMember' if sent else 'readMember'}({_table(name)}, {made})"
        return (
            made if element.members is None else f"{'writeMember' if sent else 'readOneOf'}({listed}, {made})"
        )

    def _plain(self, element: Element, *, sent: bool) -> str:
        match element.literal:
            case Literal.NUMBER if sent:
                return "writeAnyNumber" if element.not_finite else "writeNumber"
            case Literal.NUMBER:
                return "readAnyNumber" if self._exact else "readNumber"
            case Literal.INTEGER if _is_big(element):
                return f"{'writeBigInteger' if sent else 'readBigInteger'}({element.least}n, {element.most}n)"
            case Literal.INTEGER:
                return f"{'writeInteger' if sent else 'readInteger'}({element.least}, {element.most})"
            case Literal.BOOLEAN:
                return "writeBoolean" if sent else "readBoolean"
            case _:
                return "writeText" if sent else "readText"

    def _read_answer(self) -> str:
        body = self._reader.answer
        content = body.content
        inner = (
            f"read{content.name}Fields()" if isinstance(content, Struct) else self._codec(content, sent=False)
        )
        parse = "parsedExactly" if self._exact else "parsed"
        return (
            f"/** Returns what stands under `{body.key}` of an answer; throws `BodyError`. */\n"
            f"export function readAnswer(body: string): {self._body_type(body)} {{\n"
            f"  const read = readKey({_quoted(body.key)}, {_each(body.axes, inner, sent=False)});\n"
            f'  return read(document({parse}(body)), "", new Map());\n}}'
        )

    def _write_request(self) -> str:
        body = self._reader.request
        content = body.content
        inner = (
            f"write{content.name}Fields" if isinstance(content, Struct) else self._codec(content, sent=True)
        )
        context = ", context: Context" if self._reader.context else ""
        type_ = self._body_type(body)
        parts = [f'`"signature_name": ${{{"JSON.stringify(" + _quoted(self._reader.signature) + ")"}}}`']
        parts += ['`"context": ${writeContextFields(context, "context", sizes)}`'] if context else []
        parts += [f'`"{body.key}": ${{write(request, "{body.key}", sizes)}}`']
        lines = [
            "/** Returns the body of a request; throws `BodyError` where it is not what is declared. */",
            f"export function writeRequest(request: {type_}{context}): string {{",
            "  const sizes: Sizes = new Map();",
            f"  const write: Write<{type_}> = {_each(body.axes, inner, sent=True)};",
            "  const members = [",
            *(f"    {each}," for each in parts),
            "  ];",
            '  return `{${members.join(", ")}}`;',
            "}",
        ]
        return "\n".join(lines)


def _is_big(element: Element) -> bool:
    return element.literal is Literal.INTEGER and not -_SAFE <= element.least <= element.most <= _SAFE


def _lists(name: str, rank: int) -> str:
    if rank == 1 and name.isidentifier():
        return f"readonly {name}[]"
    for _ in range(rank):
        name = f"ReadonlyArray<{name}>"
    return name


def _each(axes: tuple[Axis, ...], inner: str, *, sent: bool) -> str:
    for axis in reversed(axes):
        name = "null" if axis.name is None else _quoted(axis.name)
        most = "null" if axis.most is None else axis.most
        inner = f"{'writeEach' if sent else 'readEach'}({name}, {axis.least}, {most}, {inner})"
    return inner


def _quoted(text: str) -> str:
    return names.quoted(text, names.TYPESCRIPT)


def _literal(value: str | int, element: Element) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value}n" if _is_big(element) else str(value)
    return _quoted(value)


def _table(name: str) -> str:
    return f"{name.upper()}_MEMBERS"
