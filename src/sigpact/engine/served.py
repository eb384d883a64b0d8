"""A version for hand-written tests: its signatures, to call by name with plain lists."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.engine.run import Run
from sigpact.errors import ConfigurationError, ExportError, SigpactError
from sigpact.nearest import hint
from sigpact.runtime.protocol import Answered, Call, Crashed, Hung, Outcome, Refused, Session, Unloadable
from sigpact.savedmodel.reader import read_export, serving_signatures
from sigpact.savedmodel.versions import Model
from sigpact.tensors.dtypes import Kind
from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Array, Value, value
from sigpact.wire.batching import refused_outputs
from sigpact.wire.client_writes import CannotWrite
from sigpact.wire.grpc import read_grpc
from sigpact.wire.refusal import Refusal


class CallError(SigpactError):
    """A call was not answered: the status (or `CRASHED`, `HUNG`) and the message."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    def __str__(self) -> str:
        return f"{self.status}: {self.message}"


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One loaded version: `version["get_genre"](title=["Jaws"])` gives its outputs by name, as arrays.

    Strings come back as `bytes`. Calls are checked as the chosen server checks those of gRPC.
    """

    name: str
    signatures: Mapping[str, Signature]
    session: Session
    server: ServerProfile = PLAIN

    def __getitem__(self, signature: str) -> Callable[..., dict[str, Array]]:
        """Return a signature to call. Raises `KeyError` with the names that there are."""
        found = self.signatures.get(signature)
        if found is None:
            raise KeyError(f"{self.name} has no signature {signature!r}; it has {', '.join(self.signatures)}")

        def call(**inputs: object) -> dict[str, Array]:
            return self._call(found, inputs)

        return call

    def _call(self, signature: Signature, inputs: Mapping[str, object]) -> dict[str, Array]:
        dtypes = {spec.name: spec.dtype.name for spec in signature.inputs}
        fed = {name: _value(name, dtypes.get(name), each) for name, each in inputs.items()}
        read = read_grpc(signature, fed, (), self.server)
        if isinstance(read, Refusal):
            raise CallError(read.status, read.message)
        if isinstance(read, CannotWrite):
            raise CallError("UNIMPLEMENTED", read.reason)
        outputs = _outputs(self.session.run([Call(signature, read.feeds)])[0])
        refused = refused_outputs(read.feeds, outputs) if self.server.batching else None
        if refused is not None:
            raise CallError(refused.status, refused.message)
        return {name: each.array for name, each in outputs.items()}


def load_version(name: str, models: Iterable[Model], run: Run) -> Version:
    """Load `genre@3`. Raises `ConfigurationError` where there is no such version or it does not load."""
    paths = {f"{model.name}@{each.number}": each.path for model in models for each in model.versions}
    if name not in paths:
        raise ConfigurationError(f"no version {name!r}; {hint(name, paths)}")
    try:
        signatures = serving_signatures(read_export(paths[name]))
    except ExportError as error:
        raise ConfigurationError(str(error)) from None
    session = run.session(paths[name])
    if isinstance(session, Unloadable):
        raise ConfigurationError(f"{name} does not load: {session.reason}")
    return Version(name, {each.name: each for each in signatures}, session, run.options.server)


def _value(name: str, dtype: str | None, elements: object) -> Value:
    """Return an input's elements as a tensor. Raises `CallError` where the dtype does not hold them."""
    if dtype is None:
        # An input that the signature lacks is refused by its name, whatever it holds.
        return value("string", [])
    try:
        made = value(dtype, elements)
        kept = made.dtype.kind is Kind.STRING or _holds(made.array, np.asarray(elements))
    except (ValueError, TypeError, OverflowError) as error:
        raise CallError("INVALID_ARGUMENT", f"{name}: {error}; the input takes {dtype}") from None
    if not kept:
        raise CallError("INVALID_ARGUMENT", f"{name}: {elements!r} does not fit {dtype} without a loss")
    return made


def _holds(made: Array, given: Array) -> bool:
    """Whether nothing but a float's rounding was lost: 1.5 is no integer, 300 no uint8."""
    if made.dtype.kind in "fc" and given.dtype.kind in "iufc":
        return True
    return made.dtype.kind == "b" == given.dtype.kind or bool(
        made.dtype.kind in "iu" and given.dtype.kind in "iuf" and np.array_equal(made, given)
    )


def _outputs(outcome: Outcome) -> Mapping[str, Value]:
    match outcome:
        case Answered(outputs=outputs):
            return outputs
        case Refused(status=status, message=message):
            raise CallError(status, message)
        case Crashed(signal=signal, detail=detail):
            raise CallError("CRASHED", f"{signal or 'the process ended'}: {detail}")
        case Hung(seconds=seconds):
            raise CallError("HUNG", f"no answer within {seconds:g} seconds")
