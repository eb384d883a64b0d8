"""Faults that models have, seeded into one export: each is found, told for what it is, with a small request.

Sound models that look suspicious are beside them, and nothing of theirs is called broken.
"""

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sigpact.engine.cases import read
from sigpact.engine.options import Options
from sigpact.engine.replay import State, replay
from sigpact.engine.verify import verify
from sigpact.findings import Answer, Finding, Level
from sigpact.report.kinds import MOST
from sigpact.report.model import Report
from sigpact.report.text import render_findings
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.limits import Limits
from sigpact.serving.given import given
from tests.building import built
from tests.engine.seeded_faults import CHANCE, COMPANY, EVERY, FAULTS, SOUND, Fault, client, written

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]

LIMITS = Limits(call=2.0, memory=256 << 20)
"""What takes more seconds and gigabytes elsewhere shows here in less."""


AGED = {"after_forty", "ages"}
"""Signatures that fail in a process that has answered many others."""


@dataclass(frozen=True)
class Verified:
    """What verifying every contract against the export said, where cases were kept, and the export's base."""

    report: Report
    cases: Path
    base: Path

    def errors(self, fault: Fault) -> list[Finding]:
        """Return what is broken for one client."""
        mine = [each for each in self.report.findings if each.client == client(fault)]
        return [each for each in mine if each.level is Level.ERROR]

    def answer(self, fault: Fault) -> Answer:
        """Return the verdict of one client."""
        (verdict,) = (each for each in self.report.verdicts if each.client == client(fault))
        return verdict.verdict


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """One run over all contracts."""
    root = tmp_path_factory.mktemp("seeded")
    built(Path(__file__).with_name("seeded_exports.py"), root)
    contracts = root / "contracts"
    contracts.mkdir()
    for fault in EVERY:
        (contracts / f"{client(fault)}.contract.yaml").write_text(written(fault), encoding="utf-8")
    options = Options(rows=1_000, cases=str(root / "cases"))
    report = verify(
        [str(contracts)], [str(root / "m")], options, lambda: TensorFlowBackend(LIMITS), lambda _: None
    )
    return Verified(report, root / "cases", root / "m")


def names(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield a name for each case of a table."""
    return map(client, faults)


@pytest.mark.parametrize("fault", FAULTS, ids=names(FAULTS))
def test_each_fault_is_told_for_what_it_is(verified: Verified, fault: Fault) -> None:
    """By its one rule, with no more rows than it takes."""
    found = verified.errors(fault)
    assert {each.rule for each in found} == {fault.rule}
    assert verified.answer(fault) is Answer.NO
    assert any(fault.said in each.message for each in found), [each.message for each in found]
    kept = [each.witness.case for each in found if each.witness is not None and each.witness.case is not None]
    requests = [read(verified.cases, each).request for each in kept]
    assert all(each is not None and each.rows <= fault.rows for each in requests)
    assert kept or "properties" in found[0].at


@pytest.mark.parametrize("sound", SOUND, ids=names(SOUND))
def test_nothing_sound_is_called_broken(verified: Verified, sound: Fault) -> None:
    """Whatever it looks like."""
    assert [each.message for each in verified.errors(sound)] == []
    assert verified.answer(sound) is Answer.YES


def test_chance_and_company_fail_again_when_they_are_replayed(verified: Verified) -> None:
    """What is rare aside: a case is fixed only if five replays say so.

    It is sent as often as it took to find out that it fails at times; what fails by chance may pass once.
    """
    rare = {"rare_dropout", *AGED}
    chosen = [each for each in FAULTS if each.rule in {CHANCE, COMPANY} and each.signature not in rare]
    errors = [found for each in chosen for found in verified.errors(each)]
    cases = {
        each.witness.case for each in errors if each.witness is not None and each.witness.case is not None
    }
    assert len(cases) > len(chosen) // 2
    models = given([str(verified.base)])
    with TensorFlowBackend(LIMITS) as backend:
        fixed = [
            case
            for case in sorted(cases)
            if all(
                replay(case, verified.cases, models, backend)[0].state is not State.FAILS for _ in range(5)
            )
        ]
    assert fixed == []


def test_what_takes_a_process_with_a_past_is_never_fixed(verified: Verified) -> None:
    """In a fresh process it passes, unchanged as it is: nobody can say that it was mended."""
    errors = [found for each in FAULTS if each.signature in AGED for found in verified.errors(each)]
    cases = [each.witness.case for each in errors if each.witness is not None and each.witness.case]
    assert cases
    models = given([str(verified.base)])
    with TensorFlowBackend(LIMITS) as backend:
        states = {replay(case, verified.cases, models, backend)[0].state for case in cases}
    assert State.FIXED not in states


def test_of_forty_findings_of_a_kind_eight_are_run_again(verified: Verified) -> None:
    """A reader is shown these and a count; the report has them all."""
    fault = next(each for each in FAULTS if each.signature == "many")
    found = verified.errors(fault)
    assert {each.at[-1] for each in found} == {f"y{at:02}" for at in range(40)}
    assert sum(each.witness is not None for each in found) == 8
    assert f"32 more like the {MOST} that are shown: y08, y09" in render_findings(found)
