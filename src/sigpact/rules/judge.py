"""From contract and signatures to findings: run the rules, judge each difference, point at the line."""

from sigpact.clients.kinds import Inference
from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.model import Contract, SignatureUse
from sigpact.findings import Finding, Level, Path
from sigpact.rules.effects import effect
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.pairing import Pairing, pair
from sigpact.rules.registry import Difference, catalogue, differences
from sigpact.tensors.specs import Signature


def judge(
    contract: Contract,
    use: SignatureUse,
    signatures: tuple[Signature, ...],
    model: str,
    version: str,
    server: ServerProfile = PLAIN,
) -> tuple[Finding, ...]:
    """Return what comparing one use with a version's signatures finds, worst and first line first."""
    found = (
        _finding(contract, use, each, effect(each), (model, version))
        for each in differences(pair(contract, use, signatures, server))
    )
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.sort_key))


def unlooked(pairing: Pairing) -> tuple[str, ...]:
    """Return what no rule can look at: the features that an unknown caller of classify or regress sends.

    Where a contract lists them, `feature-undetermined` tells what is not known of the graph.
    """
    origin = pairing.origin
    if origin is None or not isinstance(pairing.kind, Inference) or pairing.sent_features:
        return ()
    return (f"{pairing.use.name}: the features of {pairing.use.verb} are not compared with the graph",)


def _finding(
    contract: Contract, use: SignatureUse, difference: Difference, outcome: Effect, where: tuple[str, str]
) -> Finding | None:
    level = level_of(outcome)
    if level is None:
        return None
    model, version = where
    mend_model, mend_client = catalogue()[difference.rule].mend
    return Finding(
        rule=difference.rule,
        level=level,
        client=contract.client,
        owner=contract.owner,
        model=model,
        version=version,
        signature=use.name,
        at=difference.at,
        change=difference.change,
        span=contract.span(_path(use, difference)),
        message=difference.message,
        expected=difference.expected,
        received=difference.received,
        why=outcome.why,
        mend_model=mend_model,
        mend_client=mend_client,
    )


def level_of(outcome: Effect) -> Level | None:
    """Return how much an effect counts; `None`: it does not."""
    match outcome:
        case Safe():
            return None
        case Breaks() | Silent(constrained=True):
            return Level.ERROR
        case Silent():
            return Level.WARNING
        case Undecided():
            return Level.UNDECIDED


def _path(use: SignatureUse, difference: Difference) -> Path:
    """Return the contract's own place for a difference; what only the model has: the nearest node."""
    return difference.tensor.path if difference.tensor is not None else (*use.path, *difference.at)
