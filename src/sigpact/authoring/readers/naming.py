"""`Names`: what the types, fields and members of a file are called in its language."""

from collections.abc import Callable
from typing import Final

from sigpact.authoring.readers.model import Element, Field, Reader, Struct
from sigpact.authoring.readers.names import as_written, pascal, unique
from sigpact.authoring.readers.runtime import reserved

_INFERENCE: Final = ("label", "score")


class Names:
    """The names of one reader: identifiers that mean nothing else, no two alike in one place.

    `enums` has a name for each type of members, after the first value that is one; `namespace` is the
    signature's, for languages in which a file is one.
    """

    def __init__(self, reader: Reader, language: str) -> None:
        self._not_fields, self._not_types = reserved(language)
        self.namespace = unique([pascal(reader.signature)], self._not_types)[0]
        found: dict[Element, str] = {}
        for field in reader.fields:
            if field.value.element.is_enum:
                found.setdefault(field.value.element, pascal(spoken(field)))
        taken = self._not_types | {self.namespace}
        self.enums = dict(zip(found, unique(found.values(), taken), strict=True))

    def fields(self, struct: Struct) -> list[tuple[Field, str]]:
        """Return the fields of a struct with their names; in its scope those of types mean the types."""
        taken = self._not_fields | self._not_types | frozenset(self.enums.values())
        made = unique((as_written(spoken(each)) for each in struct.fields), taken)
        return list(zip(struct.fields, made, strict=True))

    def members(self, element: Element, style: Callable[[str], str]) -> list[tuple[str, str | int]]:
        """Return the members of an enum with a name for each."""
        found = [each for each in element.members or () if not isinstance(each, bool)]
        made = unique((style(_said(each)) for each in found), self._not_fields)
        return list(zip(made, found, strict=True))


def spoken(field: Field) -> str:
    """Return the key of a value; a place in a pair has the name of what stands there."""
    return _INFERENCE[field.key] if isinstance(field.key, int) else field.key


def _said(member: str | int) -> str:
    if isinstance(member, int):
        return f"minus {-member}" if member < 0 else str(member)
    return member or "empty"
