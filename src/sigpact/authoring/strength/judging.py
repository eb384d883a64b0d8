"""Judges answers as `verify` does, up to the first breach, and says by which rule a contract notices."""

from collections.abc import Iterable, Iterator
from typing import Final

from sigpact.authoring.strength.mutations import Altered, Mutant, Restated, Slowed
from sigpact.authoring.strength.playing import Alter, altered
from sigpact.authoring.strength.scene import Scene, Take
from sigpact.authoring.strength.timing import is_above
from sigpact.checks.breaches import Breach
from sigpact.checks.evidence import Counts
from sigpact.contract.model import Property, RawExample, TensorExample
from sigpact.engine.dynamic import Ran, arrived, example_breaches, raw_breaches
from sigpact.engine.journey import Arrival, Read
from sigpact.engine.latency import LIMIT, PREVIOUS
from sigpact.engine.properties import RULES, Stage, look
from sigpact.engine.real import run_rows
from sigpact.engine.relations import broken
from sigpact.engine.static import compare, relations_that_cannot_run
from sigpact.engine.tally import Tally, breaches
from sigpact.findings import Finding, Level
from sigpact.frozen import replace

_RELATION_ROWS: Final = 50
"""Random rows of a relation, beside its boundaries."""


def notices(scene: Scene, mutant: Mutant) -> str | None:
    """Return the rule by which the scene's contract notices a change, or `None`."""
    match mutant:
        case Restated():
            return _compared(scene, mutant)
        case Slowed():
            said = scene.use.latency
            if said is None or not is_above(scene, said, mutant):
                return None
            return LIMIT if said.at_most is None else PREVIOUS
        case Altered():
            return _altered(scene, mutant)


def breaks(scene: Scene) -> str | None:
    """Return the rule by which the version as it is breaks the scene's contract, or `None`."""
    static = (each.rule for each in _static(scene, None) if each.level is Level.ERROR)
    rule = next(static, None) or _first(scene, _answers(scene, None)) or _recorded(scene)
    return rule or _in_properties(scene, live=True)


def breaks_relations(scene: Scene) -> str | None:
    """Return the rule by which the version breaks a relation of the contract, whatever use it is about."""
    for relation in scene.contract.relations:
        rule = broken(scene.run, scene.binding, relation, rows=_RELATION_ROWS)
        if rule is not None:
            return rule
    return None


def _compared(scene: Scene, mutant: Restated) -> str | None:
    """Return the first rule that says more of the changed signatures than of those that there are."""
    known = {_what(each) for each in _static(scene, None)}
    return next((each.rule for each in _static(scene, mutant) if _what(each) not in known), None)


def _what(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.signature, finding.at, finding.change


def _static(scene: Scene, mutant: Restated | None) -> Iterator[Finding]:
    """Yield what comparing finds broken, or cannot decide: no verdict is yes then."""
    loaded = scene.run.signatures(scene.binding)
    if mutant is not None:
        loaded = replace(loaded, signatures=mutant.signatures)
    server = scene.run.options.server
    for use in scene.contract.signatures:
        found = compare(scene.binding, use, loaded, server).findings
        yield from (each for each in found if each.level in {Level.ERROR, Level.UNDECIDED})
    yield from relations_that_cannot_run(scene.binding, loaded)


def _altered(scene: Scene, mutant: Altered) -> str | None:
    alter = mutant.make(scene)
    rule = _first(scene, _answers(scene, alter))
    if rule is not None:
        return rule
    with scene.player.altering(scene.use.name, alter):
        rule = _recorded(scene)
        if rule is None and not mutant.by_row:
            rule = _in_properties(scene, live=False)
        return rule or breaks_relations(scene)


def _answers(scene: Scene, alter: Alter | None) -> Iterator[tuple[Take, Arrival]]:
    """Yield every request with what the client reads, altered or as it was."""
    for take in scene.takes:
        call, outcome = take.sent.call, take.outcome
        if alter is None or call is None or outcome is None:
            yield take, arrived(scene.journey, take.sent, outcome)
        else:
            yield take, arrived(scene.journey, take.sent, altered(call, outcome, alter, 0))


def _first(scene: Scene, came: Iterable[tuple[Take, Arrival]]) -> str | None:
    """Return the rule of the first breach that counts.

    What a share of the rows may have counts at the end, over all rows but those of examples.
    """
    tally, rows = Tally(), 0
    for take, arrival in came:
        found = [each for each in _breaches(scene, take, arrival) if each.level is Level.ERROR]
        for each in found:
            if each.share is None:
                return each.rule
        if take.example is None and take.request is not None:
            tally.add(found, take.request)
            rows += take.request.rows if isinstance(arrival, Read) else 0
    return next((each.breach.rule for each in tally.counting(rows)), None)


def _breaches(scene: Scene, take: Take, arrival: Arrival) -> tuple[Breach, ...]:
    match take.example, take.request:
        case RawExample() as example, _:
            return raw_breaches(scene.journey, example, take.sent, arrival)
        case TensorExample() as example, request if request is not None:
            return example_breaches(scene.journey, example, request, arrival)
        case _, request if request is not None:
            return breaches(scene.contract, scene.use, request, arrival)
    return ()


def _recorded(scene: Scene) -> str | None:
    """Return the rule by which real rows differ from what was recorded of them."""
    if not scene.use.rows_from:
        return None
    ran = Ran(Counts(scene.use))
    run_rows(scene.journey, scene.player, ran, most=scene.run.options.rows)
    return next((each.breach.rule for each in ran.tally.counting(ran.counts.answered)), None)


def _in_properties(scene: Scene, *, live: bool) -> str | None:
    for said in scene.use.properties:
        if holds_not(scene, said, live=live):
            return RULES[said.name]
    return None


def holds_not(scene: Scene, said: Property, *, live: bool) -> bool:
    """Whether a property is broken. `live`: a version that is asked twice must be asked twice."""
    player, seed = scene.player, scene.run.options.seed
    if not live or said.name != "deterministic":
        return bool(look(Stage(scene.journey, player, scene.binding, seed, lambda: player), said).broken)
    with player.live():
        return bool(look(Stage(scene.journey, player, scene.binding, seed, player.fresh), said).broken)
