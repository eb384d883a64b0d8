"""`gate`: may a version, or a client's release, go to an environment? From a question to a `Report`."""

from collections.abc import Callable, Iterator, Sequence

from sigpact.engine.selection import Selection
from sigpact.engine.verdicts import report_of
from sigpact.errors import ConfigurationError
from sigpact.findings import Answer, Problem
from sigpact.frozen import frozen, replace
from sigpact.gate import callers, policies
from sigpact.gate.asked import Asked
from sigpact.gate.evidence import Known, Needed, Runs
from sigpact.gate.gathering import Counted
from sigpact.gate.inquiry import Inquiry, inquire
from sigpact.gate.judging import outcome
from sigpact.gate.looking import Looking
from sigpact.gate.overrides import is_open, open_by_hand, overrides
from sigpact.gate.releases import judge_release, release_contracts
from sigpact.gate.settings import settings
from sigpact.gate.showing import with_answers
from sigpact.gate.standing import Standing, model_named
from sigpact.gate.table import unjudged
from sigpact.gate.unloading import judge_unload, leaving
from sigpact.gate.versions import Judgement, judge_version
from sigpact.gate.waivers import unmatched
from sigpact.nearest import nearest
from sigpact.report.gated import Gated, Outcome, Override, Reason, Row
from sigpact.report.model import Report, VersionSeen
from sigpact.store.history import History, results
from sigpact.store.records import Owner, OwnerKind
from sigpact.store.subjects import Subject, subject
from sigpact.store.tickets import Ticket, head

Make = Callable[[], Runs]


def gate(asked: Asked, make: Make) -> Report:
    """Answer a question. `make` gives what runs versions, once something is to be run.

    Raises `ConfigurationError` where something named is not there, `StorageError` where it
    cannot be reached.
    """
    return decide(inquire(asked), make)


def decide(inquiry: Inquiry, make: Make) -> Report:
    """Answer a question whose grounds are read. Raises as `gate` does."""
    asked, found = inquiry.asked, _results(inquiry)
    # A torn result may have been a no.
    damage = (*inquiry.store.state.damage, *found.damage) if inquiry.store is not None else ()
    if damage:
        told = f"the store {asked.store} is damaged: {'; '.join(map(str, damage))}; nothing was judged"
        return replace(_nothing(asked), incomplete=told)
    about = subject(asked.subject, owners(inquiry))
    if inquiry.problems:
        return replace(_nothing(asked), problems=inquiry.problems)
    looking = Looking(inquiry, settings(asked.options), found, _runs(asked, make))
    hearing = Hearing(inquiry, looking, about)
    return _release(hearing) if about.owner.kind is OwnerKind.CLIENT else _version(hearing)


def _runs(asked: Asked, make: Make) -> Make | None:
    """Return what runs versions, where that is to be done and the environment wants it."""
    return None if asked.dry or asked.environment.demands.evidence == "static" else make


@frozen
class Hearing:
    """A question about a version or a release, with all that it rests on and what finds out the rest."""

    inquiry: Inquiry
    looking: Looking
    about: Subject


def owners(inquiry: Inquiry) -> tuple[Owner, ...]:
    """Return the clients and models that somebody can ask about: of the store, contracts and folders."""
    known = set(inquiry.store.history.known()) if inquiry.store is not None else set()
    known |= {Owner(OwnerKind.MODEL, each.name) for each in inquiry.given.models}
    known |= {Owner(OwnerKind.CLIENT, each.contract.client) for each in inquiry.gathered.counted}
    return tuple(sorted(known))


def _nothing(asked: Asked) -> Report:
    return Report("full", (), (), (), environment=asked.environment)


def _results(inquiry: Inquiry) -> History:
    if inquiry.store is None:
        return History()
    return results(inquiry.store.place, [Owner(OwnerKind.MODEL, each.name) for each in inquiry.given.models])


def _version(hearing: Hearing) -> Report:
    inquiry, about = hearing.inquiry, hearing.about
    model = model_named(about.owner.name, inquiry.given.models)
    number = int(about.what)
    if inquiry.asked.unload:
        standing = leaving(inquiry, inquiry.standing(model), number)
        judged = judge_unload(inquiry, standing, number)
        return _report(hearing, [standing], judged, _unloaded(judged))
    standing = inquiry.standing(model, number)
    if standing.version(number) is None:
        there = ", ".join(str(each.number) for each in model.versions) or "none"
        raise ConfigurationError(f"{about} is not there: {model.layout.base} holds {there}")
    judged = judge_version(inquiry, hearing.looking, standing, number)
    judged = replace(judged, rows=(*judged.rows, *_meant(inquiry, model.name, number)))
    if any(model.name in each.contract.models for each in inquiry.gathered.counted):
        ended = outcome(judged.rows, first=judged.first)
    else:
        judged, ended = _unknown_callers(hearing, standing, number, judged)
    return _report(hearing, [standing], judged, ended)


