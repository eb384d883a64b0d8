"""`latency` from end to end, with clocks that the tests set; one run of a real export at the end."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from sigpact.engine.options import Options
from sigpact.engine.stopwatch import Budget, Failed, Side, measure
from sigpact.engine.verify import verify
from sigpact.findings import Answer, Finding, Timing
from sigpact.report.data import as_data
from sigpact.report.model import Report
from sigpact.report.text import render
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.fake import FakeClock, FakeSession
from sigpact.runtime.protocol import Call, Crashed, Refused
from sigpact.wire.arrays import value
from tests.engine.world import NUMBER, NUMBERS, World, rules, same

MS = 0.001


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def steady(seconds: float) -> FakeClock:
    """Every call takes as long as the others."""
    return FakeClock(lambda _: seconds)


def spread(low: float, high: float, spin: Callable[[], float] = lambda: MS) -> FakeClock:
    """Calls take anything between, from a fixed seed."""
    rng = np.random.default_rng(5)
    return FakeClock(lambda _: float(rng.uniform(low, high)), spin)


def export(world: World, *clocks: FakeClock) -> None:
    """Export a version for each clock, from 1 on."""
    for number, clock in enumerate(clocks, 1):
        folder = world.version(f"m/{number}", NUMBER, f=same)
        world.clocks[str(folder)] = clock


def check(world: World, latency: str, more: str = "") -> Report:
    """Verify a contract that says something of latency; the report is one that can be written."""
    world.contract(f"{NUMBERS}    latency: {latency}\n{more}")
    report = world.verify()
    assert render(report)
    return report


def timings(report: Report) -> list[Timing]:
    """Return what was measured, of all versions."""
    return [each for verdict in report.verdicts for each in verdict.evidence.timings]


def told(report: Report) -> Finding:
    """Return the one finding of a report."""
    (found,) = report.findings
    return found


def test_figures_are_evidence(world: World) -> None:
    """Percentiles with their intervals, the calls, the machine; in the text as in the data."""
    export(world, steady(2 * MS))
    report = check(world, "{p95_ms: 50}")
    assert (report.findings, report.verdicts[0].not_checked, report.exit_code) == ((), (), 0)
    (timing,) = timings(report)
    same_all = tuple((name, 2.0, 2.0, 2.0) for name in ("p50", "p95", "p99"))
    assert timing == Timing("f", 1, 1000, same_all, 1.0)
    assert (
        "  f: latency of 1 row: p50 2 ms (2 to 2), p95 2 ms (2 to 2), p99 2 ms (2 to 2); 1,000 calls"
        in render(report).splitlines()
    )
    assert as_data(report)["verdicts"][0]["evidence"]["timings"][0]["percentiles"][1] == {
        "name": "p95", "ms": 2.0, "low": 2.0, "high": 2.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "answer", "levels"),
    [
        ("p95_ms: 11, enforce: true", Answer.YES, []),
        ("p95_ms: 10, enforce: true", Answer.YES, []),
        ("p95_ms: 9, enforce: true", Answer.NO, ["error"]),
        ("p50_ms: 20, p95_ms: 9, p99_ms: 9.9, enforce: true", Answer.NO, ["error", "error"]),
        ("p95_ms: 9", Answer.YES, ["advice"]),
        ("p95_ms: 9, enforce: false", Answer.YES, ["advice"]),
    ],
)
def test_a_limit_blocks_only_where_it_is_enforced(
    world: World, limits: str, answer: Answer, levels: list[str]
) -> None:
    """Each percentile has its own limit; without `enforce` the figures are told beside a yes."""
    export(world, steady(10 * MS))
    report = check(world, f"{{{limits}}}")
    assert report.verdicts[0].verdict is answer
    assert [str(each.level) for each in report.findings] == levels
    assert {each.rule for each in report.findings} <= {"latency-above-limit"}


def test_a_finding_has_the_figures_and_the_line(world: World) -> None:
    """What is, between what it lies, of how many calls, and what the contract says."""
    export(world, steady(10 * MS))
    found = told(check(world, "{batch: 4, p95_ms: 9, enforce: true}"))
    assert found.message == (
        "p95 of 4 rows a call: 10 ms (10 to 10 ms, 505 calls); the contract says at most 9 ms"
    )
    assert (found.span.line, found.span.column, found.at) == (11, 33, ("latency", "p95"))


def test_a_limit_inside_the_interval_is_unknown(world: World) -> None:
    """Where it blocks; else there is nothing to say but the figures."""
    export(world, spread(8 * MS, 12 * MS))
    found = told(check(world, "{p50_ms: 10, enforce: true}"))
    assert (str(found.level), found.rule) == ("undecided", "latency-above-limit")
    assert found.message.endswith("at most 10 ms; whether it is above cannot be told")
    report = check(world, "{p50_ms: 10}")
    assert (report.findings, report.exit_code) == ((), 0)


def test_a_machine_that_is_not_itself_gives_no_no(world: World) -> None:
    """By as much as fixed work varied calls may have been slowed; what is under a limit all the same is."""
    spins = cycle([MS] * 9 + [2.5 * MS])
    export(world, FakeClock(lambda _: 10 * MS, lambda: next(spins)))
    found = told(check(world, "{p95_ms: 5, enforce: true}"))
    assert str(found.level) == "undecided"
    assert found.message.endswith(
        "; whether it is above cannot be told: the machine's own speed varied by a factor of 2.5"
    )
    assert told(check(world, "{p95_ms: 3.9, enforce: true}")).level == "error"
    report = check(world, "{p95_ms: 10, enforce: true}")
    assert report.exit_code == 0
    assert "speed varied by a factor of 2.5" in render(report)


def test_slow_calls_are_fewer_and_say_so(world: World) -> None:
    """A few seconds; longer where a limit blocks, and then told where even that was too little."""
    export(world, steady(0.5))
    report = check(world, "{p95_ms: 900}")
    assert timings(report)[0].calls == 10
    assert timings(report)[0].percentiles[1] == ("p95", 500, 500, None)
    assert "p95 500 ms (500 or more)" in render(report)
    found = told(check(world, "{p95_ms: 900, enforce: true}"))
    assert timings(world.verify())[0].calls == 60
    assert found.message.endswith("cannot be told: 60 calls are too few, 72 would do")
    assert told(check(world, "{p95_ms: 400, enforce: true}")).level == "error"
    export(world, steady(0.3))
    assert check(world, "{p95_ms: 900, enforce: true}").exit_code == 0
    assert timings(world.verify())[0].calls == 72


@pytest.mark.parametrize(
    ("slower", "most", "enforce", "levels"),
    [
        (1.5, 1.3, "true", ["error"]),
        (1.5, 1.3, "false", ["advice"]),
        (1.1, 1.3, "true", []),
        (1.3, 1.3, "true", ["undecided"]),
        (1.3, 1.3, "false", []),
    ],
)
def test_another_version_is_measured_in_turns(
    world: World, slower: float, most: float, enforce: str, levels: list[str]
) -> None:
    """Whatever the machine's mood, which both share: their ratio counts."""
    rng = np.random.default_rng(2)
    mood = [1.0]

    def calls(factor: float) -> Callable[[Call], float]:
        return lambda _: factor * mood[0] * float(rng.uniform(0.9, 1.1)) * MS

    def change() -> float:
        mood[0] *= float(rng.uniform(0.98, 1.02))
        return MS

    export(world, FakeClock(calls(1.0), change), FakeClock(calls(slower), change))
    said = f"{{against: previous, at_most: {most}, enforce: {enforce}}}"
    report = check(world, said, "versions: '2'\n")
    assert [str(each.level) for each in report.findings] == levels
    assert {each.rule for each in report.findings} <= {"latency-above-previous"}
    (timing,) = timings(report)
    assert timing.against is not None
    version, value_, low, high = timing.against
    assert version == "1"
    assert high is not None
    assert low <= slower * 1.05
    assert high >= slower * 0.95
    assert value_ == pytest.approx(slower, rel=0.05)
    assert "times as long as version 1" in render(report)


