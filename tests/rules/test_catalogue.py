"""Laws of the catalogue: every rule is documented, paired and has cases, and fires only where expected."""

import re
from pathlib import Path

import pytest

from sigpact.rules.effects import TABLE
from sigpact.rules.registry import PARTS, Rule, catalogue
from tests.rules.cases import CLIENTS, FOLDER, VERB_CLIENTS, Case, cases, contract, effects

CASES = cases()
STATIC = [rule for rule in catalogue().values() if rule.check is not None]


@pytest.mark.parametrize("rule", catalogue().values(), ids=list(catalogue()))
def test_every_rule_is_documented(rule: Rule) -> None:
    """A rule has a kebab-case id, a title, the four parts, and a remedy for either side."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert rule.title.endswith(".")
    assert set(rule.parts) == set(PARTS)
    assert all(rule.parts.values())
    assert all(len(side) > 10 for side in rule.mend)


@pytest.mark.parametrize("rule", catalogue().values(), ids=list(catalogue()))
def test_every_rule_has_an_opposite_or_a_reason(rule: Rule) -> None:
    """Adding needs removing, inputs need outputs: or a sentence says why there is no such rule."""
    assert (rule.opposite is None) != (rule.alone is None)
    assert rule.opposite is None or rule.opposite in catalogue()


def test_the_effect_table_judges_exactly_the_static_rules() -> None:
    """No difference is left without an effect, no effect without a rule."""
    assert set(TABLE) == {rule.id for rule in STATIC}


def test_every_static_rule_has_a_case_folder_and_fires_there() -> None:
    """A rule without a case is a rule that nobody has seen work."""
    firing = {case.id.split("/")[0] for case in CASES if case.id.split("/")[0] in case.fires}
    assert firing == {rule.id for rule in STATIC} == {path.name for path in FOLDER.iterdir()}


@pytest.mark.parametrize("client", [*CLIENTS, *VERB_CLIENTS])
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_each_rule_fires_only_where_expected(case: Case, client: str, tmp_path: Path) -> None:
    """All rules run over all cases, for every kind of client; effects are those that the case states."""
    made = contract(case, client, tmp_path)
    if made is None:
        assert all(client not in expected for expected in case.fires.values())
        return
    expected = {(rule, words[client]) for rule, words in case.fires.items() if client in words}
    assert set(effects(made, case.new, case.server)) == expected


@pytest.mark.parametrize("client", [*CLIENTS, *VERB_CLIENTS])
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_every_rule_is_silent_on_the_version_that_the_contract_was_written_for(
    case: Case, client: str, tmp_path: Path
) -> None:
    """(v, v): nothing changed, so nothing is said; nor is it where the server has no flag set."""
    made = contract(case, client, tmp_path)
    if made is not None:
        assert list(effects(made, case.old)) == []
    if made is not None and case.fits_old:
        assert list(effects(made, case.old, case.server)) == []
