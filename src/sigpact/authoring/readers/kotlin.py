"""`Reader` -> an object of Kotlin: data classes, `readAnswer`, `writeRequest`. JVM and Android, no library.

Integers are `Long`, or `ULong` where the dtype reaches beyond it; what lies outside is refused, not rounded.
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
    Literal.INTEGER: "Long",
    Literal.BOOLEAN: "Boolean",
    Literal.TEXT: "String",
    Literal.BYTES: "ByteArray",
}
_PART: Final = 8000
"""How long a text may be that holds many members: a constant of the JVM has 65,535 bytes."""


def render(reader: Reader) -> str:
    """Return the source of the file: one object, under the name of the signature."""
    made = _File(reader)
    body = "\n\n".join([*made.enums(), *made.structs(), *made.functions()])
    pieces = used("kotlin", body)
    content = "\n\n".join([*pieces, body])
    indented = "\n".join(f"    {line}" if line else "" for line in content.split("\n"))
    head = "\n".join(f"// {names.comment(each)}" for each in reader.said)
    imports = "import java.util.Base64\n\n" if "Base64." in content else ""
    return f"{head}\n\n{imports}object {made.names.namespace} {{\n{indented}\n}}\n"


class _File(Renderer):
    """Writes the parts that are of one signature."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader, "kotlin", nothing="null")

    def enums(self) -> Iterator[str]:
        """Yield a class for each enum."""
        for element, name in self.names.enums.items():
            type_ = self._plain_type(element)
            lines = [f"enum class {name}(val json: {type_}) {{"]
            lines += [
                f"    {member}({_literal(json, element)}),"
                for member, json in self.names.members(element, names.constant)
            ]
            lines += ["    ;", "", "    internal companion object {"]
            lines += ["        val BY_JSON = entries.associateBy { it.json }", "    }", "}"]
            yield "\n".join(lines)

    def structs(self) -> Iterator[str]:
        """Yield a data class for each type of several values."""
        for struct in self._reader.structs:
            lines = [f"data class {struct.name}("]
            for field, name in self.names.fields(struct):
                lines.append(f"    /** {names.comment(f'{spoken(field)}: {field.doc}')} */")
                default = "? = null" if field.is_optional else ""
                lines.append(f"    val {name}: {self._type(field)}{default},")
            yield "\n".join([*lines, ")"])

    def _quoted(self, text: str) -> str:
        return _quoted(text)

    def _plain_type(self, element: Element) -> str:
        if element.literal is Literal.INTEGER and _is_unsigned(element):
            return "ULong"
        return _TYPES[element.literal]

    def _lists(self, name: str, rank: int) -> str:
        return f"{'List<' * rank}{name}{'>' * rank}"

    def _reads(self, struct: Struct) -> str:
        fields = self.names.fields(struct)
        lines = [f"private fun read{struct.name}Fields(): (Any?, String, Sizes) -> {struct.name} {{"]
        for field, name in fields:
            how = f"readItem({field.key}" if isinstance(field.key, int) else f"readKey({_quoted(field.key)}"
            lines.append(f"    val {name} = {how}, {self._codec(field, 'read')})")
        lines += [
            "    return { value, at, sizes ->",
            f"        {struct.name}(",
            *(f"            {name} = {name}(value, at, sizes)," for _, name in fields),
            "        )",
            "    }",
            "}",
        ]
        return "\n".join(lines)

    def _writer(self, struct: Struct) -> str:
        lines = [
            f"private fun write{struct.name}Fields(value: {struct.name}, at: String, sizes: Sizes): String ="
        ]
        lines.append("    listOfNotNull(")
        for field, name in self.names.fields(struct):
            how = "writeOptional" if field.is_optional else "writeKey"
            codec = self._codec(field, "write")
            lines.append(f"        {how}({_quoted(spoken(field))}, {codec}, value.{name}, at, sizes),")
        return "\n".join([*lines, '    ).joinToString(", ", "{", "}")'])

    def _element(self, element: Element, way: str) -> str:
        listed = "null" if element.members is None else _set(element)
        if element.literal is Literal.BYTES:
            return f"{way}Bytes({listed})"
        made = _plain(element, way)
        name = self.names.enums.get(element)
        if name is not None and way == "read":
            return f"readMember({name}.BY_JSON, {made})"
        if name is not None:
            return f"{{ each: {name}, _: String, _: Sizes -> {_json_of(element)} }}"
        return made if element.members is None else f"{way}OneOf({listed}, {made})"

    def _read_answer(self) -> str:
        body = self._reader.answer
        content = body.content
        inner = f"read{content.name}Fields()" if isinstance(content, Struct) else self._codec(content, "read")
        return (
            f"/** Returns what stands under `{body.key}` of an answer; throws [BodyError]. */\n"
            f"fun readAnswer(body: String): {self._body_type(body)} =\n"
            f"    readKey({_quoted(body.key)}, {self._each(body.axes, inner, 'read')})"
            '(document(body), "", Sizes())'
        )

    def _write_request(self) -> str:
        body = self._reader.request
        content = body.content
        inner = (
            f"::write{content.name}Fields" if isinstance(content, Struct) else self._codec(content, "write")
        )
        context = ", context: Context" if self._reader.context else ""
        parts = [f'"\\"signature_name\\": ${{quoted({_quoted(self._reader.signature)})}}"']
        parts += ['"\\"context\\": ${writeContextFields(context, "context", sizes)}"'] if context else []
        parts += [f'"\\"{body.key}\\": ${{write(request, "{body.key}", sizes)}}"']
        type_ = self._body_type(body)
        lines = [
            "/** Returns the body of a request; throws [BodyError] where it is not what is declared. */",
            f"fun writeRequest(request: {type_}{context}): String {{",
            "    val sizes = Sizes()",
            f"    val write: ({type_}, String, Sizes) -> String = {self._each(body.axes, inner, 'write')}",
            "    val members = listOf(",
            *(f"        {each}," for each in parts),
            "    )",
            '    return members.joinToString(", ", "{", "}")',
            "}",
        ]
        return "\n".join(lines)


