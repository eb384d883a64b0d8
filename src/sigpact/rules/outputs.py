"""Rules about what the client reads, and about answers that cannot be written at all."""

from collections.abc import Iterator

from sigpact.contract.model import Tensor
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import AnyRank, Dim, Fixed, Ranked, dims_of
from sigpact.tensors.specs import Encoding, TensorSpec
from sigpact.tensors.unify import Fit, gives


@rule("output-missing", opposite="output-added-to-single")
def output_missing(pairing: Pairing) -> Iterator[Observation]:
    """The client reads an output that the signature does not have.

    What it does
        Looks for each output of the contract among the signature's. The only output of a REST answer has no
        name on the wire: a client that reads bare values does not notice when it is renamed.
    Why it breaks
        REST and gRPC answer without it and the client finds nothing; with `output_filter` the server refuses
        the call: `output tensor alias not found in signature` (predict_util.cc:131).
    Example
        `explanation` is dropped from `get_genre_with_explanation`.
    How to mend it
        Model: export the output under its old name again.
        Client: stop reading it.
    """
    for tensor in pairing.unmatched_outputs if pairing.exists else ():
        names = ", ".join(spec.name for spec in pairing.found.outputs) or "no outputs"
        yield Observation(
            at=("outputs", tensor.name),
            change="missing",
            message=f"output {tensor.name!r} is not in the signature; it has {names}",
            expected=f"an output {tensor.name!r}",
            received=names,
            tensor=tensor,
        )


@rule("output-added-to-single", opposite="output-removed-to-single")
def output_added_to_single(pairing: Pairing) -> Iterator[Observation]:
    """The signature has several outputs where the client reads a single one.

    What it does
        Counts the outputs of the signature where the contract declares exactly one.
    Why it breaks
        With one output REST answers bare values, `["Drama"]`; with several each row becomes an object,
        `[{"genre": "Drama", "score": 0.4}]` (json_tensor.cc:1006-1044). gRPC clients do not notice.
    Example
        `get_genre` gains an output `score`, which looks harmless.
    How to mend it
        Model: keep this signature at one output, and export the new one in another signature.
        Client: read objects by name (`answer: named`), together with the release of the new version.
    """
    extra = [spec for spec in pairing.found.outputs if not _is_read(pairing, spec)]
    if pairing.is_comparable and len(pairing.use.outputs) == 1 and len(pairing.found.outputs) > 1:
        wanted = pairing.use.outputs[0]
        names = ", ".join(spec.name for spec in pairing.found.outputs)
        yield Observation(
            at=("outputs", wanted.name),
            change=f"single output joined by {', '.join(spec.name for spec in extra)}",
            message=f"the signature has {len(pairing.found.outputs)} outputs ({names}), the client reads one",
            expected=f"{wanted.name} alone",
            received=names,
            tensor=wanted,
        )


@rule("output-removed-to-single", opposite="output-added-to-single")
def output_removed_to_single(pairing: Pairing) -> Iterator[Observation]:
    """The signature has a single output where the client reads answers by name.

    What it does
        Counts the outputs of the signature where the client expects objects with names.
    Why it breaks
        With one output REST drops the name: `[{"genre": "Drama", …}]` becomes `["Drama"]`
        (json_tensor.cc:1006, 1034). gRPC clients do not notice.
    Example
        The unused output `score` is cleaned up and `genre` is left alone.
    How to mend it
        Model: keep a second output.
        Client: read bare values (`answer: bare`), together with the release of the new version.
    """
    one = len(pairing.found.outputs) == 1
    if pairing.is_comparable and one and pairing.use.outputs and pairing.use.answer == "named":
        wanted = ", ".join(tensor.name for tensor in pairing.use.outputs)
        left = pairing.found.outputs[0].name
        yield Observation(
            at=("outputs", pairing.use.outputs[0].name),
            change="several outputs became one",
            message=f"the signature has the single output {left!r}, the client reads objects with {wanted}",
            expected=f"objects with {wanted}",
            received=f"bare values of {left}",
            tensor=pairing.use.outputs[0],
        )


@rule("output-dtype-changed", alone="widening and narrowing are one comparison of value sets")
def output_dtype_changed(pairing: Pairing) -> Iterator[Observation]:
    """An output has another dtype than the client reads.

    What it does
        Compares the dtype or kind in the contract with the signature's.
    Why it breaks
        REST: what counts is the literal: `2.0` is no integer, `true` no number, a string no number. gRPC:
        the dtype itself, which decides in which field of the TensorProto the values stand.
    Example
        `genre: {dtype: text}` becomes an int64 label index.
    How to mend it
        Model: cast back inside the graph, or export a new output.
        Client: read the new dtype; over gRPC a list (`[float32, float64]`) admits both.
    """
    for tensor, spec in pairing.outputs if pairing.exists else ():
        if spec.encoding is Encoding.DENSE and spec.dtype.name not in tensor.dtypes:
            yield Observation(
                at=("outputs", tensor.name),
                change=f"dtype {'|'.join(tensor.dtypes)} -> {spec.dtype}",
                message=f"output {tensor.name!r} is {spec.dtype}, the client reads {_or(tensor.dtypes)}",
                expected=_or(tensor.dtypes),
                received=str(spec.dtype),
                tensor=tensor,
                spec=spec,
            )


