"""A folder as a store: made, found, written by many at once, and whatever else a disk may hold."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sigpact.errors import ConfigurationError, StorageError
from sigpact.store import place as places
from sigpact.store.history import History, history, results
from sigpact.store.place import Folder
from tests.store.builders import APP, Shelf, live, one_of_each, published, served, written

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the folder of a new store."""
    places.created(str(tmp_path / "store"))
    return tmp_path / "store"


def test_a_store_is_made_once(store: Path) -> None:
    """Making it again changes nothing; in git it keeps line ends and leaves out what was not finished."""
    before = {each.name: each.read_bytes() for each in store.iterdir()}
    assert before == {
        "sigpact-store.json": b'{"store":1}\n',
        ".gitattributes": b"/clients/** -text\n/models/** -text\n/sigpact-store.json -text\n",
        ".gitignore": b".tmp-*\n",
    }
    (store / ".gitignore").write_bytes(b".tmp-*\nmine\n")
    places.created(str(store))
    assert (store / ".gitignore").read_bytes() == b".tmp-*\nmine\n"


@pytest.mark.parametrize("kind", ["absent", "folder", "file"])
def test_a_path_that_is_no_store_is_told(kind: str, tmp_path: Path) -> None:
    """An empty folder is not an empty store: a wrong path must not look like nobody out there."""
    path = tmp_path / "s"
    if kind == "folder":
        path.mkdir()
    elif kind == "file":
        path.touch()
    with pytest.raises(ConfigurationError) as caught:
        places.opened(str(path))
    assert str(caught.value) == (
        f"no store at {path} (no sigpact-store.json): `sigpact store init --store {path}` makes one"
    )


@pytest.mark.parametrize("mark", [b"", b'{"store":2}\n', b'{"store":1', b"{}"])
def test_a_marker_that_says_something_else_is_told(mark: bytes, store: Path) -> None:
    """Torn, or of a sigpact that writes otherwise."""
    (store / "sigpact-store.json").write_bytes(mark)
    with pytest.raises(StorageError, match=r'is damaged, or of a newer sigpact: \{"store":1\} is expected$'):
        places.opened(str(store))


def test_records_lie_as_they_were_written(store: Path) -> None:
    """One file each, and nothing else is left."""
    place = places.opened(str(store))
    records = written(place, *one_of_each())
    found = sorted(str(each.relative_to(store)) for each in store.glob("*/*/*"))
    assert found == sorted(each.path for each in records)
    assert (store / "models" / "%52anker%20v2").is_dir()
    written(place, *one_of_each())
    assert sorted(str(each.relative_to(store)) for each in store.glob("*/*/*")) == found


def test_nothing_is_overwritten(store: Path) -> None:
    """A damaged record stays for a person to look at."""
    place = places.opened(str(store))
    (record,) = written(place, live())
    (store / record.path).write_bytes(b"torn")
    with pytest.raises(
        StorageError, match=r"is there with another content: torn or altered; it is not overwritten"
    ):
        written(place, live())
    assert (store / record.path).read_bytes() == b"torn"


def test_links_are_followed_where_they_lead_to_records(store: Path, tmp_path: Path) -> None:
    """A linked store, client folder or record is one; a link to nothing, or in a circle, is damage."""
    place = places.opened(str(store))
    records = written(place, live(), served())
    (tmp_path / "link").symlink_to(store)
    linked = places.opened(str(tmp_path / "link"))
    assert history(linked).records == records
    (store / "clients" / "mobile-app").rename(tmp_path / "elsewhere")
    (store / "clients" / "mobile-app").symlink_to(tmp_path / "elsewhere")
    assert history(place).records == records
    name = f"live-{'0' * 64}.json"
    (tmp_path / "elsewhere" / name).symlink_to("nowhere")
    (tmp_path / "elsewhere" / "circle").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "self").symlink_to("self")
    assert [str(each) for each in history(place).damage] == [
        "clients/mobile-app/circle/ is a folder, and no record",
        f"clients/mobile-app/{name} cannot be read: No such file or directory",
        "clients/mobile-app/self cannot be read: Too many levels of symbolic links",
    ]


def test_a_pipe_with_a_records_name_holds_nobody_up(store: Path) -> None:
    """It says nothing, so it is damage."""
    (store / "clients" / "web").mkdir(parents=True)
    os.mkfifo(store / "clients" / "web" / f"live-{'0' * 64}.json")
    assert "is torn or altered" in str(history(places.opened(str(store))).damage[0])


