"""Exports behind URLs: what is fetched, what is told, and what is never taken for an absence."""

import gc
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest

from sigpact.errors import (
    ConfigurationError,
    ExportError,
    RuntimeUnavailableError,
    SigpactError,
    StorageError,
    UnsupportedExportError,
)
from sigpact.frozen import replace
from sigpact.savedmodel.files import Lack, missing
from sigpact.savedmodel.reader import read_export, serving_signatures
from sigpact.savedmodel.remote import Entry, listing, static_copy, whole_copy
from sigpact.savedmodel.versions import Layout, VersionDir, layout, resolve_models
from tests.rules.cases import signature
from tests.savedmodel.writer import chunk, meta_graph, node, saved_model, write_export
from tests.spy import Spy

GENRE = signature("get_genre", {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]"}})
PLAIN = "a plain file, which the server takes for a version and cannot load"
FILES = {
    "variables/variables.index": b"index",
    "variables/variables.data-00000-of-00001": b"data",
    "assets/labels.txt": b"Drama",
    "assets.extra/tf_serving_warmup_requests": b"",
    "fingerprint.pb": b"x",
}


def put(spy: type[Spy], path: str, content: bytes = b"") -> None:
    """Put a file there."""
    spy().pipe_file(path, content)


def export(spy: type[Spy], path: str, tmp_path: Path, **files: bytes) -> None:
    """Put an export there."""
    folder = write_export(tmp_path / "made", [GENRE])
    put(spy, f"{path}/saved_model.pb", (folder / "saved_model.pb").read_bytes())
    for name, content in {**FILES, **files}.items():
        put(spy, f"{path}/{name}", content)


def test_a_listing(spy: type[Spy]) -> None:
    """Names, sorted; folders; sizes of files; an empty object that stands for the folder is none of them."""
    put(spy, "/b/genre/10/x")
    put(spy, "/b/genre/2/x")
    put(spy, "/b/genre/README", b"12345")
    found = (
        Entry("10", is_folder=True, size=0),
        Entry("2", is_folder=True, size=0),
        Entry("README", is_folder=False, size=5),
    )
    assert listing("spy://b/genre") == found
    assert spy.asked[-2:] == [("fresh", ""), ("ls", "/b/genre")]
    assert listing("spy://b/nowhere") is None


ENTRIES: list[tuple[list[dict[str, Any]], tuple[Entry, ...] | str]] = [
    ([{"name": "b/m/", "type": "file", "size": 0}], ()),
    ([{"name": "b/m/1", "type": "directory"}], (Entry("1", is_folder=True),)),
    ([{"name": "b/m/1/", "type": "file", "size": 0}], (Entry("1", is_folder=True, size=0),)),
    ([{"name": "b/m", "type": "directory", "size": 0}], ()),
    ([{"name": "b/m", "type": "file", "size": 3}], "is a file; a base path or an export is a folder"),
    ([{"name": "b/m/..", "type": "directory"}], "it holds 'b/m/..', which is no name for a file here"),
    ([{"name": "b/m/x\0y", "type": "file"}], "it holds 'b/m/x\\x00y', which is no name for a file here"),
    ([], ()),
]  # fmt: skip


@pytest.mark.parametrize(("found", "entries"), ENTRIES)
def test_what_object_stores_list(found: list[dict[str, Any]], entries: tuple[Entry, ...] | str) -> None:
    """Marks of folders, a file that is listed as itself, and names that would lead out of the folder."""

    class Listed(Spy):
        protocol = "listed"

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return path.removeprefix("listed://")

        def ls(self, path: str, detail: bool = True, **_: Any) -> Any:  # noqa: ARG002, FBT001, FBT002 - fsspec's
            return found

    fsspec.register_implementation("listed", Listed, clobber=True)
    if isinstance(entries, str):
        with pytest.raises(SigpactError) as caught:
            listing("listed://b/m")
        assert str(caught.value) in {f"listed://b/m {entries}", f"listed://b/m: {entries}"}
    else:
        assert listing("listed://b/m") == entries


def test_a_base_path(spy: type[Spy], tmp_path: Path) -> None:
    """Versions, notes and ways to name them are as on this machine."""
    for name in ("1", "002", "2", "v3"):
        export(spy, f"/b/genre/{name}", tmp_path)
    put(spy, "/b/genre/12")
    assert layout("spy://b/genre/") == Layout(
        "spy://b/genre",
        (
            VersionDir(1, "1", "spy://b/genre/1"),
            VersionDir(2, "2", "spy://b/genre/2", "'002' is version 2 too; the server loads '2'", ("002",)),
            VersionDir(12, "12", "spy://b/genre/12", PLAIN),
        ),
        ("the server skips 'v3', which holds an export: the name is no whole number",),
    )  # fmt: skip
    told = {
        argument: [
            (model.name, [each.number for each in model.versions]) for model in resolve_models([argument])
        ]
        for argument in (
            "spy://b/genre",
            "spy://b",
            "spy://b/genre/2",
            "x=spy://b/genre",
            "spy://b/genre/v3/",
        )
    }
    assert told == {
        "spy://b/genre": [("genre", [1, 2, 12])],
        "spy://b": [("genre", [1, 2, 12])],
        "spy://b/genre/2": [("genre", [2])],
        "x=spy://b/genre": [("x", [1, 2, 12])],
        "spy://b/genre/v3/": [("v3", [0])],
    }


def test_only_saved_model_pb_is_fetched(spy: type[Spy], tmp_path: Path) -> None:
    """Of an export that is read nothing else comes over the wire but names."""
    export(spy, "/b/genre/1", tmp_path)
    read = read_export("spy://b/genre/1")
    assert serving_signatures(read) == serving_signatures(read_export(tmp_path / "made"))
    assert read.path == "spy://b/genre/1"
    assert missing(read) == ()
    assert [path for what, path in spy.asked if what == "get"] == ["/b/genre/1/saved_model.pb"]
    assert [path for what, path in spy.asked if what == "ls"] == [
        "/b/genre/1", "/b/genre/1/assets", "/b/genre/1/variables",
    ]  # fmt: skip


def test_names_tell_what_is_missing(spy: type[Spy], tmp_path: Path) -> None:
    """Variables that the graph reads, and that are not there, are told as on this machine."""
    graph = [node("x", "Placeholder"), node("read", "ReadVariableOp", "v"), node("v", "VarHandleOp")]
    spec = signature("get", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})
    read = replace(spec, outputs=tuple(replace(each, tensor="read:0") for each in spec.outputs))
    content = saved_model([meta_graph([read], ("serve",)) + chunk(2, b"".join(graph))])
    told = {}
    for name in ("whole", "bare"):
        files = FILES if name == "whole" else {}
        for path, each in {**files, "saved_model.pb": content}.items():
            put(spy, f"/b/{name}/1/{path}", each)
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_bytes(each)
        told[name] = missing(read_export(f"spy://b/{name}/1"))
        assert told[name] == missing(read_export(tmp_path / name))
    assert told["whole"] == ()
    assert [(each.lack, each.signature, each.certain) for each in told["bare"]] == [
        (Lack.VARIABLES, "get", True)
    ]