@rule("output-encoding-changed", alone="a name gains or loses the suffix; both ways are this rule")
def output_encoding_changed(pairing: Pairing) -> Iterator[Observation]:
    """A string output is written as base64 where the client reads text, or the other way round.

    What it does
        Looks at the name in the signature: a string output whose name ends in `_bytes` is written
        as `{"b64": "…"}`, any other as a JSON string (json_tensor.cc:877-921).
    Why it breaks
        A REST client that reads a string finds an object, or the other way round. gRPC does not care.
    Example
        The only output is renamed from `label` to `label_bytes`: no name is on the wire, but the form is.
    How to mend it
        Model: rename the output back.
        Client: declare `bytes` and decode base64, or `text` and read the string.
    """
    for tensor, spec in pairing.outputs if pairing.is_comparable else ():
        if spec.dtype.kind is not Kind.STRING or not set(tensor.dtypes) & {"text", "bytes", "string"}:
            continue
        reads_bytes = "bytes" in tensor.dtypes or (
            "string" in tensor.dtypes and tensor.name.endswith("_bytes")
        )
        writes_bytes = spec.name.endswith("_bytes")
        if reads_bytes != writes_bytes:
            forms = {True: 'base64, {"b64": "…"}', False: "a JSON string"}
            yield Observation(
                at=("outputs", tensor.name),
                change=f"written as {'base64' if writes_bytes else 'text'}",
                message=f"output {spec.name!r} is written as {forms[writes_bytes]}, "
                f"the client reads {forms[reads_bytes]}",
                expected=forms[reads_bytes],
                received=forms[writes_bytes],
                tensor=tensor,
                spec=spec,
            )


@rule("output-shape-changed", alone="shapes are compared as sets; either direction is the same question")
def output_shape_changed(pairing: Pairing) -> Iterator[Observation]:
    """The declared shape of an output is not one that the client reads.

    What it does
        Compares the contract's shape with the declared one; a name has one value over inputs and outputs.
    Why it breaks
        The client finds a list where it reads a value, or other lengths than it has room for. Where the
        input shapes changed too, or the export says `?`, only running tells: undecided.
    Example
        `genre: {dtype: text, shape: [batch]}` becomes `[?, 3]`, the three best genres.
    How to mend it
        Model: keep the shape, and export the longer answer as a new output of a new signature.
        Client: declare and read the new shape.
    """
    for tensor, spec, fit in _shape_fits(pairing):
        if fit is not Fit.YES:
            yield Observation(
                at=("outputs", tensor.name),
                change=f"shape {tensor.shape} -> {spec.shape}",
                message=f"output {tensor.name!r} is declared {spec.shape}, the client reads {tensor.shape}",
                expected=str(tensor.shape),
                received=str(spec.shape),
                tensor=tensor,
                spec=spec,
            )


@rule("output-shape-unfixed", opposite="input-shape-unfixed")
def output_shape_unfixed(pairing: Pairing) -> Iterator[Observation]:
    """An output has unknown dimensions where the client needs the export to fix them.

    What it does
        Looks, for outputs with `static: true`, for dimensions that the export leaves unknown.
    Why it breaks
        The client (a converter, a compiler, a buffer of fixed size) reads the length from the export.
    Example
        `embedding: {dtype: float32, shape: [1, 64], static: true}` against `[?, 64]`.
    How to mend it
        Model: fix the dimension in the graph (`tf.ensure_shape`).
        Client: drop `static: true` if any length will do.
    """
    for tensor, spec in pairing.outputs if pairing.is_comparable else ():
        fixed = isinstance(spec.shape, Ranked) and all(isinstance(dim, Fixed) for dim in spec.shape.dims)
        if tensor.static and not fixed:
            yield Observation(
                at=("outputs", tensor.name),
                change=f"not static: {spec.shape}",
                message=f"output {tensor.name!r} is declared {spec.shape}, the client needs fixed dimensions",
                expected=f"{tensor.shape}, fixed",
                received=str(spec.shape),
                tensor=tensor,
                spec=spec,
            )


