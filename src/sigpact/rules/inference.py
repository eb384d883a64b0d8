"""Rules about classify and regress: what these APIs ask of a signature, whatever the client reads.

Source: servables/tensorflow/classifier.cc:151-300 and regressor.cc:146-259. The method name of a signature
counts only under a flag of the server that is off by default, so it is never a finding.
"""

from collections.abc import Iterator

from sigpact.clients.kinds import Inference
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.shapes import Dim, Fixed, Named, Ranked, dims_of, is_vector
from sigpact.tensors.specs import Encoding, TensorSpec
from sigpact.tensors.unify import ANY_SIZE, Fit


def is_fed(pairing: Pairing) -> bool:
    """Whether the server has an input to put examples in; `input-not-dense` tells of its encoding."""
    match pairing.found.inputs:
        case (TensorSpec(name="inputs") as only,):
            return only.encoding is not Encoding.DENSE or only.fed_as.kind is Kind.STRING
        case _:
            return False


def answers(pairing: Pairing) -> tuple[TensorSpec, ...]:
    """Return the outputs of the signature that the API answers with; any other is ignored."""
    return tuple(spec for spec in pairing.found.outputs if spec.name in pairing.readable)


@rule("verb-input-unfit", alone="the API asks for one fixed input; there is no reverse")
def verb_input_unfit(pairing: Pairing) -> Iterator[Observation]:
    """The signature cannot be called by classify or regress: its input is not the one that they feed.

    What it does
        Wants exactly one input, called `inputs`, a dense tensor of strings: that is where the server puts the
        serialized tf.Examples. A default for a second input does not help.
    Why it breaks
        The server answers INVALID_ARGUMENT `Expected one input Tensor.`, or `No classification inputs found
        in SignatureDef`, or the graph refuses strings (`Expects arg[0] to be float but string is provided`).
    Example
        A client calls `:classify`, and the new export names the input `examples`.
    How to mend it
        Model: export a signature with the single input `inputs`, a string vector that is parsed in the graph.
        Client: call `:predict` with the inputs that the signature has.
    """
    if _is_called(pairing) and not is_fed(pairing):
        names = ", ".join(f"{spec.name} ({spec.fed_as})" for spec in pairing.found.inputs) or "none"
        yield Observation(
            at=("inputs",),
            change=f"inputs {names}",
            message=f"{pairing.use.verb} feeds one string input 'inputs'; the signature has {names}",
            expected="one input 'inputs' of strings",
            received=names,
        )


@rule("verb-outputs-unfit", alone="the API asks for fixed outputs; there is no reverse")
def verb_outputs_unfit(pairing: Pairing) -> Iterator[Observation]:
    """The signature cannot be called by classify or regress: its outputs are not those that they fetch.

    What it does
        classify: one or two outputs, at least one of them called `classes` or `scores` (a second one of any
        other name is ignored). regress: exactly one output, called `outputs`.
    Why it breaks
        The server answers INVALID_ARGUMENT `Expected one or two output Tensors, found 3`, `Expected one
        output Tensor.`, or that it found no such output; nothing is answered at all.
    Example
        A third output `embedding` is added to a signature that clients call with `:classify`.
    How to mend it
        Model: keep the signature as it is, and export the new output in a signature of its own.
        Client: call `:predict`, which knows no such limits.
    """
    outputs = pairing.found.outputs
    most = 2 if pairing.use.verb == "classify" else 1
    if not _is_called(pairing) or (0 < len(outputs) <= most and answers(pairing)):
        return
    names = ", ".join(spec.name for spec in outputs) or "none"
    wanted = "one or two outputs, 'classes' or 'scores' among them" if most > 1 else "one output 'outputs'"
    yield Observation(
        at=("outputs",),
        change=f"outputs {names}",
        message=f"{pairing.use.verb} wants {wanted}; the signature has {names}",
        expected=wanted,
        received=names,
    )


@rule("verb-dtype-unfit", alone="the API asks for fixed dtypes; there is no reverse")
def verb_dtype_unfit(pairing: Pairing) -> Iterator[Observation]:
    """An output has a dtype that classify or regress cannot answer with.

    What it does
        Wants strings in `classes`, and float32 in `scores` and `outputs`.
    Why it breaks
        The server checks what the graph gives and answers INVALID_ARGUMENT `Expected scores Tensor of
        DT_FLOAT. Got: DT_DOUBLE`.
    Example
        A model is trained in float64 and its scores are exported as they are.
    How to mend it
        Model: cast `scores` or `outputs` to float32 in the graph, and `classes` to strings.
        Client: call `:predict`.
    """
    for spec in answers(pairing) if _is_called(pairing) else ():
        wanted = "string" if spec.name == "classes" else "float32"
        if spec.encoding is Encoding.DENSE and spec.dtype.name != wanted:
            yield Observation(
                at=("outputs", spec.name),
                change=f"dtype {wanted} -> {spec.dtype}",
                message=f"output {spec.name!r} is {spec.dtype}, {pairing.use.verb} wants {wanted}",
                expected=wanted,
                received=str(spec.dtype),
                tensor=pairing.use.output(spec.name),
                spec=spec,
            )


