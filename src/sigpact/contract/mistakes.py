"""`Mistake`: the closed list of what only the builder can see; `Mistakes`: what one file has got wrong.

Keys, types and forms are the business of `forms`, and the JSON Schema says the same of them.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from sigpact.contract.model import BytesFile
from sigpact.contract.source import Document
from sigpact.findings import Path, Problem
from sigpact.nearest import nearest


class Mistake(StrEnum):
    """What a JSON Schema cannot say. Every member has a case file in the tests."""

    UNKNOWN_TYPE = "unknown-type"
    NO_DTYPE = "no-dtype"
    DTYPES_MIXED = "dtypes-mixed"
    DTYPE_NOT_IN_PROTOCOL = "dtype-not-in-protocol"
    KEY_NOT_IN_PROTOCOL = "key-not-in-protocol"
    KEY_NOT_FOR_DTYPE = "key-not-for-dtype"
    KEYS_EXCLUDE = "keys-exclude"
    TWO_MEANINGS = "two-meanings"
    NAME_TWICE = "name-twice"
    BOUNDS_ADMIT_NOTHING = "bounds-admit-nothing"
    ENUM_OUTSIDE = "enum-outside"
    VALUE_OF_OTHER_TYPE = "value-of-other-type"
    BAD_BASE64 = "bad-base64"
    BAD_PATTERN = "bad-pattern"
    BAD_DATE = "bad-date"
    BAD_VERSIONS = "bad-versions"
    BAD_SHAPE = "bad-shape"
    DIM_NEVER_BOUND = "dim-never-bound"
    UNKNOWN_DIM = "unknown-dim"
    AXIS_OUTSIDE = "axis-outside"
    COUNT_IS_NOT_DIM = "count-is-not-dim"
    EMPTY_BATCH = "empty-batch"
    SCALAR_IN_ROW = "scalar-in-row"
    NO_INPUTS = "no-inputs"
    BARE_OF_SEVERAL = "bare-of-several"
    OPTIONAL_OVER_REST = "optional-over-rest"
    CONTEXT_WITHOUT_EXAMPLES = "context-without-examples"
    OUTPUT_NOT_OF_VERB = "output-not-of-verb"
    UNKNOWN_SIGNATURE = "unknown-signature"
    UNKNOWN_INPUT = "unknown-input"
    UNKNOWN_OUTPUT = "unknown-output"
    UNKNOWN_CALL = "unknown-call"
    UNKNOWN_NAME = "unknown-name"
    GIVEN_OF_OUTPUT = "given-of-output"
    CHECK_IN_GIVEN = "check-in-given"
    FROM_CYCLE = "from-cycle"
    INPUT_NOT_SENT = "input-not-sent"
    BAD_EXPRESSION = "bad-expression"
    TYPES_CLASH = "types-clash"
    DIMS_CLASH = "dims-clash"
    NOT_A_CONDITION = "not-a-condition"
    CUT_BY_YAML = "cut-by-yaml"
    EXAMPLE_OUTSIDE = "example-outside"
    EXAMPLE_RAGGED = "example-ragged"
    EXAMPLE_SHAPE = "example-shape"
    EXAMPLE_OF_OTHER_SIGNATURE = "example-of-other-signature"
    EXAMPLE_BODY = "example-body"
    FILE_MISSING = "file-missing"
    FILE_OUTSIDE = "file-outside"
    FILE_UNREADABLE = "file-unreadable"
    SAYS_NOTHING = "says-nothing"


class Mistakes:
    """Everything found wrong in one file, each once; and the paths about which enough was said."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._found: dict[Problem, Mistake | None] = dict.fromkeys(document.problems)
        self._broken: set[Path] = set()

    def wrong_form(self, path: Path, message: str, *, at_key: bool = False) -> None:
        """Record what the JSON Schema refuses as well."""
        span = self.document.key_span(path) if at_key else self.document.span(path)
        self._found.setdefault(Problem(span, message))
        self._broken.add(path)

    def excuse(self, path: Path) -> None:
        """Say no more about a path: the key that was meant is misspelled beside it."""
        self._broken.add(path)

    def is_broken(self, path: Path) -> bool:
        """Whether a message about this path, or one above it, was already written."""
        return any(path[:length] in self._broken for length in range(1, len(path) + 1))

    def add(self, mistake: Mistake, path: Path, message: str, *, at: int | None = None) -> None:
        """Record a mistake at a path; `at` is an offset inside a scalar."""
        document = self.document
        span = document.span(path) if at is None else document.span_inside(path, at)
        self._found.setdefault(Problem(span, message), mistake)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return all, in file order."""
        return tuple(sorted(self._found, key=lambda problem: problem.span))

    @property
    def kinds(self) -> frozenset[Mistake]:
        """Return the members of the closed list that were found."""
        return frozenset(kind for kind in self._found.values() if kind is not None)


def perhaps(word: str, words: Iterable[str]) -> str:
    """Return `: did you mean 'minimum'?` where a word is near, else nothing."""
    near = nearest(word, [each for each in words if each != word])
    return f": did you mean {near!r}?" if near else ""


def listed(words: Iterable[str]) -> str:
    """Return words for a message: `a, b, c`."""
    return ", ".join(words) or "none"


def shown(value: object) -> str:
    """Return a value for a message, as the file writes it, shortened."""
    match value:
        case str():
            return repr(value if len(value) <= 60 else f"{value[:57]}...")
        case bool():
            return str(value).lower()
        case bytes():
            return f"{len(value)} bytes"
        case int() | float():
            return str(value)[:60]
        case [] | ():
            return "an empty list"
        case _:
            return _WHAT.get(type(value), "a value")


_WHAT: Final = {
    type(None): "nothing",
    dict: "a mapping",
    list: "a list",
    tuple: "a list",
    BytesFile: "a file",
}
