"""Eight findings of a kind, then one that stands for the rest."""

from pathlib import Path

import pytest

from sigpact.findings import Finding, Level, Span, Witness
from sigpact.frozen import replace
from sigpact.report.kinds import MOST, capped, ranked
from sigpact.report.text import render, render_findings
from tests.engine.world import NUMBER, NUMBERS, World, rules, verdicts


def finding(at: int, rule: str = "output-missing", **said: object) -> Finding:
    """Return a finding about one of many outputs."""
    made = Finding(
        rule, Level.ERROR, "app", None, "m", "1", "f", ("outputs", f"y{at}"), "missing",
        Span("app.contract.yaml", at + 1, 1), "it is missing", "an output", "none", "why", "mend", "mend",
    )  # fmt: skip
    return replace(made, **said)


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 40])
def test_eight_are_kept_and_the_rest_is_counted(count: int) -> None:
    """In their order; the last one says how many more, and of what."""
    found = [finding(at) for at in range(count)]
    told = capped(found)
    assert list(told[:MOST]) == found[:MOST]
    if count <= MOST:
        assert len(told) == count
        return
    (rest,) = told[MOST:]
    assert rest.message.startswith(f"{count - MOST} more like the 8 that are shown: y8")
    assert (rest.rule, rest.level, rest.at, rest.span) == (
        found[0].rule,
        Level.ERROR,
        ("more",),
        found[8].span,
    )
    assert ("and 20 others" in rest.message) is (count == 40)


def test_kinds_are_told_apart() -> None:
    """A rule, a level, a signature, a version and a client each have eight of their own."""
    kinds: list[dict[str, object]] = [
        {}, {"rule": "output-value-outside"}, {"level": Level.WARNING}, {"signature": "g"}, {"version": "2"},
        {"client": "shop"}, {"span": Span("other.contract.yaml", 1, 1)},
    ]  # fmt: skip
    found = [finding(at, **kind) for kind in kinds for at in range(MOST)]  # type: ignore[arg-type]
    assert capped(found) == tuple(found)


def test_those_with_a_request_are_kept() -> None:
    """Wherever they stand among the others."""
    found = [finding(at) for at in range(20)]
    shown = [replace(each, witness=Witness("f()", "no")) for each in found[12:]]
    assert set(capped([*found[:12], *shown])[:MOST]) == set(shown)


def test_examples_are_counted_by_name() -> None:
    """They have no place in the signature."""
    said = [f"example {at}" for at in range(10)]
    found = [replace(finding(0, "example-mismatch"), at=(), change=each) for each in said]
    assert "2 more like the 8 that are shown: 'example 8', 'example 9'" in capped(found)[-1].message


def test_the_first_of_each_kind() -> None:
    """What is told at length."""
    assert [first for _, first in ranked("a" * 9 + "b", str)] == [*[True] * 8, False, True]


def test_what_comparing_finds_is_counted_as_well(tmp_path: Path) -> None:
    """As text, in one line more; the report has them all, and the verdict is what it was."""
    world = World(tmp_path)
    outputs = "".join(f"      z{at:02}: {{dtype: float32, shape: [batch]}}\n" for at in range(12))
    world.contract(NUMBERS + outputs)
    world.version("m/1", NUMBER)
    report = world.check()
    assert rules(report) == ["output-missing"] * 12
    assert verdicts(report) == {("app", "1"): "no"}
    rest = render_findings(report.findings).split("\n")[-2:]
    assert rest[0].startswith("  error output-missing in f  ")
    assert rest[1] == "    4 more like the 8 that are shown: z08, z09, z10, z11"
    assert render(report).count("error output-missing in f") == 9


def test_thirty_examples_that_mismatch(tmp_path: Path) -> None:
    """Eight are run once more, and shown with what came back."""
    world = World(tmp_path)
    examples = "".join(
        f"      - {{name: e{at:02}, inputs: {{x: [0.5]}}, outputs: {{y: [0.{at + 1:02}]}}}}\n"
        for at in range(30)
    )
    world.contract(f"{NUMBERS}    examples:\n{examples}")
    world.version("m/1", NUMBER, f=lambda feeds: {"y": feeds["x"]})
    report = world.verify()
    assert rules(report) == ["example-mismatch"] * 30
    assert [each.witness is not None for each in report.findings] == [*[True] * 8, *[False] * 22]
    assert "    22 more like the 8 that are shown: 'e08', 'e09'" in render(report)