def _unknown_callers(
    hearing: Hearing, standing: Standing, number: int, judged: Judgement
) -> tuple[Judgement, Outcome]:
    """Have what is live stand for clients that nobody declared."""
    inquiry, model = hearing.inquiry, standing.model.name
    policy = policies.effective(inquiry, model)
    if policy is not None:
        hearing.looking.written += policies.keep(inquiry, model, policy, "a gate went by it")
    rows = callers.rows(standing, number, inquiry.asked.environment, policy)
    judged = replace(judged, rows=(*judged.rows, *rows))
    return judged, Outcome.NO_CONTRACT if policy is None else outcome(judged.rows, first=judged.first)


def _unloaded(judged: Judgement) -> Outcome:
    """Return whether a version may go: not where a client needs it, nor where none is known to count."""
    blocking = [each for each in judged.rows if each.blocks]
    if any(each.answer is Answer.NO for each in blocking):
        return Outcome.BROKEN
    if blocking:
        return Outcome.UNKNOWN
    if not judged.rows:
        return Outcome.NO_CONTRACT
    counts = any(
        each.status == "active" and each.reason is not Reason.CONTRACT_EXPIRED for each in judged.rows
    )
    return Outcome.SATISFIED if counts else Outcome.NOTHING_SELECTED


def _release(hearing: Hearing) -> Report:
    inquiry, about = hearing.inquiry, hearing.about
    if inquiry.asked.unload:
        raise ConfigurationError(
            f"{about} is a client's release; --unload takes a version, as genre@3 (`sigpact retired {about}`"
            " says that a release is no longer used)"
        )
    gathered = release_contracts(inquiry, about)
    if gathered.problems:
        return replace(_nothing(inquiry.asked), problems=gathered.problems)
    names = {name for each in gathered.counted for name in each.contract.models}
    standings = [inquiry.standing(each) for each in inquiry.given.models if each.name in names]
    judged = judge_release(inquiry, hearing.looking, gathered.counted, standings)
    if not gathered.counted:
        ended = Outcome.NO_CONTRACT
    elif not any(each.live for each in standings):
        ended = Outcome.NOTHING_DEPLOYED
    else:
        ended = outcome(judged.rows, first=False)
    return _report(hearing, standings, judged, ended)


def _report(hearing: Hearing, standings: Sequence[Standing], judged: Judgement, ended: Outcome) -> Report:
    """Put the answer together, keep what was found out, and give the ticket where it is a yes."""
    inquiry, looking, about = hearing.inquiry, hearing.looking, hearing.about
    asked = inquiry.asked
    rows, found = _with_answers(judged, standings, looking)
    looking.keep(found)
    report = _verified(asked, found)
    idle = _idle_waivers(hearing, found)
    if idle:
        return replace(report, problems=idle)
    ended, opened = _opened(hearing, ended)
    gated = Gated(
        str(about),
        asked.environment.name,
        ended,
        rows,
        judged.earlier,
        opened,
        dry=asked.dry,
        unload=asked.unload,
    )
    notes = (*_lapsed(inquiry), *judged.notes, *dict.fromkeys(looking.notes))
    gated = _with_ticket(hearing, standings, gated)
    if report.problems:
        gated = replace(gated, ticket="")  # it is no yes before they are mended
    return replace(report, gate=gated, notes=notes)


def _with_answers(
    judged: Judgement, standings: Sequence[Standing], looking: Looking
) -> tuple[tuple[Row, ...], list[tuple[Needed, Known]]]:
    """Return the rows with the request and answers that show each break, and what was found with them."""
    known = dict(judged.found)
    rows = []
    for row in judged.rows:
        needed = _needed(row, judged.found)
        standing = next((each for each in standings if each.model.name == row.model), None)
        if needed is None or standing is None:
            rows.append(row)
            continue
        made, known[needed] = with_answers(row, known[needed], standing, looking.make)
        rows.append(made)
    return tuple(rows), list(known.items())


