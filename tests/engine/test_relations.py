"""Relations from end to end, with versions made of functions: what is called, compared, told and replayed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigpact.engine.replay import State, replay
from sigpact.findings import Answer, Finding, Verdict
from sigpact.report.model import Report
from sigpact.report.text import render
from sigpact.runtime.fake import Function
from sigpact.runtime.protocol import Crashed, Refused
from sigpact.serving.given import Given, given
from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Value, value
from tests.engine.world import World, rules, verdicts
from tests.rules.cases import signature

Feeds = Mapping[str, Value]

PLAIN = signature("plain", {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]"}})
EXPLAINED = signature(
    "explained",
    {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]", "why": "string [?]"}},
)
TEXTS = """\
contract: 1
client: shop
model: genre
dims: {batch: {min: 1, max: 16}}
signatures:
  explained:
    inputs: {title: {dtype: text, shape: [batch], minLength: 1, maxLength: 20}}
    outputs: {genre: {dtype: text, shape: [batch]}}
relations:
  - name: same answer
    inputs: {title: explained.title}
    calls:
      one: {signature: plain, inputs: {title: title}}
      two: {signature: explained, inputs: {title: title}}
    holds:
      - one.genre == two.genre
"""
"""`plain` is a signature that the contract does not declare; `explained` reads bare what comes named."""

EMBED = signature("embed", {"inputs": {"x": "float32 [?]"}, "outputs": {"e": "float32 [?, 2]"}})
FROM_E = signature("from_e", {"inputs": {"e": "float32 [?, 2]"}, "outputs": {"y": "float32 [?]"}})
NUMBERS = """\
contract: 1
client: shop
model: m
PROTOCOL
dims: {batch: {min: 1, max: 8}}
signatures:
  embed:
    inputs: {x: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}}
    outputs: {e: {dtype: float32, shape: [batch, 2]}}
  from_e:
    inputs: {e: {dtype: float32, shape: [batch, 2], minimum: -10, maximum: 10}}
    outputs: {y: {dtype: float32, shape: [batch]}}
relations:
  - name: as stored
    inputs: {x: embed.x}
    calls:
      stored: {signature: embed, VERSIONinputs: {x: x}}
      now: {signature: embed, inputs: {x: x}}
      there: {signature: from_e, inputs: {e: stored.e}}
      here: {signature: from_e, inputs: {e: now.e}}
    holds:
      - HOLDS
