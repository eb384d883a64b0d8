"""`Reader` -> a module of TypeScript: interfaces, `readAnswer`, `writeRequest`. ES2020 or later, no imports.

An integer whose range leaves ±(2^53 - 1) is a `bigint`: as a number it would lose digits.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sigpact.authoring.readers import names
from sigpact.authoring.readers.model import Element, Reader, Struct
from sigpact.authoring.readers.naming import spoken
from sigpact.authoring.readers.renderer import Renderer
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


class _Module(Renderer):
    """Writes the parts that are of one signature."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader, "typescript", nothing="null")
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

    def _quoted(self, text: str) -> str:
        return _quoted(text)

    def _plain_type(self, element: Element) -> str:
        return "bigint" if _is_big(element) else _TYPES[element.literal]

    def _lists(self, name: str, rank: int) -> str:
        if rank == 1 and name.isidentifier():
            return f"readonly {name}[]"
        for _ in range(rank):
            name = f"ReadonlyArray<{name}>"
        return name

    def _reads(self, struct: Struct) -> str:
        fields = self.names.fields(struct)
        lines = [f"function read{struct.name}Fields(): Read<{struct.name}> {{"]
        for field, name in fields:
            how = f"readItem({field.key}" if isinstance(field.key, int) else f"readKey({_quoted(field.key)}"
            lines.append(f"  const {name} = {how}, {self._codec(field, 'read')});")
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
            codec = self._codec(field, "write")
            lines.append(f"    ...writeKey({_quoted(spoken(field))}, {codec}, value.{name}, at, sizes),")
        return "\n".join([*lines, "  ];", '  return `{${members.join(", ")}}`;', "};"])

    def _element(self, element: Element, way: str) -> str:
        listed = "null"
        if element.members is not None:
            listed = f"[{', '.join(_literal(each, element) for each in element.members)}]"
        if element.literal is Literal.BYTES:
            return f"{way}Bytes({listed})"
        made = self._plain(element, way)
        name = self.names.enums.get(element)
        if name is not None:
            return f"{way}Member({_table(name)}, {made})"
        if element.members is None:
            return made
        return f"{'writeMember' if way == 'write' else 'readOneOf'}({listed}, {made})"

    def _plain(self, element: Element, way: str) -> str:
        match element.literal:
            case Literal.NUMBER if way == "write":
                return "writeAnyNumber" if element.not_finite else "writeNumber"
            case Literal.NUMBER:
                return "readAnyNumber" if self._exact else "readNumber"
            case Literal.INTEGER if _is_big(element):
                return f"{way}BigInteger({element.least}n, {element.most}n)"
            case Literal.INTEGER:
                return f"{way}Integer({element.least}, {element.most})"
            case Literal.BOOLEAN:
                return f"{way}Boolean"
            case _:
                return f"{way}Text"

    def _read_answer(self) -> str:
        body = self._reader.answer
        content = body.content
        inner = f"read{content.name}Fields()" if isinstance(content, Struct) else self._codec(content, "read")
        parse = "parsedExactly" if self._exact else "parsed"
        return (
            f"/** Returns what stands under `{body.key}` of an answer; throws `BodyError`. */\n"
            f"export function readAnswer(body: string): {self._body_type(body)} {{\n"
            f"  const read = readKey({_quoted(body.key)}, {self._each(body.axes, inner, 'read')});\n"
            f'  return read(document({parse}(body)), "", new Map());\n}}'
        )

    def _write_request(self) -> str:
        body = self._reader.request
        content = body.content
        inner = f"write{content.name}Fields" if isinstance(content, Struct) else self._codec(content, "write")
        context = ", context: Context" if self._reader.context else ""
        type_ = self._body_type(body)
        parts = [f'`"signature_name": ${{{"JSON.stringify(" + _quoted(self._reader.signature) + ")"}}}`']
        parts += ['`"context": ${writeContextFields(context, "context", sizes)}`'] if context else []
        parts += [f'`"{body.key}": ${{write(request, "{body.key}", sizes)}}`']
        lines = [
            "/** Returns the body of a request; throws `BodyError` where it is not what is declared. */",
            f"export function writeRequest(request: {type_}{context}): string {{",
            "  const sizes: Sizes = new Map();",
            f"  const write: Write<{type_}> = {self._each(body.axes, inner, 'write')};",
            "  const members = [",
            *(f"    {each}," for each in parts),
            "  ];",
            '  return `{${members.join(", ")}}`;',
            "}",
        ]
        return "\n".join(lines)


def _is_big(element: Element) -> bool:
    return element.literal is Literal.INTEGER and not -_SAFE <= element.least <= element.most <= _SAFE


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
