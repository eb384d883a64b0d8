"""Histories are sets, and what stands is folded from them without a clock: laws, by hypothesis.

The oracle is the observed-remove set, kept beside: adds with a tag each, and the tags that somebody removed.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Self

from hypothesis import given, settings
from hypothesis import strategies as st

from sigpact.frozen import replace
from sigpact.store.acts import Desk, release_live
from sigpact.store.acts import retired as retire
from sigpact.store.history import History, history, results, understood
from sigpact.store.place import Unread
from sigpact.store.records import How, Record, Result
from sigpact.store.state import state
from sigpact.store.subjects import Subject
from tests.store.builders import (
    APP,
    GENRE,
    RANKER,
    START,
    WEB,
    Shelf,
    at,
    desk,
    live,
    one_of_each,
    published,
    retired,
    served,
    written,
)

RELEASES = ("1", "2", "3")


@dataclass
class Branch:
    """A store that one team works on, and what an observed-remove set would have."""

    shelf: Shelf = field(default_factory=Shelf)
    adds: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)

    def live(self) -> dict[str, str]:
        """Return what the oracle has: releases by tag."""
        return {tag: release for tag, release in self.adds.items() if tag not in self.removed}

    def merged(self, other: Self) -> None:
        """Take in everything of another branch."""
        self.shelf = Shelf({**self.shelf.files, **other.shelf.files})
        self.adds |= other.adds
        self.removed |= other.removed


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["deployed", "released", "retired", "merge"]),
        st.sampled_from(RELEASES),
        st.integers(-5000, 5000),
    ),
    max_size=14,
)


def _desk(branch: Branch, hours: float) -> Desk:
    return desk(branch.shelf, hours)


def _step(branches: list[Branch], number: int, step: tuple[int, str, str, int]) -> None:
    """Do one thing at one branch, in the store and in the oracle; its clock is wrong by so many hours."""
    who, what, release, skew = step
    branch = branches[who]
    # no two instants are the same: what is said in the same words at the same second is one record
    spoken = _desk(branch, skew + number / 60)
    if what == "merge":
        branch.merged(branches[int(release) % len(branches)])
    elif what == "retired":
        gone = {tag for tag, each in branch.live().items() if each == release}
        if gone:
            retire(spoken, Subject(APP, release), "production")
            branch.removed |= gone
    else:
        how = How(what)
        tags = {tag for tag, each in branch.live().items() if how is How.DEPLOYED or each == release}
        kept = release_live(spoken, Subject(APP, release), "production", how, None)
        branch.removed |= tags
        branch.adds[kept.record.digest] = release


def _after(steps: list[tuple[int, str, str, int]]) -> list[Branch]:
    branches = [Branch() for _ in range(3)]
    for branch in branches:
        written(branch.shelf, *(published(release) for release in RELEASES))
    for number, step in enumerate(steps):
        _step(branches, number, step)
    return branches


def _live(found: History) -> dict[str, str]:
    releases = state(found, "production", START).releases
    return {record.digest: each.release for each in releases for record in each.live}


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_what_is_live_is_an_observed_remove_set(steps: list[tuple[int, str, str, int]]) -> None:
    """Branches that work apart and merge now and then agree with the oracle, whatever their clocks say."""
    for branch in _after(steps):
        assert _live(history(branch.shelf)) == branch.live()


@settings(max_examples=80, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_merging_is_union(steps: list[tuple[int, str, str, int]], random: Random) -> None:
    """Commutative, associative, idempotent; the order of files never matters."""
    one, two, three = (branch.shelf.files for branch in _after(steps))
    whole = understood({**one, **two, **three})
    assert understood({**three, **two, **one}) == whole
    assert understood({**whole_files(one, two, three), **one}) == whole
    assert {*whole.records} == {
        *understood(one).records,
        *understood(two).records,
        *understood(three).records,
    }
    shuffled = list(whole_files(one, two, three).items())
    random.shuffle(shuffled)
    assert understood(dict(shuffled)) == whole


def whole_files(*stores: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files of several stores together."""
    return {path: data for each in stores for path, data in each.items()}


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_deployed_after_seeing_all_leaves_one_live(steps: list[tuple[int, str, str, int]]) -> None:
    """However many were live, and from wherever."""
    one, two, three = _after(steps)
    one.merged(two)
    one.merged(three)
    release_live(_desk(one, -9000), Subject(APP, "2"), "production", How.DEPLOYED, None)
    assert list(_live(history(one.shelf)).values()) == ["2"]


