"""`diff --two-sided`: runs both versions, and finds the smallest request that only the old one answers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

from sigpact.checks.breaches import Breach, is_sensitive
from sigpact.clients.kinds import Grpc, Inference, RestRow
from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.model import Contract, DimBounds, Domain, SignatureUse, Tensor, Versions
from sigpact.engine.dynamic import arrivals
from sigpact.engine.journey import Arrival, Journey, Read
from sigpact.engine.shrinking import budget_for, is_same
from sigpact.engine.sides import Side
from sigpact.engine.tally import breaches
from sigpact.engine.witness import difficulty, spoken_arrival, spoken_request
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Level
from sigpact.frozen import replace
from sigpact.report.difference import ContractMet, Diff, Met, Reason, SignatureDiff, Witnessed
from sigpact.rows.mistakes import Seen
from sigpact.rows.real import first_rows, real_requests
from sigpact.rules.callers import Caller, callers
from sigpact.rules.pairing import is_sent
from sigpact.runtime.protocol import Backend, Session, Unloadable
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.tensors.shapes import Named, Ranked
from sigpact.tensors.specs import Signature
from sigpact.values.plan import plan
from sigpact.values.requests import Request
from sigpact.values.shrink import shrink

_ROWS: Final = 40
"""Random rows beside the boundaries, for each kind of client; and as many real ones, of a contract."""
_REQUESTS: Final = 200
"""Requests that are run on both versions, for each kind of client, at most."""
_AT_ONCE: Final = 32
"""Requests that are run in one go."""
_SEED: Final = 20_260_101
_LIVE: Final = Versions("live", "live")
_SMALL: Final = 3
"""Whole numbers from 0 to this: ids that most models know."""


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """One side, running."""

    side: Side
    signatures: tuple[Signature, ...]
    session: Session
    server: ServerProfile

    def journey(self, contract: Contract, use: SignatureUse) -> Journey:
        return Journey(contract, use, self.signatures, self.side.model, self.side.version, self.server)


@dataclass(frozen=True, eq=False)
class _Trial:
    """One request on both versions, from the client's way of asking to what it reads."""

    contract: Contract
    use: SignatureUse
    request: Request
    old: Arrival
    new: Arrival

    @property
    def is_answered(self) -> bool:
        """Whether the old version answers, as the client expects it."""
        return not breaches(self.contract, self.use, self.request, self.old)

    @cached_property
    def breaches(self) -> tuple[Breach, ...]:
        """What fails the client with the new one."""
        return breaches(self.contract, self.use, self.request, self.new)

    @property
    def is_broken(self) -> bool:
        """Whether the client fails with the new one."""
        return bool(self.breaches)

    @property
    def is_other(self) -> bool:
        """Whether the answers hold other values."""
        if not isinstance(self.old, Read) or not isinstance(self.new, Read):
            return True
        old, new = self.old.answer, self.new.answer
        # NaN differs from itself; its text does not.
        return any(
            repr(old[name].array.tolist()) != repr(new[name].array.tolist())
            for name in old.keys() & new.keys()
        )


def two_sided(found: Diff, old: Side, new: Side, contracts: Sequence[Contract], backend: Backend) -> Diff:
    """Return the comparison with a witness for each break, and with what was undecided run on both sides.

    Raises `ConfigurationError` for a snapshot, which cannot be run, and for an old version that does not
    load; `RuntimeUnavailableError` where there is no TensorFlow.
    """
    if found.unloadable is not None or found.unread is not None:
        return found
    server = PLAIN if found.environment is None else found.environment.server
    before = _load(old, backend, server)
    if isinstance(before, Unloadable):
        raise ConfigurationError(f"{old} does not load, so nobody calls it: {before.reason}")
    after = _load(new, backend, server)
    if isinstance(after, Unloadable):
        return replace(found, unloadable=after.reason)
    sides = (before, after)
    changed = {each.name for each in found.signatures}
    met = None
    if found.contracts is not None:
        by_file = {each.file: each for each in contracts}
        met = tuple(_contract(each, by_file[each.file], changed, sides) for each in found.contracts)
    return replace(
        found, signatures=tuple(_signature(each, sides) for each in found.signatures), contracts=met, ran=True
    )


