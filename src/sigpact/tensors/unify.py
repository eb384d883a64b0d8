"""Whether one set of shapes lies inside another: what a client may send, what it can read.

Inputs are contravariant (all that the client may send must be taken), outputs covariant (all that the
export may give must be readable). A contract speaks of names with bounds, an export of lengths and `-1`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import islice, product
from types import MappingProxyType
from typing import Final

from sigpact.frozen import frozen
from sigpact.tensors.shapes import (
    AnyRank,
    Dim,
    Expr,
    Fixed,
    Named,
    Ranked,
    Shape,
    Unknown,
    evaluate,
    names_of,
)


class Fit(Enum):
    """Whether a set lies inside another."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"
    """The export promises nothing there; only the real tensor tells."""


@frozen
class Sizes:
    """The lengths that a name may have: `least` to `most` (`None`: no bound)."""

    least: int = 1
    most: int | None = None

    @property
    def single(self) -> int | None:
        """The only length, if there is only one."""
        return self.least if self.least == self.most else None

    def admits(self, size: int) -> bool:
        """Whether the length is one of them."""
        return self.least <= size and (self.most is None or size <= self.most)


ANY_SIZE: Final = Sizes()
ANY_NUMBER: Final = Ranked((), leading=True)
"""`[...]`: any number of dimensions, said and not left open."""
_ENUMERATED: Final = 4_096
_UNBOUNDED_SAMPLE: Final = 64


def takes(sent: Shape, accepted: Shape, sizes: Mapping[str, Sizes]) -> Fit:
    """Return whether a signature's declared shape covers all that a client may send.

    `sent` is the contract's: without a shape (any rank) it claims nothing and fits; `[...]` sends any rank on
    purpose. `NO` means that the declaration does not cover it: the server checks no declared shape, so what
    follows only running tells.
    """
    if isinstance(sent, AnyRank) or isinstance(accepted, AnyRank) or accepted == ANY_NUMBER:
        return Fit.YES
    surplus = len(sent.dims) - len(accepted.dims)
    if surplus < 0 or (not accepted.leading and (surplus or sent.leading)):
        return Fit.NO
    pairs = zip(sent.dims[surplus:], accepted.dims, strict=True)
    fits = all(_takes_dim(*pair, sizes) for pair in pairs)
    return Fit.YES if fits else Fit.NO


def _takes_dim(sent: Dim, accepted: Dim, sizes: Mapping[str, Sizes]) -> bool:
    match accepted:
        case Unknown():
            return True
        case Fixed(size):
            covered = set(_lengths(sent, sizes)) == {size} and _is_exhaustive(sent, sizes)
            return covered and not isinstance(sent, Unknown)
        case Named() | Expr():  # two contracts compared: only the same words are surely the same lengths
            return str(sent) == str(accepted)


def gives(
    wanted: Shape,
    given: Shape,
    sizes: Mapping[str, Sizes],
    bound_by_inputs: frozenset[str],
    known: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Fit, dict[str, int]]:
    """Return whether all shapes that an export declares are shapes that the client reads.

    `known` are the lengths of names that no input binds (`k` in `[batch, k]` against `[-1, 3]`), as the
    outputs before this one gave them. They come back, with those that this one gives first.
    """
    learned = dict(known)
    if isinstance(wanted, AnyRank):
        return Fit.YES, learned
    if isinstance(given, AnyRank):
        return Fit.YES if wanted == ANY_NUMBER else Fit.UNSAID, learned
    surplus = len(given.dims) - len(wanted.dims)
    if surplus < 0 or (surplus and not wanted.leading):
        return Fit.NO, learned
    pairs = list(zip(wanted.dims, given.dims[surplus:], strict=True))
    for want, found in pairs:
        if isinstance(want, Named) and want.name not in bound_by_inputs and isinstance(found, Fixed):
            learned.setdefault(want.name, found.size)
    fits = [_gives_dim(want, found, sizes, bound_by_inputs, learned) for want, found in pairs]
    if Fit.NO in fits:
        return Fit.NO, learned
    return (Fit.UNSAID if Fit.UNSAID in fits else Fit.YES), learned


