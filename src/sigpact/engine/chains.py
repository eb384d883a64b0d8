"""A relation's calls, one after the other: what the client reads of one answer it sends on to the next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sigpact.contract.model import Contract, Relation, RelationCall, SignatureUse, Tensor
from sigpact.engine.dynamic import arrivals
from sigpact.engine.journey import Arrival, Journey, Read
from sigpact.frozen import replace
from sigpact.rules.relating import outputs_read, sent_on
from sigpact.runtime.protocol import Session
from sigpact.tensors.specs import Signature
from sigpact.values.relations import drawn_tensors
from sigpact.values.requests import Request
from sigpact.wire.arrays import Value


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One call: how it travels, and the version that it runs at."""

    call: RelationCall
    journey: Journey
    session: Session
    is_other: bool = False
    """Whether it runs at another version than the one that is checked."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The calls of a relation in the order in which they are made."""

    relation: Relation
    steps: tuple[Step, ...]
    drawn: Mapping[str, Tensor]

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

    def answers(self) -> Mapping[tuple[str, str], Value]:
        """Return what the client read, by call and output."""
        return {
            (made.step.call.name, name): value
            for made in self.made
            if isinstance(made.arrival, Read)
            for name, value in made.arrival.answer.items()
        }


def call_use(
    contract: Contract, relation: Relation, call: RelationCall, found: Signature, tensors: Mapping[str, Tensor]
) -> SignatureUse:
    """Return how a call is made: as the contract declares its signature, but by name and for what is looked at.

    Of a signature that the contract does not declare: as what is sent was read or drawn, and what is read as
    the version states it; over REST in columns, which carry every shape. `tensors` has what was drawn, and
    under `call.output` what was read.
    """
    declared = contract.signature(call.signature)
    inputs = tuple(_input(declared, name, tensors[value]) for name, value in call.inputs)
    named = {
        "named": True,
        "answer": "bare" if contract.protocol == "rest" and len(found.outputs) == 1 else "named",
        "inputs": inputs,
        "outputs": tuple(_outputs(declared, found, outputs_read(relation)[call.name])),
    }
    if declared is not None:
        return replace(declared, **named) if declared.verb == "predict" else replace(declared, outputs=named["outputs"])
    return SignatureUse(name=call.signature, path=call.path, verb="predict", body="columnar", filter=False, **named)


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
        if tensor is not None:
            yield tensor
        elif spec is not None:
            yield Tensor(name, (spec.dtype.name,), ("outputs", name), spec.shape, finite=False)


def chain(
    contract: Contract,
    relation: Relation,
    places: Sequence[tuple[Journey, Session, bool]],
) -> Chain:
    """Return the calls of a relation, each at its place: a journey of that version, and its session."""
    drawn = drawn_tensors(contract, relation)
    tensors = dict(drawn)
    steps = []
    for call, (journey, session, is_other) in zip(relation.calls, places, strict=True):
        found = next(each for each in journey.signatures if each.name == call.signature)
        use = call_use(contract, relation, call, found, tensors)
        tensors |= {f"{call.name}.{each.name}": each for each in use.outputs}
        steps.append(Step(call, replace(journey, use=use), session, is_other))
    return Chain(relation, tuple(steps), drawn)


def run_chain(chain: Chain, requests: Sequence[Request]) -> list[Trace]:
    """Make all calls of a relation for some requests of its drawn inputs."""
    traces = [Trace(request) for request in requests]
    for step in chain.steps:
        going = [at for at, trace in enumerate(traces) if trace.failed is None]
        sent = [_request(chain.relation, step, traces[at]) for at in going]
        for at, request, arrival in zip(going, sent, arrivals(step.journey, step.session, sent), strict=True):
            made = Made(step, request, arrival)
            traces[at] = Trace(traces[at].request, (*traces[at].made, made))
    return traces


def _request(relation: Relation, step: Step, trace: Trace) -> Request:
    """Return what a call sends: drawn inputs, and what was read before."""
    answers, drawn = trace.answers(), trace.request
    values = {}
    for name, value in step.call.inputs:
        taken = sent_on(relation, value)
        values[name] = drawn.values[value] if taken is None else answers[taken]
    return Request(drawn.origin, values, drawn.sizes, drawn.rows, drawn.label)
