"""Records as files: a round trip, and every way in which a file is no record."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.frozen import replace
from sigpact.store.forms import read, record_of
from sigpact.store.records import Body, How, Owner, OwnerKind, Published, ReleaseLive
from sigpact.store.written import canonical, digest
from tests.store.builders import APP, GENRE, SHA, START, live, one_of_each, published, served

LINES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
INSTANTS = st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 1, 1)).map(  # noqa: DTZ001 - given a zone here
    lambda each: each.replace(tzinfo=dt.UTC, microsecond=0)
)
CLIENTS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True).map(
    lambda each: Owner(OwnerKind.CLIENT, each)
)
DIGESTS = st.sets(st.integers(0, 1 << 200).map(lambda each: digest(str(each).encode())), max_size=3).map(
    lambda each: tuple(sorted(each))
)
RELEASES = st.builds(
    ReleaseLive, CLIENTS, INSTANTS, LINES, LINES, st.sampled_from(How), st.none() | INSTANTS, DIGESTS
)


@pytest.mark.parametrize("body", one_of_each(), ids=lambda each: f"{type(each).__name__}-{each.owner.kind}")
def test_every_kind_is_read_as_it_was_written(body: Body) -> None:
    """And written again as it was read: one content has one name."""
    record, data = record_of(body)
    assert read(record.path, data) == record
    assert record.body == body
    assert record_of(record.body) == (record, data)
    assert digest(data) == record.digest
    assert record.path.endswith(f"-{record.digest}.json")


@given(RELEASES)
def test_names_may_be_anything_printable(body: ReleaseLive) -> None:
    """Releases and environments stand in the content, never in the path."""
    record, data = record_of(body)
    assert read(record.path, data).body == body
    assert record.path.split("/")[:2] == ["clients", body.owner.name]


def test_what_is_said_twice_has_one_name() -> None:
    """Two writers of the same write the same file."""
    assert record_of(live()) == record_of(live())
    assert record_of(live())[0].path != record_of(live(hours=1))[0].path


@pytest.mark.parametrize(
    "body",
    [
        replace(live(), release="4.3\n"),
        replace(live(), release=""),
        replace(live(), release=" 4"),
        replace(live(), environment="a\x00"),
        replace(live(), replaces=("abc",)),
        replace(live(), replaces=(SHA, SHA)),
        replace(published(), files=(("../up", SHA),), contracts=("../up",)),
        replace(published(), files=(("/abs", SHA),), contracts=("/abs",)),
        replace(published(), files=(("a//b", SHA),), contracts=("a//b",)),
        replace(published(), contracts=()),
        replace(published(), contracts=("other",)),
        replace(served(), digest=SHA),
        replace(served(), version="07"),
        replace(served(), version="seven"),
        replace(live(), owner=Owner(OwnerKind.CLIENT, "Mobile App")),
        replace(live(), owner=Owner(OwnerKind.CLIENT, "..")),
        replace(live(), owner=GENRE),
        replace(served(), owner=APP),
    ],
    ids=str,
)
def test_what_would_not_be_read_is_not_written(body: Body) -> None:
    """The writer is told, not the next reader."""
    with pytest.raises(ValueError, match=r"."):
        record_of(body)


def _changed(change: Callable[[dict[str, Any]], object]) -> tuple[str, bytes]:
    """Return a record with other content, under the right name for it."""
    _, data = record_of(live())
    document = json.loads(data)
    change(document)
    found = canonical(document)
    return f"clients/mobile-app/live-{digest(found)}.json", found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.update(extra=1), "has a key 'extra' that is not known; there is"),
        (lambda data: data.update(enviroment="x"), "did you mean 'environment'?"),
        (lambda data: data.pop("how"), "has no 'how'"),
        (lambda data: data.update(form=2), "has the form 2, and this sigpact reads 1: a newer one is needed"),
        (lambda data: data.update(form=True), "has the form True, and"),
        (lambda data: data.pop("form"), "has the form None, and"),
        (lambda data: data.update(record="retired"), "says that it is 'retired'; its name says 'live'"),
        (lambda data: data.update(model="genre"), "names a client or a model: one of them is expected"),
        (lambda data: data.pop("client"), "names a client or a model: one of them is expected"),
        (lambda data: data.update(client="web"), "is of client:web and lies in another's folder"),
        (lambda data: data.update(client=3), "client: 3 is no name"),
        (lambda data: data.update(how="sold"), "how: 'sold' is not a valid How"),
        (
            lambda data: data.update(at="yesterday"),
            "at: 'yesterday' is no instant such as 2026-11-29T15:31:36Z",
        ),
        (lambda data: data.update(at="2026-13-29T15:31:36Z"), "at: month must be in 1..12"),
        (lambda data: data.update(replaces="x"), "replaces: a list of 0 or more is expected"),
        (lambda data: data.update(replaces=["b", "a"]), "replaces: is not sorted, each once"),
        (lambda data: data.update(release=4.3), "release: 4.3 is no line of printable text"),
    ],
)
def test_what_a_file_says_wrongly_is_named(change: Callable[[dict[str, Any]], object], message: str) -> None:
    """The digest is right: somebody wrote this on purpose, or with another program."""
    path, data = _changed(change)
    with pytest.raises(ValueError, match=r".") as caught:
        read(path, data)
    assert message in str(caught.value)


RECORD, DATA = record_of(live())


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        (
            RECORD.path,
            b"",
            "is torn or altered: its content has the sha256 e3b0c44298fc…, not that of its name",
        ),
        (RECORD.path, DATA[:-5], "is torn or altered"),
        (RECORD.path, DATA.replace(b"4.3", b"4.2"), "is torn or altered"),
        (RECORD.path, DATA.replace(b"\n", b"\r\n"), "is torn or altered"),
        (RECORD.path.replace("live-", "retired-"), DATA, "says that it is 'live'; its name says 'retired'"),
        (
            RECORD.path.replace("mobile-app", "web"),
            DATA,
            "is of client:mobile-app and lies in another's folder",
        ),
        (
            RECORD.path.replace("clients", "models"),
            DATA,
            "is of client:mobile-app and lies in another's folder",
        ),
        (RECORD.path.replace("clients/", ""), DATA, "is no record: records are called KIND-SHA256.json"),
        (f"{RECORD.path}.bak", DATA, "is no record: records are called KIND-SHA256.json"),
        (RECORD.path.replace("mobile-app/", "mobile-app/sub/"), DATA, "is no record"),
        ("clients/mobile-app/notes.txt", b"hello", "is no record"),
        (f"clients/mobile-app/live-{digest(b'[]')}.json", b"[]", "not in canonical form"),
        (f"clients/mobile-app/live-{digest(canonical([]))}.json", canonical([]), "a JSON object is expected"),
        (f"clients/mobile-app/live-{digest(b'{')}.json", b"{", "Expecting property name"),
    ],
)
def test_torn_altered_renamed_and_foreign_files_are_named(path: str, data: bytes, message: str) -> None:
    """Never read as a record."""
    with pytest.raises(ValueError, match=r".") as caught:
        read(path, data)
    assert message in str(caught.value)


def test_one_byte_changed_anywhere_is_noticed() -> None:
    """Whichever it is."""
    for index in range(len(DATA)):
        altered = DATA[:index] + bytes([DATA[index] ^ 1]) + DATA[index + 1 :]
        with pytest.raises(ValueError, match=r"torn or altered"):
            read(RECORD.path, altered)


def test_a_file_among_the_contracts_is_there() -> None:
    """A publication names what it has."""
    body = published()
    assert isinstance(record_of(body)[0].body, Published)
    assert body.at == START
