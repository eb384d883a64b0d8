"""Element keywords: what they may stand on, whether they admit anything, and the types of written values."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from sigpact.contract.admit import BROKEN
from sigpact.contract.domains import admits_nothing, outside
from sigpact.contract.images import LONGEST_SIDE, MODES
from sigpact.contract.mistakes import Mistake, listed, shown
from sigpact.contract.model import BytesFile, Column, Domain, Image, Nested, Scalar
from sigpact.contract.patterns import pattern
from sigpact.contract.scope import Data, Scope
from sigpact.findings import Path
from sigpact.frozen import replace

Where = Callable[[str], Path]

_NUMBERS: Final = frozenset(["number", "integer"])
_TEXTS: Final = frozenset(["text", "string"])
_LENGTHS: Final = _TEXTS | {"bytes"}
_FOR: Final = (
    (
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "sumsTo", "norm"),
        _NUMBERS,
    ),
    (("minLength", "maxLength"), _LENGTHS),
    (("pattern", "format"), _TEXTS),
    (("image",), frozenset(["bytes", "string"])),
)
_ALLOWED: Final = {key: families for keys, families in _FOR for key in keys}

_WANTED: Final = {
    "number": "a number",
    "integer": "a whole number",
    "text": "a text",
    "string": "a text, {b64: …} or {file: …}",
    "bytes": "{b64: …} or {file: …}",
    "boolean": "true or false",
}


def wrong_keys(scope: Scope, family: str, keys: Data, where: Where) -> None:
    """Record keywords that mean nothing for values of this family."""
    if family == "other":
        return
    for key in keys:
        allowed = _ALLOWED.get(key)
        if allowed is not None and family not in allowed:
            message = f"{key!r} is for {' and '.join(sorted(allowed))}, the values here are {family}"
            scope.mistakes.add(Mistake.KEY_NOT_FOR_DTYPE, where(key), message)


_TYPES: Final[dict[str, frozenset[type]]] = {
    "number": frozenset([int, float]),
    "integer": frozenset([int]),
    "text": frozenset([str]),
    "string": frozenset([str, bytes, BytesFile]),
    "bytes": frozenset([bytes, BytesFile]),
    "boolean": frozenset([bool]),
}


_ANY: Final = frozenset().union(*_TYPES.values())


def fits(family: str, value: Scalar) -> bool:
    """Whether a written value has the type of its family; where nothing is known, it has."""
    kind = type(value)
    if kind not in _ANY:  # null or an object, which only a raw body can hold
        return False
    if family == "integer" and isinstance(value, float):
        return value.is_integer()
    return family not in _TYPES or kind in _TYPES[family]


def leaves(value: Nested, path: Path) -> Iterator[tuple[Path, Scalar]]:
    """Yield every element with its path."""
    if not isinstance(value, tuple):
        yield path, value
        return
    for index, item in enumerate(value):
        if isinstance(item, tuple):
            yield from leaves(item, (*path, index))
        else:
            yield (*path, index), item


def typed(scope: Scope, family: str, value: Nested, path: Path) -> Nested:
    """Return a written value; elements of another type are recorded."""
    for place, leaf in leaves(value, path):
        if not fits(family, leaf):
            other_type(scope, family, leaf, place)
    return value


def other_type(scope: Scope, family: str, value: Scalar, path: Path) -> None:
    """Record a value of another type."""
    hint = ": quote it if it is a text" if family == "text" and isinstance(value, int | float) else ""
    found = "bytes" if isinstance(value, bytes | BytesFile) else shown(value)
    if isinstance(value, dict) and value.keys() == {"b64"}:
        found = "{b64: …} that is no base64"
    scope.mistakes.add(Mistake.VALUE_OF_OTHER_TYPE, path, f"expected {_WANTED[family]}, found {found}{hint}")


def domain(scope: Scope, family: str, dtypes: tuple[str, ...], keys: Data, where: Where) -> Domain:
    """Return what is said of every element; contradictions are recorded."""
    said = Domain(
        minimum=keys.get("minimum"),
        maximum=keys.get("maximum"),
        exclusive_minimum=keys.get("exclusiveMinimum"),
        exclusive_maximum=keys.get("exclusiveMaximum"),
        multiple_of=keys.get("multipleOf"),
        min_length=keys.get("minLength"),
        max_length=keys.get("maxLength"),
        pattern=_pattern(scope, keys, where),
        format=keys.get("format"),
        image=_image(scope, keys, where),
    )
    if not said.is_declared and _ENUMS.isdisjoint(keys):
        return said
    _check_numbers(scope, family, dtypes, said, keys, where)
    _check_lengths(scope, said, keys, where)
    enum = _enum(scope, family, dtypes, said, keys, where)
    return said if enum is None else replace(said, enum=enum)


_ENUMS: Final = frozenset(["enum", "enum_from", "const"])


def _pattern(scope: Scope, keys: Data, where: Where) -> str | None:
    written: str | None = keys.get("pattern")
    if written is not None:
        try:
            pattern(written)
        except (re.error, ValueError) as error:
            message = f"pattern {shown(written)} is no regular expression: {error}"
            scope.mistakes.add(Mistake.BAD_PATTERN, where("pattern"), message)
            return None
    return written


def _image(scope: Scope, keys: Data, where: Where) -> Image | None:
    written: Data | None = keys.get("image")
    if written is None:
        return None
    sizes: dict[str, tuple[int, int]] = {}
    for key in ("height", "width"):
        least, most = written.get(key, (1, 4096))
        sizes[key] = (least, most)
        if least > most:
            message = f"no {key} is at least {least} and at most {most}"
            scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, (*where("image"), key), message)
    media = written.get("media", "")
    known = MODES.get(media, ())
    modes = tuple(dict.fromkeys(written.get("mode", known[:1])))
    for index, mode in enumerate(modes):
        if known and mode not in known:
            message = f"{media} has no mode {mode}: there are {listed(known)}"
            scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, (*where("image"), "mode", index), message)
    longest = LONGEST_SIDE.get(media)
    for key, (least, _) in sizes.items():
        if longest is not None and least > longest:
            message = f"{media} has no {key} above {longest}"
            scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, (*where("image"), key), message)
    return Image(media, _cut(sizes["height"], longest), _cut(sizes["width"], longest), modes)


def _cut(sides: tuple[int, int], longest: int | None) -> tuple[int, int]:
    return sides if longest is None else (sides[0], min(sides[1], longest))


FORMAT_LENGTHS: Final[dict[str, tuple[int, int | None]]] = {
    "date": (10, 10),
    "date-time": (20, None),
    "email": (3, None),
    "uri": (2, None),
    "uuid": (36, 36),
    "ipv4": (7, 15),
}
"""How many characters a text of each format has, at least and at most."""
_BOUNDS: Final = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")


def _check_numbers(
    scope: Scope, family: str, dtypes: tuple[str, ...], said: Domain, keys: Data, where: Where
) -> None:
    bounds = [key for key in _BOUNDS if key in keys]
    if not bounds or family not in _NUMBERS:
        return
    reason = admits_nothing(said, dtypes, whole=family == "integer")
    if reason is not None:
        scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, where(bounds[0]), reason)


def _check_lengths(scope: Scope, said: Domain, keys: Data, where: Where) -> None:
    least, most = said.min_length or 0, said.max_length
    if most is not None and least > most:
        message = f"no text has at least minLength {least} and at most maxLength {most} characters"
        scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, where("minLength"), message)
    if said.format is not None and "format" in keys:
        shortest, longest = FORMAT_LENGTHS.get(said.format, (0, None))
        if most is not None and shortest > most:
            has = shortest if shortest == longest else f"{shortest} or more"
            message = f"format {said.format} has {has} characters, maxLength is {most}"
            scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, where("format"), message)
        if longest is not None and least > longest:
            message = f"format {said.format} has {longest} characters at most, minLength is {least}"
            scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, where("format"), message)
    if said.pattern is None or "pattern" not in keys:
        return
    known = pattern(said.pattern)
    if most is not None and known.least > most:
        message = f"pattern {said.pattern!r} matches {known.least} characters or more, maxLength is {most}"
        scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, where("pattern"), message)
    if known.most is not None and least > known.most:
        message = f"pattern {said.pattern!r} matches {known.most} characters at most, minLength is {least}"
        scope.mistakes.add(Mistake.BOUNDS_ADMIT_NOTHING, where("pattern"), message)


def _enum(
    scope: Scope, family: str, dtypes: tuple[str, ...], said: Domain, keys: Data, where: Where
) -> tuple[Scalar, ...] | None:
    there = [key for key in ("enum", "enum_from", "const") if key in keys]
    if not there:
        return None
    if len(there) > 1:
        message = f"{there[0]!r} and {there[1]!r} exclude each other: write one"
        scope.mistakes.add(Mistake.KEYS_EXCLUDE, where(there[1]), message)
    made: list[Scalar] = []
    for path, value in _members(scope, family, there[0], keys[there[0]], where(there[0])):
        if not fits(family, value):
            other_type(scope, family, value, path)
        elif family != "other" and (reason := outside(said, dtypes, value)) is not None:
            scope.mistakes.add(Mistake.ENUM_OUTSIDE, path, f"{shown(value)} {reason}")
        made.append(int(value) if family == "integer" and isinstance(value, float) else value)
    return tuple(made)


def _members(scope: Scope, family: str, key: str, written: Any, path: Path) -> Iterator[tuple[Path, Scalar]]:
    match key:
        case "const":
            yield path, scope.scalar(written, path)
        case "enum":
            for index, item in enumerate(written):
                if item is not BROKEN:
                    yield (*path, index), scope.scalar(item, (*path, index))
        case _:
            for line in scope.lines(path, written):
                yield path, _number_of(line) if family in _NUMBERS else line


def _number_of(line: str) -> Scalar:
    try:
        return int(line)
    except ValueError:
        try:
            return float(line)
        except ValueError:
            return line


def columns(
    scope: Scope, family: str, dtypes: tuple[str, ...], written: list[Any], path: Path
) -> tuple[Column, ...]:
    """Return the positions of the last axis, each with its domain."""
    made = []
    for index, item in enumerate(written):
        if item is BROKEN:
            continue
        place = (*path, index)

        def where(key: str, place: Path = place) -> Path:
            return (*place, key)

        wrong_keys(scope, family, item, where)
        made.append(Column(item.get("name", ""), domain(scope, family, dtypes, item, where), place))
    for name, place in twice([(each.name, each.path) for each in made]):
        scope.mistakes.add(Mistake.NAME_TWICE, (*place, "name"), f"column {name!r} is there twice")
    return tuple(made)


def twice(names: list[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    """Yield the names that came before, with their places."""
    seen: set[str] = set()
    for name, path in names:
        if name in seen:
            yield name, path
        seen.add(name)
