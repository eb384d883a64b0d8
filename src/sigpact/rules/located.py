"""Rules about what a signature names in the graph; the server looks there only when a request runs.

Source: tensorflow/core/common_runtime/direct_session.cc and core/graph/subgraph.cc.
"""

from collections.abc import Iterator

from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.tensors.specs import Encoding, Signature, TensorSpec


@rule("input-not-in-graph", opposite="output-not-in-graph")
def input_not_in_graph(pairing: Pairing) -> Iterator[Observation]:
    """An input names a tensor that the graph does not have.

    What it does
        Looks for the node of each input's TensorInfo among the nodes of the graph.
    Why it breaks
        The version loads; the server feeds every input of the signature, and each call fails: `Tensor x:0,
        specified in either feed_devices or fetch_devices was not found in the Graph`.
    Example
        The signature was edited by hand, or the graph was pruned after it was written.
    How to mend it
        Model: export again from the code that makes the graph.
        Client: nothing helps on this side.
    """
    for spec in pairing.found.inputs if pairing.exists else ():
        if not spec.in_graph:
            yield _absent("inputs", spec)


@rule("output-not-in-graph", opposite="input-not-in-graph")
def output_not_in_graph(pairing: Pairing) -> Iterator[Observation]:
    """An output names a tensor that the graph does not have.

    What it does
        Looks for the node of each output that the server fetches among the nodes of the graph.
    Why it breaks
        The version loads, and each call that fetches it fails: `Tensor nope:0, specified in either
        feed_devices or fetch_devices was not found in the Graph`. Without an output_filter the server fetches
        all outputs, so clients that do not read it fail as well.
    Example
        The graph is optimized for inference, which removes a node that only one signature names.
    How to mend it
        Model: export again from the code that makes the graph.
        Client: over gRPC, an output_filter without it; over REST nothing helps on this side.
    """
    for spec in pairing.fetched if pairing.exists else ():
        if not spec.in_graph:
            yield _absent("outputs", spec)


def _absent(side: str, spec: TensorSpec) -> Observation:
    named = f"names {spec.tensor!r}, which is not in the graph" if spec.tensor else "names no tensor"
    return Observation(
        at=(side, spec.name),
        change="not in the graph",
        message=f"{side[:-1]} {spec.name!r} {named}",
        expected="a tensor of the graph",
        received=spec.tensor or "no name",
        spec=spec,
    )


@rule("input-fed-twice", opposite="output-fed")
def input_fed_twice(pairing: Pairing) -> Iterator[Observation]:
    """Two inputs are the same tensor of the graph.

    What it does
        Compares the tensor names of all inputs of the signature.
    Why it breaks
        The session refuses to feed one tensor twice: `Endpoint "x:0" fed more than once.`; each call fails.
    Example
        An input is kept under its old name beside the new one, as an alias.
    How to mend it
        Model: one input, or two placeholders of which the graph takes one.
        Client: nothing helps on this side.
    """
    for tensor, names in _named(pairing.found.inputs).items() if pairing.exists else ():
        if len(names) > 1:
            yield Observation(
                at=("inputs", names[0]),
                change=f"one tensor with {', '.join(names[1:])}",
                message=f"inputs {' and '.join(names)} are one tensor of the graph, {tensor}",
                expected="a tensor for each input",
                received=tensor,
            )


@rule("output-fed", opposite="input-fed-twice")
def output_fed(pairing: Pairing) -> Iterator[Observation]:
    """An output is the very tensor that an input feeds.

    What it does
        Compares the tensor names of the outputs that the server fetches with those of the inputs.
    Why it breaks
        The session refuses to fetch what it is fed: `x:0 is both fed and fetched.`; each call fails. Without
        an output_filter the server fetches all outputs, so clients that do not read it fail as well.
    Example
        A key is passed through: the signature returns its input as it is, without `tf.identity`.
    How to mend it
        Model: return `tf.identity(x)`.
        Client: over gRPC, an output_filter without it; over REST nothing helps on this side.
    """
    fed = _named(pairing.found.inputs)
    for spec in pairing.fetched if pairing.exists else ():
        name = tensor_name(spec)
        if name in fed:
            yield Observation(
                at=("outputs", spec.name),
                change=f"is input {', '.join(fed[name])}",
                message=f"output {spec.name!r} is the tensor that input {fed[name][0]!r} feeds, {name}",
                expected="a tensor that is not fed",
                received=name,
                spec=spec,
            )


def _named(specs: tuple[TensorSpec, ...]) -> dict[str, list[str]]:
    """Return the names of tensors, and which inputs or outputs have each."""
    found: dict[str, list[str]] = {}
    for spec in specs:
        if tensor_name(spec):
            found.setdefault(tensor_name(spec), []).append(spec.name)
    return found


def tensor_name(spec: TensorSpec) -> str:
    """Return a tensor's whole name, `x:0` of `x`; of what has none, an empty text."""
    if not spec.tensor or spec.encoding is not Encoding.DENSE:
        return ""
    return spec.tensor if ":" in spec.tensor else f"{spec.tensor}:0"


def companions(signature: Signature, spec: TensorSpec) -> tuple[str, ...]:
    """Return the other inputs and outputs that are the same tensor, each as `input x`."""
    sides = {"input": signature.inputs, "output": signature.outputs}
    return tuple(
        f"{side} {each.name}"
        for side, specs in sides.items()
        for each in specs
        if each is not spec and tensor_name(each) and tensor_name(each) == tensor_name(spec)
    )


@rule("input-dtype-untrue", alone="signature and graph agree in every export that nobody edited")
def input_dtype_untrue(pairing: Pairing) -> Iterator[Observation]:
    """The signature declares another dtype of an input than the graph takes.

    What it does
        Compares the declared dtype of each input with that of its placeholder.
    Why it breaks
        REST literals become the declared dtype, which the session then refuses, each time: `Expects arg[0] to
        be int32 but float is provided`. Over gRPC the client's own dtype arrives, and only the graph's
        counts (`input-dtype-changed` compares that).
    Example
        `TensorInfo.dtype` was patched to float32 by hand, the placeholder takes int32.
    How to mend it
        Model: export again, with the signature made from the tensors.
        Client: over gRPC, send the dtype that the graph takes.
    """
    for spec in pairing.found.inputs if pairing.exists else ():
        if spec.placeholder is not None:
            told = f"is declared {spec.dtype}, and the graph takes {spec.placeholder}"
            yield Observation(
                at=("inputs", spec.name),
                change=f"declared {spec.dtype}, taken as {spec.placeholder}",
                message=f"input {spec.name!r} {told}",
                expected=str(spec.placeholder),
                received=str(spec.dtype),
                spec=spec,
            )
