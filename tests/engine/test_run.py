"""Undecided differences, settled by running: broken, not promised, or left open."""

from pathlib import Path

import pytest

from sigpact.engine.options import Options
from sigpact.engine.parts import parts_of
from sigpact.engine.run import Result, Run, settle
from sigpact.engine.selection import Binding, select
from sigpact.findings import Evidence, Finding, Level, Span, Witness
from sigpact.runtime.protocol import Refused
from sigpact.wire.arrays import value
from tests.engine.world import APP, GENRE, NUMBERS, SCORED, World, drama, only, rules, same, scored, verdicts
from tests.rules.cases import signature

WIDE = signature("f", {"inputs": {"x": "float32 [?, 4]"}, "outputs": {"y": "float32 [?]"}})
"""Declared with four columns, where the client of `PAIRS` sends two."""

PAIRS = """\
contract: 1
client: app
model: m
protocol: grpc
signatures:
  f:
    inputs: {x: {dtype: float32, shape: [batch, 2], minimum: 0, maximum: 1}}
    outputs: {y: {dtype: float32, shape: [batch]}}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with a client that sends pairs."""
    made = World(tmp_path)
    made.contract(PAIRS)
    return made


def test_undecided_is_broken_where_running_fails(world: World) -> None:
    """The first failure is the witness, and says why."""
    world.version("m/1", WIDE, f=lambda _: Refused("INVALID_ARGUMENT", "Matrix size-incompatible"))
    report = world.verify()
    assert sorted(rules(report)) == ["input-shape-changed", "request-refused"]
    changed = next(each for each in report.findings if each.rule == "input-shape-changed")
    assert "Matrix size-incompatible" in changed.why
    assert changed.witness is not None
    assert report.exit_code == 1


def test_undecided_is_a_warning_where_nothing_fails(world: World) -> None:
    """The server checks no declared shape: the client works, by luck rather than by promise."""
    world.version("m/1", WIDE, f=lambda feeds: {"y": value("float32", feeds["x"].array.sum(axis=1))})
    report = world.verify()
    assert (rules(report), rules(report, "undecided")) == ([], [])
    assert rules(report, "warning") == ["input-shape-unpromised"]
    (warning,) = report.findings
    assert "rows ran and none failed" in warning.message
    assert report.exit_code == 0


def test_undecided_stays_so_where_nothing_runs(tmp_path: Path) -> None:
    """No domain and no example: nothing is sent, so nothing is known."""
    world = World(tmp_path)
    world.contract(PAIRS.replace(", minimum: 0, maximum: 1", ""))
    world.version("m/1", WIDE, f=same)
    report = world.verify()
    assert rules(report, "undecided") == ["input-shape-changed"]
    assert (verdicts(report), report.exit_code) == ({("app", "1"): "unknown"}, 3)


def test_undecided_is_unknown_where_only_signatures_are_compared(world: World) -> None:
    """`check` does not guess."""
    world.version("m/1", WIDE)
    report = world.check()
    assert rules(report, "undecided") == ["input-shape-changed"]
    assert report.exit_code == 3


def test_a_value_outside_says_nothing_about_a_shape(world: World) -> None:
    """A failure that a changed shape cannot bring about does not make the shape broken."""
    world.contract(PAIRS.replace("y: {dtype: float32,", "y: {dtype: float32, maximum: 1,"))
    world.version("m/1", WIDE, f=lambda feeds: {"y": value("float32", feeds["x"].array.sum(axis=1) + 5)})
    report = world.verify()
    assert rules(report) == ["output-value-outside"]
    assert rules(report, "warning") == ["input-shape-unpromised"]


FINDING = Finding(
    *("input-shape-changed", Level.UNDECIDED, "app", None, "m", "1", "f", ("inputs", "x"), "shape"),
    *(Span("a", 1, 1), "declared otherwise", "[2]", "[4]", "only running tells", "model", "client"),
)
FAILED = Finding(
    *("model-crashed", Level.ERROR, "app", None, "m", "1", "f", (), "model-crashed"),
    *(Span("a", 1, 1), "it crashed", "an answer", "none", "down", "model", "client"),
    Witness("f(x=[1.0])", "nothing"),
)


@pytest.mark.parametrize(
    ("ran", "level", "rule"),
    [
        # what failed decides, however many rows ran
        (Result((FAILED,), Evidence(rows=(("random", 9),))), Level.ERROR, "input-shape-changed"),
        # rows that ran and did not fail
        (Result((), Evidence(rows=(("random", 9),))), Level.WARNING, "input-shape-unpromised"),
        # nothing ran
        (Result((), Evidence()), Level.UNDECIDED, "input-shape-changed"),
        # something else ran, but what was to run was blocked
        (
            Result((), Evidence(rows=(("random", 9),)), blocked="no"),
            Level.UNDECIDED,
            "input-shape-changed",
        ),
    ],
)
def test_settle(ran: Result, level: Level, rule: str) -> None:
    """The table of what an undecided finding becomes."""
    (found,) = settle(Result((FINDING,)), ran).findings
    assert (found.level, found.rule) == (level, rule)
    assert found.witness == (FAILED.witness if level is Level.ERROR else None)
    assert settle(Result((FAILED,)), ran).findings == (FAILED,)


