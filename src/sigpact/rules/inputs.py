"""Rules about what the client sends. Each names a difference; `effects` judges it for a client."""

from collections.abc import Iterator

from sigpact.clients.kinds import Grpc, Inference
from sigpact.rules.inference import is_fed
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.tensors.shapes import AnyRank, Fixed, is_vector
from sigpact.tensors.specs import Encoding
from sigpact.tensors.unify import Fit, takes


@rule("input-missing", opposite="input-required-added")
def input_missing(pairing: Pairing) -> Iterator[Observation]:
    """The client sends an input that the signature does not have.

    What it does
        Looks for each input of the contract among the signature's. A bare REST value has no name: it goes
        to the only input, whatever that is called.
    Why it breaks
        REST rows must have exactly the signature's keys, and gRPC refuses an input too many (`Sent extra`).
        A columnar REST request is safe: keys that the signature lacks are ignored (json_tensor.cc:631).
    Example
        The contract sends `title` and `year`; the new signature has only `title`.
    How to mend it
        Model: keep the input in the signature, even if the graph no longer reads it.
        Client: stop sending it, before the version goes live.
    """
    for tensor in pairing.unmatched_inputs if pairing.is_comparable else ():
        names = ", ".join(spec.name for spec in pairing.found.inputs) or "no inputs"
        yield Observation(
            at=("inputs", tensor.name),
            change="missing",
            message=f"input {tensor.name!r} is not in the signature; it has {names}",
            expected=f"an input {tensor.name!r}",
            received=names,
            tensor=tensor,
        )


@rule("input-required-added", opposite="input-missing")
def input_required_added(pairing: Pairing) -> Iterator[Observation]:
    """The signature needs an input that the client does not send.

    What it does
        Looks for inputs of the signature that the contract does not send and that have no default.
    Why it breaks
        The server demands every input: REST rows and columns need each key, a bare value needs exactly one
        input (json_tensor.cc:526-573, 631), gRPC answers `Missing but required` (predict_util.cc:51).
    Example
        `get_genre(title)` becomes `get_genre(title, year)`.
    How to mend it
        Model: add a new signature for the new input, or give it a default (helps gRPC clients only).
        Client: send the input.
    """
    for spec in pairing.unsent_inputs if pairing.is_comparable else ():
        if pairing.found.default(spec.name) is None:
            yield Observation(
                at=("inputs", spec.name),
                change=f"required {spec.dtype} added",
                message=f"the signature needs input {spec.name!r} ({spec}), which the client does not send",
                expected=f"no inputs but {listed(pairing)}",
                received=f"{spec.name}: {spec}",
                spec=spec,
            )


@rule("input-dtype-changed", alone="widening and narrowing are one comparison of value sets")
def input_dtype_changed(pairing: Pairing) -> Iterator[Observation]:
    """The signature takes another dtype than the client sends.

    What it does
        Compares the dtype or kind in the contract with the signature's, over the declared domain: what
        counts is whether every value that the client may send is taken, unchanged. Of a list of dtypes a gRPC
        client sends each; a REST client's literals have none.
    Why it breaks
        REST: the literal must fit the signature's dtype: `1.0` is refused for an int32, 300 wraps to 44 in
        a uint8, integers beyond 2^24 lose digits in a float32 (json_tensor.cc:290-342). gRPC: any other
        dtype is refused, there is no widening (`Expects arg[0] to be float but double is provided`).
    Example
        `year: {dtype: int64}` against an export that takes int32: over REST safe within declared bounds of
        0 to 3000, over gRPC always broken.
    How to mend it
        Model: keep the dtype in the signature and cast inside the graph.
        Client: send the new dtype; over REST, declare bounds that both dtypes hold.
    """
    for tensor, spec in pairing.sent_inputs if pairing.is_comparable else ():
        dtype = pairing.takes(spec)
        listed = isinstance(pairing.kind, Grpc) and len(set(tensor.dtypes)) > 1
        if spec.encoding is Encoding.DENSE and (listed or dtype.name not in tensor.dtypes):
            yield Observation(
                at=("inputs", tensor.name),
                change=f"dtype {'|'.join(tensor.dtypes)} -> {dtype}",
                message=f"input {tensor.name!r} takes {dtype}, the client sends {_or(tensor.dtypes)}",
                expected=_or(tensor.dtypes),
                received=str(dtype),
                tensor=tensor,
                spec=spec,
            )


