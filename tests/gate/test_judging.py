"""How rows are judged: new breaks block, old ones are told, and nothing passes that was not looked at."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.clients.demands import Demands
from sigpact.findings import Answer, Evidence, Level
from sigpact.gate.judging import Seen, outcome, row
from sigpact.report.gated import Outcome, Reason, Role, Row
from tests.gate.seen import ROWS, finding, seen

BREAK = finding()
OTHER = finding(change="another", at=("outputs", "score"))
UNDECIDED = finding(level=Level.UNDECIDED)
ELSEWHERE = finding(level=Level.UNDECIDED, signature="embed")
WARNING = finding(level=Level.WARNING)
GONE = finding(rule="signature-missing", at=(), change="missing")
UNLOADABLE = finding(rule="version-unloadable", signature=None, at=())
FINE = seen()


def judged(found: Seen, live: Sequence[Seen] = (FINE,), *, waived: Any = (), **demands: Any) -> Row:
    """Return the row of what was seen, the live versions being fine."""
    return row(found, live, Role.CANDIDATE, Demands(**demands), lambda each: each in waived)


@pytest.mark.parametrize(
    ("found", "live", "reason", "blocks"),
    [
        (seen(), [FINE], Reason.SATISFIED, False),
        (seen(WARNING), [FINE], Reason.SATISFIED, False),
        (seen(BREAK), [FINE], Reason.NEW_BREAK, True),
        (seen(BREAK), [seen(BREAK)], Reason.ALREADY_BROKEN, False),
        # One more breach than live has is news, whatever else is broken.
        (seen(BREAK, OTHER), [seen(BREAK)], Reason.NEW_BREAK, True),
        # It works at one of two live versions.
        (seen(BREAK), [seen(BREAK), FINE], Reason.NEW_BREAK, True),
        (seen(BREAK), [seen(BREAK), seen(BREAK, OTHER)], Reason.ALREADY_BROKEN, False),
        # Nothing of the signature works at the live version: no clause about it ever passed.
        (seen(BREAK), [seen(GONE)], Reason.ALREADY_BROKEN, False),
        (seen(GONE), [seen(BREAK)], Reason.NEW_BREAK, True),
        # What was broken before excuses nothing else: neither what was not run nor what is undecided.
        (seen(BREAK, scope="static"), [seen(BREAK)], Reason.EVIDENCE_MISSING, True),
        (seen(BREAK, ELSEWHERE), [seen(BREAK)], Reason.UNDECIDED, True),
        (seen(BREAK, UNDECIDED), [seen(BREAK)], Reason.ALREADY_BROKEN, False),
        (seen(BREAK, scope="static"), [FINE], Reason.NEW_BREAK, True),
        (seen(finding(signature="embed")), [seen(GONE)], Reason.NEW_BREAK, True),
        (seen(UNLOADABLE), [FINE], Reason.UNLOADABLE, True),
        (seen(UNLOADABLE), [seen(UNLOADABLE)], Reason.UNLOADABLE, True),
        (seen(UNLOADABLE, status="pending"), [FINE], Reason.PENDING, False),
        (seen(BREAK), [], Reason.FIRST_BREAK, True),
        (seen(BREAK, status="pending"), [FINE], Reason.PENDING, False),
        (seen(UNDECIDED), [FINE], Reason.UNDECIDED, True),
        (seen(UNDECIDED), [seen(UNDECIDED)], Reason.UNDECIDED, True),
        (seen(scope="static"), [FINE], Reason.EVIDENCE_MISSING, True),
        (seen(evidence=Evidence(proved=60)), [FINE], Reason.EVIDENCE_MISSING, True),
        (seen(not_checked=("get_genre: latency",)), [FINE], Reason.EVIDENCE_MISSING, True),
        (seen(checked=False), [FINE], Reason.EVIDENCE_MISSING, True),
        (seen(BREAK, disagrees=True), [FINE], Reason.RESULTS_DISAGREE, True),
        (seen(BREAK, disagrees=True), [seen(BREAK)], Reason.ALREADY_BROKEN, False),
        # The live version has it in one run and not in another: it is not shown to be so today.
        (seen(BREAK), [seen(BREAK, disagrees=True)], Reason.NEW_BREAK, True),
        (seen(trouble=Reason.CONTENT_CHANGED), [FINE], Reason.CONTENT_CHANGED, True),
        (seen(trouble=Reason.VERSION_GONE), [FINE], Reason.VERSION_GONE, True),
        (seen(scope="static", status="pending"), [FINE], Reason.EVIDENCE_MISSING, False),
    ],
)
def test_each_row_has_one_reason(found: Seen, live: list[Seen], reason: Reason, *, blocks: bool) -> None:
    """Of a closed set; and whether it keeps the gate shut follows from it and the contract's status."""
    made = judged(found, live)
    assert (made.reason, made.blocks) == (reason, blocks)
    assert made.detail or reason in {Reason.CONTENT_CHANGED, Reason.VERSION_GONE}


