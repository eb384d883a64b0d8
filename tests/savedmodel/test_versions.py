"""Base paths as the server reads them, and what users may name."""

import os
from pathlib import Path

import pytest

from sigpact.errors import ConfigurationError
from sigpact.savedmodel.versions import Model, VersionDir, layout, resolve_models, version_number
from tests.savedmodel.writer import write_export

NUMBERS = [
    ("1", 1),
    ("00000123", 123),
    ("+5", 5),
    ("-7", -7),
    ("-0", 0),
    (" 9 ", 9),
    ("\t\n\v\f\r 9", 9),
    (str(2**63 - 1), 2**63 - 1),
    (str(-(2**63)), -(2**63)),
    (str(2**63), None),
    (str(-(2**63) - 1), None),
    ("1" * 200, None),
    ("", None),
    (" ", None),
    ("+", None),
    ("1.0", None),
    ("0x10", None),
    ("3a", None),
    ("1_000", None),
    ("1 000", None),
    ("tmp-4", None),
    ("--5", None),
    ("+ 5", None),
    ("٣", None),
    ("\u00a09", None),
    ("\x1c9", None),
    ("latest", None),
]


@pytest.mark.parametrize(("name", "number"), NUMBERS)
def test_names_that_are_numbers(name: str, number: int | None) -> None:
    """A name is a version exactly where absl::SimpleAtoi<int64> parses it (serving-semantics 7.1)."""
    assert version_number(name) == number


def base(folder: Path, *versions: str) -> Path:
    """Make a base path with these versions."""
    for each in versions:
        write_export(folder / each, [])
    return folder


def found(path: Path | str) -> list[tuple[int, str, str | None]]:
    """Return number, folder and note of each version under a base path."""
    return [(each.number, each.folder, each.note) for each in layout(path).versions]


def test_versions_are_sorted_by_number(tmp_path: Path) -> None:
    """10 comes after 9, and -7 first; what is no number is skipped silently."""
    base(tmp_path, "9", "10", "2", "-7")
    for name in (".git", "assets", "tmp-4"):
        (tmp_path / name).mkdir()
    assert found(tmp_path) == [(-7, "-7", None), (2, "2", None), (9, "9", None), (10, "10", None)]
    assert layout(tmp_path).versions[0] == VersionDir(-7, "-7", str(tmp_path / "-7"))
    assert layout(tmp_path).notes == ()


def test_of_two_names_for_one_number_the_last_wins(tmp_path: Path) -> None:
    """`2`, `002` and `+2`: the last in the order of bytes is loaded, and a note says which are ignored."""
    base(tmp_path, "2", "002", "+2", "3")
    assert found(tmp_path) == [
        (2, "2", "'+2' and '002' is version 2 too; the server loads '2'"),
        (3, "3", None),
    ]


def test_an_unusual_name_is_noted(tmp_path: Path) -> None:
    """A person looks for version 123 in vain where the folder is called 00000123."""
    base(tmp_path, "00000123")
    assert found(tmp_path) == [
        (123, "00000123", "the server reads the folder's name '00000123' as version 123")
    ]


def test_a_plain_file_is_a_version(tmp_path: Path) -> None:
    """The server does not ask whether it is a folder, and fails to load it."""
    base(tmp_path, "1")
    (tmp_path / "12").write_text("")
    assert found(tmp_path)[1] == (
        12,
        "12",
        "a plain file, which the server takes for a version and cannot load",
    )


def test_exports_that_the_server_skips_are_noted(tmp_path: Path) -> None:
    """Folders with an export and without a number, and an export in the base path itself."""
    base(tmp_path, "1", "1.0", "v2", ".")
    assert layout(tmp_path).notes == (
        "the server skips '1.0', which holds an export: the name is no whole number",
        "the server skips 'v2', which holds an export: the name is no whole number",
        "the server skips the export in the base path itself: it looks into numbered folders only",
    )


def told(models: tuple[Model, ...]) -> dict[str, list[int]]:
    """Return the numbers of versions by model."""
    return {model.name: [each.number for each in model.versions] for model in models}