@rule("answer-not-encodable", opposite="input-not-encodable")
def answer_not_encodable(pairing: Pairing) -> Iterator[Observation]:
    """The version has an output that a JSON answer cannot carry.

    What it does
        Looks at every output, read or not, for dtypes that the REST codec cannot write: half, bfloat16,
        uint16, complex, quantized.
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
        # An answer of no elements is written whatever their dtype is.
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
        Looks at every output, read or not, for a declared shape of `[]`, or of any rank.
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
        if spec.encoding is Encoding.DENSE and isinstance(spec.shape, AnyRank):
            yield Observation(
                at=("outputs", spec.name),
                change="any rank",
                message=f"output {spec.name!r} has no declared rank; a row answer cannot carry a scalar",
                expected="a first dimension, the batch",
                received="any rank",
                spec=spec,
            )
        elif spec.shape == Ranked(()) and spec.encoding is Encoding.DENSE:
            yield Observation(
                at=("outputs", spec.name),
                change="scalar",
                message=f"output {spec.name!r} is a scalar, which a row answer cannot carry",
                expected="a first dimension, the batch",
                received="[]",
                spec=spec,
            )


@rule("answer-batch-inconsistent", alone="the comparison is among the outputs of one version")
def answer_batch_inconsistent(pairing: Pairing) -> Iterator[Observation]:
    """Two outputs have different first dimensions, which a row answer cannot carry.

    What it does
        Compares the declared first dimensions of all outputs, read or not.
    Why it breaks
        A row answer needs the same first dimension in every output: `Tensor name: N has inconsistent batch
        size` (json_tensor.cc:990). Columnar and gRPC answers carry it.
    Example
        `labels`, the 12 names of the classes, is added beside `scores` of `[?, 12]`.
    How to mend it
        Model: give the output the batch dimension, or a signature of its own.
        Client: send columns (`"inputs"`) instead of rows.
    """
    firsts = [(spec, dims[0]) for spec in pairing.found.outputs if (dims := dims_of(spec.shape))]
    if not pairing.is_comparable or len({str(dim) for _, dim in firsts}) < 2:
        return
    fixed = {dim.size for _, dim in firsts if isinstance(dim, Fixed)}
    if fixed == {pairing.rows_sent}:
        return  # the open ones follow the request
    spec, dim = next(each for each in firsts if isinstance(each[1], Fixed))
    others = ", ".join(
        f"{other.name} {_first(other_dim)}" for other, other_dim in firsts if other is not spec
    )
    yield Observation(
        at=("outputs", spec.name),
        change=f"first dimension {dim} beside others",
        message=f"output {spec.name!r} has {_first(dim)} rows whatever is sent, beside {others}",
        expected="one first dimension in all outputs",
        received=f"{spec.name} {_first(dim)}, {others}",
        spec=spec,
    )


@rule("output-not-dense", opposite="input-not-dense")
def output_not_dense(pairing: Pairing) -> Iterator[Observation]:
    """An output is sparse, composite, not in the graph or fed itself: the server cannot fetch it.

    What it does
        Looks for outputs that the signature stores as coo_sparse or composite tensors (ragged, sparse), that
        name no node of the graph, or that are the very tensor that an input is fed to.
    Why it breaks
        The server fetches by one tensor name, which such an output does not have: `Tensor :0, specified in
        either feed_devices or fetch_devices was not found in the Graph`; of a fed one `x:0 is both fed and
        fetched`. Without an output_filter it fetches all outputs: who does not read it fails as well.
    Example
        `tokens`, a RaggedTensor, is returned as it is.
    How to mend it
        Model: return dense parts (`.to_tensor()`, or values and row lengths).
        Client: over gRPC, an output_filter without it; over REST nothing helps on this side.
    """
    fed = {spec.tensor for _, spec in pairing.sent_inputs if spec.tensor}
    for spec in pairing.fetched if pairing.exists else ():
        if spec.encoding is not Encoding.DENSE:
            yield Observation(
                at=("outputs", spec.name),
                change=f"encoding {spec.encoding}",
                message=f"output {spec.name!r} is {_encoded(spec)}, which the server cannot fetch",
                expected="a dense tensor",
                received=str(spec.encoding),
                spec=spec,
            )
        elif spec.tensor in fed:
            yield Observation(
                at=("outputs", spec.name),
                change="fed itself",
                message=f"output {spec.name!r} is the tensor {spec.tensor} that an input is fed to",
                expected="a tensor of its own",
                received=spec.tensor,
                spec=spec,
            )


def _encoded(spec: TensorSpec) -> str:
    if spec.encoding is Encoding.ABSENT:
        return f"{spec.tensor or 'a tensor without a name'}, which is not in the graph"
    if spec.encoding is Encoding.FED:
        return f"{spec.tensor}, to which an input is fed"
    return f"a {spec.encoding} tensor"


def _shape_fits(pairing: Pairing) -> Iterator[tuple[Tensor, TensorSpec, Fit]]:
    known = pairing.bound_by_outputs
    for tensor, spec in pairing.outputs if pairing.exists else ():
        if spec.encoding is Encoding.DENSE:
            fit, _ = gives(tensor.shape, spec.shape, pairing.lengths, pairing.bound_by_inputs, known)
            yield tensor, spec, fit


def _is_read(pairing: Pairing, spec: TensorSpec) -> bool:
    return any(read is spec for _, read in pairing.outputs)


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(words)


def _first(dim: Dim) -> str:
    return f"[{dim}, …]"