def _is_unsigned(element: Element) -> bool:
    return element.least >= 0 and element.most > _LONG


def _plain(element: Element, way: str) -> str:
    """Return what reads or writes an element without members."""
    match element.literal:
        case Literal.INTEGER if _is_unsigned(element):
            return f"{way}ULong({element.least}UL, {element.most}UL)"
        case Literal.INTEGER:
            least, most = (_long(max(-_LONG - 1, min(each, _LONG))) for each in (element.least, element.most))
            return f"{way}Long({least}, {most})"
        case Literal.NUMBER if way == "write" and element.not_finite:
            return "::writeAnyNumber"
        case Literal.NUMBER:
            return f"::{way}Number"
        case Literal.BOOLEAN:
            return f"::{way}Boolean"
        case _:
            return f"::{way}Text"


def _long(number: int) -> str:
    return "Long.MIN_VALUE" if number == -_LONG - 1 else f"{number}L"


def _json_of(element: Element) -> str:
    return "quoted(each.json)" if element.literal is Literal.TEXT else "each.json.toString()"


def _set(element: Element) -> str:
    listed = element.members or ()
    texts = [each for each in listed if isinstance(each, str)]
    if len(texts) < len(listed) or len("".join(texts)) < _PART:
        return f"setOf({', '.join(_literal(each, element) for each in listed)})"
    parts = [texts[at : at + 100] for at in range(0, len(texts), 100)]
    return f"spread({', '.join(_quoted(chr(0).join(each)) for each in parts)})"


def _quoted(text: str) -> str:
    return names.quoted(text, names.KOTLIN)


def _literal(value: str | int, element: Element) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value}UL" if _is_unsigned(element) else _long(value)
    return _quoted(value)
