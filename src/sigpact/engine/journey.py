"""One request's way: client writes, server reads, the model runs, server writes, client reads.

Of predict the way is over tensors; of classify and regress over tf.Examples, which feed the one string input.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sigpact.clients.kinds import Grpc, Inference, Rest, RestColumnar, RestRow, client_kind
from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.model import Contract, SignatureUse
from sigpact.findings import Finding
from sigpact.frozen import replace
from sigpact.rules.judge import judge
from sigpact.runtime.protocol import Answered, Call, Crashed, Hung, Outcome, Refused
from sigpact.tensors.dtypes import DType
from sigpact.tensors.specs import Signature
from sigpact.values.requests import Request
from sigpact.wire.arrays import Value
from sigpact.wire.batching import refused_outputs
from sigpact.wire.carried import carried_answer, carried_request
from sigpact.wire.client_reads import Unreadable, read_answer
from sigpact.wire.client_writes import CannotWrite, write_request
from sigpact.wire.grpc import read_grpc
from sigpact.wire.inference import InferenceRequest, read_inference
from sigpact.wire.inference_answers import read_inference_answer, received
from sigpact.wire.inference_requests import make_inference, write_inference
from sigpact.wire.inference_results import INPUT, fed, fetched, results, write_results
from sigpact.wire.refusal import Refusal
from sigpact.wire.server_reads import DEFAULT_SIGNATURE, ReadRequest, read_request
from sigpact.wire.server_writes import write_answer


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """What became of a request before the model runs: a call, or why there is none."""

    call: Call | None
    body: bytes | None = None
    format: str = "row"
    failure: Refused | CannotWrite | None = None
    examples: int = 0
    """How many tf.Examples it holds."""
    short: bool = False
    """Whether it goes without a body, as JSON would carry it unchanged."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the client has in hand in the end.

    Over REST `body` is the JSON that it read, and `served` has the dtypes of the tensors behind it.
    """

    answer: Mapping[str, Value]
    body: bytes | None = None
    served: Mapping[str, DType] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Garbled:
    """A body came that the client cannot read; `output` is the one concerned, if it is one."""

    output: str | None
    reason: str
    body: bytes


Arrival = Read | Garbled | Refused | CannotWrite | Crashed | Hung


@dataclass(frozen=True, slots=True, eq=False)
class Journey:
    """How one client's requests to one signature of one version travel, and through which server."""

    contract: Contract
    use: SignatureUse
    signatures: tuple[Signature, ...]
    model: str
    version: str
    server: ServerProfile = PLAIN

    @property
    def is_rest(self) -> bool:
        """Whether bodies are JSON."""
        return self.contract.protocol == "rest"

    def judged(self, use: SignatureUse) -> tuple[Finding, ...]:
        """Return what comparing a use of the same contract with the version finds, by reading alone."""
        return judge(self.contract, use, self.signatures, self.model, self.version, self.server)

    def send(self, request: Request) -> Sent:
        """Write a request as the client does (a recorded body is there), and read it as the server does."""
        if request.body is not None:
            return self.post(request.body)
        match client_kind(self.contract, self.use):
            case RestRow() | RestColumnar() as kind:
                body = write_request(kind, self.use.name, self.use, request.values)
                return Sent(None, failure=body) if isinstance(body, CannotWrite) else self.post(body)
            case Grpc(filtered=filtered):
                names = tuple(tensor.name for tensor in self.use.outputs) if filtered else ()
                return self._call_grpc(request.values, names)
            case Inference(rest=True) as kind:
                body = write_inference(kind, self.use, request.values)
                return Sent(None, failure=body) if isinstance(body, CannotWrite) else self.post(body)
            case Inference():
                made = make_inference(self.use, request.values)
                return Sent(None, failure=made) if isinstance(made, CannotWrite) else self._infer(made)

    def send_short(self, request: Request) -> Sent:
        """Send a request without writing a body, where that makes no difference."""
        kind, signature = client_kind(self.contract, self.use), self._signature(self.use.name)
        may = request.body is None and not self.server.checks_precision
        if not isinstance(kind, RestRow | RestColumnar) or signature is None or not may:
            return self.send(request)
        tensors = carried_request(kind, signature, request.values)
        if tensors is None:
            return self.send(request)
        sent = self._predict(signature, tensors, ())
        return replace(sent, format="row" if isinstance(kind, RestRow) else "columnar", short=True)

    def post(self, body: bytes) -> Sent:
        """Read a REST body, whoever wrote it, as the server does."""
        if self.use.verb != "predict":
            inference = read_inference(body)
            if isinstance(inference, Refusal):
                return Sent(None, body, failure=Refused(inference.status, inference.message))
            return replace(self._infer(inference), body=body)
        read = read_request(body, self._signature, self.server)
        if isinstance(read, Refusal):
            return Sent(None, body, failure=Refused(read.status, read.message))
        # A REST predict goes on as a gRPC one (http_rest_api_handler.cc:152-178): inputs are counted again.
        sent = self._predict(self._named(read), read.tensors, ())
        return replace(sent, body=body, format=read.format)

    def receive(self, sent: Sent, outcome: Outcome) -> Arrival:
        """Write the outcome as the server does, and read it as the client does."""
        outcome = self._batched(sent, outcome)
        if not isinstance(outcome, Answered):
            return outcome
        kind = client_kind(self.contract, self.use)
        match kind:
            case Inference():
                return self._inferred(kind, sent, outcome.outputs)
            case Grpc():
                return Read(outcome.outputs)
            case RestRow() | RestColumnar():
                return self._read(kind, sent, outcome.outputs)

    def _read(self, kind: Rest, sent: Sent, outputs: Mapping[str, Value]) -> Arrival:
        """Write the body, unless the request went without one and so can the answer, and read it."""
        carried = carried_answer(kind, self.use, outputs) if sent.short else None
        if carried is not None:
            return Read(carried, None, self._served(outputs))
        body = write_answer(sent.format, outputs)
        if isinstance(body, Refusal):
            return Refused(body.status, body.message)
        answer = read_answer(kind, self.use, body)
        if isinstance(answer, Unreadable):
            return Garbled(answer.output, answer.reason, body)
        return Read(answer, body, self._served(outputs))

    def _infer(self, request: InferenceRequest) -> Sent:
        """Feed the examples to the one input, if the signature is one for the API."""
        name = request.signature_name or DEFAULT_SIGNATURE
        signature = self._signature(name)
        if signature is None:
            return Sent(None, failure=Refused("INVALID_ARGUMENT", _NO_INFERENCE_SIGNATURE.format(name)))
        names = fetched(self.use.verb, signature, self.server)
        if isinstance(names, Refusal):
            return Sent(None, failure=Refused(names.status, names.message))
        examples = fed(request)
        if isinstance(examples, Refusal):
            return Sent(None, failure=Refused(examples.status, examples.message))
        return Sent(Call(signature, {INPUT: examples}, names), examples=len(request.examples))

    def _inferred(self, kind: Inference, sent: Sent, outputs: Mapping[str, Value]) -> Arrival:
        """Check and write the answer as the server does, and read it as the client does."""
        answer = results(kind.verb, outputs, sent.examples)
        if isinstance(answer, Refusal):
            return Refused(answer.status, answer.message)
        body = write_results(kind.verb, answer) if sent.body is not None else b""
        if isinstance(body, Refusal):
            return Refused(body.status, body.message)
        is_rest = sent.body is not None
        read = read_inference_answer(kind, self.use, body) if is_rest else received(self.use, answer)
        if isinstance(read, Unreadable):
            return Garbled(read.output, read.reason, body)
        return Read(read, body if is_rest else None, {name: value.dtype for name, value in answer.items()})

    def _batched(self, sent: Sent, outcome: Outcome) -> Outcome:
        """Return what a server that batches makes of an outcome: it refuses what it cannot cut."""
        if not self.server.batching or sent.call is None or not isinstance(outcome, Answered):
            return outcome
        refused = refused_outputs(sent.call.feeds, outcome.outputs)
        return outcome if refused is None else Refused(refused.status, refused.message)

    def _served(self, outputs: Mapping[str, Value]) -> dict[str, DType]:
        """Return the dtypes behind what the client reads; a bare answer has one, whatever it is called."""
        if len(outputs) == 1 and len(self.use.outputs) == 1:
            (value,) = outputs.values()
            return {self.use.outputs[0].name: value.dtype}
        return {name: value.dtype for name, value in outputs.items()}

    def _call_grpc(self, values: Mapping[str, Value], names: tuple[str, ...]) -> Sent:
        signature = self._signature(self.use.name)
        if signature is None:
            return Sent(None, failure=Refused("FAILED_PRECONDITION", _NO_SIGNATURE.format(self.use.name)))
        return self._predict(signature, values, names)

    def _predict(self, signature: Signature, values: Mapping[str, Value], names: tuple[str, ...]) -> Sent:
        read = read_grpc(signature, values, names, self.server)
        if isinstance(read, Refusal):
            return Sent(None, failure=Refused(read.status, read.message))
        if isinstance(read, CannotWrite):
            return Sent(None, failure=read)
        return Sent(Call(signature, read.feeds, read.fetches))

    def _signature(self, name: str) -> Signature | None:
        return next((each for each in self.signatures if each.name == name), None)

    def _named(self, read: ReadRequest) -> Signature:
        return next(
            each for each in self.signatures if each.name == (read.signature_name or DEFAULT_SIGNATURE)
        )


_NO_SIGNATURE: Final = 'Serving signature key "{}" not found.'
_NO_INFERENCE_SIGNATURE: Final = "No signature was found with the name: {}"