@pytest.mark.parametrize(
    ("against", "why"),
    [
        ("previous", "there is no version before 1"),
        ("7", "there is no version 7 of m"),
        ("1", "version 1 is the one that is checked"),
        (
            "{label: stable}",
            "label 'stable' is not known: a base path holds numbers, not labels",
        ),
    ],
)
def test_a_version_that_is_not_there_is_told(world: World, against: str, why: str) -> None:
    """It is nobody's breach, and the version's own limits count all the same."""
    export(world, steady(10 * MS))
    report = check(world, f"{{p95_ms: 20, against: {against}, at_most: 1.3, enforce: true}}")
    assert report.exit_code == 0
    (unlooked,) = report.verdicts[0].not_checked
    assert unlooked.startswith(f"f: latency against another version: {why}")
    assert timings(report)[0].against is None


def test_another_version_that_does_not_answer_is_told(world: World) -> None:
    """Nor is that a breach of this one."""
    world.version("m/1", NUMBER, f=lambda _: Refused("INTERNAL", "no"))
    world.version("m/2", NUMBER, f=same)
    world.version("m/3", NUMBER)
    for against, why in (("1", "version 1: INTERNAL: no"), ("3", "version 3: there is no version in")):
        said = f"{{against: {against}, at_most: 1.3, enforce: true}}"
        report = check(world, said, "versions: '2'\n")
        assert report.exit_code == 0
        assert why in report.verdicts[0].not_checked[0]