def refusal(*arguments: object) -> str:
    """Return what is said of arguments that cannot be resolved, one line."""
    with pytest.raises(ConfigurationError) as caught:
        resolve_models([str(each) for each in arguments])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_each_way_to_name_models(tmp_path: Path) -> None:
    """A base path, a folder of such, a single version, an export elsewhere, each with a name or without."""
    genre = base(tmp_path / "models" / "genre", "1", "2")
    base(tmp_path / "models" / "embed", "7")
    loose = base(tmp_path / "loose" / "out", ".")
    for argument, models in [
        (genre, {"genre": [1, 2]}),
        (f"{genre}/", {"genre": [1, 2]}),
        (tmp_path / "models", {"embed": [7], "genre": [1, 2]}),
        (genre / "2", {"genre": [2]}),
        (loose, {"out": [0]}),
        (f"new={genre}", {"new": [1, 2]}),
        (f"new={genre / '2'}", {"new": [2]}),
        (f"new={loose}", {"new": [0]}),
    ]:
        assert told(resolve_models([str(argument)])) == models, argument


def test_paths_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names come from the whole path, and shown paths stay as they were given."""
    monkeypatch.chdir(base(tmp_path / "genre", "1"))
    (model,) = resolve_models(["."])
    assert (model.name, model.versions) == ("genre", (VersionDir(1, "1", "1"),))
    monkeypatch.chdir("1")
    (model,) = resolve_models(["."])
    assert (model.name, model.versions) == ("genre", (VersionDir(1, "1", "."),))


def test_a_link_keeps_its_name(tmp_path: Path) -> None:
    """Versions are often links into a store; the name of the link is the version."""
    store = base(tmp_path / "store" / "abc", ".")
    (tmp_path / "genre").mkdir()
    (tmp_path / "genre" / "4").symlink_to(store)
    assert told(resolve_models([str(tmp_path / "genre" / "4")])) == {"genre": [4]}
    assert told(resolve_models([str(tmp_path / "genre")])) == {"genre": [4]}


def test_an_export_without_a_number_is_noted(tmp_path: Path) -> None:
    """Before it is deployed an export may be anywhere; version 0 is a way to speak of it."""
    (model,) = resolve_models([str(base(tmp_path / "out", "."))])
    assert model.versions[0].note == "not in a numbered folder, as the server wants it: taken for version 0"
    (model,) = resolve_models([str(base(tmp_path / "genre", "007") / "007")])
    assert model.versions[0].note == "the server reads the folder's name '007' as version 7"


def test_a_path_with_an_equals_sign_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the whole argument exists, or a `/` comes before the `=`, nothing is a name."""
    base(tmp_path / "a=b", "1")
    monkeypatch.chdir(tmp_path)
    assert told(resolve_models(["a=b"])) == {"a=b": [1]}
    assert told(resolve_models([str(tmp_path / "a=b")])) == {"a=b": [1]}
    assert told(resolve_models(["x=a=b"])) == {"x": [1]}
    assert refusal("=a") == "'=a' is neither a path nor name=path"
    assert refusal("a=") == "'a=' is neither a path nor name=path"


def test_versions_named_one_by_one_are_one_model(tmp_path: Path) -> None:
    """Two versions of one base path, or a path that is named twice, are no clash."""
    genre = base(tmp_path / "models" / "genre", "1", "2", "3")
    assert told(resolve_models([str(genre / "3"), str(genre / "1")])) == {"genre": [1, 3]}
    assert told(resolve_models([str(genre), str(tmp_path / "models"), str(genre / "1")])) == {
        "genre": [1, 2, 3]
    }


def test_two_models_of_one_name_are_a_clash(tmp_path: Path) -> None:
    """Which of them a contract speaks of could not be told."""
    one, other = base(tmp_path / "a" / "genre", "1"), base(tmp_path / "b" / "genre", "2")
    assert refusal(one, other) == (
        f"two models are called 'genre': {one} and {other}; call one of them otherwise, as in name=path"
    )
    assert told(resolve_models([str(one), f"other={other}"])) == {"genre": [1], "other": [2]}