@rule("verb-shape-unfit", alone="the API asks for fixed ranks; there is no reverse")
def verb_shape_unfit(pairing: Pairing) -> Iterator[Observation]:
    """An output is not declared with the shape that classify or regress answer with.

    What it does
        Wants `[batch, classes]` of `classes` and `scores`, with the same number of classes in both, and
        `[batch]` or `[batch, 1]` of `outputs`. Where the export does not say, only running it tells.
    Why it breaks
        The server checks what the graph gives and answers INVALID_ARGUMENT `Expected Tensor shape:
        [batch_size num_classes] but got …`, or that the batch is not that of the examples.
    Example
        `scores` is squeezed to `[batch]` when the model becomes a binary one.
    How to mend it
        Model: keep the rank (`tf.expand_dims`), and one row for each example.
        Client: call `:predict`.
    """
    for spec in answers(pairing) if _is_called(pairing) else ():
        if spec.encoding is Encoding.DENSE and answer_shape_fits(pairing, spec) is not Fit.YES:
            wanted = "[batch] or [batch, 1]" if spec.name == "outputs" else "[batch, classes]"
            yield Observation(
                at=("outputs", spec.name),
                change=f"shape {wanted} -> {spec.shape}",
                message=f"output {spec.name!r} is declared {spec.shape}, {pairing.use.verb} wants {wanted}",
                expected=wanted,
                received=str(spec.shape),
                tensor=pairing.use.output(spec.name),
                spec=spec,
            )


def answer_shape_fits(pairing: Pairing, spec: TensorSpec) -> Fit:
    """Return whether an output's declared shape is one that the API answers with."""
    if not isinstance(spec.shape, Ranked):
        return Fit.UNSAID
    ranks = {1, 2} if spec.name == "outputs" else {2}
    if len(spec.shape.dims) not in ranks:
        return Fit.NO
    first, *rest = spec.shape.dims
    if spec.name == "outputs":
        lengths = [dim.size if isinstance(dim, Fixed) else None for dim in rest]
        fits = [_is_batch(pairing, spec, first), *(_is_one(each) for each in lengths)]
    else:
        fits = [_is_batch(pairing, spec, first), _is_common(pairing, spec)]
    return Fit.NO if Fit.NO in fits else Fit.UNSAID if Fit.UNSAID in fits else Fit.YES


def _is_called(pairing: Pairing) -> bool:
    return pairing.exists and isinstance(pairing.kind, Inference)


def _is_one(length: int | None) -> Fit:
    return Fit.UNSAID if length is None else Fit.YES if length == 1 else Fit.NO


def _is_batch(pairing: Pairing, spec: TensorSpec, first: Dim) -> Fit:
    """Judge the first dimension of an output: a fixed one suits requests of that many examples alone."""
    if not isinstance(first, Fixed) or _sends_only(pairing, spec, first.size):
        return Fit.YES
    inputs = pairing.found.inputs
    free = len(inputs) == 1 and is_vector(inputs[0].shape)
    return Fit.NO if free else Fit.UNSAID


def _sends_only(pairing: Pairing, spec: TensorSpec, count: int) -> bool:
    """Whether the contract says that every request has just this many examples."""
    tensor = pairing.use.output(spec.name)
    match dims_of(tensor.shape)[:1] if tensor is not None else ():
        case (Fixed(size),):
            return size == count
        case (Named(name),):
            return pairing.lengths.get(name, ANY_SIZE).single == count
        case _:
            return False


def _is_common(pairing: Pairing, spec: TensorSpec) -> Fit:
    """Judge the number of classes, which `classes` and `scores` must share."""
    seconds = [dims[1] for each in answers(pairing) if len(dims := dims_of(each.shape)) == 2]
    sizes = {dim.size for dim in seconds if isinstance(dim, Fixed)}
    return Fit.YES if len(sizes) < 2 or spec.name == "classes" else Fit.NO