def test_what_is_wrong_with_an_export_is_told_of_its_url(spy: type[Spy]) -> None:
    """No path of a copy on this machine is ever shown."""
    put(spy, "/b/genre/1/saved_model.pb", b"no")
    put(spy, "/b/genre/2/readme.txt", b"no")
    put(spy, "/b/genre/3/saved_model.pbtxt", b"meta_graphs {}")
    for number, kind, told in [
        (1, ExportError, "spy://b/genre/1/saved_model.pb: is a text, not a SavedModel"),
        (2, ExportError, "spy://b/genre/2: holds no saved_model.pb; export the model again"),
        (3, UnsupportedExportError, "spy://b/genre/3: is kept as text (saved_model.pbtxt)"),
    ]:
        with pytest.raises(ExportError) as caught:
            read_export(f"spy://b/genre/{number}")
        assert str(caught.value).startswith(told)
        assert type(caught.value) is kind


def test_a_whole_copy(spy: type[Spy], tmp_path: Path) -> None:
    """All files, at any depth; gone as soon as nobody holds it."""
    export(spy, "/b/genre/1", tmp_path)
    copy = whole_copy("spy://b/genre/1")
    found = {
        str(each.relative_to(copy.path)): each.read_bytes()
        for each in Path(copy.path).rglob("*")
        if each.is_file()
    }
    assert found == {"saved_model.pb": (tmp_path / "made" / "saved_model.pb").read_bytes(), **FILES}
    path = Path(copy.path)
    del copy
    gc.collect()
    assert not path.exists()


def test_a_copy_that_is_read_goes_with_its_export(spy: type[Spy], tmp_path: Path) -> None:
    """So a run over a hundred versions keeps none of them."""
    export(spy, "/b/genre/1", tmp_path)
    read = read_export("spy://b/genre/1")
    path = read.folder
    assert path.is_dir()
    del read
    gc.collect()
    assert not path.exists()


class CredentialsError(Exception):
    """As botocore's NoCredentialsError: no OSError."""


FAILURES: list[tuple[BaseException, str]] = [
    (PermissionError("Access Denied"), "PermissionError: Access Denied"),
    (OSError("Forbidden: https://x\nmore"), "OSError: Forbidden: https://x"),
    (TimeoutError(), "TimeoutError"),
    (TimeoutError("slow"), "TimeoutError: slow"),
    (ConnectionError("refused"), "ConnectionError: refused"),
    (CredentialsError("Unable to locate credentials"), "CredentialsError: Unable to locate credentials"),
    (ValueError("Bad Request"), "ValueError: Bad Request"),
    (KeyError("name"), "KeyError: 'name'"),
]
WAYS: list[tuple[str, Callable[[], object]]] = [
    ("ls", lambda: layout("spy://b/genre")),
    ("ls", lambda: resolve_models(["spy://b"])),
    ("ls", lambda: resolve_models(["spy://b/genre"])),
    ("ls", lambda: read_export("spy://b/genre/1")),
    ("ls", lambda: whole_copy("spy://b/genre/1")),
    ("get", lambda: read_export("spy://b/genre/1")),
    ("get", lambda: whole_copy("spy://b/genre/1")),
]


