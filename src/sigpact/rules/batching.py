"""Rules about a server with `--enable_batching`, which joins requests along their first dimension.

Source: batching/batching_util.h:82-110 and batching/batching_session.cc. Without the flag, the default, none
of them fires.
"""

from collections.abc import Iterator

from sigpact.clients.kinds import Grpc, RestRow
from sigpact.contract.model import Tensor
from sigpact.frozen import frozen
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.tensors.shapes import Dim, Fixed, Ranked, Shape, Unknown, dims_of
from sigpact.tensors.specs import TensorSpec
from sigpact.tensors.unify import ANY_NUMBER, are_equal


@rule("input-batch-refused", opposite="output-batch-refused")
def input_batch_refused(pairing: Pairing) -> Iterator[Observation]:
    """An input that is fed has no batch dimension, or another one than the input beside it.

    What it does
        Looks, where the server is said to batch, at the shapes that the client sends and at the defaults
        that the server injects for what it leaves out. Rows of REST have the same number of all inputs.
    Why it breaks
        `Batching Run() input tensors must have at least one dimension`, `must have equal 0th-dimension
        size`, and `must have at least one input tensor`. An injected default takes part: one of rank 0 fails
        every request, one of length 1 each request of more rows.
    Example
        `temperature` is added with the default `tf.constant(1.0)`.
    How to mend it
        Model: keep scalars out of the signature, and give inputs one batch dimension.
        Client: send every input with the same number of rows.
    """
    if not pairing.server.batching or not pairing.is_comparable:
        return
    if not pairing.found.inputs:
        yield Observation(
            at=("inputs",),
            change="no inputs",
            message=f"{pairing.use.name!r} has no inputs, and the server batches",
            expected="an input with a first dimension",
            received="none",
        )
    fed = _fed(pairing)
    for each in () if isinstance(pairing.kind, RestRow) else fed:
        reason = _unfit(pairing, _batch(fed), each.shape)
        if reason is not None:
            yield Observation(
                at=("inputs", each.name),
                change=f"fed as {each.shape}",
                message=f"input {each.name!r} is fed as {each.shape}, {reason}, and the server batches",
                expected="one first dimension in all inputs",
                received=str(each.shape),
                tensor=each.sent,
            )


@rule("output-batch-refused", opposite="input-batch-refused")
def output_batch_refused(pairing: Pairing) -> Iterator[Observation]:
    """An output that is fetched does not have the batch dimension of the request.

    What it does
        Looks, where the server is said to batch, at the declared first dimension of each output that it
        fetches: all of them, unless an output_filter leaves some out.
    Why it breaks
        `Batched output tensor has 0 dimensions`, and `Batched output tensor's 0th dimension does not equal
        the sum of the 0th dimension sizes of the input tensors`: the whole call fails.
    Example
        `labels`, the 12 names of the classes, is added to the outputs.
    How to mend it
        Model: give the output the batch dimension, or a signature of its own.
        Client: over gRPC, an output_filter without it.
    """
    if not pairing.server.batching or not pairing.is_comparable:
        return
    batch = _batch(_fed(pairing))
    for spec in pairing.fetched:
        reason = _unbatched(pairing, batch, spec.shape)
        if reason is not None:
            yield Observation(
                at=("outputs", spec.name),
                change=f"declared {spec.shape}",
                message=f"output {spec.name!r} is declared {spec.shape}, {reason}, and the server batches",
                expected="the first dimension of the request",
                received=str(spec.shape),
                spec=spec,
            )


