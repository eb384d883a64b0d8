"""A relation's calls, one after the other: what the client reads of one answer it sends on to the next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as copied

from sigpact.checks.related import Answers, Key
from sigpact.contract.model import Contract, Relation, RelationCall, SignatureUse, Tensor
from sigpact.engine.dynamic import arrivals
from sigpact.engine.journey import Arrival, Journey, Read
from sigpact.frozen import replace
from sigpact.rules.relating import outputs_read, sent_on
from sigpact.runtime.protocol import Session
from sigpact.tensors.dtypes import DType, Kind
from sigpact.tensors.specs import Signature
from sigpact.values.domains import is_bytes
from sigpact.values.numerics import rounded, rounds
from sigpact.values.relations import drawn_tensors
from sigpact.values.requests import Request
from sigpact.wire.arrays import Value


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A version that a call runs at: how requests travel there, its process, whether it is another one."""

    journey: Journey
    session: Session
    is_other: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One call, and where it runs; the journey's use is that of the call."""

    call: RelationCall
    place: Place

    @property
    def journey(self) -> Journey:
        """How the call travels."""
        return self.place.journey


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The calls of a relation in the order in which they are made."""

    relation: Relation
    steps: tuple[Step, ...]
    drawn: Mapping[str, Tensor]

    def tensors(self) -> Iterator[tuple[Key, Tensor]]:
        """Yield what is drawn and what is read, by the keys of `checks.related`."""
        yield from (((None, name), tensor) for name, tensor in self.drawn.items())
        for step in self.steps:
            yield from (((step.call.name, each.name), each) for each in step.journey.use.outputs)

    @property
    def is_sensitive(self) -> bool:
        """Whether anything that is drawn, sent or read may be neither printed nor stored."""
        uses = [step.journey.use for step in self.steps]
        tensors = [*self.drawn.values(), *(each for use in uses for each in (*use.inputs, *use.outputs))]
        return any(each.sensitive for each in tensors)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One call as it was made: what was sent, and what came."""

    step: Step
    request: Request
    arrival: Arrival


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What became of one request of drawn inputs: its calls, up to the first without an answer."""

    request: Request
    made: tuple[Made, ...] = ()

    @property
    def failed(self) -> Made | None:
        """The call that was not answered, if one was not."""
        last = self.made[-1] if self.made else None
        return None if last is None or isinstance(last.arrival, Read) else last

    def read(self) -> Mapping[Key, Value]:
        """Return what the client read, by call and output."""
        return {
            (made.step.call.name, name): value
            for made in self.made
            if isinstance(made.arrival, Read)
            for name, value in made.arrival.answer.items()
        }

    def served(self) -> Mapping[Key, Value]:
        """Return the same, floats read from JSON as what was served: 0.100000001 was float32(0.1)."""
        return {
            (made.step.call.name, name): _as_served(value, made.arrival.served.get(name))
            for made in self.made
            if isinstance(made.arrival, Read)
            for name, value in made.arrival.answer.items()
        }


def _as_served(value: Value, dtype: DType | None) -> Value:
    if dtype is None or value.dtype.kind is not Kind.FLOAT or not rounds(dtype):
        return value
    return Value(dtype, rounded(dtype, value.array))


def answers_of(chain: Chain, trace: Trace) -> Answers:
    """Return what a clause of the relation may look at."""
    tensors = dict(chain.tensors())
    contract = chain.steps[0].journey.contract
    drawn: dict[Key, Value] = {(None, name): value for name, value in trace.request.values.items()}
    return Answers(
        {**drawn, **trace.served()},
        trace.request.rows,
        {key: (key[0], each.scores) for key, each in tensors.items() if each.scores is not None},
        frozenset(key for key, each in tensors.items() if is_bytes(contract, each)),
    )


def call_use(
    contract: Contract,
    relation: Relation,
    call: RelationCall,
    found: Signature,
    tensors: Mapping[str, Tensor],
) -> SignatureUse:
    """Return how a call is made: as the contract declares its signature, but always by name.

    Of a signature that the contract does not declare: what is sent as it was drawn or read, and what is read
    as the version states it; over REST in columns, which carry every shape. `tensors` has what was drawn, and
    under `call.output` what was read.
    """
    declared = contract.signature(call.signature)
    is_bare = contract.protocol == "rest" and len(found.outputs) == 1
    use = declared or SignatureUse(
        call.signature, call.path, "predict", "columnar", named=True, answer="named", filter=False,
        inputs=(), outputs=(),
    )  # fmt: skip
    sent = {name for name, _ in call.inputs}
    context = tuple(each for each in use.context if each.name in sent)
    features = sent - {each.name for each in context}
    return replace(
        use,
        named=True,
        answer="bare" if is_bare else "named",
        inputs=tuple(
            _input(declared, name, tensors[value]) for name, value in call.inputs if name in features
        ),
        context=context,
        outputs=tuple(_outputs(declared, found, outputs_read(relation)[call.name])),
    )


def _input(declared: SignatureUse | None, name: str, sent: Tensor) -> Tensor:
    found = declared.input(name) if declared is not None else None
    return replace(sent, name=name) if found is None else found


def _outputs(declared: SignatureUse | None, found: Signature, read: Sequence[str]) -> Iterator[Tensor]:
    """Yield what is read; of a label also the scores that decide it."""
    wanted = dict.fromkeys(read)
    for name in read:
        tensor = declared.output(name) if declared is not None else None
        if tensor is not None and tensor.scores is not None:
            wanted[tensor.scores] = None
    for name in wanted:
        tensor = declared.output(name) if declared is not None else None
        spec = found.output(name)
        if tensor is not None and spec is not None:
            yield tensor
        elif spec is not None:
            yield Tensor(name, (spec.dtype.name,), ("outputs", name), spec.shape, finite=False)


def chain(contract: Contract, relation: Relation, places: Sequence[Place]) -> Chain:
    """Return the calls of a relation, each at its place."""
    drawn = drawn_tensors(contract, relation)
    tensors = dict(drawn)
    steps = []
    for call, place in zip(relation.calls, places, strict=True):
        found = next(each for each in place.journey.signatures if each.name == call.signature)
        use = call_use(contract, relation, call, found, tensors)
        tensors |= {f"{call.name}.{each.name}": each for each in use.outputs}
        steps.append(Step(call, copied(place, journey=copied(place.journey, use=use))))
    return Chain(relation, tuple(steps), drawn)


def run_chain(chain: Chain, requests: Sequence[Request]) -> list[Trace]:
    """Make all calls of a relation for some requests of its drawn inputs."""
    traces = [Trace(request) for request in requests]
    for step in chain.steps:
        going = [at for at, trace in enumerate(traces) if trace.failed is None]
        sent = [_request(chain.relation, step, traces[at]) for at in going]
        for at, request, arrival in zip(
            going, sent, arrivals(step.journey, step.place.session, sent), strict=True
        ):
            made = Made(step, request, arrival)
            traces[at] = Trace(traces[at].request, (*traces[at].made, made))
    return traces


def _request(relation: Relation, step: Step, trace: Trace) -> Request:
    """Return what a call sends: drawn inputs, and what was read before."""
    answers, drawn = trace.read(), trace.request
    values = {}
    for name, value in step.call.inputs:
        taken = sent_on(relation, value)
        values[name] = drawn.values[value] if taken is None else answers[taken]
    return Request(drawn.origin, values, drawn.sizes, drawn.rows, drawn.label)
