"""What a user names: base paths and exports beside the configuration of a server."""

import os
from pathlib import Path

import pytest

from sigpact.errors import ConfigurationError
from sigpact.savedmodel.versions import resolve_models
from sigpact.serving.given import Given, given
from tests.savedmodel.writer import write_export


def base(folder: Path, *names: str) -> Path:
    """Make a base path with these version folders."""
    for each in names:
        write_export(folder / each, [])
    return folder


def configured(folder: Path, **models: str) -> str:
    """Write models.config: a base path for each model, and what else is said of it."""
    entries = (
        f'config {{ name: "{name}" model_platform: "tensorflow" base_path: {said} }}'
        for name, said in models.items()
    )
    file = folder / "models.config"
    file.write_text("model_config_list {\n" + "\n".join(entries) + "\n}\n")
    return str(file)


def read(*arguments: object) -> Given:
    """Read arguments."""
    return given([str(each) for each in arguments])


def told(found: Given) -> dict[str, list[int]]:
    """Return the numbers of versions by model."""
    return {model.name: [each.number for each in model.versions] for model in found.models}


def live(found: Given) -> dict[str, tuple[list[int], list[int]]]:
    """Return what is served by model, and the candidates."""
    return {
        each.model: (list(each.numbers), [one.number for one in each.candidates]) for each in found.served
    }


def test_without_a_configuration(tmp_path: Path) -> None:
    """All is as `resolve_models` reads it, and nothing is known of what is served."""
    genre = base(tmp_path / "models" / "genre", "1", "2")
    embed = base(tmp_path / "models" / "embed", "7")
    for arguments in ([genre], [tmp_path / "models"], [genre / "1", genre / "2"], [f"x={genre}", embed]):
        assert read(*arguments) == Given(resolve_models([str(each) for each in arguments]))
    assert given([]) == Given(())


def test_a_configuration(tmp_path: Path) -> None:
    """Each model that is listed, from its base path, all of its versions, and which of them are served."""
    genre = base(tmp_path / "models" / "genre", "1", "2", "3")
    embed = base(tmp_path / "elsewhere", "7", "8")
    file = configured(
        tmp_path, genre=f'"{genre}"', embed=f'"file://{embed}" model_version_policy {{ all {{}} }}'
    )
    found = read(file)
    assert told(found) == {"embed": [7, 8], "genre": [1, 2, 3]}
    assert live(found) == {"embed": ([7, 8], []), "genre": ([3], [])}
    assert read(file, file) == found


def test_where_a_base_path_lies_here(tmp_path: Path) -> None:
    """The base path of a configuration is the server's; the same model named beside it lies there here."""
    genre = base(tmp_path / "models" / "genre", "1", "2")
    file = configured(tmp_path, genre='"/srv/models/genre"')
    with pytest.raises(ConfigurationError) as caught:
        read(file)
    assert str(caught.value).startswith(
        f"{file}:2:1: Could not find base path /srv/models/genre for servable genre: "
    )
    assert str(caught.value).endswith("; where it lies elsewhere on this machine, name it too: genre=PATH")
    for here in (genre, tmp_path / "models", f"genre={genre}"):
        assert told(read(file, here)) == told(read(here, file)) == {"genre": [1, 2]}
        assert live(read(file, here)) == {"genre": ([2], [])}


def test_a_model_that_the_configuration_does_not_list(tmp_path: Path) -> None:
    """It is there with all of its versions, and nothing is said of what is served of it."""
    genre, embed = (base(tmp_path / "models" / name, "1", "2") for name in ("genre", "embed"))
    found = read(configured(tmp_path, genre=f'"{genre}"'), embed)
    assert told(found) == {"embed": [1, 2], "genre": [1, 2]}
    assert live(found) == {"genre": ([2], [])}


