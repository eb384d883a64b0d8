"""How many elements a shape may have: what a list without a shape, as in a tf.Example, is judged by."""

import math
from collections.abc import Mapping
from itertools import islice, product
from typing import Final

from sigpact.tensors.shapes import Expr, Fixed, Named, Ranked, Unknown, evaluate, names_of
from sigpact.tensors.unify import ANY_SIZE, Sizes

_TRIED: Final = 20_000
"""So many combinations of lengths are looked at."""


def counts(shape: Ranked, sizes: Mapping[str, Sizes]) -> frozenset[int]:
    """Return the numbers of elements that a client may send under a shape.

    All of them, or a sample where lengths have no bounds or are too many. A leading `"..."` stands for one
    more dimension of any length.
    """
    found = set()
    names = sorted({name for dim in shape.dims for name in names_of(dim)})
    free = ["?"] * (sum(isinstance(dim, Unknown) for dim in shape.dims) + shape.leading)
    each = int(_TRIED ** (1 / max(1, len(names) + len(free))))
    ranges = [_lengths(sizes.get(name, ANY_SIZE), each) for name in names]
    ranges += [_lengths(ANY_SIZE, each) for _ in free]
    for lengths in islice(product(*ranges), _TRIED):
        known = dict(zip(names, lengths, strict=False))
        try:
            sized = [_size(dim, known) for dim in shape.dims]
        except ZeroDivisionError:
            continue
        found.add(math.prod(size for size in sized if size is not None) * math.prod(lengths[len(names) :]))
    return frozenset(found)


def _size(dim: object, known: Mapping[str, int]) -> int | None:
    match dim:
        case Fixed(size):
            return size
        case Named(name):
            return known[name]
        case Expr(_, tree):
            return evaluate(tree, known)
        case _:
            return None


def _lengths(sizes: Sizes, most: int) -> range:
    """Return the lengths that a name may have: all, or the first so many (two in a row tell a step)."""
    end = sizes.least + most
    return range(sizes.least, end if sizes.most is None else min(end, sizes.most + 1))