def test_a_waiver_covers_what_it_covers() -> None:
    """All of it: a row with one breach that is waived and one that is not still blocks."""
    assert judged(seen(BREAK), waived=[BREAK]).reason is Reason.WAIVED
    assert not judged(seen(BREAK), waived=[BREAK]).blocks
    both = judged(seen(BREAK, OTHER), waived=[BREAK])
    assert (both.reason, both.blocks) == (Reason.NEW_BREAK, True)
    assert set(both.findings) == {BREAK.fingerprint, OTHER.fingerprint}
    assert judged(seen(BREAK, scope="static"), waived=[BREAK]).reason is Reason.EVIDENCE_MISSING
    assert judged(seen(UNLOADABLE, scope="static"), waived=[UNLOADABLE]).reason is Reason.WAIVED
    # What was waived for a client is no breach of it that was there before.
    assert judged(seen(BREAK), [seen(BREAK)], waived=[BREAK]).reason is Reason.WAIVED


def test_what_an_environment_demands() -> None:
    """Rows, scope and clauses; what it accepts unchecked may stay so."""
    assert judged(seen(), rows=20_000).reason is Reason.EVIDENCE_MISSING
    assert judged(seen(), rows=10_090).reason is Reason.SATISFIED
    static = seen(scope="static", evidence=Evidence(proved=60))
    assert judged(static, evidence="static").reason is Reason.SATISFIED
    unchecked = seen(not_checked=("get_genre: latency", "regression: flips"))
    assert judged(unchecked, accept_unchecked=("latency",)).reason is Reason.EVIDENCE_MISSING
    assert judged(unchecked, accept_unchecked=("latency", "regression")).reason is Reason.SATISFIED


@pytest.mark.parametrize("role", [Role.LIVE, Role.EARLIER])
def test_only_the_candidate_can_block(role: Role) -> None:
    """What is live is live, and nobody asked for an earlier version."""
    made = row(seen(BREAK), [], role, Demands(), lambda _: False)
    assert (made.answer, made.blocks) == (Answer.NO, False)


def test_a_live_version_that_is_not_what_was_recorded_blocks() -> None:
    """Nobody knows what is live then; of an earlier version nobody asks."""
    changed = seen(trouble=Reason.CONTENT_CHANGED)
    assert row(changed, [], Role.LIVE, Demands(), lambda _: False).blocks
    assert not row(changed, [], Role.EARLIER, Demands(), lambda _: False).blocks


def made(reason: Reason, answer: Answer, *, blocks: bool, role: Role = Role.CANDIDATE) -> Row:
    """Return a row."""
    return Row("app", "4.3", "genre", "7", role, answer, reason, blocks)


YES = made(Reason.SATISFIED, Answer.YES, blocks=False)
NO = made(Reason.NEW_BREAK, Answer.NO, blocks=True)
OLD = made(Reason.ALREADY_BROKEN, Answer.NO, blocks=False)
OPEN = made(Reason.EVIDENCE_MISSING, Answer.UNKNOWN, blocks=True)
PENDING = made(Reason.PENDING, Answer.NO, blocks=False)
EXPIRED = made(Reason.CONTRACT_EXPIRED, Answer.UNKNOWN, blocks=False)
LIVE = made(Reason.SATISFIED, Answer.YES, blocks=False, role=Role.LIVE)


@pytest.mark.parametrize(
    ("rows", "first", "expected"),
    [
        ([YES], False, Outcome.SATISFIED),
        ([YES], True, Outcome.FIRST_VERSION),
        ([YES, NO], False, Outcome.BROKEN),
        ([OPEN, NO], False, Outcome.BROKEN),
        ([YES, OPEN], False, Outcome.UNKNOWN),
        ([OLD], False, Outcome.SATISFIED),
        ([], False, Outcome.NOTHING_SELECTED),
        ([LIVE], False, Outcome.NOTHING_SELECTED),
        ([PENDING], False, Outcome.NOTHING_SELECTED),
        ([EXPIRED, PENDING], True, Outcome.NOTHING_SELECTED),
        ([PENDING, YES], False, Outcome.SATISFIED),
    ],
)
def test_what_rows_amount_to(rows: list[Row], expected: Outcome, *, first: bool) -> None:
    """One break is a no, one open row no yes, and rows in which nothing counted are nothing."""
    assert outcome(rows, first=first) is expected


ALL = [YES, NO, OLD, OPEN, PENDING, EXPIRED, LIVE]


@given(rows=st.lists(st.sampled_from(ALL), max_size=6), more=st.sampled_from(ALL), first=st.booleans())
def test_more_rows_never_open_a_gate_that_was_shut_by_one(rows: list[Row], more: Row, *, first: bool) -> None:
    """A no stays a no; a yes needs every row."""
    before, after = outcome(rows, first=first), outcome([*rows, more], first=first)
    if before is Outcome.BROKEN:
        assert after is Outcome.BROKEN
    if after in {Outcome.SATISFIED, Outcome.FIRST_VERSION}:
        assert not any(each.blocks for each in [*rows, more])
        assert before in {after, Outcome.NOTHING_SELECTED}


@given(
    st.sets(st.sampled_from(["a", "b", "c"])),
    st.lists(st.sets(st.sampled_from(["a", "b", "c"])), max_size=3),
    st.sampled_from(["active", "pending"]),
)
def test_a_break_blocks_exactly_if_some_live_version_lacks_it(
    new: set[str], live: list[set[str]], status: str
) -> None:
    """Brute force over which clauses are broken where."""
    now = seen(*(finding(change=each) for each in sorted(new)), status=status, evidence=ROWS)
    before = [seen(*(finding(change=each) for each in sorted(one))) for one in live]
    blocked = status == "active" and any(not live or any(each not in one for one in live) for each in new)
    assert judged(now, before).blocks is blocked