def test_candidates(tmp_path: Path) -> None:
    """Versions that are named one by one beside the configuration may be next, wherever they lie."""
    genre = base(tmp_path / "models" / "genre", "1", "2", "3")
    built = base(tmp_path / "build" / "genre", "4")
    file = configured(tmp_path, genre=f'"{genre}" model_version_policy {{ specific {{ versions: 1 }} }}')
    assert live(read(file, genre / "3")) == {"genre": ([1], [3])}
    found = read(file, built / "4", genre / "1")
    assert (told(found), live(found)) == ({"genre": [1, 2, 3, 4]}, {"genre": ([1], [1, 4])})
    assert found.served[0].judged == {1, 4}
    assert str(found.served[0]) == "1 is served (policy: specific 1); named beside it: 1, 4"
    other = base(tmp_path / "build" / "genre", "2")
    with pytest.raises(ConfigurationError, match="two exports are called version 2 of 'genre'"):
        read(file, other / "2")


def test_a_label_may_stand_for_a_candidate(tmp_path: Path) -> None:
    """The configuration of tomorrow names a version that is not in the base path of today."""
    genre = base(tmp_path / "models" / "genre", "1")
    built = base(tmp_path / "build" / "genre", "2")
    said = "model_version_policy { specific { versions: [1, 2] } } version_labels { key: 'canary' value: 2 }"
    file = configured(tmp_path, genre=f'"{genre}" {said}')
    with pytest.raises(ConfigurationError, match="Request to assign label to version 2 of model genre"):
        read(file)
    (served,) = read(file, built / "2").served
    assert (served.numbers, served.labelled("canary"), served.labels, served.notes) == (
        (1,),
        2,
        ("canary",),
        (),
    )
    assert str(served) == "1 is served (policy: specific 1, 2); named beside it: 2 (canary)"


def test_all_reads_two_folders_of_one_number_otherwise(tmp_path: Path) -> None:
    """Version 2 is the folder that this policy keeps, for whoever asks for it."""
    genre = base(tmp_path / "genre", "2", "002")
    (model,) = read(configured(tmp_path, genre=f'"{genre}" model_version_policy {{ all {{}} }}')).models
    assert [each.path for each in model.versions] == [str(genre / "002")]
    (model,) = read(configured(tmp_path, genre=f'"{genre}"')).models
    assert [each.path for each in model.versions] == [str(genre / "2")]


def test_a_model_without_versions(tmp_path: Path) -> None:
    """The server starts, and serves none of it: no mistake, and said."""
    (tmp_path / "genre").mkdir()
    found = read(configured(tmp_path, genre=f'"{tmp_path / "genre"}"'))
    assert (told(found), live(found)) == ({"genre": []}, {"genre": ([], [])})
    assert "No versions of servable genre found under base path" in found.served[0].notes[0]


def test_one_model_in_two_configurations(tmp_path: Path) -> None:
    """Which of them holds could not be told."""
    genre = base(tmp_path / "genre", "1")
    (tmp_path / "b").mkdir()
    one, other = (configured(folder, genre=f'"{genre}"') for folder in (tmp_path, tmp_path / "b"))
    with pytest.raises(ConfigurationError, match=f"^{other}:2:1: model 'genre' is listed at {one}:2:1 too$"):
        read(one, other)


def test_a_base_path_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is no base path without versions."""
    genre = base(tmp_path / "genre", "1")
    file = configured(tmp_path, genre=f'"{genre}"')

    def refuse(path: object) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(ConfigurationError, match="cannot be listed: Permission denied"):
        read(file)


def test_what_is_no_configuration(tmp_path: Path) -> None:
    """A file that belongs to an export is told as before; any other is read as a configuration."""
    version = base(tmp_path / "genre", "1") / "1"
    with pytest.raises(ConfigurationError, match="is a file; name its folder"):
        read(version / "saved_model.pb")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ConfigurationError, match=r"notes\.txt:1:1: ModelServerConfig has no field 'hello'"):
        read(tmp_path / "notes.txt")