"""


def numbers(*, grpc: bool = True, version: str = "", holds: str = "there.y == here.y") -> str:
    """Return the contract of a client that stores embeddings."""
    text = NUMBERS.replace("PROTOCOL", "protocol: grpc" if grpc else "protocol: rest")
    return text.replace("VERSION", f"version: {version}, " if version else "").replace("HOLDS", holds)


def texts(feeds: Feeds) -> list[bytes]:
    """Return the titles that were fed."""
    found: list[bytes] = feeds["title"].array.tolist()
    return found


def by_length(feeds: Feeds) -> Feeds:
    """Answer by the length of a title."""
    return {"genre": value("string", ["Drama" if len(each) % 2 else "Comedy" for each in texts(feeds)])}


def trimmed(feeds: Feeds) -> Feeds:
    """Answer by the length of the title without white space around it: another answer on rare rows."""
    stripped = [each.strip() for each in texts(feeds)]
    found = by_length({"title": value("string", stripped)})
    return {**found, "why": value("string", stripped)}


def honest(feeds: Feeds) -> Feeds:
    """Answer as `by_length`, explained."""
    return {**by_length(feeds), "why": value("string", texts(feeds))}


def pairs(scale: float) -> Function:
    """Return an embedding: the number and its double, scaled."""

    def embed(feeds: Feeds) -> Feeds:
        x = feeds["x"].array
        return {"e": value("float32", np.stack([x * scale, x * 2], axis=-1))}

    return embed


def total(feeds: Feeds) -> Feeds:
    """Sum an embedding up."""
    return {"y": value("float32", feeds["e"].array.sum(axis=-1))}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def shop(world: World, explained: Function, contract: str = TEXTS, **options: Any) -> Report:
    """Verify a version with `plain` and `explained`."""
    world.contract(contract, "shop")
    world.version("genre/1", PLAIN, EXPLAINED, plain=by_length, explained=explained)
    return world.verify(relation_rows=300, **options)


def embedding(world: World, contract: str, *scales: float) -> Report:
    """Verify versions 1, 2, … that embed with these scales."""
    world.contract(contract, "shop")
    for number, scale in enumerate(scales, start=1):
        world.version(f"m/{number}", EMBED, FROM_E, embed=pairs(scale), from_e=total)
    return world.verify(relation_rows=100)


def relation_findings(report: Report) -> list[Finding]:
    """Return the findings about relations."""
    return [each for each in report.findings if each.at[:1] == ("relations",)]


def last(report: Report) -> Verdict:
    """Return the verdict of the last version."""
    return report.verdicts[-1]


def test_a_relation_that_holds_is_evidence(world: World) -> None:
    """Rows, calls and distinct answers are counted; nothing stays unchecked; all goes through JSON."""
    report = shop(world, honest)
    (verdict,) = report.verdicts
    # A bare answer breaks: `explained` has two outputs. Bare or named is not judged in a relation.
    assert [each.rule for each in report.findings if each.level == "error"] == ["output-added-to-single"]
    assert not any("relation" in each for each in verdict.not_checked)
    assert dict(verdict.evidence.rows)["random"] == 300
    assert dict(verdict.evidence.rows)["boundaries"] > 20
    assert verdict.evidence.through_rest == verdict.evidence.total_rows
    (note,) = (each for each in verdict.evidence.notes if each.startswith("relation same answer"))
    assert "rows, 2 calls each; " in note


def test_an_answer_that_changes_on_rare_rows_is_a_no_with_the_chain(world: World) -> None:
    """The smallest row that fails alone, each call with what it was sent and answered, and both sides."""
    report = shop(world, trimmed)
    (found,) = relation_findings(report)
    assert (found.rule, found.level, found.signature) == ("relation-broken", "error", None)
    assert (found.span.line, found.expected) == (16, "one.genre == two.genre")
    assert found.received in {
        "one.genre is 'Drama', two.genre is 'Comedy'",
        "one.genre is 'Comedy', two.genre is 'Drama'",
    }
    assert found.message.startswith("relation 'same answer' does not hold (")
    assert found.message.endswith("rows)")
    assert found.witness is not None
    lines = found.witness.request.split("\n")
    # White space alone is the shortest title that is trimmed.
    assert lines[0] in {"drawn: title=[' ']", "drawn: title=['\\t']", "drawn: title=['\\n']"}
    assert lines[1].startswith('one: {"signature_name": "plain", "inputs": {"title": [')
    assert lines[2].startswith('  answered {"outputs": [')
    assert lines[3].startswith('two: {"signature_name": "explained", "instances": [{"title": ')
    assert lines[4].startswith('  answered {"predictions": [{"genre": ')
    assert "\n                  answered " in render(report)


def test_the_fingerprint_survives_rows_and_versions(world: World) -> None:
    """It is the relation, its clause and the client."""
    prints = set()
    for number, seed in ((1, 1), (2, 2)):
        world.contract(TEXTS, "shop")
        world.version(f"genre/{number}", PLAIN, EXPLAINED, plain=by_length, explained=trimmed)
        prints |= {each.fingerprint for each in relation_findings(world.verify(seed=seed))}
    assert len(prints) == 1


@pytest.mark.parametrize(
    ("share", "broken"), [(None, True), (0.999, True), (0.02, False)], ids=["none", "nearly all", "some"]
)
def test_share_allows_some_rows(world: World, share: float | None, broken: object) -> None:
    """A breach is what exceeds it, and the evidence says how many rows held."""
    clause = (
        "one.genre == two.genre" if share is None else f"{{expr: one.genre == two.genre, share: {share}}}"
    )
    report = shop(world, trimmed, TEXTS.replace("one.genre == two.genre", clause))
    assert bool(relation_findings(report)) is broken
    notes = [each for each in last(report).evidence.notes if "% of rows" in each]
    assert len(notes) == (share is not None)


@pytest.mark.parametrize("grpc", [True, False], ids=["grpc", "rest"])
def test_an_output_is_sent_on(world: World, grpc: object) -> None:
    """Four calls of two signatures; over REST as the client read it, and floats of two calls are near."""
    report = embedding(world, numbers(grpc=bool(grpc)), 1.0)
    assert relation_findings(report) == []
    assert last(report).verdict is Answer.YES
    assert last(report).not_checked == ()


def test_floats_of_two_calls_are_near_unless_exact(world: World) -> None:
    """Noise within the tolerance is no breach, unless the clause asks for bits: one that comes and goes."""
    rng = np.random.default_rng(1)

    def noise(feeds: Feeds) -> Feeds:
        return {"y": value("float32", feeds["e"].array.sum(axis=-1) * (1 + 1e-6 * rng.random()))}

    for exact in (False, True):
        clause = "{expr: there.y == here.y, exact: true}" if exact else "there.y == here.y"
        world.contract(numbers(holds=clause), "shop")
        world.version("m/1", EMBED, FROM_E, embed=pairs(1.0), from_e=noise)
        report = world.verify(rows=0, relation_rows=50)
        assert rules(report) == ["answer-not-deterministic"] * exact


def test_embeddings_that_drift_are_a_no_for_the_new_version(world: World) -> None:
    """`previous` is the highest version below; the first has none, and is told so."""
    report = embedding(world, numbers(version="previous"), 1.0, 1.0, 1.5)
    assert verdicts(report) == {("shop", "1"): "yes", ("shop", "2"): "yes", ("shop", "3"): "no"}
    (found,) = relation_findings(report)
    assert found.version == "3"
    assert found.witness is not None
    assert "stored (version 2): embed(x=[" in found.witness.request
    assert "now: embed(x=[" in found.witness.request
    unchecked = {each.version: each.not_checked for each in report.verdicts}
    assert unchecked["1"] == ("relation as stored: call 'stored': there is no version before 1",)
    assert unchecked["2"] == unchecked["3"] == ()


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("7", "call 'stored': there is no version 7 of m"),
        ("{label: stable}", "call 'stored': label 'stable' is not known"),
    ],
)
def test_a_version_that_is_not_there_is_told(world: World, version: str, told: str) -> None:
    """Nothing was compared: the clause is not checked, which is no breach."""
    report = embedding(world, numbers(version=version), 1.0)
    (clause,) = last(report).not_checked
    assert clause.startswith(f"relation as stored: {told}")
    assert last(report).verdict is Answer.YES


def test_a_number_names_a_version(world: World) -> None:
    """Of three versions the first, whichever is checked."""
    report = embedding(world, numbers(version="1"), 1.0, 1.5, 1.0)
    assert [each.version for each in relation_findings(report)] == ["2"]


def test_another_version_that_cannot_be_called_is_told(world: World) -> None:
    """It lacks the signature, does not load, or refuses: no breach of the version that is checked."""
    world.contract(numbers(version="previous"), "shop")
    world.version("m/1", FROM_E, from_e=total)
    world.version("m/2", EMBED, FROM_E, embed=lambda _: Refused("INTERNAL", "no"), from_e=total)
    world.version("m/3", EMBED, FROM_E, embed=pairs(1.0), from_e=total)
    world.version("m/4", EMBED, FROM_E)
    world.version("m/5", EMBED, FROM_E, embed=pairs(1.0), from_e=total)
    report = world.verify(rows=0, relation_rows=10)
    told = {each.version: " ".join(each.not_checked) for each in report.verdicts}
    assert "version 1: signature 'embed' is not in the version; it has from_e" in told["2"]
    assert "call 'stored' at version 2: INTERNAL: no" in told["3"]
    assert "version 4 does not load" in told["5"]
    assert verdicts(report)["shop", "3"] == verdicts(report)["shop", "5"] == "yes"


RENAMED_INPUT = signature("plain", {"inputs": {"name": "string [?]"}, "outputs": {"genre": "string [?]"}})
RENAMED_OUTPUT = signature("plain", {"inputs": {"title": "string [?]"}, "outputs": {"g": "string [?]"}})
ADDED_INPUT = signature(
    "plain", {"inputs": {"title": "string [?]", "year": "int64 [?]"}, "outputs": {"genre": "string [?]"}}
)


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        ((), "signature 'plain' is not in the version; it has explained"),
        ((RENAMED_INPUT,), "input 'title' is not in 'plain'; it has name"),
        ((RENAMED_OUTPUT,), "output 'genre' is not in 'plain'; it has g"),
        ((ADDED_INPUT,), "'plain' needs input 'year' (int64 [?]), which the call does not send"),
    ],
    ids=["signature", "input", "output", "needed"],
)
def test_names_that_do_not_exist(world: World, offered: tuple[Signature, ...], told: str) -> None:
    """A no, found by reading alone and by running alike."""
    world.contract(TEXTS)
    world.version("genre/1", EXPLAINED, *offered, plain=by_length, explained=honest)
    for report in (world.check(), world.verify()):
        found = relation_findings(report)
        assert {each.rule for each in found} == {"relation-cannot-run"}
        assert found[0].message == f"relation 'same answer' cannot run: {told}"
        assert (found[0].signature, found[0].span.line) == ("plain", 13)
        assert verdicts(report) == {("shop", "1"): "no"}


@pytest.mark.parametrize(("grpc", "runs"), [(True, True), (False, False)])
def test_an_input_with_a_default_is_left_out_over_grpc_alone(
    world: World, grpc: object, runs: object
) -> None:
    """A REST request has every key, whatever has a default."""
    sizes = {"x": "float32 [?]", "scale": "float32 []"}
    scaled = signature("embed", {
        "inputs": sizes, "outputs": {"e": "float32 [?, 2]"}, "defaults": {"scale": 2.0},
    })  # fmt: skip
    world.contract(numbers(grpc=bool(grpc)), "shop")
    world.version("m/1", scaled, FROM_E, embed=pairs(1.0), from_e=total)
    cannot = [each for each in world.check().findings if each.rule == "relation-cannot-run"]
    assert (not cannot) is runs


def test_reading_alone_leaves_a_relation_unchecked(world: World) -> None:
    """`check` says so, whether or not the names are there."""
    world.contract(TEXTS, "shop")
    world.version("genre/1", PLAIN, EXPLAINED)
    assert "relation: same answer" in last(world.check()).not_checked


@pytest.mark.parametrize(
    ("outcome", "rule"),
    [
        (Refused("INVALID_ARGUMENT", "no such title"), "request-refused"),
        (Crashed("SIGSEGV", ""), "model-crashed"),
    ],
)
def test_a_call_without_an_answer_is_a_finding_with_the_chain(
    world: World, outcome: Refused | Crashed, rule: str
) -> None:
    """Once for the call and how it ended, with the smallest drawn inputs and the calls before it."""

    def picky(feeds: Feeds) -> Feeds | Refused | Crashed:
        return outcome if any(b"a" in each for each in texts(feeds)) else honest(feeds)

    report = shop(world, picky)
    found = relation_findings(report)
    assert [each.rule for each in found] == [rule]
    stopped = any("stopped after" in each for each in last(report).evidence.notes)
    assert stopped is isinstance(outcome, Crashed)
    assert (last(report).evidence.total_rows < 400) is stopped
    assert (found[0].signature, found[0].at[-1]) == ("explained", "two")
    assert found[0].message.startswith("relation 'same answer', call 'two': ")
    assert found[0].witness is not None
    lines = found[0].witness.request.split("\n")
    assert lines[0] == "drawn: title=['a']"
    assert lines[1].startswith("one: ")
    assert lines[3].startswith("two: ")


def test_calls_of_other_apis_send_examples(world: World) -> None:
    """What is drawn is a feature of each row, and what the API answers is compared."""
    text = """\