def test_a_version_that_answers_with_errors_has_no_latency(world: World) -> None:
    """Unknown where it blocks, beside the breach that it is; else not checked."""
    world.version("m/1", NUMBER, f=lambda _: Refused("INTERNAL", "no"))
    report = check(world, "{p95_ms: 50, enforce: true}")
    assert rules(report) == ["request-refused"]
    (found,) = (each for each in report.findings if each.level == "undecided")
    assert found.message == "there is no latency: INTERNAL: no"
    report = check(world, "{p95_ms: 50}")
    assert rules(report, "undecided") == []
    assert report.verdicts[0].not_checked == ("f: latency: INTERNAL: no",)
    assert timings(report) == []


def test_what_cannot_be_drawn_has_no_latency(world: World) -> None:
    """Nothing is made up for it; its examples are rows as well."""
    export(world, steady(MS))
    open_ = NUMBERS.replace(", minimum: 0, maximum: 1}\n    outputs", "}\n    outputs")
    world.contract(f"{open_}    latency: {{p95_ms: 50}}\n")
    assert "f: latency: no request of 1 row can be drawn" in world.verify().verdicts[0].not_checked
    world.contract(f"{open_}    latency: {{p95_ms: 50}}\n    examples: [{{inputs: {{x: [1, 2]}}}}]\n")
    assert timings(world.verify())[0].calls == 1000


def test_what_does_not_load_or_fit_is_told_once(world: World) -> None:
    """The break is told by what found it; latency is not looked at."""
    world.version("m/1", NUMBER)
    other = NUMBERS.replace("      y:", "      z:")
    world.contract(f"{other}    latency: {{p95_ms: 50, enforce: true}}\n")
    assert rules(world.verify()) == ["version-unloadable"]
    export(world, steady(MS))
    report = world.verify()
    assert rules(report) == ["output-missing"]
    assert "f: latency (the signature does not fit)" in report.verdicts[0].not_checked
    assert "f: latency" in world.check().verdicts[0].not_checked


@pytest.mark.parametrize("batch", [1, 3, 8])
def test_calls_have_the_batch_of_the_contract_and_various_rows(world: World, batch: int) -> None:
    """Examples of that many rows first, then random ones; the contract's other sizes are for other parts."""
    seen: list[tuple[float, ...]] = []

    def look(call: Call) -> float:
        seen.append(tuple(call.feeds["x"].array.tolist()))
        return MS

    export(world, FakeClock(look))
    example = "    examples: [{inputs: {x: [1.0, 0.5, 0.25]}}]\n"
    report = check(world, f"{{batch: {batch}, p95_ms: 50}}", example)
    assert {len(each) for each in seen} == {batch}
    assert timings(report)[0].batch == batch
    examples: dict[int, list[tuple[float, ...]]] = {1: [(1.0,), (0.5,), (0.25,)], 3: [(1.0, 0.5, 0.25)]}
    firsts = examples.get(batch, [])
    assert seen[: len(firsts)] == firsts
    assert len(set(seen)) == 32


def test_the_request_that_the_app_really_sends_is_timed(world: World) -> None:
    """A raw example of that many rows, first of all."""
    seen: list[list[float]] = []

    def look(call: Call) -> float:
        seen.append(call.feeds["x"].array.tolist())
        return MS

    export(world, FakeClock(look))
    rest = NUMBERS.replace("protocol: grpc", "protocol: rest")
    for batch, first in ((2, [0.5, 0.25]), (3, None)):
        seen.clear()
        world.contract(
            f"{rest}    latency: {{batch: {batch}, p95_ms: 50}}\n"
            "    examples: [{request: {signature_name: f, instances: [0.5, 0.25]}}]\n"
        )
        assert len(timings(world.verify())) == 1
        assert {len(each) for each in seen} == {batch}
        assert (seen[0] == first) == (batch == 2)


