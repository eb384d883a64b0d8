"""A declared example as a request: its values as arrays, its files read."""

from collections.abc import Mapping

from sigpact.contract.model import Contract, RawExample, SignatureUse, Tensor, TensorExample
from sigpact.errors import ContractError
from sigpact.findings import Problem
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import Named, Ranked, dims_of
from sigpact.values.domains import drawn_dtypes
from sigpact.values.drawable import sample_array
from sigpact.values.features import drawn_use
from sigpact.values.requests import Origin, Request
from sigpact.values.sizes import first_dim, is_open
from sigpact.wire.arrays import Value, numpy_dtype


def request_of(contract: Contract, use: SignatureUse, example: TensorExample) -> Request:
    """Return the example's inputs as the client has them in hand, in the first dtype that each may have.

    Raises `ContractError` for a value that makes no tensor of that dtype, and for a file that cannot be read.
    """
    use = drawn_use(contract, use)
    values: dict[str, Value] = {}
    for name, written in example.inputs:
        tensor = use.input(name)
        if tensor is None:
            raise _mistake(contract, example, f"{name!r} is no input of {use.name}")
        dtype = drawn_dtypes(contract, tensor)[0]
        try:
            values[name] = Value(dtype, sample_array(written, dtype))
        except (OSError, ValueError, TypeError, OverflowError) as error:
            raise _mistake(contract, example, f"{name!r} makes no {dtype}: {error}") from error
    shapes = {name: value.shape for name, value in values.items()}
    rows = counted_rows(contract, use, shapes)
    return Request(Origin.EXAMPLE, values, _sizes(use, values), rows, example.name)


def fed_request(
    contract: Contract, use: SignatureUse, example: RawExample, feeds: Mapping[str, Value]
) -> Request:
    """Return what the server read from a raw body, as the contract names it and its client has it."""
    if len(use.inputs) == len(feeds) == 1:
        feeds = {use.inputs[0].name: next(iter(feeds.values()))}
    values = {
        each.name: _in_hand(contract, each, feeds[each.name]) for each in use.inputs if each.name in feeds
    }
    rows = counted_rows(contract, use, {name: value.shape for name, value in values.items()})
    return Request(Origin.EXAMPLE, values, _sizes(use, values), rows, example.name)


def _in_hand(contract: Contract, tensor: Tensor, fed: Value) -> Value:
    """Return numbers in the dtype in which the client has them; the graph's may be another."""
    dtype = drawn_dtypes(contract, tensor)[0]
    if not {dtype.kind, fed.dtype.kind} <= {Kind.FLOAT, Kind.INT, Kind.UINT}:
        return fed
    return Value(dtype, fed.array.astype(numpy_dtype(dtype)))


def _mistake(contract: Contract, example: TensorExample, message: str) -> ContractError:
    return ContractError((Problem(contract.span(example.path), f"example {example.name!r}: {message}"),))


def _sizes(use: SignatureUse, values: dict[str, Value]) -> dict[str, int]:
    """Bind each name at its first plain occurrence, inputs in the contract's order."""
    sizes: dict[str, int] = {}
    for tensor in use.inputs:
        if tensor.name not in values or not isinstance(tensor.shape, Ranked):
            continue
        shape = values[tensor.name].shape
        for dim, size in zip(reversed(tensor.shape.dims), reversed(shape), strict=False):
            if isinstance(dim, Named):
                sizes.setdefault(dim.name, size)
    return sizes


def counted_rows(contract: Contract, use: SignatureUse, shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return the size of the batch: the instances of a REST row body, else the common first name's size."""
    firsts = {shape[:1] for shape in shapes.values()}
    if len(firsts) != 1 or firsts == {()}:
        return 1
    sent = [each for each in use.inputs if each.name in shapes]
    row_body = contract.protocol == "rest" and use.body == "row"
    named = {dim.name for dim in map(first_dim, sent) if isinstance(dim, Named)}
    all_batched = len(named) <= 1 and all(_has_batch(each, len(shapes[each.name])) for each in sent)
    return firsts.pop()[0] if row_body or all_batched else 1


def _has_batch(tensor: Tensor, rank: int) -> bool:
    if is_open(tensor):
        return rank > len(dims_of(tensor.shape))
    return isinstance(first_dim(tensor), Named)
