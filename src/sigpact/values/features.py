"""What classify and regress send, as tensors: a feature has the rows of the call in front of its own shape.

Source: apis/input.proto (a list of tf.Examples, and a context that is merged into each of them).
"""

from typing import Final

from sigpact.contract.model import Around, Contract, SignatureUse, Tensor
from sigpact.frozen import replace
from sigpact.tensors.shapes import Dim, Fixed, Named, Ranked, dims_of, names_of

_ROWS: Final = "rows"


def drawn_use(contract: Contract, use: SignatureUse) -> SignatureUse:
    """Return the use as its requests hold it: of predict its inputs, else features as batched inputs.

    Context features have no rows: there is one context for all examples of a call. A REST predict request
    leaves nothing out, whatever is called optional.
    """
    if use.verb == "predict":
        is_rest = contract.protocol == "rest"
        return replace(use, inputs=tuple(map(_always, use.inputs))) if is_rest else use
    rows = rows_of(use)
    features = tuple(_with_rows(tensor, rows) for tensor in use.inputs)
    context = tuple(_closed(tensor) for tensor in use.context)
    return replace(use, verb="predict", body="columnar", named=True, inputs=(*features, *context), context=())


def rows_of(use: SignatureUse) -> Dim:
    """Return how many examples a call has: what an output begins with, else a name that nothing else has."""
    firsts = [dim for tensor in use.outputs for dim in dims_of(tensor.shape)[:1]]
    told = [dim for dim in firsts if isinstance(dim, Named | Fixed)]
    if told:
        return told[0]
    tensors = (*use.inputs, *use.context, *use.outputs)
    taken = {name for tensor in tensors for dim in dims_of(tensor.shape) for name in names_of(dim)}
    name = _ROWS
    while name in taken:
        name += "_"
    return Named(name)


def _always(tensor: Tensor) -> Tensor:
    return tensor if tensor.optional is None else replace(tensor, optional=None)


def _closed(tensor: Tensor) -> Tensor:
    """Return a feature whose number of dimensions is left open with as few as there may be."""
    return replace(tensor, shape=Ranked(dims_of(tensor.shape)))


def _with_rows(tensor: Tensor, rows: Dim) -> Tensor:
    return replace(
        tensor,
        shape=Ranked((rows, *dims_of(tensor.shape))),
        unique=None if tensor.unique is None else _behind(tensor.unique),
        norm=_around(tensor.norm),
        sums_to=_around(tensor.sums_to),
    )


def _around(around: Around | None) -> Around | None:
    return None if around is None else replace(around, axis=_behind(around.axis))


def _behind(axis: int) -> int:
    """Return an axis of a feature as one of all rows of it."""
    return axis + 1 if axis >= 0 else axis