def binding_of(world: World) -> tuple[Run, Binding]:
    """Return a run and the one binding of a world."""
    options = Options(rows=20, cases=None)
    selection = select([world.contracts], [world.models], options.today)
    (binding,) = selection.bindings
    return Run(options, lambda: world.backend), binding


def test_parts_of_a_use(world: World) -> None:
    """What pytest makes items of: a part for everything that the contract has something for."""
    world.contract(
        f"{APP}    examples: [{{name: one, inputs: {{title: [x]}}}}]\n"
        "    properties: {deterministic: true}\n    latency: {p95_ms: 50}\n"
    )
    world.version("genre/1", GENRE, get_genre=drama)
    _, binding = binding_of(world)
    parts = parts_of(binding.contract.signatures[0])
    assert [(each.name, each.check is None) for each in parts] == [
        ("static", False),
        ("examples", False),
        ("values", False),
        ("properties", False),
        ("latency", False),
    ]


def test_each_part_alone_shows_a_static_break(world: World) -> None:
    """Whoever runs `values` without `static` must not see a pass of a contract that is broken."""
    world.contract(f"{APP}    examples: [{{name: one, inputs: {{title: [x]}}}}]\n")
    world.version("genre/4", SCORED, get_genre=scored)
    run, binding = binding_of(world)
    (use,) = binding.contract.signatures
    results = [part.check(run, binding, use) for part in parts_of(use) if part.check is not None]
    assert [each.is_yes for each in results] == [False, False, False]
    assert results[1].blocked == "not run, as the signature does not fit: output-added-to-single"


def test_examples_settle_in_pytest_as_on_the_command_line(world: World) -> None:
    """Without a domain the examples are what runs, in the static part too."""
    text = PAIRS.replace(", minimum: 0, maximum: 1", "")
    world.contract(f"{text}    examples: [{{name: one, inputs: {{x: [[1, 2]]}}}}]\n")
    world.version("m/1", WIDE, f=lambda feeds: {"y": value("float32", feeds["x"].array.sum(axis=1))})
    run, binding = binding_of(world)
    (use,) = binding.contract.signatures
    check = parts_of(use)[0].check
    assert check is not None
    assert check(run, binding, use).is_yes
    assert verdicts(world.verify()) == {("app", "1"): "yes"}


def test_real_rows_settle_in_pytest_as_on_the_command_line(world: World) -> None:
    """Without a domain and examples they are what runs."""
    text = PAIRS.replace(", minimum: 0, maximum: 1", "")
    (world.root / "contracts" / "rows.jsonl").write_text('{"inputs": {"x": [[1, 2]]}}\n', encoding="utf-8")
    world.contract(f"{text}    rows_from: rows.jsonl\n")
    world.version("m/1", WIDE, f=lambda feeds: {"y": value("float32", feeds["x"].array.sum(axis=1))})
    run, binding = binding_of(world)
    (use,) = binding.contract.signatures
    check = parts_of(use)[0].check
    assert check is not None
    assert check(run, binding, use).is_yes
    assert verdicts(world.verify()) == {("app", "1"): "yes"}


def test_values_without_a_domain_are_blocked_and_say_so(world: World) -> None:
    """A use with examples alone: nothing is drawn, and the result tells it from something that went wrong."""
    text = NUMBERS.replace(", minimum: 0, maximum: 1}\n    outputs", "}\n    outputs")
    world.contract(f"{text}    examples: [{{name: one, inputs: {{x: [1]}}}}]\n")
    world.version(
        "m/1", signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}}), f=same
    )
    run, binding = binding_of(world)
    (use,) = binding.contract.signatures
    values = run.values(binding, use)
    assert values.undrawn
    assert not values.is_yes
    assert run.examples(binding, use).is_yes
    assert verdicts(world.verify()) == {("app", "1"): "yes"}


def test_an_example_that_differs_is_a_no(world: World) -> None:
    """Found at its own line, with both sides."""
    world.contract(
        f"{APP}    examples:\n"
        "      - {name: jaws, inputs: {title: [Jaws]}, outputs: {genre: [Comedy]}}\n"
    )
    world.version("genre/1", GENRE, get_genre=drama)
    found = only(world.verify())
    assert (found.rule, found.span.line) == ("example-mismatch", 12)
    assert (found.expected, found.received) == ('"Comedy" at [0]', '"Drama" at [0]')
    assert found.message == "example 'jaws' is answered otherwise"
