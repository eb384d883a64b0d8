"""`diff`: what changed between two versions, and who breaks. By reading alone: no numpy, no TensorFlow."""

import datetime as dt
from collections.abc import Iterator, Sequence

from sigpact.clients.kinds import Inference
from sigpact.clients.profile import PLAIN, Environment, ServerProfile
from sigpact.contract.load import find
from sigpact.contract.model import Contract
from sigpact.engine.selection import load_all
from sigpact.engine.sides import Side
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Finding, Level
from sigpact.frozen import replace
from sigpact.report.difference import ContractMet, Diff, Met, Reason, SignatureDiff
from sigpact.rules.callers import INFERENCE, Caller, callers, looks_like, verdict, word
from sigpact.rules.changes import Change, changes
from sigpact.rules.judge import judge, level_of, unlooked
from sigpact.rules.outcomes import Breaks, Effect
from sigpact.rules.registry import Difference
from sigpact.tensors.specs import Signature, Undetermined


def diff(
    old: Side,
    new: Side,
    contracts: Sequence[Contract] = (),
    today: dt.date = dt.date.min,
    environment: Environment | None = None,
) -> Diff:
    """Compare two versions for every kind of client, and for the contracts that bind the model.

    `environment` is where both are served; without one, on a server with no flag set.

    Raises `ConfigurationError` where the old version is none that anybody could call.
    """
    if old.loaded.reason is not None:
        raise ConfigurationError(f"{old} has no signatures to compare with: {old.loaded.reason}")
    if new.loaded.reason is not None:
        reason = new.loaded.reason
        unloadable, unread = (None, reason) if new.loaded.unknown else (reason, None)
        none = Diff(str(old), str(new), (), (), unloadable=unloadable, unread=unread)
        return replace(none, environment=environment)
    server = PLAIN if environment is None else environment.server
    before, after = (_by_name(each.loaded.signatures) for each in (old, new))
    names = [*before, *(name for name in after if name not in before)]
    found = {name: _changes(before.get(name), after.get(name), old, new) for name in names}
    signatures = tuple(
        SignatureDiff(name, each, _clients(before.get(name), tuple(after.values()), server))
        for name, each in found.items()
        if each
    )
    equal = tuple(name for name, each in found.items() if not each)
    live, notes = _live(contracts, old, new, today)
    met = tuple(_contract(each, old, new, server) for each in live) or None
    return Diff(str(old), str(new), signatures, equal, met, notes, environment=environment)


def read_contracts(paths: Sequence[str]) -> tuple[Contract, ...]:
    """Load contracts. Raises `ConfigurationError` where there is none, `ContractError` for mistakes."""
    files = find(paths)
    if paths and not files:
        raise ConfigurationError(
            f"no contract in {' '.join(paths)}: files are called *.contract.yaml, .yml or .json"
        )
    loaded, problems = load_all(files)
    if problems:
        raise ContractError(problems)
    return loaded


def _changes(before: Signature | None, after: Signature | None, old: Side, new: Side) -> tuple[Change, ...]:
    """Return what changed; features that neither graph tells of may have, unless the graphs are the same."""
    found = changes(before, after)
    if found or before is None or not any(looks_like(verb, before) for verb in INFERENCE):
        return found
    match before.features:
        case Undetermined(reason=reason):
            told = f"which features the graph parses cannot be compared: {reason}"
        case ():
            told = "the graph parses no tf.Example: what its ops make of the bytes cannot be compared"
        case _:
            return found
    return () if old.has_graph_of(new) else (Change((), "features", told),)


def _by_name(signatures: tuple[Signature, ...]) -> dict[str, Signature]:
    return {each.name: each for each in signatures}


def _clients(old: Signature | None, new: tuple[Signature, ...], server: ServerProfile) -> tuple[Met, ...]:
    if old is None:
        return ()
    return tuple(_met(each, new, server) for each in callers(old, server))


def _met(caller: Caller, new: tuple[Signature, ...], server: ServerProfile) -> Met:
    effects = caller.meets(new, server)
    found = verdict(effects)
    reasons = tuple(_reason(*each) for each in effects)
    unseen = (*unlooked(caller.against(new, server)), *_put_into_examples(caller, new))
    if unseen and found != "breaks":
        found = "undecided"
        reasons += tuple(Reason("", "undecided", Level.UNDECIDED, None, each, each) for each in unseen)
    return Met(caller.name, found, reasons)


def _put_into_examples(caller: Caller, new: tuple[Signature, ...]) -> tuple[str, ...]:
    """Say what is not known of a client that calls predict with serialized tf.Examples."""
    after = next((each for each in new if each.name == caller.use.name), None)
    before = caller.signature.features
    if isinstance(caller.kind, Inference) or after is None or before is None or after.features is None:
        return ()
    if before == after.features and not isinstance(before, Undetermined):
        return ()
    return ("what it puts into tf.Examples is not known; the features parsed changed, or cannot be read",)


def _reason(difference: Difference, effect: Effect) -> Reason:
    who = effect.who if isinstance(effect, Breaks) else None
    return Reason(difference.rule, word(effect), level_of(effect), who, difference.message, effect.why)


def _live(
    contracts: Sequence[Contract], old: Side, new: Side, today: dt.date
) -> tuple[list[Contract], tuple[str, ...]]:
    """Return the contracts that bind both versions, and what is to be said of the others."""
    bound = [each for each in contracts if {old.model, new.model} & set(each.models)]
    live = [each for each in bound if not each.is_expired(today) and _admits(each, new)]
    return live, tuple(_notes(contracts, bound, new, today))


def _admits(contract: Contract, new: Side) -> bool:
    number = new.version.lstrip("-")
    return not number.isdigit() or contract.versions.admits(int(new.version))


def _notes(
    contracts: Sequence[Contract], bound: Sequence[Contract], new: Side, today: dt.date
) -> Iterator[str]:
    if contracts and not bound:
        yield f"no contract names the model {new.model}; the verdicts speak of unknown callers"
    for each in bound:
        if each.is_expired(today):
            yield f"{each.client}: the contract expired on {each.sunset} and no longer binds ({each.file})"
        elif not _admits(each, new):
            yield f"{each.client}: 'versions: {each.versions.text}' does not bind {new} ({each.file})"


def _contract(contract: Contract, old: Side, new: Side, server: ServerProfile) -> ContractMet:
    before, after = (_findings(contract, each, server) for each in (old, new))
    known = {each.fingerprint for each in before}
    # Features that could be read in neither version may still have changed between them.
    hidden = "feature-undetermined" if not old.has_graph_of(new) else ""
    fresh = tuple(each for each in after if each.fingerprint not in known or each.rule == hidden)
    already = sum(each.fingerprint in known and each.level is Level.ERROR for each in after)
    levels = {each.level for each in fresh}
    if Level.ERROR in levels:
        found = "breaks"
    elif Level.UNDECIDED in levels:
        found = "undecided"
    else:
        found = "silent" if Level.WARNING in levels else "safe"
    return ContractMet(contract.client, contract.owner, contract.file, contract.status, found, fresh, already)


def _findings(contract: Contract, version: Side, server: ServerProfile) -> tuple[Finding, ...]:
    signatures = version.loaded.signatures
    return tuple(
        finding
        for use in contract.signatures
        for finding in judge(contract, use, signatures, version.model, version.version, server)
    )