contract: 1
client: shop
model: m
signatures:
  c:
    verb: classify
    inputs: {x: {dtype: float32, shape: [1], minimum: 0, maximum: 1}}
    outputs: {scores: {dtype: float32}}
relations:
  - name: the same
    inputs: {x: c.x}
    calls:
      one: {signature: c, inputs: {x: x}}
      two: {signature: c, inputs: {x: x}}
    holds: [one.scores == two.scores]
"""
    sides = {"inputs": {"inputs": "string [?]"}, "outputs": {"scores": "float32 [?, 2]"}}
    world.contract(text, "shop")
    calls: list[int] = []

    def counted(feeds: Feeds) -> Feeds:
        calls.append(len(feeds["inputs"].array))
        return {"scores": value("float32", [[len(calls), 0]] * calls[-1])}

    world.version("m/1", signature("c", sides), c=counted)
    report = world.verify()
    assert last(report).not_checked == ()
    (found,) = relation_findings(report)
    assert found.rule == "relation-broken"
    assert found.witness is not None
    assert 'one: {"signature_name": "c", "examples": [{"x": [' in found.witness.request


def test_ties_are_no_breach(world: World) -> None:
    """A label that differs where two scores are as good as equal; where they are not, it is one."""
    ranked = {"inputs": {"x": "float32 [?]"}, "outputs": {"label": "string [?]", "scores": "float32 [?, 2]"}}
    text = """\