def _needed(row: Row, found: Sequence[tuple[Needed, Known]]) -> Needed | None:
    """Return what a row is about: of several contracts of one client the one that has its findings."""
    place = (row.client, row.release, row.model, row.version)
    for each, known in found:
        counted, (model, number, _) = each.counted, each.version
        marks = {one.fingerprint for one in known.part.findings}
        if (counted.contract.client, counted.release, model, str(number)) == place and marks.issuperset(
            row.findings
        ):
            return each
    return None


def _verified(asked: Asked, found: Sequence[tuple[Needed, Known]]) -> Report:
    parts = [known.part for _, known in found]
    bindings = tuple(each.binding for each, _ in found)
    selection = Selection((), (), bindings, (), (), ())
    scope = "full" if all(known.scope == "full" for _, known in found) else "static"
    seen = dict.fromkeys(
        (each.model, str(each.version.number), each.version.path, each.version.note) for each in bindings
    )
    versions = tuple(VersionSeen(*each) for each in sorted(seen, key=lambda each: (each[0], int(each[1]))))
    return replace(report_of(selection, scope, parts), versions=versions, environment=asked.environment)


def _idle_waivers(hearing: Hearing, found: Sequence[tuple[Needed, Known]]) -> tuple[Problem, ...]:
    """Return a mistake for each waiver that nothing needs, where everything was run that could need it.

    Where a client's release is asked about, nothing was run for other clients.
    """
    if not found or any(known.scope != "full" for _, known in found):
        return ()
    findings = [each for _, known in found for each in known.part.findings]
    looked_at = frozenset((each.version[0], str(each.version[1])) for each, _ in found)
    inquiry, owner = hearing.inquiry, hearing.about.owner
    mine = [each for each in inquiry.waivers if owner.kind is OwnerKind.MODEL or each.client == owner.name]
    return tuple(unmatched(mine, findings, looked_at, inquiry.asked.environment.name))


def _opened(hearing: Hearing, ended: Outcome) -> tuple[Outcome, tuple[Override, ...]]:
    """Return the outcome as somebody who opened the gate by hand leaves it, and all overrides there are."""
    inquiry, about = hearing.inquiry, hearing.about
    known = overrides(inquiry)
    if Gated("", "", ended).answer is Answer.YES:
        return ended, known
    if inquiry.asked.opening is not None and not inquiry.asked.dry:
        opened, record = open_by_hand(inquiry, about)
        hearing.looking.written.append(record)
        return Outcome.OVERRIDDEN, (*known, opened)
    return (Outcome.OVERRIDDEN if is_open(inquiry, about) else ended), known


def _with_ticket(hearing: Hearing, standings: Sequence[Standing], gated: Gated) -> Gated:
    """Return the decision with the head of the store that it rests on; a yes has a ticket for `deployed`."""
    inquiry, looking, about = hearing.inquiry, hearing.looking, hearing.about
    store, asked = inquiry.store, inquiry.asked
    if store is None:
        return gated
    seen = replace(store.history, records=(*store.history.records, *looking.written))
    rests_on = head(seen, about.owner, asked.environment.name)
    gated = replace(gated, head=rests_on.digest)
    if gated.answer is not Answer.YES or asked.dry or asked.unload:
        return gated
    folder = None
    if about.owner.kind is OwnerKind.MODEL:
        version = standings[0].version(int(about.what))
        folder = None if version is None else looking.folders.of(version.path)
    ticket = Ticket(about, asked.environment.name, asked.now, rests_on, folder)
    return replace(gated, ticket=str(ticket))


def _lapsed(inquiry: Inquiry) -> Iterator[str]:
    for each in inquiry.lapsed:
        told = "it no longer counts: deploy it again, or retire it"
        yield f"{each} was not renewed until {each.lapses:%Y-%m-%d}; {told}"


def _meant(inquiry: Inquiry, model: str, number: int) -> Iterator[Row]:
    """Yield a row for each contract that may well mean this model: nobody knows what it says of it."""
    for counted, near, told in _misnamed(inquiry):
        if near == model:
            yield unjudged(counted, model, number, Reason.EVIDENCE_MISSING, told)


def _misnamed(inquiry: Inquiry) -> Iterator[tuple[Counted, str, str]]:
    """Yield each contract of a model that nobody has, the given one that it may mean, and a sentence."""
    given = {each.name for each in inquiry.given.models}
    known = given | {each.name for each in owners(inquiry) if each.kind is OwnerKind.MODEL}
    for each in inquiry.gathered.counted:
        for name in each.contract.models:
            near = None if name in known else nearest(name, sorted(given))
            if near is not None:
                told = f"no model {name!r} is given; did you mean {near!r}?"
                yield each, near, f"{told} ({each.contract.span(('model',))})"