def _load(side: Side, backend: Backend, server: ServerProfile) -> _Loaded | Unloadable:
    if side.folder is None:
        raise ConfigurationError(f"{side} is a snapshot, which cannot be run; name the version's folder")
    session = backend.load(side.folder)
    if isinstance(session, Unloadable):
        return session
    return _Loaded(side, side.loaded.signatures, session, server)


def _signature(signature: SignatureDiff, sides: tuple[_Loaded, _Loaded]) -> SignatureDiff:
    old = next((each for each in sides[0].signatures if each.name == signature.name), None)
    made = {} if old is None else {each.name: each for each in callers(old, sides[0].server)}
    return replace(
        signature, clients=tuple(_met(each, made.get(each.client), sides) for each in signature.clients)
    )


def _met(met: Met, caller: Caller | None, sides: tuple[_Loaded, _Loaded]) -> Met:
    if met.verdict == "safe" or caller is None or not (caller.use.inputs or caller.use.verb == "predict"):
        return met
    trials: list[_Trial] = []
    for whole in (False, True):
        contract = _drawn(caller, whole=whole)
        trials += _trials(contract, contract.signatures[0], sides)
    failing = [each for each in trials if (each.is_other if met.verdict == "silent" else each.is_broken)]
    if not failing:
        return _settled(replace(met, ran=len(trials)), trials)
    broken = _smallest(failing, sides)
    if met.verdict == "undecided":
        message = "both versions were run, and the new one fails this client"
        reason = Reason("", "breaks", Level.ERROR, None, message, message)
        met = replace(met, verdict="breaks", reasons=(*met.reasons, reason))
    return replace(met, ran=len(trials), witness=_witness(broken))


def _settled(met: Met, trials: list[_Trial]) -> Met:
    """Return what was undecided once nothing failed: safe where the answers are the same as well."""
    if met.verdict != "undecided" or not trials or any(each.is_other for each in trials):
        return met
    message = f"{len(trials):,} requests ran alike on both versions; the signatures do not promise it"
    return replace(
        met, verdict="safe", reasons=(*met.reasons, Reason("", "safe", None, None, message, message))
    )


def _contract(
    met: ContractMet, contract: Contract, changed: set[str], sides: tuple[_Loaded, _Loaded]
) -> ContractMet:
    """Return a contract's verdict with the smallest request of its own domain that fails."""
    if met.verdict == "safe":
        return met
    ran, failing = 0, list[_Trial]()
    for use in contract.signatures:
        if use.name in changed:
            trials = _trials(contract, use, sides)
            ran += len(trials)
            failing += [each for each in trials if each.is_broken]
    if not failing:
        return replace(met, ran=ran)
    broken = _smallest(failing, sides)
    verdict = "breaks" if met.verdict == "undecided" else met.verdict
    hidden = is_sensitive(broken.use)
    return replace(met, verdict=verdict, ran=ran, witness=None if hidden else _witness(broken))


def _drawn(caller: Caller, *, whole: bool) -> Contract:
    """Return a contract that makes the caller's requests: small values, or the whole range of its dtypes."""
    use = caller.use
    rows = isinstance(caller.kind, RestRow)
    inputs = tuple(_domain(each, whole=whole, rows=rows) for each in use.inputs if is_sent(each))
    protocol = "grpc" if isinstance(caller.kind, Grpc | Inference) else "rest"
    dims = (DimBounds("batch", 1, 3, ()),)
    return Contract(
        file="",
        client=caller.name,
        models=("m",),
        protocol=protocol,
        language="any",
        versions=_LIVE,
        status="active",
        signatures=(replace(use, inputs=inputs),),
        dims=dims,
    )