def test_concurrent_deployments_are_both_live() -> None:
    """Neither saw the other: the safe side is that both are out there."""
    shelf = Shelf()
    written(shelf, published("1"), published("2"))
    before = desk(shelf)
    release_live(before, Subject(APP, "1"), "production", How.DEPLOYED, None)
    release_live(before, Subject(APP, "2"), "production", How.DEPLOYED, None)
    assert sorted(_live(history(shelf)).values()) == ["1", "2"]


def test_a_renewal_that_a_retirement_did_not_see_stands() -> None:
    """Somebody deployed it again: it is out there."""
    shelf = Shelf()
    written(shelf, published("1"))
    release_live(desk(shelf), Subject(APP, "1"), "production", How.DEPLOYED, None)
    before = desk(shelf, 1)
    release_live(desk(shelf, 2), Subject(APP, "1"), "production", How.DEPLOYED, None)
    retire(before, Subject(APP, "1"), "production")
    assert list(_live(history(shelf)).values()) == ["1"]


def test_nobody_replaces_what_another_said() -> None:
    """Who may write in one folder only has no say about another, nor about another environment or matter."""
    shelf = Shelf()
    first, other = written(shelf, live("1"), served("7"))
    published_one, _ = written(shelf, published("1"), published("2"))
    foreign = live("9", first, other, published_one, owner=WEB)
    elsewhere = replace(live("1", first, published_one, hours=2), environment="staging")
    written(shelf, foreign, elsewhere, retired(Subject(GENRE, "7"), first))
    standing = {each.digest for each in history(shelf).standing()}
    assert {first.digest, other.digest, published_one.digest} <= standing


def test_files_that_are_no_records_are_named_or_known() -> None:
    """Left by a killed writer, kept by a tool, or damage."""
    shelf = Shelf()
    (record,) = written(shelf, live())
    shelf.files |= {
        "clients/mobile-app/.tmp-01": b"half",
        "models/genre/.tmp-02": b"",
        "clients/mobile-app/.gitkeep": b"",
        "clients/CODEOWNERS": b"* @team",
        "clients/mobile-app/notes.txt": b"",
        "clients/mobile-app/old/": b"",
        f"clients/mobile-app/copy of {record.path.rpartition('/')[2]}": shelf.files[record.path],
        "clients/stray.json": b"{}",
    }
    found = history(shelf)
    no_record = "is no record: records are called KIND-SHA256.json"
    assert found.records == (record,)
    assert found.unfinished == 2
    assert [str(each) for each in found.damage] == [
        f"clients/mobile-app/copy of {record.path.rpartition('/')[2]} {no_record}",
        f"clients/mobile-app/notes.txt {no_record}",
        "clients/mobile-app/old/ is a folder, and no record",
        f"clients/stray.json {no_record}",
    ]
    assert state(found, "production", START).damage[: len(found.damage)] == found.damage


def test_a_file_that_cannot_be_read_is_damage() -> None:
    """It was listed: it says something, and nobody knows what."""
    (path,) = (each.path for each in written(Shelf(), live()))
    found = understood({path: Unread("cannot be read: Input/output error")})
    assert [str(each) for each in found.damage] == [f"{path} cannot be read: Input/output error"]
    assert found.records == ()


def _path(record: Record) -> str:
    return record.path


def test_results_are_read_apart() -> None:
    """A gate reads the store's state without them, and those of the models that it asks about."""
    shelf = Shelf()
    found = written(shelf, *one_of_each(), Result(RANKER, at(1), {"verdict": "no"}))
    of_genre, of_ranker = (each for each in found if isinstance(each.body, Result))
    others = [each for each in found if not isinstance(each.body, Result)]
    assert sorted(history(shelf).records, key=_path) == sorted(others, key=_path)
    assert sorted(results(shelf).records, key=_path) == sorted([of_genre, of_ranker], key=_path)
    assert results(shelf, [GENRE]).records == (of_genre,)
    assert results(shelf, []).records == ()
    shelf.files[of_genre.path] = b""
    assert len(results(shelf, [GENRE]).damage) == 1
