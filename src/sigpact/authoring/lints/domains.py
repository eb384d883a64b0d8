"""Lints of what an element may be."""

import math
from collections.abc import Iterator
from typing import Final

from sigpact.authoring.lints.registry import Noticed, Subject, lint, sent, tensors
from sigpact.clients.kinds import EXACT_INTEGERS, NOT_FINITE_READERS, NOT_FINITE_WRITERS, ONLY_DOUBLES
from sigpact.contract.model import Contract, Domain, Nested, Number, Scalar, Tensor
from sigpact.engine.static import lacks_domain
from sigpact.findings import Path
from sigpact.rules.literals import literal

_MANY_DIGITS: Final = 5
_KNOWN: Final = (math.pi, math.tau, math.e, math.sqrt(2), math.sqrt(3), math.log(2), 1 / 3)
"""Numbers whose multiples have many digits for a reason; halves, quarters and doubles of them too."""
_BOUNDS: Final = (
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("exclusive_minimum", "exclusiveMinimum"),
    ("exclusive_maximum", "exclusiveMaximum"),
)


@lint("domain-undeclared")
def domain_undeclared(subject: Subject) -> Iterator[Noticed]:
    """Nothing says which values the client sends, so none are generated.

    What it does
        Looks for numeric inputs without bounds, `enum`, `samples`, `from` or real rows.
    Why it breaks
        It breaks nothing; but only examples will be tried, and the verdict rests on those.
    Example
        `amount: {dtype: float32}` without `minimum` and `maximum`.
    How to mend it
        Model: nothing to do on this side.
        Client: declare `minimum` and `maximum`, or name real rows (`rows_from`).
    """
    for use in subject.contract.signatures:
        for tensor in sent(use):
            if lacks_domain(tensor) and not use.rows_from:
                yield Noticed(
                    tensor.path,
                    f"input {tensor.name!r} has no bounds, enum, samples or rows: only examples are sent",
                )


@lint("bounds-copied")
def bounds_copied(subject: Subject) -> Iterator[Noticed]:
    """A bound has so many digits that it was copied from data.

    What it does
        Looks for bounds that are fractions of five digits or more, multiples of pi and the like apart.
    Why it breaks
        The least and the greatest value of one sample are not those of the next: what the client sends
        tomorrow was not tried, or an answer that is fine is called outside.
    Example
        `minimum: 0.0371` and `maximum: 0.98213`, where a probability is meant.
    How to mend it
        Model: nothing to do on this side.
        Client: write what can occur, not what did: `minimum: 0`, `maximum: 1`.
    """
    for use in subject.contract.signatures:
        for tensor in tensors(use):
            yield from _copied(tensor.path, repr(tensor.name), tensor.domain)
            for column in tensor.columns:
                yield from _copied(column.path, f"column {column.name!r}", column.domain)


def _copied(path: Path, name: str, domain: Domain) -> Iterator[Noticed]:
    for attribute, word in _BOUNDS:
        bound: Number | None = getattr(domain, attribute)
        if bound is not None and _is_copied(bound):
            yield Noticed((*path, word), f"{word} {bound} of {name} looks copied from data")


def _is_copied(bound: Number) -> bool:
    if isinstance(bound, int) or not math.isfinite(bound) or bound.is_integer():
        return False
    digits = repr(abs(bound)).partition("e")[0].replace(".", "").strip("0")
    if len(digits) < _MANY_DIGITS or set(digits[:-1]) <= {"9"}:
        return False
    return not any(_is_multiple(abs(bound), known) for known in _KNOWN)


def _is_multiple(bound: float, known: float) -> bool:
    """Whether a bound is a simple multiple of a number, as far as it was written out."""
    ratios = (bound / known * part for part in (1, 2, 3, 4))
    return any(1 <= round(each) <= 8 and math.isclose(each, round(each), rel_tol=1e-4) for each in ratios)


@lint("value-not-carried")
def value_not_carried(subject: Subject) -> Iterator[Noticed]:
    """The domain has values that cannot go over the wire.

    What it does
        Looks at REST clients: NaN and infinities that their language neither writes nor reads, and whole
        numbers beyond 2^53 where the only number is a double.
    Why it breaks
        Such a request is never sent and such an answer never read: what they are declared for is not tried,
        or the version is blamed for it.
    Example
        `language: javascript` with `maximum: 9223372036854775807`, or `finite: false` on an output.
    How to mend it
        Model: nothing to do on this side.
        Client: declare what its language carries, or the `language` that it is written in.
    """
    contract = subject.contract
    for use in contract.signatures if contract.protocol == "rest" else ():
        for tensor in sent(use):
            yield from _not_carried(contract, tensor, NOT_FINITE_WRITERS, "writes")
        for tensor in use.outputs:
            yield from _not_carried(contract, tensor, NOT_FINITE_READERS, "reads")


def _not_carried(
    contract: Contract, tensor: Tensor, languages: frozenset[str], does: str
) -> Iterator[Noticed]:
    who = {"any": "a client of any language", "javascript": "JavaScript"}.get(
        contract.language, contract.language.capitalize()
    )
    if contract.language not in languages and _may_be_not_finite(tensor):
        yield Noticed(tensor.path, f"{tensor.name!r} admits NaN or infinities, which {who} never {does}")
    if contract.language in ONLY_DOUBLES and any(literal(each) == "integer" for each in tensor.dtypes):
        for word, bound in _beyond(tensor.domain):
            yield Noticed((*tensor.path, word), f"{word} {bound} of {tensor.name!r} loses digits in {who}")


def _may_be_not_finite(tensor: Tensor) -> bool:
    values = (*(tensor.domain.enum or ()), *(each for sample in tensor.samples for each in _flat(sample)))
    return not tensor.finite or any(isinstance(each, float) and not math.isfinite(each) for each in values)


def _flat(nested: Nested) -> Iterator[Scalar]:
    if isinstance(nested, tuple):
        for each in nested:
            yield from _flat(each)
    else:
        yield nested


def _beyond(domain: Domain) -> Iterator[tuple[str, Number]]:
    for attribute, word in _BOUNDS:
        bound: Number | None = getattr(domain, attribute)
        if bound is not None and abs(bound) > EXACT_INTEGERS:
            yield word, bound


@lint("enum-repeats")
def enum_repeats(subject: Subject) -> Iterator[Noticed]:
    """A value stands twice in an `enum`.

    What it does
        Looks for values of an `enum` that are there already.
    Why it breaks
        It breaks nothing; but the one that was meant in its place may be missing.
    Example
        `enum: [Drama, Comedy, Drama]`.
    How to mend it
        Model: nothing to do on this side.
        Client: write the value that was meant, or take the second one out (`sigpact lint --fix`).
    """
    for path, value in _enums(subject.data, ()):
        seen: set[tuple[type, object]] = set()
        for at, each in enumerate(value):
            if isinstance(each, dict | list):
                continue
            if (type(each), each) in seen:
                yield Noticed((*path, at), f"{each!r} stands twice in the enum", superfluous=True)
            seen.add((type(each), each))


def _enums(data: object, path: Path) -> Iterator[tuple[Path, list[object]]]:
    """Yield the enums of types, tensors and columns; what examples hold is the user's own."""
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if key == "enum" and isinstance(value, list):
            yield (*path, key), value
        elif key == "columns" and isinstance(value, list):
            for at, each in enumerate(value):
                yield from _enums(each, (*path, key, at))
        elif key not in {"examples", "relations", "regressions", "dims"}:
            yield from _enums(value, (*path, key))