def test_a_place_that_cannot_be_listed_or_written_is_one_line(store: Path) -> None:
    """Something stands where a folder should."""
    place = places.opened(str(store))
    (store / "clients").touch()
    with pytest.raises(StorageError, match=r": cannot be listed: Not a directory \("):
        history(place)
    with pytest.raises(StorageError, match=r": cannot be written: (Not a directory|File exists) \("):
        written(place, live())


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user who owns nothing: root may read and write everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("what", ["", "clients/mobile-app", "record"])
def test_permission_denied_is_one_line(what: str) -> None:
    """For the whole store, for a client's folder, for one record: nothing is known then."""
    with TemporaryDirectory() as folder:
        place = places.created(folder)
        (record,) = written(place, live())
        Path(folder).chmod(0o755)
        (Path(folder) / (record.path if what == "record" else what)).chmod(0)
        with nobody():
            if what == "record":
                damage = history(place).damage
                assert [str(each) for each in damage] == [f"{record.path} cannot be read: Permission denied"]
            else:
                with pytest.raises(StorageError, match=rf"^{folder}: .*Permission denied"):
                    history(places.opened(folder))
        Path(folder, what if what != "record" else "").chmod(0o755)


def test_a_place_where_nobody_may_write_is_one_line() -> None:
    """What was to be said is not said, and nothing is left behind."""
    with TemporaryDirectory() as folder:
        place = places.created(folder)
        Path(folder).chmod(0o555)
        with (
            nobody(),
            pytest.raises(StorageError, match=rf"^{folder}: cannot be written: Permission denied"),
        ):
            written(place, live())
        Path(folder).chmod(0o755)
        assert history(place) == History()


_WRITER = """
import sys
from sigpact.store.acts import append
from sigpact.store.place import opened
from sigpact.store.records import Result
from tests.store.builders import GENRE, at, live
place = opened(sys.argv[1])
for number in range(int(sys.argv[3])):
    bodies = (
        Result(GENRE, at(number), {"writer": sys.argv[2], "long": "x" * 300_000}),
        live(f"{sys.argv[2]}.{number}", hours=number),
        live(f"common.{number}"),
    )
    for each in bodies:
        print(append(place, each).path, flush=True)
"""


def _writer(store: Path, name: str, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(store), name, str(rounds)],
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _records(place: Folder) -> History:
    state, found = history(place), results(place)
    assert state.damage == found.damage == ()
    return History((*state.records, *found.records), (), state.unfinished)


def test_eight_writers_lose_nothing_while_one_is_killed(store: Path) -> None:
    """What a writer was told is kept is kept; nobody who reads meanwhile meets half a record."""
    place = Folder(store)
    writers = [_writer(store, str(number), 12) for number in range(7)]
    victim = _writer(store, "victim", 100_000)
    told: list[str] = [victim.stdout.readline() for _ in range(8)] if victim.stdout else []
    while any(each.poll() is None for each in writers):
        _records(place)
        if victim.poll() is None and sum(each.poll() is None for each in writers) <= 4:
            victim.kill()
        time.sleep(0.01)
    victim.kill()
    told += [line for each in (*writers, victim) for line in each.communicate()[0].splitlines(keepends=True)]
    assert victim.returncode == -signal.SIGKILL
    assert [each.returncode for each in writers] == [0] * 7
    kept = {each.path for each in _records(place).records}
    # the victim may have died between a record and its line, or within the line
    assert {each.strip() for each in told if each.endswith("\n")} <= kept
    assert len([each for each in kept if "/result-" in each]) >= 7 * 12


_DIES = """
import os, signal, sys
from sigpact.store import place as places
from tests.store.builders import live, written
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(places, sys.argv[2], die)
written(places.opened(sys.argv[1]), live())
"""


def test_who_is_killed_before_the_name_is_given_has_said_nothing(store: Path) -> None:
    """What is left is counted, and in nobody's way."""
    done = subprocess.run(
        [sys.executable, "-c", _DIES, str(store), "_named"],
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    found = history(Folder(store))
    assert (found.records, found.damage, found.unfinished) == ((), (), 1)
    (record,) = written(Folder(store), live())
    assert history(Folder(store)).records == (record,)


def test_a_file_system_without_links_is_written_all_the_same(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By renaming."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    (record,) = written(Folder(store), live())
    assert history(Folder(store)) == History((record,))


def _git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "core.autocrlf=true",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_branches_merge_without_conflict(store: Path) -> None:
    """Two teams, two branches, the same words on both: git merges them, and nothing is lost or changed."""
    place = Folder(store)
    _git(store, "init", "-q", "-b", "main")
    common = written(place, published())
    _git(store, "add", "-A")
    _git(store, "commit", "-qm", "start")
    sides = []
    for branch, more in (("one", live("4.3")), ("two", live("4.2"))):
        _git(store, "switch", "-qc", branch, "main")
        sides.append(written(place, more, published("same")))
        _git(store, "add", "-A")
        _git(store, "commit", "-qm", branch)
    _git(store, "merge", "-q", "--no-edit", "one")
    found = history(place)
    assert found.damage == ()
    assert {*found.records} == {*common, *sides[0], *sides[1]}
    assert len(found.records) == 4
    assert {each.body.owner for each in found.records} == {APP}
    shelf = Shelf({each: (store / each).read_bytes() for each in place.names()})
    assert history(shelf) == found
