"""`strength`: contracts and exports -> which changes each contract notices. It prints nothing."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from sigpact.authoring.strength.additions import Candidate, written
from sigpact.authoring.strength.judging import breaks, breaks_relations
from sigpact.authoring.strength.playing import Player, Playing
from sigpact.authoring.strength.scene import Scene
from sigpact.authoring.strength.setting import scene_of, unused
from sigpact.authoring.strength.trying import Trial
from sigpact.checks.evidence import row_hashes
from sigpact.contract.model import Contract
from sigpact.engine.journey import Read
from sigpact.engine.options import Options
from sigpact.engine.registered import attached
from sigpact.engine.run import Run
from sigpact.engine.selection import Binding, Selection, select
from sigpact.errors import ContractError
from sigpact.findings import MANY, Problem
from sigpact.frozen import replace
from sigpact.report.strength import WHOLE, Measured, Strength, Tried
from sigpact.runtime.protocol import Backend, Unloadable

ROWS = 300
"""Random rows of each signature: as many as properties are asked about."""


def strength(
    contracts: Sequence[str],
    models: Sequence[str],
    options: Options,
    backend: Callable[[], Backend],
    progress: Callable[[str], None],
    *,
    at_least: int = WHOLE,
) -> Strength:
    """Change the newest version that keeps each contract, and see what the contract notices of it.

    Raises `ConfigurationError` where a path names nothing, `RuntimeUnavailableError` where there is no
    TensorFlow.
    """
    run = Run(options, lambda: Playing(backend()))
    try:
        _ = run.backend  # starts while contracts are read
        selection = select(contracts, models, options.today, lambda each: attached(each, options.checks))
        measured, problems = _measured_all(run, selection, progress)
    finally:
        run.close()
    notes = tuple(f"{each.client}: expired on {each.sunset}" for each in selection.expired)
    return Strength(tuple(measured), at_least, (*selection.problems, *problems), notes)


def _measured_all(
    run: Run, selection: Selection, progress: Callable[[str], None]
) -> tuple[list[Measured], list[Problem]]:
    measured: list[Measured] = []
    problems: list[Problem] = []
    ordered = sorted(
        selection.bindings, key=lambda each: (each.contract.file, each.model, -each.version.number)
    )
    for _, group in groupby(ordered, key=lambda each: (each.contract.file, each.model)):
        try:
            measured.append(_measured(run, tuple(group), progress))
        except ContractError as error:
            problems.extend(error.problems)
    measured += [_unknown(each.contract, each.model, "", each.reason) for each in selection.unbound]
    return measured, problems


def _measured(run: Run, bindings: tuple[Binding, ...], progress: Callable[[str], None]) -> Measured:
    """Measure at the first of the versions that keeps the contract."""
    unkept: list[str] = []
    for binding in bindings:
        number = str(binding.version.number)
        progress(f"{binding.model}@{number} for {binding.contract.client}")
        scenes = _scenes(run, binding)
        reason = scenes if isinstance(scenes, str) else _unfit(scenes)
        if reason is None and not isinstance(scenes, str):
            return _tried(binding, scenes, unkept)
        unkept.append(f"{binding.model}@{number} was passed over: {reason}")
    contract, model = bindings[0].contract, bindings[0].model
    return _unknown(contract, model, "", "; ".join(unkept).replace(" was passed over", ""))


def _unknown(contract: Contract, model: str, version: str, reason: str) -> Measured:
    return Measured(contract.client, model, version, contract.file, contract.status, unknown=reason)


def _scenes(run: Run, binding: Binding) -> tuple[Scene, ...] | str:
    """Return a scene for each use, or why there are none."""
    loaded = run.signatures(binding)
    if loaded.reason is not None:
        return loaded.reason
    session = run.session(binding.version.path)
    if isinstance(session, Unloadable):
        return session.reason
    if not isinstance(session, Player):
        raise TypeError("the sessions of this run are players")
    document = written(binding.contract, lambda each: attached(each, run.options.checks))
    found: list[Scene] = []
    for use in binding.contract.signatures:
        broken = [each.rule for each in run.static(binding, use).findings if each.level == "error"]
        if broken:
            return f"the contract is broken: {broken[0]} in {use.name}"
        found.append(scene_of(run, binding, use, document, session))
    return tuple(found)


def _unfit(scenes: tuple[Scene, ...]) -> str | None:
    """Say why nothing can be told: the version breaks the contract, or nothing was answered."""
    for scene in scenes:
        rule = breaks(scene)
        if rule is not None:
            return f"the contract is broken: {rule} in {scene.use.name}"
        if not any(isinstance(each.arrival, Read) for each in scene.takes):
            return f"{scene.use.name}: nothing was answered: no examples, and no rows can be made up"
    rule = breaks_relations(scenes[0]) if scenes else "the contract declares no signature"
    return None if rule is None else f"the contract is broken: {rule}"


def _tried(binding: Binding, scenes: tuple[Scene, ...], notes: list[str]) -> Measured:
    contract = binding.contract
    tried = [each for scene in scenes for each in Trial(scene).run()]
    tried += [each for scene in unused(scenes[0]) for each in _named(contract, scene)]
    clauses = scenes[0].written.additions(each for _, each in tried if each is not None)
    return Measured(
        contract.client,
        binding.model,
        str(binding.version.number),
        contract.file,
        contract.status,
        tuple(each if one is None else replace(each, clause=clauses[one.key]) for each, one in tried),
        sum(scene.rows for scene in scenes),
        (*notes, *(note for scene in scenes for note in _weak(scene))),
    )


def _weak(scene: Scene) -> Iterator[str]:
    """Say so where all rows were answered alike: what tells labels apart was not to be seen."""
    answers: set[int] = set()
    for take in scene.takes:
        if isinstance(take.arrival, Read) and take.request is not None:
            answers |= row_hashes(take.arrival.answer, take.request.rows)
    if scene.rows >= MANY and len(answers) == 1:
        yield f"{scene.use.name}: weak evidence: {scene.rows:,} rows all had the same answer"


def _named(contract: Contract, scene: Scene) -> Iterator[tuple[Tried, Candidate | None]]:
    """Yield what becomes of a signature without a use; of one that nothing names, one change will do."""
    called = {call.signature for each in contract.relations for call in each.calls if call.version is None}
    for each in Trial(scene).run():
        if scene.use.name in called or each[0].mutation == "signature-removed":
            yield each
