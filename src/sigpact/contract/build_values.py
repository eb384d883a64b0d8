"""Values of examples: their types, domains and dimensions, against the tensors that declare them."""

import math
from collections.abc import Iterator, Mapping

from sigpact.contract.build_domains import fits, leaves, other_type
from sigpact.contract.build_tensors import Built
from sigpact.contract.domains import outside
from sigpact.contract.mistakes import Mistake, shown
from sigpact.contract.model import (
    DimBounds,
    Nested,
    Scalar,
    Tensor,
)
from sigpact.contract.scope import Scope
from sigpact.findings import Path
from sigpact.frozen import frozen
from sigpact.tensors.shapes import Dim, Expr, Fixed, Named, Ranked, evaluate, names_of


@frozen
class Use:
    """The signature that examples belong to."""

    name: str
    verb: str
    inputs: tuple[Built, ...]
    """Features of the context among them."""
    context: frozenset[str]
    outputs: tuple[Built, ...]
    together: tuple[tuple[str, ...], ...]


class Sizes:
    """The dimensions of one example or row: by name, and the rows of features; filled while it is read."""

    def __init__(self, what: str = "example") -> None:
        self.what = what
        self.named: dict[str, int] = {}
        self.rows: int | None = None
        self.computed: list[tuple[Expr, int, Path]] = []


def check_value(
    scope: Scope, built: Built, value: Nested, path: Path, *, in_domain: bool = True
) -> tuple[int, ...] | None:
    """Record elements of another type or outside the domain; return the shape, None where it is ragged."""
    tensor = built.tensor
    for place, leaf in leaves(value, path):
        if not fits(built.family, leaf):
            other_type(scope, built.family, leaf, place)
        elif in_domain and (reason := _reason(tensor, leaf, place[len(path) :])) is not None:
            shown_value = "the value" if tensor.sensitive else shown(leaf)
            scope.mistakes.add(Mistake.EXAMPLE_OUTSIDE, place, f"{shown_value} {reason} of {tensor.name!r}")
    return _shape(scope, value, path)


def _reason(tensor: Tensor, leaf: Scalar, index: Path) -> str | None:
    if isinstance(leaf, float) and not math.isfinite(leaf):
        return "is not finite, unlike the values" if tensor.finite else None
    column = index[-1] if index else None
    if tensor.columns and isinstance(column, int) and column < len(tensor.columns):
        reason = outside(tensor.columns[column].domain, tensor.dtypes, leaf)
        if reason is not None:
            return f"{reason} of column {tensor.columns[column].name!r}"
    return outside(tensor.domain, tensor.dtypes, leaf)


def _shape(scope: Scope, value: Nested, path: Path) -> tuple[int, ...] | None:
    if not isinstance(value, tuple):
        return ()
    if not any(isinstance(item, tuple) for item in value):
        return (len(value),)
    shapes = [_shape(scope, item, (*path, index)) for index, item in enumerate(value)]
    for index, shape in enumerate(shapes):
        if shape is None:
            return None
        if shape != shapes[0]:
            message = f"item {index + 1} has shape {list(shape)}, the first has {list(shapes[0] or ())}"
            scope.mistakes.add(Mistake.EXAMPLE_RAGGED, (*path, index), message)
            return None
    return (len(value), *(shapes[0] or ()))


def bind(scope: Scope, tensor: Tensor, actual: tuple[int, ...], path: Path, sizes: Sizes) -> None:
    """Bind the dimensions of a tensor to the lengths that a value has; record what does not agree."""
    for message in misfits(scope.dims, tensor, actual, sizes, path):
        scope.mistakes.add(Mistake.EXAMPLE_SHAPE, path, message)


def misfits(
    dims: Mapping[str, DimBounds], tensor: Tensor, actual: tuple[int, ...], sizes: Sizes, path: Path = ()
) -> Iterator[str]:
    """Yield where the lengths that a value has do not agree with a tensor's dimensions, which they bind."""
    shape = tensor.shape
    if not isinstance(shape, Ranked):
        return
    count = len(shape.dims)
    if len(actual) < count or (len(actual) > count and not shape.leading):
        # an empty list says nothing about the dimensions inside it
        if 0 not in actual:
            yield f"the value has shape {list(actual)}, {tensor.name!r} has {shape}"
        return
    for dim, size in zip(shape.dims, actual[len(actual) - count :], strict=True):
        if isinstance(dim, Expr):
            sizes.computed.append((dim, size, path))
        elif (problem := _one(dims, dim, size, sizes)) is not None:
            yield problem


def _one(dims: Mapping[str, DimBounds], dim: Dim, size: int, sizes: Sizes) -> str | None:
    match dim:
        case Fixed(wanted) if wanted != size:
            return f"a dimension of {wanted} is {size} here"
        case Named(name):
            before = sizes.named.setdefault(name, size)
            bounds = dims.get(name)
            if before != size:
                return f"{name!r} is {before} in this {sizes.what}, and {size} here"
            if bounds and bounds.minimum is not None and size < bounds.minimum:
                return f"{name!r} is {size} here, its min under 'dims' is {bounds.minimum}"
            if bounds and bounds.maximum is not None and size > bounds.maximum:
                return f"{name!r} is {size} here, its max under 'dims' is {bounds.maximum}"
    return None


def check_computed(scope: Scope, sizes: Sizes) -> None:
    """Record computed dimensions that the bound ones do not give."""
    for path, message in miscounted(sizes):
        scope.mistakes.add(Mistake.EXAMPLE_SHAPE, path, message)


def miscounted(sizes: Sizes) -> Iterator[tuple[Path, str]]:
    """Yield the computed dimensions that the bound ones do not give, each with its path."""
    for dim, size, path in sizes.computed:
        if not set(names_of(dim)) <= sizes.named.keys():
            continue
        try:
            wanted = evaluate(dim.tree, sizes.named)
        except ZeroDivisionError:
            yield path, f"the dimension {dim} divides by zero in this {sizes.what}"
            continue
        if wanted != size:
            yield path, f"the dimension {dim} is {wanted} in this {sizes.what}, and {size} here"
