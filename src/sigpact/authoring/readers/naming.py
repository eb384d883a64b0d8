"""The names that a file's types and fields have in a language."""

from collections.abc import Callable
from typing import Final

from sigpact.authoring.readers.model import Element, Field, Reader, Struct
from sigpact.authoring.readers.names import unique

_INFERENCE: Final = ("label", "score")


def enum_names(reader: Reader, style: Callable[[str], str], taken: frozenset[str]) -> dict[Element, str]:
    """Return a name for each type of members, after the first value that is one."""
    found: dict[Element, str] = {}
    for field in reader.fields:
        if field.value.element.is_enum:
            found.setdefault(field.value.element, style(spoken(field)))
    return dict(zip(found, unique(found.values(), taken), strict=True))


def field_names(
    struct: Struct, style: Callable[[str], str], taken: frozenset[str]
) -> list[tuple[Field, str]]:
    """Return the fields of a struct with their names in a language; `taken` are those that mean something else."""
    made = unique((style(spoken(each)) for each in struct.fields), taken)
    return list(zip(struct.fields, made, strict=True))


def spoken(field: Field) -> str:
    """Return the key of a value; a place in a pair has the name of what stands there."""
    return _INFERENCE[field.key] if isinstance(field.key, int) else field.key


def members(element: Element, style: Callable[[str], str], taken: frozenset[str]) -> list[tuple[str, str | int]]:
    """Return the members of an enum with a name for each."""
    found = [each for each in element.members or () if not isinstance(each, bool)]
    said = [f"minus {-each}" if isinstance(each, int) and each < 0 else str(each) or "empty" for each in found]
    return list(zip(unique(map(style, said), taken), found, strict=True))
