"""`sigpact-waivers.yaml`: what is waived is known, has an owner, and ends."""

import datetime as dt
from pathlib import Path

import pytest

from sigpact.errors import ContractError
from sigpact.findings import Span
from sigpact.frozen import replace
from sigpact.gate.waivers import Waiver, read_waivers, unmatched, write_waiver
from tests.gate.seen import finding

TODAY = dt.date(2026, 11, 29)
MARK = finding().fingerprint

GOOD = f"""\
- finding: {MARK}
  rule: output-missing
  client: app
  model: genre
  owner: ada@example.com
  reason: the app of 1 December reads the new name
  expires: 2026-12-31
"""


def write(folder: Path, text: str) -> Path:
    """Write a waivers file."""
    file = folder / "sigpact-waivers.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(folder: Path, text: str) -> list[str]:
    """Return the mistakes of a waivers file as `line: message`."""
    with pytest.raises(ContractError) as caught:
        read_waivers(write(folder, text), TODAY)
    return [f"{each.span.line}: {each.message}" for each in caught.value.problems]


def test_a_waiver_covers_its_finding_and_no_other(tmp_path: Path) -> None:
    """Rule, client, model and fingerprint all have to agree; version and environment narrow."""
    (waiver,) = read_waivers(write(tmp_path, GOOD), TODAY)
    assert waiver.covers(finding(), "production")
    assert waiver.covers(replace(finding(), version="9"), "staging")
    for other in ({"change": "more"}, {"client": "web"}, {"model": "mood"}, {"rule": "output-fed"}):
        assert not waiver.covers(replace(finding(), **other), "production")
    narrow = replace(waiver, version="7", environment="production")
    assert narrow.covers(replace(finding(), version="7"), "production")
    assert not narrow.covers(replace(finding(), version="8"), "production")
    assert not narrow.covers(replace(finding(), version="7"), "staging")


def test_no_file_and_an_empty_one_waive_nothing(tmp_path: Path) -> None:
    """Both are what a project begins with."""
    assert read_waivers(tmp_path / "none.yaml", TODAY) == ()
    assert read_waivers(write(tmp_path, "# nothing yet\n"), TODAY) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("  owner: ada@example.com\n", ""),
            "1: a waiver needs 'owner': who answers for it: a name or an address",
        ),
        (("  owner: ada", "  owned: ada"), "5: unknown key 'owned'; did you mean 'owner'?"),
        ((f"finding: {MARK}\n  rule", "rule"), "1: a waiver needs 'finding': the fingerprint of a finding:"),
        ((MARK, "output-missing"), "1: finding is 'output-missing'; expected the fingerprint of a finding"),
        (
            ("2026-12-31", "2026-11-28"),
            "7: the waiver expired on 2026-11-28: mend the breach, or waive it anew",
        ),
        (("2026-12-31", "2026-11-29"), "7: the waiver expired on 2026-11-29"),
        (
            ("2026-12-31", "2027-02-28"),
            "7: expires on 2027-02-28, 91 days ahead; a waiver holds at most 90 days",
        ),
        (("2026-12-31", "soon"), "7: expires is 'soon'; expected a day, at most 90 days ahead"),
        (("the app of 1 December reads the new name", "''"), "6: reason is ''; expected why it may pass"),
    ],
)
def test_what_is_wrong_is_told(change: tuple[str, str], told: str, tmp_path: Path) -> None:
    """Each with its line, what was found and what was expected."""
    assert any(each.startswith(told) for each in mistakes(tmp_path, GOOD.replace(*change)))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Of every entry; one good waiver beside bad ones does not count either."""
    found = mistakes(tmp_path, f"{GOOD}- 3\n- rule: output-missing\n")
    assert len(found) == 1 + 6
    assert mistakes(tmp_path, "finding: x\n") == ["1: expected a list of waivers, each begun with a dash"]


def test_the_ninetieth_day_may_be_named(tmp_path: Path) -> None:
    """The bound itself is inside."""
    (waiver,) = read_waivers(write(tmp_path, GOOD.replace("2026-12-31", "2027-02-27")), TODAY)
    assert (waiver.expires - TODAY).days == 90


def test_a_waiver_that_nothing_needs_is_a_mistake(tmp_path: Path) -> None:
    """Where its model is judged; one of another model or environment is not looked at."""
    (waiver,) = read_waivers(write(tmp_path, GOOD), TODAY)
    genre = frozenset({("genre", "7")})
    assert list(unmatched([waiver], [finding()], genre, "production")) == []
    (problem,) = unmatched([waiver], [], genre, "production")
    assert (problem.span.line, "matches no finding: remove it" in problem.message) == (1, True)
    assert list(unmatched([waiver], [], frozenset({("mood", "7")}), "production")) == []
    assert list(unmatched([replace(waiver, environment="staging")], [], genre, "production")) == []
    assert list(unmatched([replace(waiver, version="6")], [], genre, "production")) == []
    assert len(list(unmatched([replace(waiver, version="7")], [], genre, "production"))) == 1


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Behind what stands there already, whatever stands in the reason."""
    file = write(tmp_path, GOOD.rstrip("\n"))
    reason = 'a "quoted" reason: with # signs, \\ and ümlauts'
    more = Waiver(
        "0" * 16,
        "holds-broken",
        "web",
        "genre",
        "bob",
        reason,
        dt.date(2027, 1, 1),
        Span("", 1, 1),
        "7",
        "staging",
    )
    write_waiver(file, more)
    first, second = read_waivers(file, TODAY)
    assert first.owner == "ada@example.com"
    assert replace(second, span=more.span) == more
    new = tmp_path / "new.yaml"
    write_waiver(new, more)
    assert [each.reason for each in read_waivers(new, TODAY)] == [reason]