def test_two_exports_of_one_number_are_a_clash(tmp_path: Path) -> None:
    """`2` and `002` are one version to the server."""
    genre = base(tmp_path / "genre", "2", "002")
    assert refusal(genre / "2", genre / "002") == (
        f"two exports are called version 2 of 'genre': {genre / '2'} and {genre / '002'}"
    )


def test_sub_folders_without_versions_are_noted(tmp_path: Path) -> None:
    """None is dropped silently; hidden folders and plain files are no models."""
    base(tmp_path / "genre", "1")
    path = base(tmp_path / "embed", "v1")
    for name in ("empty", ".git"):
        (tmp_path / name).mkdir()
    (tmp_path / "README").write_text("")
    embed, empty, genre = resolve_models([str(tmp_path)])
    assert told((embed, empty, genre)) == {"embed": [], "empty": [], "genre": [1]}
    assert embed.layout.notes == (
        f"{path} holds no version: the server wants {path / '1' / 'saved_model.pb'}; it holds 'v1'",
        "the server skips 'v1', which holds an export: the name is no whole number",
    )
    assert empty.layout.notes[0].endswith("; it is empty")


def test_a_model_without_versions_clashes_with_none(tmp_path: Path) -> None:
    """Two folders of models may both have a folder `docs`, or one a model and one an empty folder."""
    for each in ("a", "b"):
        base(tmp_path / each / f"model-{each}", "1")
        (tmp_path / each / "docs").mkdir()
    (tmp_path / "a" / "model-b").mkdir()
    models = resolve_models([str(tmp_path / "a"), str(tmp_path / "b")])
    assert told(models) == {"docs": [], "model-a": [1], "model-b": [1]}
    assert models[2].layout.base == str(tmp_path / "b" / "model-b")
    assert len(models[0].layout.notes) == 2


def test_nothing_there(tmp_path: Path) -> None:
    """The message names what was missing, where, and what is near."""
    base(tmp_path / "models" / "genre", "1")
    models, missing = tmp_path / "models", tmp_path / "models" / "gnere"
    assert refusal(missing) == f"{missing} does not exist: there is no 'gnere' in {models}; there is 'genre'"
    far = tmp_path / "modles" / "genre" / "1"
    assert refusal(far) == f"{far} does not exist: there is no 'modles' in {tmp_path}; there is 'models'"
    odd = models / "xyz"
    assert refusal(f"name={odd}") == f"{odd} does not exist: there is no 'xyz' in {models}; it holds 'genre'"
    empty = models / "genre" / "1" / "saved_model.pb"
    assert refusal(empty) == f"{empty} is a file; name its folder, {empty.parent}"
    (models / "genre.zip").write_text("")
    assert refusal(models / "genre.zip").endswith("genre.zip is a file; a base path or an export is a folder")


def test_folders_without_a_version(tmp_path: Path) -> None:
    """An empty folder, misnamed versions, a stray file that is called as a number, a name for many."""
    empty = tmp_path / "empty"
    empty.mkdir()
    wanted = f"{empty} holds no version: the server wants {empty / '1' / 'saved_model.pb'}"
    assert refusal(empty) == f"{wanted}; it is empty"
    (empty / "12").write_text("")
    assert refusal(empty) == (
        f"{wanted}; it holds '12'; '12' is a plain file, which the server takes for a version and cannot load"
    )
    models = tmp_path / "models"
    base(models, "v1", "v2")
    assert refusal(models).endswith(
        "it holds 'v1', 'v2'; the server skips 'v1', which holds an export: the name is no whole number;"
        " the server skips 'v2', which holds an export: the name is no whole number"
    )
    base(tmp_path / "many" / "genre", "1")
    assert "many holds no version" in refusal(f"one={tmp_path / 'many'}")
    for each in "abcdef":
        (tmp_path / "letters" / each).mkdir(parents=True)
    assert refusal(tmp_path / "letters").endswith("it holds 'a', 'b', 'c', 'd', 'e', …")


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's refusal becomes one line."""

    def refuse(path: object) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert refusal(tmp_path) == f"{tmp_path} cannot be listed: Permission denied"
    assert refusal(tmp_path / "x").endswith("it holds '(Permission denied)'")
