"""Which version a side of `diff` names: a folder, `BASE@N`, or a snapshot."""

import json
from pathlib import Path

import pytest

from sigpact.engine.sides import side
from sigpact.errors import ConfigurationError
from sigpact.report.show import render_json, show
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export

SOME = signature("s", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return the base path of a model with two versions."""
    for number in ("1", "2"):
        write_export(tmp_path / "genre" / number, [SOME])
    return tmp_path / "genre"


def test_a_version_is_named_in_several_ways(base: Path, tmp_path: Path) -> None:
    """The folder, the base path with a number, a snapshot of one, and of several with a number."""
    one, all_ = tmp_path / "one.json", tmp_path / "all.json"
    one.write_text(render_json(show([str(base / "2")])), encoding="utf-8")
    all_.write_text(render_json(show([str(base)])), encoding="utf-8")
    found = [
        side(each)
        for each in (f"{base}/2", f"{base}@2", f"{base}@genre@2", str(one), f"{all_}@2", f"{all_}@genre@2")
    ]
    assert {str(each) for each in found} == {"genre@2"}
    assert {each.loaded.signatures for each in found} == {(SOME,)}
    assert [each.folder is not None for each in found] == [True, True, True, False, False, False]


def test_a_path_may_have_an_at_in_it(tmp_path: Path) -> None:
    """What exists is a path; only what does not is taken apart."""
    folder = write_export(tmp_path / "team@home" / "genre" / "7", [SOME])
    assert str(side(str(folder))) == str(side(f"{folder.parent}@7")) == "genre@7"


def test_one_version_is_wanted(base: Path, tmp_path: Path) -> None:
    """None and several are told, with what there is."""
    with pytest.raises(ConfigurationError, match=r"names 2 versions, not one; there is .*genre@1, .*genre@2"):
        side(str(base))
    with pytest.raises(ConfigurationError, match=r"genre@9 holds no such version; there is .*genre@1"):
        side(f"{base}@9")
    with pytest.raises(ConfigurationError, match="does not exist"):
        side(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"snapshot": 99}'])
def test_a_file_that_is_no_snapshot(text: str, tmp_path: Path) -> None:
    """It is told in one line, with the command that writes one."""
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"a\.json is no snapshot: .*sigpact show --format json"):
        side(str(file))


def test_what_could_not_be_read_is_told_apart(base: Path, tmp_path: Path) -> None:
    """No server loads a meta graph without the tag; what a snapshot could not read is unknown."""
    write_export(tmp_path / "other" / "1", [SOME], tags=["train"])
    untagged = side(f"{tmp_path}/other/1").loaded
    assert untagged.reason is not None
    assert not untagged.unknown
    document = json.loads(render_json(show([f"{base}/1"])))
    (seen,) = document["versions"]
    document["versions"] = [
        {key: seen[key] for key in ("model", "version", "path", "note")} | {"error": "gone"}
    ]
    file = tmp_path / "a.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert side(str(file)).loaded.unknown
