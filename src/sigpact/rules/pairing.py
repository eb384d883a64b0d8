"""`Pairing`: the client's tensors beside the export's, paired once for all rules as the protocol pairs them.

Bare REST values have no names: the server gives them to the only input (json_tensor.cc:526-536), and the
only output comes back without its name (json_tensor.cc:1006, 1034). Everything else goes by name.
"""

from collections.abc import Iterator, Mapping

from sigpact.clients.kinds import ClientKind, Grpc, Inference, RestColumnar, RestRow, client_kind
from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.model import INFERENCE_OUTPUTS, Contract, SignatureUse, Tensor
from sigpact.frozen import frozen, replace
from sigpact.tensors.shapes import Dim, Fixed, Named, Shape, dims_of, names_of
from sigpact.tensors.specs import Encoding, Feature, Signature, TensorSpec
from sigpact.tensors.unify import Fit, Sizes, gives, takes


@frozen
class Pairing:
    """One use of one signature, against that signature as an export has it.

    Where the export lacks the signature there is nothing to pair. Where the API is classify or regress, what
    is sent are features, which no input stands for: `inputs` is empty then, and `is_comparable` is false.
    """

    use: SignatureUse
    kind: ClientKind
    found: Signature
    inputs: tuple[tuple[Tensor, TensorSpec], ...]
    outputs: tuple[tuple[Tensor, TensorSpec], ...]
    sizes: tuple[tuple[str, Sizes], ...]
    available: tuple[str, ...]
    """The names of all signatures of the export."""
    server: ServerProfile = PLAIN
    origin: Signature | None = None
    """The signature that an unknown caller was made from; `None`: a contract says what the client does."""

    @property
    def exists(self) -> bool:
        """Whether the export has the signature."""
        return self.use.name in self.available

    @property
    def is_comparable(self) -> bool:
        """Whether the signature states what the client sends and reads."""
        return self.exists and not isinstance(self.kind, Inference)

    @property
    def readable(self) -> tuple[str, ...]:
        """The outputs that classify or regress answer with; of predict none are singled out."""
        return INFERENCE_OUTPUTS.get(self.use.verb, ())

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features that the graph parses, where it can be told."""
        return self.found.features if isinstance(self.found.features, tuple) else ()

    @property
    def sent_features(self) -> tuple[Tensor, ...]:
        """The features that the client sends: the server merges the context into every example."""
        return (*self.use.inputs, *self.use.context) if isinstance(self.kind, Inference) else ()

    @property
    def unmatched_inputs(self) -> Iterator[Tensor]:
        """Inputs that the client sends and the signature does not have."""
        paired = {tensor.name for tensor, _ in self.inputs}
        return (tensor for tensor in self.use.inputs if tensor.name not in paired and is_sent(tensor))

    @property
    def sent_inputs(self) -> tuple[tuple[Tensor, TensorSpec], ...]:
        """The paired inputs without those that the client never sends."""
        return tuple(each for each in self.inputs if is_sent(each[0]))

    @property
    def unsent_inputs(self) -> Iterator[TensorSpec]:
        """Inputs that the signature has and the client does not send."""
        paired = {spec.name for _, spec in self.inputs}
        return (spec for spec in self.found.inputs if spec.name not in paired)

    @property
    def unmatched_outputs(self) -> Iterator[Tensor]:
        """Outputs that the client reads and the signature does not have."""
        paired = {tensor.name for tensor, _ in self.outputs}
        return (tensor for tensor in self.use.outputs if tensor.name not in paired)

    @property
    def fetched(self) -> tuple[TensorSpec, ...]:
        """The outputs that the server computes and writes for this client: all, unless gRPC filters."""
        if isinstance(self.kind, Inference):
            return tuple(spec for spec in self.found.outputs if spec.name in self.readable)
        if isinstance(self.kind, Grpc) and self.kind.filtered and self.use.outputs:
            return tuple(spec for _, spec in self.outputs)
        return self.found.outputs

    @property
    def lengths(self) -> dict[str, Sizes]:
        """What the contract claims of each named dimension."""
        return dict(self.sizes)

    @property
    def rows_sent(self) -> int | None:
        """How many rows every request has, where that is one number."""
        firsts = [dims[0] for tensor in self.use.inputs if (dims := dims_of(tensor.shape))]
        known = {_length(dim, self.lengths) for dim in firsts}
        return known.pop() if len(known) == 1 else None

    @property
    def bound_by_inputs(self) -> frozenset[str]:
        """The names whose length the client's own request decides: of classify and regress the rows."""
        sent = [dim for tensor in self.use.inputs for dim in dims_of(tensor.shape)]
        if isinstance(self.kind, Inference):
            sent = [dim for tensor in self.use.outputs for dim in dims_of(tensor.shape)[:1]]
        return frozenset(name for dim in sent for name in names_of(dim))

    @property
    def bound_by_outputs(self) -> dict[str, int]:
        """The lengths of names that no input binds, as the outputs' declared shapes give them first."""
        known: dict[str, int] = {}
        for tensor, spec in self.outputs:
            if spec.encoding is Encoding.DENSE:
                _, known = gives(tensor.shape, spec.shape, self.lengths, self.bound_by_inputs, known)
        return known

    @property
    def inputs_fit(self) -> bool:
        """Whether every paired input's declared shape covers what the client may send.

        An unknown caller's shapes are the old declarations: there any change of them leaves it to the ops.
        """
        if self.origin is not None:
            return all(_declared(self.origin, tensor) == spec.shape for tensor, spec in self.inputs)
        return all(
            takes(tensor.shape, spec.shape, self.lengths) is Fit.YES for tensor, spec in self.sent_inputs
        )