@pytest.mark.parametrize(("error", "told"), FAILURES)
@pytest.mark.parametrize(("what", "way"), WAYS)
def test_a_failure_is_no_absence(
    spy: type[Spy], tmp_path: Path, what: str, way: Callable[[], object], error: BaseException, told: str
) -> None:
    """Whatever a back end raises, at whichever step: nothing is known, one line says why."""
    export(spy, "/b/genre/1", tmp_path)
    spy.fails[what, ""] = error
    with pytest.raises(StorageError) as caught:
        way()
    assert str(caught.value).startswith("spy://b")
    assert str(caught.value).endswith(f": cannot be read: {told}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", ["genre/1", "variables", "assets"])
def test_a_failure_further_down(spy: type[Spy], tmp_path: Path, part: str) -> None:
    """The base path is listed, and something in it may not be: no version without variables is made of it."""
    export(spy, "/b/genre/1", tmp_path)
    spy.fails["ls", part] = PermissionError("Access Denied")
    with pytest.raises(StorageError, match="Access Denied"):
        read_export("spy://b/genre/1")


def test_what_vanishes(spy: type[Spy], tmp_path: Path) -> None:
    """A version that was there a moment ago is no broken one."""
    export(spy, "/b/genre/1", tmp_path)
    spy.fails["get", ""] = FileNotFoundError("gone")
    for read in (read_export, whole_copy):
        with pytest.raises(StorageError, match="was listed a moment ago, and is gone"):
            read("spy://b/genre/1")
    with pytest.raises(StorageError, match="was listed a moment ago, and is gone"):
        static_copy("spy://b/genre/2", "saved_model.pb", ())


def test_what_arrives_cut_short(spy: type[Spy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file is not read as a damaged export."""
    export(spy, "/b/genre/1", tmp_path)
    monkeypatch.setattr(Spy, "get_file", lambda _, __, lpath, **___: Path(lpath).write_bytes(b"half"))
    with pytest.raises(
        StorageError, match=r"spy://b/genre/1/\S+: 4 bytes arrived of \d+: it changed, or was cut short"
    ):
        whole_copy("spy://b/genre/1")


def test_schemes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that nobody knows, a chain, a package that is missing, fsspec itself missing."""
    for url, told in [
        ("nowhere://b/m", "nowhere://b/m: fsspec knows no nowhere://"),
        ("zip://m::s3://b/x.zip", "zip://m::s3://b/x.zip: chained URLs are not read; name the folder itself"),
        ("file://b/m", "file://b/m: a file:// has three slashes before an absolute path"),
    ]:
        with pytest.raises(ConfigurationError) as wrong:
            resolve_models([url])
        assert str(wrong.value) == told
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(RuntimeUnavailableError) as caught:
        resolve_models(["s3://b/m"])
    assert (
        str(caught.value)
        == "s3://b/m: a package is missing that reads s3://; pip install 'sigpact[remote]' s3fs"
    )
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(RuntimeUnavailableError) as caught:
        resolve_models(["memory://b/m"])
    assert (
        str(caught.value)
        == "memory://b/m: a package is missing that reads memory://; pip install 'sigpact[remote]'"
    )


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    """The server takes it for one, and so do we: without fsspec."""
    write_export(tmp_path / "genre" / "1", [GENRE])
    assert resolve_models([f"file://{tmp_path}/genre"]) == resolve_models([f"{tmp_path}/genre"])
    assert resolve_models([f"x=file://{tmp_path}/genre"])[0].name == "x"


def test_nothing_there(spy: type[Spy]) -> None:
    """A URL that was mistyped is a mistake of whoever typed it, told apart from a refusal."""
    put(spy, "/b/genre/1/x")
    for url, told in [
        ("spy://b/gnere", "spy://b/gnere does not exist, or holds nothing"),
        ("spy://b/genre/1/x", "spy://b/genre/1/x is a file; a base path or an export is a folder"),
        (
            "spy://b/genre/1",
            (
                "spy://b/genre/1 holds no version: the server wants spy://b/genre/1/1/saved_model.pb;"
                " it holds 'x'"
            ),
        ),
    ]:
        with pytest.raises(ConfigurationError) as caught:
            resolve_models([url])
        assert str(caught.value) == told


def test_what_back_ends_log_is_not_printed(spy: type[Spy]) -> None:
    """One line on stderr is ours; who listens to their loggers hears them all the same."""
    put(spy, "/b/genre/1/x")
    for _ in range(2):
        assert listing("spy://b/genre")
    for name in ("s3fs", "gcsfs"):
        top = logging.getLogger(name)
        assert [type(each) for each in top.handlers] == [logging.NullHandler]