@rule("input-shape-changed", alone="shapes are compared as sets; either direction is the same question")
def input_shape_changed(pairing: Pairing) -> Iterator[Observation]:
    """The declared shape of an input does not cover what the client sends.

    What it does
        Compares the contract's shape, with the bounds of its named dimensions, with the declared one.
    Why it breaks
        The server checks no declared shape: the ops decide. Some fail, some answer with other numbers, some
        do not care. `sigpact verify` settles it by running the version on the boundary of the domain.
    Example
        `embedding: {dtype: float32, shape: [batch, 64]}` against an export with `[?, 128]`.
    How to mend it
        Model: export the input with the old shape, or with `None` where the client's length varies.
        Client: send the declared shape.
    """
    yield from _fed_otherwise(pairing)
    for tensor, spec in pairing.sent_inputs if pairing.is_comparable else ():
        if spec.encoding is Encoding.DENSE and takes(tensor.shape, spec.shape, pairing.lengths) is Fit.NO:
            yield Observation(
                at=("inputs", tensor.name),
                change=f"shape {tensor.shape} -> {spec.shape}",
                message=f"input {tensor.name!r} is declared {spec.shape}, the client sends {tensor.shape}",
                expected=str(tensor.shape),
                received=str(spec.shape),
                tensor=tensor,
                spec=spec,
            )


def _fed_otherwise(pairing: Pairing) -> Iterator[Observation]:
    """Yield the input of classify and regress where it is not declared as the server feeds it."""
    called = pairing.exists and isinstance(pairing.kind, Inference) and is_fed(pairing)
    for spec in pairing.found.inputs if called else ():
        if spec.encoding is Encoding.DENSE and not is_vector(spec.shape):
            yield Observation(
                at=("inputs", spec.name),
                change=f"shape [batch] -> {spec.shape}",
                message=f"input {spec.name!r} is declared {spec.shape}, the server feeds a vector",
                expected="[batch]",
                received=str(spec.shape),
                spec=spec,
            )


@rule("input-shape-unfixed", opposite="output-shape-unfixed")
def input_shape_unfixed(pairing: Pairing) -> Iterator[Observation]:
    """An input has unknown dimensions where the client needs the export to fix them.

    What it does
        Looks, for inputs with `static: true`, for dimensions that the export leaves unknown.
    Why it breaks
        The client (a converter, a compiler, a buffer of fixed size) reads the length from the export.
    Example
        `image: {dtype: float32, shape: [1, 224, 224, 3], static: true}` against `[?, ?, ?, 3]`.
    How to mend it
        Model: export with a TensorSpec that fixes the dimensions.
        Client: drop `static: true` if any length will do.
    """
    for tensor, spec in pairing.sent_inputs if pairing.is_comparable else ():
        if tensor.static and (isinstance(spec.shape, AnyRank) or not all(_fixed(spec.shape.dims))):
            yield Observation(
                at=("inputs", tensor.name),
                change=f"not static: {spec.shape}",
                message=f"input {tensor.name!r} is declared {spec.shape}, the client needs fixed dimensions",
                expected=f"{tensor.shape}, fixed",
                received=str(spec.shape),
                tensor=tensor,
                spec=spec,
            )


@rule("input-not-encodable", opposite="answer-not-encodable")
def input_not_encodable(pairing: Pairing) -> Iterator[Observation]:
    """An input has a dtype that JSON requests cannot carry.

    What it does
        Looks for inputs of dtypes that the REST codec refuses: half, bfloat16, uint16, complex, quantized.
    Why it breaks
        REST answers `Conversion of JSON Value … to type: half`, whatever is sent (json_tensor.cc:336).
    Example
        A model trained in mixed precision is exported with a float16 input.
    How to mend it
        Model: take float32 in the signature and cast inside the graph.
        Client: call over gRPC.
    """
    for tensor, spec in pairing.sent_inputs if pairing.is_comparable else ():
        if not spec.dtype.in_json and spec.encoding is Encoding.DENSE:
            yield Observation(
                at=("inputs", tensor.name),
                change=f"dtype {spec.dtype}",
                message=f"input {tensor.name!r} takes {spec.dtype}, which JSON cannot carry",
                expected="a dtype that JSON carries",
                received=str(spec.dtype),
                tensor=tensor,
                spec=spec,
            )


@rule("input-not-dense", opposite="output-not-dense")
def input_not_dense(pairing: Pairing) -> Iterator[Observation]:
    """An input is sparse or composite, which the server cannot feed.

    What it does
        Looks for inputs that the signature stores as coo_sparse or composite tensors (ragged, sparse).
    Why it breaks
        The server feeds by one tensor name, which such an input does not have: each call fails with `Tensor
        :0, specified in either feed_devices or fetch_devices was not found in the Graph`.
    Example
        A Keras model with a ragged input is exported as it is.
    How to mend it
        Model: take dense parts (values and row lengths) and build the ragged tensor inside.
        Client: nothing helps on this side.
    """
    for spec in pairing.found.inputs if pairing.exists else ():
        if spec.encoding is not Encoding.DENSE:
            yield Observation(
                at=("inputs", spec.name),
                change=f"encoding {spec.encoding}",
                message=f"input {spec.name!r} is a {spec.encoding} tensor, which the server cannot feed",
                expected="a dense tensor",
                received=str(spec.encoding),
                spec=spec,
            )


def listed(pairing: Pairing) -> str:
    """Return the names of the inputs that the client sends."""
    return ", ".join(tensor.name for tensor in pairing.use.inputs) or "none"


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(words)


def _fixed(dims: tuple[object, ...]) -> Iterator[bool]:
    return (isinstance(dim, Fixed) for dim in dims)
