"""What holds in an environment: live, lapsed, amended, overridden; and what makes it uncertain."""

import pytest

from sigpact.frozen import replace
from sigpact.store.records import Closed, Level, Override, Policy
from sigpact.store.state import contracts, environments, live, state
from sigpact.store.subjects import Subject
from tests.store.builders import (
    APP,
    FOLDER,
    GENRE,
    START,
    WEB,
    Shelf,
    amended,
    at,
    published,
    read,
    retired,
    served,
    written,
)
from tests.store.builders import live as is_live

OTHER = "sha256:" + "cd" * 32


def test_a_release_counts_until_it_lapses() -> None:
    """From its last second on it is listed as lapsed, with the day; without an end it always counts."""
    found = read(published(), is_live(lapses=at(2)), published("5", WEB), is_live("5", owner=WEB))
    before, after = state(found, "production", at(1.999)), state(found, "production", at(2))
    assert [str(each) for each in before.releases] == ["mobile-app@4.3", "web@5"]
    assert before.lapsed == ()
    assert [str(each) for each in after.releases] == ["web@5"]
    assert [(str(each), each.lapses) for each in after.lapsed] == [("mobile-app@4.3", at(2))]


def test_clocks_do_not_order_what_was_said() -> None:
    """A writer whose clock is a year ahead, or behind, replaces what it saw, and nothing else."""
    shelf = Shelf()
    (first,) = written(shelf, is_live("1", hours=9000))
    (second,) = written(shelf, is_live("2", first, hours=-9000))
    found = read(published("1"), published("2"), first.body, second.body)
    assert [str(each) for each in state(found, "production", START).releases] == ["mobile-app@2"]


@pytest.mark.parametrize(("one", "other", "wanted"), [(at(2), at(5), at(5)), (at(2), None, None)])
def test_of_two_renewals_the_later_end_counts(one: object, other: object, wanted: object) -> None:
    """Neither saw the other; never is later than any day."""
    found = read(published(), is_live(lapses=one), is_live(lapses=other, hours=1))  # type: ignore[arg-type]
    (release,) = state(found, "production", START).releases
    assert release.lapses == wanted
    assert len(release.live) == 2


def test_an_amendment_counts_and_both_are_kept() -> None:
    """The later contracts are those that are judged; the first are still there to be read."""
    shelf = Shelf()
    (first,) = written(shelf, published())
    (second,) = written(shelf, amended(first))
    found = read(first.body, second.body, is_live())
    (release,) = state(found, "production", START).releases
    assert release.contracts == (second,)
    assert first in found.records


def test_amendments_that_did_not_see_each_other_both_count_until_one_amends_both() -> None:
    """The client must be satisfied by both readings until somebody says which."""
    shelf = Shelf()
    (first,) = written(shelf, published())
    one, other = written(shelf, amended(first, hours=1), amended(first, hours=2))
    found = read(first.body, one.body, other.body)
    assert {*contracts(found, APP, "4.3")} == {one, other}
    (last,) = written(shelf, amended(one, other, hours=3))
    assert contracts(read(first.body, one.body, other.body, last.body), APP, "4.3") == (last,)


def test_versions_are_listed_by_number_with_every_digest() -> None:
    """Two records of one version with two contents are both told."""
    found = read(served("10"), served("9"), served("9", digest=OTHER, hours=1))
    versions = state(found, "production", START).versions
    assert [(str(each), each.digests) for each in versions] == [
        ("genre@9", (FOLDER, OTHER)),
        ("genre@10", (FOLDER,)),
    ]
    assert state(found, "staging", START).versions == ()
    assert environments(found) == ("production",)


def test_a_retired_version_is_gone() -> None:
    """And one that was retired before it came is not."""
    shelf = Shelf()
    (seven,) = written(shelf, served("7"))
    (gone,) = written(shelf, retired(Subject(GENRE, "7"), seven))
    found = read(seven.body, gone.body, served("7", hours=4))
    (record,) = live(found, GENRE, "production")
    assert record.body.at == at(4)


def test_a_live_release_without_contracts_is_damage() -> None:
    """A deleted publication must not look like a client without wishes."""
    found = state(read(is_live()), "production", START)
    (damage,) = found.damage
    assert "makes mobile-app@4.3 live, whose contracts are not in the store" in str(damage)


def test_overrides_stand_until_they_are_closed() -> None:
    """Past their time as well: they are loud until somebody deals with them, in their environment."""
    override = Override(GENRE, START, "7", "production", "an outage", "OPS-1", "kim", at(4))
    shelf = Shelf()
    (record,) = written(shelf, override)
    assert state(read(override), "production", at(9)).overrides == (record,)
    assert state(read(override), "staging", at(9)).overrides == ()
    closed = Closed(GENRE, at(5), "production", "kim", "rolled back", (record.digest,))
    assert state(read(override, closed), "production", at(9)).overrides == ()
    foreign = replace(closed, owner=APP)
    assert state(read(override, foreign), "production", at(9)).overrides == (record,)


def test_policies_replace_each_other() -> None:
    """The ratchet sees those that stand."""
    shelf = Shelf()
    (warn,) = written(shelf, Policy(GENRE, START, "production", Level.WARN, "first", ()))
    (enforce,) = written(shelf, Policy(GENRE, at(1), "production", Level.ENFORCE, "then", (warn.digest,)))
    assert state(read(warn.body, enforce.body), "production", START).policies == (enforce,)