def _gives_dim(
    wanted: Dim, found: Dim, sizes: Mapping[str, Sizes], bound: frozenset[str], learned: Mapping[str, int]
) -> Fit:
    if isinstance(wanted, Unknown):
        return Fit.YES
    if not isinstance(found, Fixed):
        return _gives_unknown(wanted, sizes, bound, learned)
    if isinstance(wanted, Named) and wanted.name not in bound:
        fits = learned[wanted.name] == found.size and sizes.get(wanted.name, ANY_SIZE).admits(found.size)
        return Fit.YES if fits else Fit.NO
    if not bound.union(learned).issuperset(names_of(wanted)):
        # An expression never binds: where no shape says how long its names are, it claims nothing.
        return Fit.YES
    exact = {**sizes, **{name: Sizes(size, size) for name, size in learned.items() if name not in bound}}
    if set(_lengths(wanted, exact)) == {found.size}:
        return Fit.YES if _is_exhaustive(wanted, exact) else Fit.UNSAID
    return Fit.NO


def _gives_unknown(
    wanted: Dim, sizes: Mapping[str, Sizes], bound: frozenset[str], learned: Mapping[str, int]
) -> Fit:
    """Judge `-1`: it is for lengths that follow the request; a fixed or a computed one is a promise."""
    if isinstance(wanted, Fixed):
        return Fit.UNSAID
    if isinstance(wanted, Expr):
        return Fit.UNSAID if bound.union(learned).issuperset(names_of(wanted)) else Fit.YES
    claimed = isinstance(wanted, Named) and wanted.name not in bound and wanted.name in sizes
    return Fit.UNSAID if claimed else Fit.YES


def are_equal(one: Dim, other: Dim, sizes: Mapping[str, Sizes]) -> bool:
    """Whether two lengths are the same in every call; of lengths without bounds a sample is looked at."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return False
    names = sorted({*names_of(one), *names_of(other)})
    ranges = (_range(sizes.get(name, ANY_SIZE)) for name in names)
    for lengths in islice(product(*ranges), _ENUMERATED):
        fixed = {name: Sizes(size, size) for name, size in zip(names, lengths, strict=True)}
        if [*_lengths(one, fixed)] != [*_lengths(other, fixed)]:
            return False
    return True


def only_length(dim: Dim, sizes: Mapping[str, Sizes]) -> int | None:
    """Return the length that a dimension has in every call; `None` where it may have several."""
    found = set(_lengths(dim, sizes)) if _is_exhaustive(dim, sizes) else set()
    return found.pop() if len(found) == 1 else None


def _lengths(dim: Dim, sizes: Mapping[str, Sizes]) -> Iterator[int]:
    """Yield lengths that a dimension may have: all of them, or a sample where they are too many."""
    match dim:
        case Fixed(size):
            yield size
        case Named(name):
            yield from _range(sizes.get(name, ANY_SIZE))
        case Expr(_, tree):
            names = sorted(set(names_of(dim)))
            ranges = (_range(sizes.get(name, ANY_SIZE)) for name in names)
            for lengths in islice(product(*ranges), _ENUMERATED):
                try:
                    yield evaluate(tree, dict(zip(names, lengths, strict=True)))
                except ZeroDivisionError:
                    continue
        case Unknown():
            return


def _range(sizes: Sizes) -> range:
    most = sizes.least + _UNBOUNDED_SAMPLE if sizes.most is None else sizes.most
    return range(sizes.least, min(most, sizes.least + _ENUMERATED) + 1)


def _is_exhaustive(dim: Dim, sizes: Mapping[str, Sizes]) -> bool:
    count = 1
    for name in set(names_of(dim)):
        found = sizes.get(name, ANY_SIZE)
        if found.most is None:
            return False
        count *= found.most - found.least + 1
    return count <= _ENUMERATED