contract: 1
client: shop
model: m
protocol: grpc
signatures:
  one: &use
    inputs: {x: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}}
    outputs:
      label: {dtype: string, shape: [batch], scores: scores}
      scores: {dtype: float32, shape: [batch, 2]}
  two: *use
relations:
  - name: same label
    inputs: {x: one.x}
    calls:
      one: {signature: one, inputs: {x: x}}
      two: {signature: two, inputs: {x: x}}
    holds: [one.label == two.label]
"""

    def ranking(gap: float) -> Function:
        def rank(feeds: Feeds) -> Feeds:
            count = len(feeds["x"].array)
            scores = np.tile(np.asarray([0.5, 0.5 + gap], np.float32), (count, 1))
            return {"label": value("string", ["ab"[each] for each in scores.argmax(axis=-1)]),
                    "scores": value("float32", scores)}  # fmt: skip

        return rank

    for gap, expected in ((1e-7, []), (0.1, ["relation-broken"])):
        world.contract(text, "shop")
        world.version(
            "m/1", signature("one", ranked), signature("two", ranked), one=ranking(-gap), two=ranking(gap)
        )
        report = world.verify(rows=0, relation_rows=20)
        assert rules(report) == expected
        tied = [each for each in last(report).evidence.notes if "ties of the scores" in each]
        assert len(tied) == (not expected)


def test_what_is_sensitive_is_never_told(world: World) -> None:
    """Neither in the finding nor in a kept case."""
    report = shop(world, trimmed, TEXTS.replace("minLength: 1", "sensitive: true, minLength: 1"), keep=True)
    (found,) = relation_findings(report)
    assert found.received == "(sensitive)"
    assert found.witness is not None
    assert (found.witness.request, found.witness.case) == ("(sensitive)", None)
    kept = [each.read_text(encoding="utf-8") for each in (world.root / ".sigpact" / "cases").glob("*")]
    assert not any("same answer" in each for each in kept)


def test_a_row_that_fails_only_in_company_is_told_so(world: World) -> None:
    """The whole call is the witness then."""

    def crowded(feeds: Feeds) -> Feeds:
        count = len(texts(feeds))
        return {"genre": value("string", ["Drama"] * count if count > 1 else by_length(feeds)["genre"].array)}

    world.contract(TEXTS, "shop")
    world.version("genre/1", PLAIN, EXPLAINED, plain=crowded, explained=honest)
    (found,) = relation_findings(world.verify(rows=0))
    assert found.rule == "batch-not-invariant"
    assert "; beside the other rows only: it holds for row 0 alone" in found.message
    assert found.witness is not None
    drawn = found.witness.request.split("\n")[0]
    assert drawn.startswith("drawn: title=['")
    assert drawn.count("', '") == 1


def test_a_kept_case_fails_until_the_version_is_mended(world: World) -> None:
    """The drawn inputs through all calls, at both versions; and what became of the contract is told."""
    report = embedding_case(world)
    (case,) = {each.witness.case for each in relation_findings(report) if each.witness is not None}
    assert case is not None
    for models in (given([world.models]), Given(())):
        (found,) = replay(case, world.root / ".sigpact" / "cases", models, world.backend)
        assert (found.state, found.case) == (State.FAILS, case)
        assert found.title == "relation-broken: shop with m@2, relation as stored"
        assert "stored (version 1): embed(" in found.detail
    world.version("m/2", EMBED, FROM_E, embed=pairs(1.0), from_e=total)
    assert again(world, case).state is State.FIXED
    for text, told in (
        (numbers(version="previous", holds="there.y <= here.y"), "no longer says there.y == here.y"),
        (
            numbers(version="previous").replace("as stored", "renamed"),
            "no longer has the relation 'as stored'",
        ),
        (numbers(version="7"), "there is no version 7 of m"),
    ):
        world.contract(text, "shop")
        found = again(world, case)
        assert (found.state, told in found.detail) == (State.CANNOT_RUN, True)


def embedding_case(world: World) -> Report:
    """Verify a version whose embeddings drifted, and keep the case."""
    world.contract(numbers(version="previous"), "shop")
    for number, scale in ((1, 1.0), (2, 1.5)):
        world.version(f"m/{number}", EMBED, FROM_E, embed=pairs(scale), from_e=total)
    return world.verify(rows=0, relation_rows=20, keep=True)


def again(world: World, case: str) -> Any:
    """Replay one case."""
    (found,) = replay(case, world.root / ".sigpact" / "cases", given([world.models]), world.backend)
    return found


def test_what_cannot_be_drawn_is_not_checked(world: World) -> None:
    """An input without a domain: told, no breach."""
    report = embedding(world, numbers().replace(", minimum: 0, maximum: 1", ""), 1.0)
    (clause,) = (each for each in last(report).not_checked if each.startswith("relation"))
    assert clause.startswith("relation as stored: x: has no minimum")


def test_a_signature_that_does_not_fit_keeps_a_relation_from_running(world: World) -> None:
    """One cause, told once: what the relation sends or reads is broken already."""
    world.contract(numbers(), "shop")
    wide = signature("embed", {"inputs": {"x": "float64 [?]"}, "outputs": {"e": "float32 [?, 2]"}})
    world.version("m/1", wide, FROM_E, embed=pairs(1.0), from_e=total)
    report = world.verify()
    assert rules(report) == ["input-dtype-changed"]
    assert any("as embed does not fit: input-dtype-changed" in each for each in last(report).not_checked)
