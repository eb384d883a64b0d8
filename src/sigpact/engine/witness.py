"""The smallest request that shows a breach, as a person reads it, as `curl`, and as a kept case."""

import hashlib
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from sigpact.checks.breaches import is_sensitive
from sigpact.contract.model import SignatureUse
from sigpact.engine.cases import Case
from sigpact.engine.journey import Arrival, Garbled, Journey, Read, Sent
from sigpact.findings import Witness
from sigpact.runtime.protocol import Crashed, Hung, Refused
from sigpact.tensors.dtypes import Kind
from sigpact.values.requests import Request
from sigpact.wire.arrays import Value
from sigpact.wire.client_writes import CannotWrite
from sigpact.wire.refusal import http_status
from sigpact.wire.server_writes import error_body

_SHOWN: Final = 2_000
"""Characters of a request or an answer that a report shows; the kept case has all of it."""
_LISTED: Final = 8
"""Elements of a list that are shown."""
_COUNTED: Final = 10_000
"""In a tensor of no more elements what repeats is counted."""
_READ: Final = 256
"""So many numbers of a tensor are looked at to tell how hard it is to read."""
_SERVER: Final = "http://localhost:8501"


def difficulty(request: Request) -> tuple[int, int]:
    """Return how hard a request is to read: blank or odd characters first, then length, digits counted."""
    odd, length = 0, 0
    for value in request.values.values():
        length += value.array.size
        if value.dtype.kind is Kind.STRING:
            for text in value.array.reshape(-1):
                odd += not text.isalnum() or not text.isascii()
                length += len(text)
        else:
            length += sum(len(repr(each)) for each in value.array.reshape(-1)[:_READ].tolist())
    return odd, length


def witness(
    journey: Journey, sent: Sent, request: Request | None, arrival: Arrival, case: Case | None
) -> Witness:
    """Return what a report shows of one request; of a contract with `sensitive` tensors, digests only."""
    use = journey.use
    if is_sensitive(use):
        return Witness(f"(sensitive, {_digest(sent, request)})", "(sensitive)")
    body = sent.body.decode(errors="replace") if sent.body is not None else None
    text = body if body is not None else spoken_request(use, request)
    return Witness(
        request=_cut(text),
        answer=_cut(spoken_arrival(arrival, rest=body is not None)),
        curl=_curl(journey, body, case) if body is not None else None,
        case=case.id if case is not None else None,
    )


def spoken_arrival(arrival: Arrival, *, rest: bool) -> str:
    """Say what came back: the JSON body, the tensors, or how the call ended."""
    match arrival:
        case Garbled(body=b"", reason=reason):
            said = reason
        case Read(body=bytes() as body) | Garbled(body=body):
            said = _one_line(body.decode(errors="replace"))
        case Read(answer=answer):
            said = _spoken_values(answer.items())
        case Refused(status=status, message=message) if rest:
            said = f"{http_status(status)} {_one_line(error_body(message).decode(errors='replace'))}"
        case Refused(status=status, message=message):
            said = f"{status}: {message}"
        case CannotWrite(reason=reason):
            said = reason
        case Crashed(signal=signal, detail=detail):
            said = f"the process ended{f' ({signal})' if signal else ''}: {detail}"
        case Hung(seconds=seconds):
            said = f"nothing within {seconds:g} seconds"
    return said


def _curl(journey: Journey, body: str, case: Case | None) -> str:
    url = shlex.quote(f"{_SERVER}/v1/models/{journey.model}/versions/{journey.version}:{journey.use.verb}")
    if len(body) > _SHOWN and case is not None:
        return f"curl {url} --data-binary @{case.request_file}"
    return f"curl {url} -d {shlex.quote(body)}"


def spoken_request(use: SignatureUse, request: Request | None) -> str:
    """Say what a gRPC client sends, as a call."""
    if request is None:
        return ""
    return f"{use.name}({_spoken_values(request.values.items())})"


def _spoken_values(values: Iterable[tuple[str, Value]]) -> str:
    return ", ".join(f"{name}={spoken_value(value)}" for name, value in values)


def spoken_value(value: Value) -> str:
    """Say a tensor as nested lists, strings as text where they are text.

    Of a long list what is the same is counted: `[31 times 0.0, 1e-19]`; more than eight such are cut.
    """
    return repr(_plain(value.array.tolist(), counting=value.array.size <= _COUNTED))


def _plain(nested: object, *, counting: bool) -> object:
    if isinstance(nested, list):
        if len(nested) <= _LISTED or not counting:
            shown = [_plain(each, counting=counting) for each in nested[:_LISTED]]
            return shown if len(nested) <= _LISTED else [*shown, _More(len(nested))]
        found = islice(groupby(nested, key=repr), _LISTED + 1)
        runs = [(first, 1 + len(rest)) for _, (first, *rest) in found]
        shown = [
            _Times(_plain(each, counting=True), count) if count > 1 else _plain(each, counting=True)
            for each, count in runs[:_LISTED]
        ]
        return shown if len(runs) <= _LISTED else [*shown, _More(len(nested))]
    if isinstance(nested, bytes):
        try:
            return nested.decode()
        except UnicodeDecodeError:
            return nested
    return nested


@dataclass(frozen=True, slots=True)
class _Times:
    """Stands for equal elements one after the other."""

    element: object
    count: int

    def __repr__(self) -> str:
        return f"{self.count} times {self.element!r}"


@dataclass(frozen=True, slots=True)
class _More:
    """Stands at the end of a list that is shown in part."""

    total: int

    def __repr__(self) -> str:
        return f"… {self.total} in all"


def _one_line(text: str) -> str:
    """Fold the server's pretty-printing; strings hold no raw line breaks, so only layout is folded."""
    folded = ""
    for line in filter(None, (each.strip() for each in text.split("\n"))):
        tight = not folded or folded[-1] in "[{" or line[0] in "]}"
        folded += line if tight else f" {line}"
    return folded


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"


def _digest(sent: Sent, request: Request | None) -> str:
    hashed = hashlib.sha256(sent.body or b"")
    for name, value in sorted((request.values if request else {}).items()):
        hashed.update(name.encode() + b"".join(map(_bytes, value.array.reshape(-1).tolist())))
    return f"sha256:{hashed.hexdigest()[:16]}"


def _bytes(element: object) -> bytes:
    return element if isinstance(element, bytes) else repr(element).encode()
