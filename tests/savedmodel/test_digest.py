"""The digest of a version's folder: what changes it, what does not, and what has none."""

import builtins
import hashlib
import os
import time
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.errors import ExportError
from sigpact.savedmodel.digest import Digests

FILES = {
    "saved_model.pb": b"graph",
    "variables/variables.index": b"index",
    "variables/variables.data-00000-of-00001": b"\x00\x01",
    "assets/labels.txt": b"Drama\nComedy\n",
}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def digest(folder: Path) -> str:
    """Return the digest, read anew."""
    return Digests().of(folder)


def by_the_book(files: Mapping[str, bytes]) -> str:
    """Return the digest of such files as the docstring defines it, in other words."""
    said = b"sigpact folder 1\n"
    for name in sorted(files, key=str.encode):
        said += len(name.encode()).to_bytes(8, "big") + name.encode() + hashlib.sha256(files[name]).digest()
    return f"sha256:{hashlib.sha256(said).hexdigest()}"


def test_the_form_is_fixed(tmp_path: Path) -> None:
    """Digests are kept in stores for years: the way they are made must not change unnoticed."""
    assert digest(write(tmp_path, FILES)) == by_the_book(FILES)
    assert by_the_book({}) == "sha256:9006bafcbd70c834ab89ebb50e25bbba90bdd065045a40f88ec3211387dbe72e"


CHANGES: list[tuple[str, dict[str, bytes]]] = [
    ("nothing", FILES),
    ("a file is added", FILES | {"fingerprint.pb": b"x"}),
    ("an empty file is added", FILES | {"assets/empty": b""}),
    ("a file is gone", {name: each for name, each in FILES.items() if name != "assets/labels.txt"}),
    ("a byte", FILES | {"saved_model.pb": b"grapg"}),
    ("a file is renamed", {name.replace("labels", "names"): each for name, each in FILES.items()}),
    ("a file is moved", {name.replace("assets/", "variables/"): each for name, each in FILES.items()}),
    ("two swap contents", FILES | {"saved_model.pb": b"index", "variables/variables.index": b"graph"}),
    ("a byte wanders", FILES | {"saved_model.pb": b"graphi", "variables/variables.index": b"ndex"}),
    ("a name's end is a file's beginning", FILES | {"a": b"bc"}),
    ("and the other way round", FILES | {"ab": b"c"}),
    ("the rest of assets.extra", FILES | {"assets.extra/tf_serving_warmup_requests": b"x"}),
    ("beside ours", FILES | {"assets.extra/sigpact.txt": b"x"}),
    ("deeper", FILES | {"x/assets.extra/sigpact/a": b"x"}),
    ("a file in place of ours", FILES | {"assets.extra/sigpact": b"x"}),
]


def test_every_change_changes_it(tmp_path: Path) -> None:
    """Of any two folders that differ in what is served, the digests differ."""
    made = {told: digest(write(tmp_path / str(at), each)) for at, (told, each) in enumerate(CHANGES)}
    for one, other in combinations(made, 2):
        assert made[one] != made[other], (one, other)


def test_what_is_ours_does_not_count(tmp_path: Path) -> None:
    """Contracts and evidence that are attached to a version leave it the version that it is."""
    before = digest(write(tmp_path, FILES))
    write(tmp_path, {"assets.extra/sigpact/a.contract.yaml": b"x", "assets.extra/sigpact/deep/b": b"y"})
    assert digest(tmp_path) == before


def test_a_copy_has_the_same(tmp_path: Path) -> None:
    """Times, modes, empty folders and links are how a folder is kept, not what it is."""
    before = digest(write(tmp_path / "one", FILES))
    copy = write(tmp_path / "two", FILES)
    (copy / "saved_model.pb").chmod(0o400)
    os.utime(copy / "saved_model.pb", (0, 0))
    (copy / "empty" / "deep").mkdir(parents=True)
    store = write(tmp_path / "store", {"blob": FILES["assets/labels.txt"]})
    (copy / "assets" / "labels.txt").unlink()
    (copy / "assets" / "labels.txt").symlink_to(store / "blob")
    (copy / "variables").rename(store / "variables")
    (copy / "variables").symlink_to(store / "variables")
    (tmp_path / "3").symlink_to(copy)
    assert digest(tmp_path / "3") == digest(copy) == before