def writing(name: str, order: list[str]) -> FakeClock:
    """Write down whose calls are timed."""

    def call(_: Call) -> float:
        order.append(name)
        return 60 * MS

    return FakeClock(call)


def test_time_is_measured_when_all_else_is_done(world: World) -> None:
    """Versions are checked side by side, and measured one after the other behind them."""
    order: list[str] = []

    def run(feeds: object) -> object:
        order.append("run")
        return same(feeds)  # type: ignore[arg-type]

    for number in (1, 2, 3):
        folder = world.version(f"m/{number}", NUMBER, f=run)  # type: ignore[arg-type]
        world.clocks[str(folder)] = writing(str(number), order)
    check(world, "{p95_ms: 50}")
    first = order.index("1")
    assert len([each for each in order[:first] if each == "run"]) > 50
    timed = [each for each in order[first:] if each != "run"]
    assert timed == sorted(timed)
    assert world.said[-3:] == [f"latency of m@{number} for app" for number in (1, 2, 3)]


CALL = Call(NUMBER, {"x": value("float32", [1.0])})


def test_a_call_that_fails_meanwhile_ends_it() -> None:
    """It is told whose it is, whether while warming up or later."""
    left = iter([True] * 60)

    def answer(_: object) -> object:
        return {"y": CALL.feeds["x"]} if next(left, False) else Crashed("SIGSEGV", "in op MatMul")

    good = Side(FakeSession({"f": same}, steady(MS)), (CALL,))
    bad = Side(FakeSession({"f": answer}, steady(MS)), (CALL,))  # type: ignore[dict-item]
    for _ in range(2):
        failed = measure([good, bad], Budget(5, 5))
        assert failed == Failed(bad, Crashed("SIGSEGV", "in op MatMul"))


def test_what_is_around_the_calls_is_bounded_too() -> None:
    """Quick calls with large tensors: the wall clock ends it, in three times the budget."""
    wall = iter(range(1000))
    side = Side(FakeSession({"f": same}, steady(1e-6)), (CALL,))
    assert measure([side], Budget(5, 5), lambda: float(next(wall))) is None
    assert len(side.blocks) == 14


def test_a_block_is_no_larger_than_a_message_should_be() -> None:
    """Tensors of megabytes go in few."""
    large = Call(NUMBER, {"x": value("float32", np.zeros(1 << 21, np.float32))})
    side = Side(FakeSession({"f": same}, steady(1e-4)), (large,))
    assert measure([side], Budget(0.01, 0.01)) is None
    assert {len(each.seconds) for each in side.blocks} == {2}


def test_two_versions_take_turns_and_go_first_in_turn() -> None:
    """One block each, first the one and then the other first."""
    order: list[str] = []
    sides = [Side(FakeSession({"f": same}, writing(name, order)), (CALL,)) for name in "ab"]
    assert measure(sides, Budget(0.5, 0.5)) is None
    assert "".join(order)[2:10] == "abbaabba"


@pytest.mark.parametrize(
    ("limit", "exit_code"), [(0.000001, 1), (1_000_000, 0)], ids=["absurdly low", "absurdly high"]
)
def test_a_real_export_is_measured_and_decided(
    executed: Path, limit: float, exit_code: int, tmp_path: Path
) -> None:
    """Figures are there and ordered, whatever they are; limits that no machine comes near decide."""
    file = tmp_path / "app.contract.yaml"
    file.write_text(
        "contract: 1\nclient: app\nmodel: narrow\nprotocol: grpc\nversions: '1'\nsignatures:\n  get:\n"
        "    inputs: {x: {dtype: int64, shape: [batch], minimum: 0, maximum: 9}}\n"
        "    outputs: {y: {dtype: int64, shape: [batch]}}\n"
        f"    latency: {{batch: 2, p95_ms: {limit:f}, p50_ms: 1000000, enforce: true}}\n",
        encoding="utf-8",
    )
    options, models = Options(rows=20, cases=None), [str(executed / "pairs" / "narrow")]
    report = verify([str(file)], models, options, TensorFlowBackend, lambda _: None)
    assert report.exit_code == exit_code, render(report)
    (timing,) = timings(report)
    values = [ms for _, ms, _, _ in timing.percentiles]
    assert 0 < values[0] <= values[1] <= values[2]
    assert all(low <= ms <= (high or ms) for _, ms, low, high in timing.percentiles)
    assert timing.noise >= 1
    assert timing.calls > 0
