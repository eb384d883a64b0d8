"""Stores behind URLs: the same files through fsspec, and a bucket that cannot be reached."""

import secrets
import sys
from pathlib import Path

import fsspec
import pytest

from sigpact.errors import ConfigurationError, RuntimeUnavailableError, StorageError
from sigpact.store import place as places
from sigpact.store.bucket import Bucket
from sigpact.store.history import history, results
from tests.spy import Spy
from tests.store.builders import Shelf, live, one_of_each, published, written


@pytest.fixture
def url() -> str:
    """Return the URL of a store in memory that nobody else has."""
    found = f"memory://{secrets.token_hex(4)}/store"
    places.created(found)
    return found


def test_a_bucket_says_what_a_folder_says(url: str, tmp_path: Path) -> None:
    """The same records, by the same names."""
    folder, shelf = places.created(str(tmp_path)), Shelf()
    remote = places.opened(url)
    for each in (folder, shelf, remote):
        written(each, *one_of_each())
    assert history(remote) == history(folder) == history(shelf)
    assert results(remote) == results(folder)
    assert len(history(remote).records) == len(one_of_each()) - 1
    assert str(remote) == url


def test_blobs_are_no_records(url: str) -> None:
    """They are read by name."""
    remote = places.opened(url)
    remote.write("clients/mobile-app/blobs/ab", b"\x00\xff")
    assert remote.names() == ()
    assert remote.read(["clients/mobile-app/blobs/ab"]) == {"clients/mobile-app/blobs/ab": b"\x00\xff"}


def test_nothing_is_overwritten(url: str) -> None:
    """The same content again is fine."""
    remote = places.opened(url)
    remote.write("clients/a/x", b"1")
    remote.write("clients/a/x", b"1")
    with pytest.raises(StorageError, match=r"clients/a/x is there with another content: torn or altered"):
        remote.write("clients/a/x", b"2")
    assert remote.read(["clients/a/x"]) == {"clients/a/x": b"1"}


def test_what_somebody_else_puts_is_seen_at_once(url: str) -> None:
    """Listings are not remembered."""
    one, other = places.opened(url), places.opened(url)
    assert history(one).records == ()
    (record,) = written(other, live())
    assert history(one).records == (record,)


def test_torn_objects_are_damage(url: str) -> None:
    """However they came to be so."""
    remote = places.opened(url)
    (record,) = written(remote, published())
    files = fsspec.filesystem("memory")
    path = f"{url.removeprefix('memory:/')}/{record.path}"
    files.pipe_file(path, files.cat_file(path)[:40])
    assert "is torn or altered" in str(history(places.opened(url)).damage[0])


def test_a_url_without_a_store_is_told() -> None:
    """With what makes one."""
    with pytest.raises(ConfigurationError) as caught:
        places.opened("memory://nowhere/at/all")
    assert str(caught.value) == (
        "no store at memory://nowhere/at/all (no sigpact-store.json): "
        "`sigpact store init --store memory://nowhere/at/all` makes one"
    )


def test_a_url_of_a_folder_is_that_folder(tmp_path: Path) -> None:
    """So that what is written is whole or not there."""
    place = places.created(f"file://{tmp_path}/store")
    assert isinstance(place, places.Folder)
    assert (tmp_path / "store" / "sigpact-store.json").is_file()


def test_a_scheme_that_nobody_knows_is_one_line() -> None:
    """An option that is wrong."""
    with pytest.raises(ConfigurationError, match=r"^nonsense://x: fsspec knows no nonsense://$"):
        places.opened("nonsense://x")


@pytest.fixture
def store(spy: type[Spy]) -> Bucket:
    """Return a store whose back end can be told to fail, with a record in it."""
    assert spy.protocol == "spy"
    place = places.created("spy://b/store/")
    written(place, live())
    assert isinstance(place, Bucket)
    return place


def test_a_bucket_is_listed_by_folder(store: Bucket, spy: type[Spy]) -> None:
    """Fsspec's `find` and `exists` take a refusal for an absence; blobs are not listed at all."""
    store.write("clients/mobile-app/blobs/ab", b"")
    spy.asked.clear()
    assert len(history(store).records) == 1
    assert [path for what, path in spy.asked if what == "ls"] == [
        "/b/store/clients",
        "/b/store/models",
        "/b/store/clients/mobile-app",
    ]


@pytest.mark.parametrize(
    ("what", "part", "error", "url"),
    [
        ("ls", "store/clients", PermissionError("Access Denied"), "spy://b/store/clients"),
        ("ls", "store/models", ConnectionError("Could not connect\nto it"), "spy://b/store/models"),
        ("ls", "mobile-app", TimeoutError("slow"), "spy://b/store/clients/mobile-app"),
        ("cat", "live-", OSError("Input/output error"), "spy://b/store/clients/mobile-app/live-"),
    ],
)
def test_a_bucket_that_cannot_be_read_is_one_line(
    what: str, part: str, error: Exception, url: str, store: Bucket, spy: type[Spy]
) -> None:
    """In whichever part: nothing is known then, never an empty store, never a yes."""
    spy.fails[what, part] = error
    with pytest.raises(StorageError) as caught:
        history(store)
    assert str(caught.value).startswith(url)
    assert f": cannot be read: {type(error).__name__}: {str(error).splitlines()[0]}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bucket_that_cannot_be_opened_is_no_path_without_a_store(store: Bucket, spy: type[Spy]) -> None:
    """Refused is not absent."""
    assert places.opened(str(store)).names() == store.names()
    spy.fails["cat", places.MARKER] = PermissionError("Access Denied")
    with pytest.raises(StorageError, match=r"cannot be read: PermissionError: Access Denied$"):
        places.opened(str(store))


def test_a_bucket_that_cannot_be_written_is_one_line(store: Bucket, spy: type[Spy]) -> None:
    """And what was to be said is not said."""
    spy.fails["pipe", "published-"] = PermissionError("Access Denied")
    with pytest.raises(
        StorageError, match=r"/published-\w+.json: cannot be written: PermissionError: Access De"
    ):
        written(store, published())
    assert len(history(store).records) == 1


def test_without_fsspec_a_url_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(
        RuntimeUnavailableError, match=r"^s3://b: a package is missing that reads s3://; pip inst"
    ):
        places.opened("s3://b")
