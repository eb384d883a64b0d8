"""The head of a store for a question, and the ticket that holds a yes to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.errors import ConfigurationError
from sigpact.frozen import replace
from sigpact.store.history import history
from sigpact.store.records import Body, Override, Owner, OwnerKind, Result
from sigpact.store.subjects import Subject
from sigpact.store.tickets import Head, Ticket, between, head, parse, presented
from sigpact.store.told import refusal, too_late
from tests.store.builders import (
    APP,
    FOLDER,
    GENRE,
    RANKER,
    SHA,
    START,
    WEB,
    Shelf,
    at,
    live,
    published,
    read,
    served,
    written,
)

SEVEN = Subject(GENRE, "7")
TICKET = Ticket(SEVEN, "production", START, Head(SHA, 3), FOLDER)
LINES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
SUBJECTS = st.builds(Subject, st.builds(Owner, st.sampled_from(OwnerKind), LINES), LINES)


@given(SUBJECTS, LINES, st.none() | st.just(FOLDER), st.integers(0, 99_999))
def test_a_ticket_is_read_as_it_was_written(
    subject: Subject, environment: str, folder: str | None, count: int
) -> None:
    """On one line, of characters that no shell minds."""
    ticket = Ticket(subject, environment, START, Head(SHA, count), folder)
    text = str(ticket)
    assert parse(text) == ticket
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%:")


def test_a_ticket_can_be_read_by_a_person() -> None:
    """What, where, when."""
    assert str(TICKET) == f"sigpact1:model:genre:7:production:20261129T120000Z:3:{SHA}:{SHA}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no ticket as `sigpact gate` prints it (sigpact1:…)"),
        (str(TICKET)[:-1], "is no ticket"),
        (str(TICKET).replace("sigpact1", "sigpact2"), "is no ticket"),
        (str(TICKET).replace("genre", "Genre"), "is damaged: 'Genre' is no name as the store writes it"),
        (str(TICKET).replace("1129T", "1329T"), "is damaged: "),
        (f" {TICKET}", "is no ticket"),
    ],
)
def test_a_damaged_ticket_is_refused(text: str, message: str) -> None:
    """An option that is wrong, in one line."""
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_a_ticket_is_for_what_it_says() -> None:
    """Not for another version, environment or kind."""
    assert presented(str(TICKET), SEVEN, "production") == TICKET
    for subject, environment in [
        (Subject(GENRE, "8"), "production"),
        (SEVEN, "staging"),
        (Subject(replace(GENRE, kind=OwnerKind.CLIENT), "7"), "production"),
    ]:
        with pytest.raises(ConfigurationError, match=r"^the ticket is for genre@7 to production, not for "):
            presented(str(TICKET), subject, environment)


BASE: tuple[Body, ...] = (published(), live(), served("6"))


@pytest.mark.parametrize(
    ("more", "moves"),
    [
        (published("4.4", hours=2), True),
        (published("1", WEB, hours=2), True),
        (live("4.4", hours=2), True),
        (served("8", hours=2), True),
        (replace(live("4.4", hours=2), environment="staging"), False),
        (replace(served("8", hours=2), environment="staging"), False),
        (replace(served("8", hours=2), owner=RANKER), False),
        (Result(GENRE, at(2), {"verdict": "yes"}), False),
    ],
)
def test_the_head_moves_with_what_the_answer_rests_on(more: Body, *, moves: bool) -> None:
    """All clients, this model, this environment; other models and environments do not matter."""
    one, other = (head(read(*bodies), GENRE, "production") for bodies in (BASE, (*BASE, more)))
    assert (one != other) is moves
    assert other.count == one.count + moves


def test_the_head_of_a_client_is_of_all_models() -> None:
    """And of that client alone."""
    one = head(read(*BASE), APP, "production")
    assert one != head(read(*BASE, replace(served("8"), owner=RANKER)), APP, "production")
    assert one == head(read(*BASE, published("1", WEB)), APP, "production")
    assert one != head(read(*BASE), GENRE, "production")


def test_two_questions_have_two_heads() -> None:
    """Even of an empty store: a ticket of one environment is none of another."""
    empty = read()
    heads = {head(empty, owner, name) for owner in (APP, GENRE, RANKER) for name in ("production", "staging")}
    assert len(heads) == 6


def _ticket(shelf: Shelf) -> Ticket:
    return Ticket(SEVEN, "production", at(1), head(history(shelf), GENRE, "production"), FOLDER)


def test_what_came_in_between_is_named() -> None:
    """A race between a gate and a publication: the records are told, with their time."""
    shelf = Shelf()
    written(shelf, *BASE)
    ticket = _ticket(shelf)
    assert refusal(ticket, history(shelf), FOLDER) is None
    late = written(shelf, published("4.4", hours=2), live("4.4", hours=3))
    found = between(ticket, history(shelf))
    assert found is not None
    assert found.records == late
    assert found.is_sure
    assert refusal(ticket, history(shelf), FOLDER) == (
        "2 came in since the gate looked: published mobile-app@4.4: 1 contract, of no commit "
        "(2026-11-29T14:00:00Z); deployed mobile-app@4.4 to production, without end (2026-11-29T15:00:00Z)"
    )


def test_clocks_that_are_wrong_do_not_hide_what_came_in() -> None:
    """The head tells which record it does not have: one of last year that came in now is one that came in."""
    shelf = Shelf()
    written(shelf, *BASE)
    ticket = _ticket(shelf)
    late = written(shelf, published("4.4", hours=-9000), published("4.5", hours=2))
    found = between(ticket, history(shelf))
    assert found is not None
    assert found.is_sure
    assert found.records == late


def test_where_clocks_hide_them_it_is_said() -> None:
    """Among very many records, several that claim to be the oldest."""
    shelf = Shelf()
    written(shelf, *(published(str(number), hours=number) for number in range(100)))
    ticket = _ticket(shelf)
    written(shelf, *(published(f"old {number}", hours=-9) for number in range(3)))
    found = between(ticket, history(shelf))
    assert found is not None
    assert not found.is_sure
    assert len(found.records) == 3
    assert "3 came in since the gate looked (the latest by the clocks of those who wrote them" in str(
        refusal(ticket, history(shelf), FOLDER)
    )


def test_a_store_with_less_is_another_store() -> None:
    """Records do not go away."""
    shelf = Shelf()
    (gone, *_) = written(shelf, *BASE)
    ticket = _ticket(shelf)
    del shelf.files[gone.path]
    assert refusal(ticket, history(shelf), FOLDER) == (
        "the store has fewer records than the gate saw, or others: is it the same store?"
    )


def test_another_folder_is_refused() -> None:
    """The version was overwritten since."""
    shelf = Shelf()
    told = refusal(_ticket(shelf), history(shelf), "sha256:" + "cd" * 32)
    assert told == "genre@7 has another content than the gate looked at"


def test_the_record_that_rests_on_the_ticket_does_not_refuse_it() -> None:
    """It is there when the head is looked at once more, after it was written."""
    shelf = Shelf()
    written(shelf, *BASE)
    ticket = _ticket(shelf)
    (own,) = written(shelf, served("7", hours=2))
    assert refusal(ticket, history(shelf), FOLDER, own.digest) is None
    written(shelf, published("4.4", hours=2))
    assert str(refusal(ticket, history(shelf), FOLDER, own.digest)).startswith("1 came in since")


@pytest.mark.parametrize(
    ("given_at", "now", "is_late"), [(1, 3, False), (1, 5, True), (6, 7, False), (-1, 5, False)]
)
def test_a_ticket_of_an_override_ends_with_it(given_at: float, now: float, *, is_late: bool) -> None:
    """Of one that was open as it was given; of another subject none says anything."""
    body = Override(GENRE, at(0), "7", "production", "the night must end", "OPS-1", "ada", at(5))
    ticket = replace(TICKET, at=at(given_at))
    told = "the override of genre@7 in production until 2026-11-29T17:00:00Z ran out, and it may rest on that"
    assert too_late(ticket, read(body), at(now)) == (told if is_late else None)
    assert too_late(replace(ticket, subject=Subject(GENRE, "8")), read(body), at(9)) is None
    assert too_late(ticket, read(), at(9)) is None
