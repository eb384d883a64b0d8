"""Reports of every kind, for the tests of all renderers: verified, compared, mistaken, gated."""

from pathlib import Path

from sigpact.clients.profile import PLAIN, Environment
from sigpact.findings import Answer, Evidence, Finding, Level, Problem, Shown, Span, Verdict, Witness
from sigpact.frozen import replace
from sigpact.report.gated import Gated, Outcome, Override, Reason, Role, Row
from sigpact.report.model import Report, VersionSeen

AWKWARD = 'a "b" <c> & `d` | *e*\n::error::f%g @team \x00\x1b[31m'
"""What a title, a label or a server's message may hold: no format may be steered by it."""

BREAK = Finding(
    rule="output-missing",
    level=Level.ERROR,
    client="app",
    owner="app@example.com",
    model="genre",
    version="7",
    signature="get_genre",
    at=("outputs", "genre"),
    change="missing",
    span=Span("contracts/app.contract.yaml", 9, 7),
    message=f"output 'genre' is not there: {AWKWARD}",
    expected="genre",
    received=AWKWARD,
    why="the client reads it",
    mend_model="keep it",
    mend_client="read another",
    witness=Witness(
        '{"instances": ["Hamlet"]}', AWKWARD, "curl http://localhost:8501 -d '{}'", "31c5e42d7ceb"
    ),
)
ADVICE = replace(BREAK, rule="domain-undeclared", level=Level.ADVICE, change="x", witness=None)
OPEN = replace(BREAK, rule="output-shape-changed", level=Level.UNDECIDED, change="y", client="web")
PENDING = replace(BREAK, client="lab")

ROWS = Evidence(
    proved=60,
    rows=(("boundaries", 90), ("random", 10_000)),
    shown=(Shown("get_genre", 10_090, frozenset(range(12))),),
)


def _verdict(client: str, answer: Answer, status: str = "active", unchecked: tuple[str, ...] = ()) -> Verdict:
    return Verdict(client, "genre", "7", answer, status, "full", ROWS, unchecked)


VERIFIED = Report(
    "full",
    (VersionSeen("genre", "7", "models/genre/7"),),
    (
        _verdict("app", Answer.NO),
        _verdict("lab", Answer.NO, "pending"),
        _verdict("ops", Answer.YES),
        _verdict("web", Answer.UNKNOWN, unchecked=("get_genre: latency",)),
    ),
    (BREAK, ADVICE, PENDING, OPEN),
    notes=("genre: a note",),
)
SATISFIED = replace(VERIFIED, verdicts=(_verdict("ops", Answer.YES),), findings=())
NOTHING = replace(VERIFIED, verdicts=(), findings=(), versions=())
MISTAKEN = replace(SATISFIED, problems=(Problem(Span("contracts/bad.contract.yaml", 3, 1), AWKWARD),))
BROKEN_OFF = replace(SATISFIED, incomplete=f"the bucket cannot be reached: {AWKWARD}")


def _row(
    client: str, answer: Answer, reason: Reason, *, blocks: bool = False, findings: tuple[str, ...] = ()
) -> Row:
    told = f"why: {AWKWARD}"
    acts = "the model's team"
    return Row(
        client, "4.3", "genre", "7", Role.CANDIDATE, answer, reason, blocks, told, acts, None, findings
    )


GATED = replace(
    VERIFIED,
    environment=Environment("production", PLAIN),
    gate=Gated(
        "genre@7",
        "production",
        Outcome.BROKEN,
        (
            _row("app", Answer.NO, Reason.NEW_BREAK, blocks=True, findings=(BREAK.fingerprint,)),
            _row("lab", Answer.NO, Reason.PENDING, findings=(PENDING.fingerprint,)),
            _row("ops", Answer.YES, Reason.SATISFIED),
            _row("web", Answer.UNKNOWN, Reason.EVIDENCE_MISSING, blocks=True),
            replace(_row("ops", Answer.YES, Reason.SATISFIED), version="6", role=Role.LIVE),
        ),
        earlier=(replace(_row("ops", Answer.YES, Reason.SATISFIED), version="5", role=Role.EARLIER),),
        overrides=(
            Override(
                "0123456789ab", "genre@6", "production", AWKWARD, "OPS-1", "ada", "2026-11-29T10:00:00Z",
                "2026-11-29T14:00:00Z", is_open=True,
            ),
        ),
        head="ab" * 32,
    ),
)  # fmt: skip
OPENED = replace(
    SATISFIED,
    gate=replace(
        GATED.gate,
        outcome=Outcome.SATISFIED,
        rows=(_row("ops", Answer.YES, Reason.SATISFIED),),
        overrides=(),
        ticket="t1.abc",
    ),
)
NO_CONTRACT = replace(NOTHING, gate=Gated("genre@7", "production", Outcome.NO_CONTRACT))
OVERRIDDEN = replace(GATED, gate=replace(GATED.gate, outcome=Outcome.OVERRIDDEN))

ALL = {
    "verified": VERIFIED,
    "satisfied": SATISFIED,
    "nothing": NOTHING,
    "mistaken": MISTAKEN,
    "broken off": BROKEN_OFF,
    "gated": GATED,
    "opened": OPENED,
    "no contract": NO_CONTRACT,
    "overridden": OVERRIDDEN,
}

CASES = Path(__file__).parents[1] / "cases"
