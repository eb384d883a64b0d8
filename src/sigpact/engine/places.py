"""Where the calls of a relation run: at the version that is checked, or at another one of the same model."""

from sigpact.contract.model import Relation, RelationCall
from sigpact.engine.chains import Place
from sigpact.engine.journey import Journey
from sigpact.engine.run import Run
from sigpact.engine.selection import Binding, other_version
from sigpact.frozen import replace
from sigpact.rules.relating import lacks
from sigpact.runtime.protocol import Unloadable
from sigpact.savedmodel.versions import VersionDir


def places(run: Run, binding: Binding, relation: Relation, journey: Journey) -> tuple[Place, ...] | str:
    """Return where each call of a relation runs, or why one of them runs nowhere: nobody's breach."""
    found = []
    for call in relation.calls:
        place = _place(run, binding, relation, call, journey)
        if isinstance(place, str):
            return f"call {call.name!r}: {place}"
        found.append(place)
    return tuple(found)


def _place(
    run: Run, binding: Binding, relation: Relation, call: RelationCall, journey: Journey
) -> Place | str:
    if call.version is None:
        return _loaded(run, journey, binding.version, is_other=False)
    version = other_version(binding, call.version)
    if isinstance(version, str):
        return version
    loaded = run.signatures(replace(binding, version=version))
    if loaded.reason is not None:
        return f"version {version.number} does not load: {loaded.reason}"
    lacking = next(lacks(binding.contract, relation, call, loaded.signatures), None)
    if lacking is not None:
        return f"version {version.number}: {lacking.message}"
    there = replace(journey, signatures=loaded.signatures, version=str(version.number))
    return _loaded(run, there, version, is_other=version.number != binding.version.number)


def _loaded(run: Run, journey: Journey, version: VersionDir, *, is_other: bool) -> Place | str:
    session = run.session(version.path)
    if isinstance(session, Unloadable):
        return f"version {version.number} does not load: {session.reason}"
    return Place(journey, session, is_other)
