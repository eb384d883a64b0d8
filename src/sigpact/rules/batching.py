"""Rules about a server with `--enable_batching`, which joins requests along their first dimension.

Source: batching/batching_util.h:82-110 and batching/batching_session.cc. Without the flag, the default, none
of them fires.
"""

from collections.abc import Iterator

from sigpact.clients.kinds import Grpc, RestRow
from sigpact.rules.pairing import Pairing, is_sent
from sigpact.rules.registry import Observation, rule
from sigpact.tensors.shapes import Dim, Fixed, Named, Ranked, Shape, Unknown, dims_of
from sigpact.tensors.specs import TensorSpec
from sigpact.tensors.unify import ANY_SIZE


@rule("input-batch-refused", opposite="output-batch-refused")
def input_batch_refused(pairing: Pairing) -> Iterator[Observation]:
    """An input that is fed has no batch dimension, or another one than the input beside it.

    What it does
        Looks, where the server is said to batch, at the shapes that the client sends and at the defaults
        that the server injects for what it leaves out.
    Why it breaks
        `Batching Run() input tensors must have at least one dimension`, and `must have equal 0th-dimension
        size`. An injected default takes part: one of rank 0 fails every request, one of length 1 each
        request of more rows.
    Example
        `temperature` is added with the default `tf.constant(1.0)`.
    How to mend it
        Model: keep scalars out of the signature, and give inputs one batch dimension.
        Client: send every input with the same number of rows.
    """
    fed = _fed(pairing) if pairing.server.batching and pairing.is_comparable else []
    batch = _batch(fed)
    for name, shape in fed:
        reason = _reason(pairing, batch, shape)
        if reason is not None:
            yield Observation(
                at=("inputs", name),
                change=f"fed as {shape}",
                message=f"input {name!r} is fed as {shape}, {reason}, and the server batches",
                expected="one first dimension in all inputs",
                received=str(shape),
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
        reason = _reason(pairing, batch, spec.shape)
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


def _fed(pairing: Pairing) -> list[tuple[str, Shape]]:
    """Return what the session is fed: what the client sends, then the defaults for what it leaves out."""
    sent: list[tuple[str, Shape]] = [
        (tensor.name, _sent(pairing, tensor.shape)) for tensor in pairing.use.inputs if is_sent(tensor)
    ]
    if not isinstance(pairing.kind, Grpc):
        return sent
    left_out = {spec.name for spec in pairing.unsent_inputs}
    left_out |= {spec.name for tensor, spec in pairing.inputs if tensor.optional is not None}
    injected = [each for each in pairing.found.defaults if each.name in left_out]
    return [*sent, *((each.name, Ranked(tuple(map(Fixed, each.shape)))) for each in injected)]


def _sent(pairing: Pairing, shape: Shape) -> Shape:
    # A row always puts the number of rows in front, also of what is declared a scalar.
    rows = isinstance(pairing.kind, RestRow) and shape == Ranked(())
    return Ranked((Unknown(),)) if rows else shape


def _batch(fed: list[tuple[str, Shape]]) -> Dim:
    """Return the first dimension that is fed: a length that the request decides before a fixed one."""
    firsts = [dims[0] for _, shape in fed if (dims := dims_of(shape))]
    varying = [dim for dim in firsts if not isinstance(dim, Fixed)]
    return next(iter((*varying, *firsts)), Unknown())


def _reason(pairing: Pairing, batch: Dim, shape: Shape) -> str | None:
    """Say what is wrong with a shape beside the batch of a request; `None` where nothing surely is."""
    if not isinstance(shape, Ranked) or (shape.leading and not shape.dims):
        return None
    if not shape.dims:
        return "a scalar" if not shape.leading else None
    first = shape.dims[0]
    if shape.leading or not isinstance(first, Fixed) or _always(pairing, batch) == first.size:
        return None
    return f"{first} rows whatever is sent"


def _always(pairing: Pairing, batch: Dim) -> int | None:
    """Return the only length that a dimension has, if it has only one."""
    match batch:
        case Fixed(size):
            return size
        case Named(name):
            return pairing.lengths.get(name, ANY_SIZE).single
        case _:
            return None
