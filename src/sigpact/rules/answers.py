"""Rules about answers that cannot be written at all, whatever of them the client reads."""

from collections.abc import Iterator

from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.tensors.shapes import AnyRank, Dim, Fixed, Ranked, dims_of
from sigpact.tensors.specs import Encoding, Signature, TensorSpec
from sigpact.tensors.unify import ANY_NUMBER


@rule("answer-not-encodable", opposite="input-not-encodable")
def answer_not_encodable(pairing: Pairing) -> Iterator[Observation]:
    """The version has an output that a JSON answer cannot carry.

    What it does
        Looks at every output, read or not, for dtypes that the REST codec cannot write: half, bfloat16,
        uint16, complex, quantized. One that is declared without elements is written as empty lists.
    Why it breaks
        A REST answer holds all outputs: one such output fails the whole answer, `Failed to write JSON value
        for tensor type: half` (json_tensor.cc:939). gRPC carries it.
    Example
        A debug output in bfloat16 is added beside three others, and nobody reads it.
    How to mend it
        Model: cast the output to float32, or export it in a signature of its own.
        Client: call over gRPC.
    """
    for spec in pairing.found.outputs if pairing.is_comparable else ():
        if not spec.dtype.in_json and spec.encoding is Encoding.DENSE and Fixed(0) not in dims_of(spec.shape):
            yield Observation(
                at=("outputs", spec.name),
                change=f"dtype {spec.dtype}",
                message=f"output {spec.name!r} is {spec.dtype}, which JSON cannot carry: all answers fail",
                expected="dtypes that JSON carries",
                received=str(spec.dtype),
                spec=spec,
            )


@rule("answer-without-batch", alone="a batch dimension that is gained makes an answer possible")
def answer_without_batch(pairing: Pairing) -> Iterator[Observation]:
    """The version has an output that is a scalar, or may be one, which a row answer cannot carry.

    What it does
        Looks at every output, read or not, for a declared shape of `[]`, or for none: of unknown rank it may
        be a scalar, and only running it tells.
    Why it breaks
        A row answer cuts every output along its first dimension: `Tensor name: N has no shape information`
        (json_tensor.cc:986). Columnar and gRPC answers carry it.
    Example
        `temperature`, a constant, is added to the outputs.
    How to mend it
        Model: give the output the batch dimension (`tf.fill([batch], …)`), or a signature of its own.
        Client: send columns (`"inputs"`) instead of rows.
    """
    for spec in pairing.found.outputs if pairing.is_comparable else ():
        scalar = spec.shape == Ranked(())
        if spec.encoding is Encoding.DENSE and (scalar or has_untold_rank(pairing, spec)):
            told = "is a scalar" if scalar else "is of unknown rank, maybe a scalar"
            yield Observation(
                at=("outputs", spec.name),
                change="scalar" if scalar else "rank unknown",
                message=f"output {spec.name!r} {told}, which a row answer cannot carry",
                expected="a first dimension, the batch",
                received=str(spec.shape),
                spec=spec,
            )


def has_untold_rank(pairing: Pairing, spec: TensorSpec) -> bool:
    """Whether an output's rank is not declared, and no other rule says so of what the client reads."""
    if isinstance(spec.shape, Ranked):
        return False
    read = (tensor.shape for tensor, found in pairing.outputs if found is spec)
    return all(isinstance(shape, AnyRank) or shape == ANY_NUMBER for shape in read)


@rule("answer-batch-inconsistent", alone="the comparison is among the outputs of one version")
def answer_batch_inconsistent(pairing: Pairing) -> Iterator[Observation]:
    """Two outputs have different first dimensions, which a row answer cannot carry.

    What it does
        Compares the declared first dimensions of all outputs, read or not. A fixed one beside an open one is
        no difference where every request of the client has just that many rows.
    Why it breaks
        A row answer needs the same first dimension in every output: `Tensor name: N has inconsistent batch
        size` (json_tensor.cc:990). Columnar and gRPC answers carry it.
    Example
        `labels`, the 12 names of the classes, is added beside `scores` of `[?, 12]`.
    How to mend it
        Model: give the output the batch dimension, or a signature of its own.
        Client: send columns (`"inputs"`) instead of rows.
    """
    batches = first_lengths(pairing.found) if pairing.is_comparable else ()
    fixed = sorted(each for each in batches if each is not None)
    if len(batches) < 2 or [pairing.rows] == fixed:
        return
    listed = ", ".join(f"{spec.name} {_first(dim)}" for spec, dim in _firsts(pairing.found))
    yield Observation(
        at=("outputs",),
        change=f"first dimension {', '.join(map(str, fixed))} beside others",
        message=f"outputs have {' or '.join(map(str, fixed))} rows whatever is sent, beside others: {listed}",
        expected="one first dimension in all outputs",
        received=listed,
        spec=next(spec for spec, dim in _firsts(pairing.found) if dim == Fixed(fixed[0])),
    )


def first_lengths(signature: Signature) -> frozenset[int | None]:
    """Return the declared first lengths of all outputs; `None` is one that is open."""
    return frozenset(dim.size if isinstance(dim, Fixed) else None for _, dim in _firsts(signature))


def _firsts(signature: Signature) -> list[tuple[TensorSpec, Dim]]:
    dense = (spec for spec in signature.outputs if spec.encoding is Encoding.DENSE)
    return [(spec, dims[0]) for spec in dense if (dims := dims_of(spec.shape))]


def _first(dim: Dim) -> str:
    return f"[{dim}, …]"