def _domain(tensor: Tensor, *, whole: bool, rows: bool) -> Tensor:
    dtype = BY_NAME.get(tensor.dtypes[0])
    # What is declared a scalar is sent as a row's element all the same: rows have no other form.
    shape = Ranked((Named("batch"),)) if rows and tensor.shape == Ranked(()) else tensor.shape
    kind = dtype.kind if dtype else Kind.OPAQUE
    domain = Domain()
    if kind is Kind.STRING:
        domain = Domain(max_length=8)
    elif kind is Kind.FLOAT:
        domain = Domain(minimum=-2.0, maximum=2.0) if whole else Domain(minimum=0.0, maximum=1.0)
    elif dtype is not None and dtype.is_integer:
        domain = tensor.domain if whole else Domain(minimum=0, maximum=_SMALL)
    return replace(tensor, domain=domain, shape=shape)


def _trials(contract: Contract, use: SignatureUse, sides: tuple[_Loaded, _Loaded]) -> list[_Trial]:
    """Run a contract's requests on both versions; those that the old one does not answer tell nothing."""
    seen = Seen()
    real = list(first_rows(real_requests(contract, use, seen), _ROWS))
    if seen.problems:
        raise ContractError(seen.mistakes)
    drawn = plan(contract, use, rows=_ROWS, seed=_SEED).requests
    chosen = [request for request, _ in zip(chain(real, drawn), range(_REQUESTS), strict=False)]
    return [each for each in _run(contract, use, chosen, sides) if each.is_answered]


def _run(
    contract: Contract, use: SignatureUse, requests: Sequence[Request], sides: tuple[_Loaded, _Loaded]
) -> Iterator[_Trial]:
    for start in range(0, len(requests), _AT_ONCE):
        chunk = requests[start : start + _AT_ONCE]
        came = (arrivals(each.journey(contract, use), each.session, chunk) for each in sides)
        for request, before, after in zip(chunk, *came, strict=True):
            yield _Trial(contract, use, request, before, after)


def _smallest(failing: list[_Trial], sides: tuple[_Loaded, _Loaded]) -> _Trial:
    """Return the smallest trial that fails as the one does that a person reads most easily.

    A real row stays what it is.
    """
    best = min(failing, key=lambda each: difficulty(each.request))
    if best.request.recorded is not None:
        return best
    contract, use = best.contract, best.use

    def fails(requests: Sequence[Request]) -> list[bool]:
        return [_fails_alike(each, best) for each in _run(contract, use, requests, sides)]

    budget = budget_for(best.request, best.breaches[0].rule if best.breaches else "")
    request = shrink(contract, use, best.request, fails, budget)
    return next(_run(contract, use, [request], sides))


def _fails_alike(trial: _Trial, best: _Trial) -> bool:
    if not trial.is_answered:
        return False
    if not best.is_broken:
        return trial.is_other
    return any(is_same(one, other) for one in trial.breaches for other in best.breaches)


def _witness(trial: _Trial) -> Witnessed:
    rest = trial.contract.protocol == "rest"
    journey = Journey(trial.contract, trial.use, (), "", "")
    body = journey.send(trial.request).body if rest else None
    request = body.decode(errors="replace") if body is not None else spoken_request(trial.use, trial.request)
    old, new = (spoken_arrival(each, rest=rest) for each in (trial.old, trial.new))
    return Witnessed(request, old, new, *first_difference(old, new))


_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|b?\'(?:[^\'\\]|\\.)*\'|[-+.\w]+|\s+|.', re.DOTALL)


def first_difference(old: str, new: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the first tokens in which two answers differ, each as (position, length)."""
    ours, theirs = list(_TOKEN.finditer(old)), list(_TOKEN.finditer(new))
    for one, other in zip(ours, theirs, strict=False):
        if one.group() != other.group():
            return (one.start(), len(one.group())), (other.start(), len(other.group()))
    shared = min(len(ours), len(theirs))
    return _token(ours, shared, len(old)), _token(theirs, shared, len(new))


def _token(tokens: list[re.Match[str]], at: int, end: int) -> tuple[int, int]:
    return (tokens[at].start(), len(tokens[at].group())) if at < len(tokens) else (end, 0)
