"""`Reader` -> a namespace of Swift: structs, `readAnswer`, `writeRequest`. Foundation alone, Swift 5.5 on.

Integers are `Int64`, or `UInt64` where the dtype reaches beyond; what lies outside is refused, not rounded.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sigpact.authoring.readers import names
from sigpact.authoring.readers.model import Element, Reader, Struct
from sigpact.authoring.readers.naming import spoken
from sigpact.authoring.readers.renderer import Renderer
from sigpact.authoring.readers.runtime import used
from sigpact.clients.literals import Literal

_LONG: Final = (1 << 63) - 1
_TYPES: Final[Mapping[Literal, str]] = {
    Literal.NUMBER: "Double",
    Literal.INTEGER: "Int64",
    Literal.BOOLEAN: "Bool",
    Literal.TEXT: "String",
    Literal.BYTES: "Data",
}


def render(reader: Reader) -> str:
    """Return the source of the file: one enum without cases, under the name of the signature."""
    made = _File(reader)
    body = "\n\n".join([*made.enums(), *made.structs(), *made.functions()])
    pieces = used("swift", body)
    content = "\n\n".join([*pieces, body])
    indented = "\n".join(f"    {line}" if line else "" for line in content.split("\n"))
    head = "\n".join(f"// {names.comment(each)}" for each in reader.said)
    return f"{head}\n\nimport Foundation\n\nenum {made.names.namespace} {{\n{indented}\n}}\n"


class _File(Renderer):
    """Writes the parts that are of one signature."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader, "swift", nothing="nil")

    def enums(self) -> Iterator[str]:
        """Yield an enum for each enum."""
        for element, name in self.names.enums.items():
            lines = [f"enum {name}: {self._plain_type(element)}, CaseIterable {{"]
            lines += [
                f"    case {member} = {_literal(json)}"
                for member, json in self.names.members(element, names.camel)
            ]
            yield "\n".join([*lines, "}"])

    def structs(self) -> Iterator[str]:
        """Yield a struct for each type of several values."""
        for struct in self._reader.structs:
            lines = [f"struct {struct.name}: Equatable {{"]
            for field, name in self.names.fields(struct):
                lines.append(f"    /// {names.comment(f'{spoken(field)}: {field.doc}')}")
                default = "? = nil" if field.is_optional else ""
                lines.append(f"    var {name}: {self._type(field)}{default}")
            yield "\n".join([*lines, "}"])

    def _quoted(self, text: str) -> str:
        return _quoted(text)

    def _plain_type(self, element: Element) -> str:
        if element.literal is Literal.INTEGER and _is_unsigned(element):
            return "UInt64"
        return _TYPES[element.literal]

    def _lists(self, name: str, rank: int) -> str:
        return f"{'[' * rank}{name}{']' * rank}"

    def _reads(self, struct: Struct) -> str:
        fields = self.names.fields(struct)
        lines = [f"private static func read{struct.name}Fields() -> Read<{struct.name}> {{"]
        for field, name in fields:
            how = f"readItem({field.key}" if isinstance(field.key, int) else f"readKey({_quoted(field.key)}"
            lines.append(f"    let {name} = {how}, {self._codec(field, 'read')})")
        each = [f"            {name}: try {name}(value, at, sizes)" for _, name in fields]
        lines += ["    return { value, at, sizes in", f"        {struct.name}(", ",\n".join(each)]
        return "\n".join([*lines, "        )", "    }", "}"])

    def _writer(self, struct: Struct) -> str:
        lines = [f"private static func write{struct.name}Fields("]
        lines += [f"    _ value: {struct.name}, _ at: String, _ sizes: Sizes", ") throws -> String {"]
        # One statement for each: the compiler gives up on one expression of forty.
        lines.append("    var members: [String] = []")
        for field, name in self.names.fields(struct):
            how = "writeOptional" if field.is_optional else "writeKey"
            call = (
                f"try {how}({_quoted(spoken(field))}, {self._codec(field, 'write')}, value.{name}, at, sizes)"
            )
            kept = f"if let each = {call} {{ members.append(each) }}"
            lines.append(f"    {kept}" if field.is_optional else f"    members.append({call})")
        return "\n".join([*lines, '    return "{\\(members.joined(separator: ", "))}"', "}"])

    def _element(self, element: Element, way: str) -> str:
        members_ = "nil" if element.members is None else f"[{', '.join(map(_literal, element.members))}]"
        if element.literal is Literal.BYTES:
            return f"{way}Bytes({members_})"
        made = _plain(element, way)
        name = self.names.enums.get(element)
        if name is not None:
            return f"{way}Member({name}.self, {made})"
        return made if element.members is None else f"{way}OneOf({members_}, {made})"

    def _read_answer(self) -> str:
        body = self._reader.answer
        content = body.content
        inner = f"read{content.name}Fields()" if isinstance(content, Struct) else self._codec(content, "read")
        lines = [
            f"/// Returns what stands under `{body.key}` of an answer; throws `BodyError`.",
            f"static func readAnswer(_ body: Data) throws -> {self._body_type(body)} {{",
            f"    let read = readKey({_quoted(body.key)}, {self._each(body.axes, inner, 'read')})",
            '    return try read(try document(body), "", Sizes())',
            "}",
        ]
        return "\n".join(lines)

    def _write_request(self) -> str:
        body = self._reader.request
        content = body.content
        inner = f"write{content.name}Fields" if isinstance(content, Struct) else self._codec(content, "write")
        context = ", context: Context" if self._reader.context else ""
        type_ = self._body_type(body)
        parts = [f'"\\"signature_name\\": " + quoted({_quoted(self._reader.signature)})']
        if context:
            parts.append('"\\"context\\": " + (try writeContextFields(context, "context", sizes))')
        parts.append(f'"\\"{body.key}\\": " + (try write(request, "{body.key}", sizes))')
        lines = [
            "/// Returns the body of a request; throws `BodyError` where it is not what is declared.",
            f"static func writeRequest(_ request: {type_}{context}) throws -> String {{",
            "    let sizes = Sizes()",
            f"    let write: Write<{type_}> = {self._each(body.axes, inner, 'write')}",
            "    let members: [String] = [",
            *(f"        {each}," for each in parts),
            "    ]",
            '    return "{\\(members.joined(separator: ", "))}"',
            "}",
        ]
        return "\n".join(lines)


def _is_unsigned(element: Element) -> bool:
    return element.least >= 0 and element.most > _LONG


def _plain(element: Element, way: str) -> str:
    """Return what reads or writes an element without members."""
    match element.literal:
        case Literal.INTEGER if _is_unsigned(element):
            return f"{way}Integer(UInt64({element.least}), UInt64({element.most}))"
        case Literal.INTEGER:
            least, most = (_long(max(-_LONG - 1, min(each, _LONG))) for each in (element.least, element.most))
            return f"{way}Integer({least}, {most})"
        case Literal.NUMBER if way == "write" and element.not_finite:
            return "writeAnyNumber"
        case Literal.NUMBER:
            return f"{way}Number"
        case Literal.BOOLEAN:
            return f"{way}Boolean"
        case _:
            return f"{way}Text"


def _long(number: int) -> str:
    return "Int64.min" if number == -_LONG - 1 else f"Int64({number})"


def _quoted(text: str) -> str:
    return names.quoted(text, names.SWIFT)


def _literal(value: str | int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else _quoted(value)