@rule("output-tensor-shared", alone="two outputs on two tensors are what every other signature has")
def output_tensor_shared(pairing: Pairing) -> Iterator[Observation]:
    """Two outputs are the same tensor of the graph, and the server batches.

    What it does
        Looks, where the server is said to batch, for fetched outputs with one tensor name.
    Why it breaks
        The batching session hands the tensor out once and reads the second from where it was moved away
        (batching_session.cc:657-673): it comes back wrong, and nothing says so.
    Example
        `probabilities` is exported again under its old name `scores`.
    How to mend it
        Model: put `tf.identity` between the tensor and its second name.
        Client: over gRPC, an output_filter with one of the two.
    """
    if not pairing.server.batching or not pairing.is_comparable:
        return
    read = {spec.name for _, spec in pairing.outputs}
    for spec, names in _shared(pairing.fetched):
        if read & set(names):
            yield Observation(
                at=("outputs", spec.name),
                change=f"one tensor with {', '.join(names)}",
                message=f"outputs {' and '.join(names)} are one tensor, and the server batches",
                expected="a tensor for each output",
                received=spec.tensor,
                spec=spec,
            )


def _shared(fetched: tuple[TensorSpec, ...]) -> Iterator[tuple[TensorSpec, list[str]]]:
    tensors: dict[str, list[TensorSpec]] = {}
    for spec in fetched:
        tensors.setdefault(spec.tensor, []).append(spec)
    for tensor, specs in tensors.items():
        if tensor and len(specs) > 1:
            yield specs[0], [spec.name for spec in specs]


@frozen
class _Fed:
    """What the session is fed for one input: as the client sends it, or its default (`sent` is `None`)."""

    name: str
    shape: Shape
    sent: Tensor | None = None


def _fed(pairing: Pairing) -> list[_Fed]:
    """Return what the session is fed: what the client sends, then the defaults for what it leaves out."""
    sent = [_Fed(tensor.name, _sent(pairing, tensor.shape), tensor) for tensor, _ in pairing.sent_inputs]
    if not isinstance(pairing.kind, Grpc) or not pairing.server.feeds_defaults:
        return sent
    left_out = {spec.name for spec in pairing.unsent_inputs}
    left_out |= {spec.name for tensor, spec in pairing.inputs if tensor.optional is not None}
    injected = [each for each in pairing.found.defaults if each.name in left_out]
    return [*sent, *(_Fed(each.name, Ranked(tuple(map(Fixed, each.shape)))) for each in injected)]


def _sent(pairing: Pairing, shape: Shape) -> Shape:
    # A row always puts the number of rows in front, also of what is declared a scalar.
    rows = isinstance(pairing.kind, RestRow) and shape == Ranked(())
    return Ranked((Unknown(),)) if rows else shape


def _batch(fed: list[_Fed]) -> Dim | None:
    """Return the first dimension that is fed: a length that the request decides before a fixed one."""
    shapes = [each.shape for each in fed if isinstance(each.shape, Ranked) and not each.shape.leading]
    firsts = [dims[0] for shape in shapes if (dims := dims_of(shape))]
    return next((dim for dim in firsts if not isinstance(dim, Fixed)), next(iter(firsts), None))


def _unfit(pairing: Pairing, batch: Dim | None, shape: Shape) -> str | None:
    """Say what is wrong with what is fed beside the batch of a request; `None` where nothing is known to be.

    An unknown caller of an unknown rank sends what its version takes, which batched before.
    """
    if not isinstance(shape, Ranked) or (shape.leading and (shape.dims or pairing.origin is not None)):
        return None
    if not shape.dims:
        return "which may be a scalar" if shape == ANY_NUMBER else "a scalar"
    first = shape.dims[0]
    if batch is None or first is batch or are_equal(first, batch, pairing.lengths):
        return None
    return f"{first} rows whatever is sent" if isinstance(first, Fixed) else f"{first} rows beside {batch}"


def _unbatched(pairing: Pairing, batch: Dim | None, shape: Shape) -> str | None:
    """Say what is wrong with an output beside the batch of a request; `None` where nothing surely is."""
    if not isinstance(shape, Ranked) or shape.leading:
        return None
    if not shape.dims:
        return "a scalar"
    first = shape.dims[0]
    if not isinstance(first, Fixed) or are_equal(first, batch or Unknown(), pairing.lengths):
        return None
    return f"{first} rows whatever is sent"