names = st.text(st.sampled_from("ab./é\x00 "), min_size=1, max_size=4).filter(
    lambda name: "\0" not in name and not {"", ".", ".."} & set(name.split("/"))
)


@given(files=st.dictionaries(names, st.binary(max_size=3), max_size=4))
def test_any_folder(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any names and contents, against the definition read once more."""
    kept = {
        name: each
        for name, each in files.items()
        if not any(f"{name}/" in other + "/" for other in files if other != name)
    }
    assert digest(write(tmp_path_factory.mktemp("any"), kept)) == by_the_book(kept)


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """A file's name is bytes; whatever they are, they count."""
    try:
        (tmp_path / os.fsdecode(b"\xff")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system wants names in UTF-8")
    one = digest(tmp_path)
    (tmp_path / os.fsdecode(b"\xff")).rename(tmp_path / os.fsdecode(b"\xfe"))
    assert digest(tmp_path) != one


def refusal(folder: Path) -> str:
    """Return why a folder has no digest."""
    with pytest.raises(ExportError) as caught:
        digest(folder)
    return str(caught.value)


def test_what_has_no_digest(tmp_path: Path) -> None:
    """A half digest would look like a whole one: whatever cannot be read is told, with its path."""
    version = write(tmp_path / "1", FILES)
    assert refusal(tmp_path / "2") == f"{tmp_path / '2'}: does not exist"
    assert (
        refusal(version / "saved_model.pb")
        == f"{version / 'saved_model.pb'}: is a file, not the folder of an export"
    )
    (version / "assets" / "x").symlink_to("nowhere")
    assert refusal(version) == f"{version / 'assets' / 'x'}: is a link to nothing"
    (version / "assets" / "x").unlink()
    (version / "assets" / "x").symlink_to(version)
    assert refusal(version) == (
        f"{version / 'assets' / 'x'}: is a link to a folder above it: the version has no end"
    )
    (version / "assets" / "x").unlink()
    (version / "assets" / "x").symlink_to("x")
    assert refusal(version).startswith(f"{version / 'assets' / 'x'}: cannot be looked at: ")
    (version / "assets" / "x").unlink()
    os.mkfifo(version / "assets" / "x")
    assert "is no file and no folder" in refusal(version)


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a folder that this user may not enter."""
    version = write(tmp_path / "1", FILES)

    def refuse(path: Any, *_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied", path)

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "open", refuse)
        assert refusal(version).endswith("cannot be read: Permission denied")
    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", refuse)
        assert refusal(version) == f"{version}: cannot be listed: Permission denied"


def test_an_unchanged_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a file has been left alone for two seconds, its size, times and inode say that it is the same."""
    read: list[int] = []

    def counted(file: Any, algorithm: Any) -> Any:
        read.append(1)
        return hashlib.file_digest(file, algorithm)

    monkeypatch.setattr("sigpact.savedmodel.digest.file_digest", counted)
    version = write(tmp_path / "1", FILES)
    digests = Digests()
    first = digests.of(version)
    assert digests.of(version) == first
    assert len(read) == 2 * len(FILES), (
        "a file that was just written may be written again within the same tick"
    )
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 10_000_000_000)
    assert digests.of(version) == digests.of(version) == first
    assert len(read) == 3 * len(FILES)
    (version / "saved_model.pb").write_bytes(b"grapg")
    assert digests.of(version) == digest(version) != first
    assert Digests().of(version) != first


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that is still being copied has no digest yet."""
    version = write(tmp_path / "1", FILES)

    def late(file: Any, algorithm: Any) -> Any:
        found = hashlib.file_digest(file, algorithm)
        with (version / "saved_model.pb").open("ab") as other:
            other.write(b"more")
        return found

    monkeypatch.setattr("sigpact.savedmodel.digest.file_digest", late)
    assert refusal(version).endswith("changed while it was read; copy the version as a whole, then try again")