def _declared(origin: Signature, tensor: Tensor) -> Shape | None:
    spec = origin.input(tensor.name)
    return None if spec is None else spec.shape


def _length(dim: Dim, lengths: Mapping[str, Sizes]) -> int | None:
    match dim:
        case Fixed(size):
            return size
        case Named(name) if name in lengths:
            return lengths[name].single
        case _:
            return None


def is_sent(tensor: Tensor) -> bool:
    """Whether the client sends an input at all."""
    return tensor.optional is None or tensor.optional.sent


def pair(
    contract: Contract, use: SignatureUse, signatures: tuple[Signature, ...], server: ServerProfile = PLAIN
) -> Pairing:
    """Pair the tensors of one use with those of the signature that it names."""
    sizes = tuple(
        (dim.name, Sizes(1 if dim.minimum is None else dim.minimum, dim.maximum)) for dim in contract.dims
    )
    return replace(paired(client_kind(contract, use), use, signatures), sizes=sizes, server=server)


def paired(kind: ClientKind, use: SignatureUse, signatures: tuple[Signature, ...]) -> Pairing:
    """Pair what one kind of client sends and reads, whoever it is; nothing is claimed of dimensions."""
    available = tuple(sorted(each.name for each in signatures))
    found = next((each for each in signatures if each.name == use.name), Signature(use.name, "", (), ()))
    sent = () if isinstance(kind, Inference) else use.inputs
    inputs = _pair(sent, found.inputs, by_position=_sends_bare(kind))
    outputs = _pair(use.outputs, found.outputs, by_position=_reads_bare(kind))
    return Pairing(use, kind, found, inputs, outputs, (), available)


def _pair(
    wanted: tuple[Tensor, ...], found: tuple[TensorSpec, ...], *, by_position: bool
) -> tuple[tuple[Tensor, TensorSpec], ...]:
    if by_position and len(wanted) == len(found) == 1:
        return ((wanted[0], found[0]),)
    named = {spec.name: spec for spec in found}
    return tuple((tensor, named[tensor.name]) for tensor in wanted if tensor.name in named)


def _sends_bare(kind: ClientKind) -> bool:
    return isinstance(kind, RestRow | RestColumnar) and not kind.named


def _reads_bare(kind: ClientKind) -> bool:
    return isinstance(kind, RestRow | RestColumnar) and kind.bare_answer
