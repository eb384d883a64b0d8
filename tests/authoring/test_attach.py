"""Contracts that travel: into an export and out again, and each version judged by its own."""

import json
from pathlib import Path

import pytest

from sigpact.authoring.attach import attach, attached
from sigpact.cli import main
from sigpact.contract.load import load
from sigpact.errors import ConfigurationError, ContractError
from sigpact.savedmodel.attached import FOLDER
from sigpact.savedmodel.digest import OURS, Digests
from tests.engine.world import APP, GENRE, SCORED
from tests.savedmodel.writer import write_export


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two versions, the second of which breaks the app; a contract of each of two clients."""
    monkeypatch.chdir(tmp_path)
    write_export(tmp_path / "models" / "genre" / "1", [GENRE])
    write_export(tmp_path / "models" / "genre" / "2", [SCORED])
    (tmp_path / "contracts" / "golden").mkdir(parents=True)
    (tmp_path / "contracts" / "golden" / "rows.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "contracts" / "app.contract.yaml").write_text(APP, encoding="utf-8")
    shop = APP.replace("client: app", "client: shop").replace(
        "    inputs", "    rows_from: golden/*\n    inputs", 1
    )
    (tmp_path / "contracts" / "shop.contract.yaml").write_text(shop, encoding="utf-8")
    return tmp_path


def names(export: Path) -> list[str]:
    """Return the files that travel with an export."""
    return sorted(
        str(each.relative_to(export / FOLDER)) for each in (export / FOLDER).rglob("*") if each.is_file()
    )


def test_it_travels_with_the_files_that_it_names(world: Path) -> None:
    """What comes out is what went in; the export is the version that it was."""
    export = world / "models" / "genre" / "1"
    before = Digests().of(export)
    contracts = [load(each) for each in sorted((world / "contracts").glob("*.yaml"))]
    assert attach(str(export), contracts) == ("app", "shop")
    assert names(export) == ["app/app.contract.yaml", "shop/golden/rows.jsonl", "shop/shop.contract.yaml"]
    assert Digests().of(export) == before
    assert FOLDER.encode().startswith(OURS + b"/")
    back = attached(str(export))
    assert [(each.client, each.files) for each in back] == [(each.client, each.files) for each in contracts]
    assert [each.signatures[0].outputs for each in back] == [each.signatures[0].outputs for each in contracts]


def test_a_client_is_replaced_as_a_whole(world: Path) -> None:
    """What it no longer says goes; other clients stay; nothing unfinished is left."""
    export = world / "models" / "genre" / "1"
    attach(str(export), [load(each) for each in (world / "contracts").glob("*.yaml")])
    (world / "contracts" / "shop.contract.yaml").rename(world / "contracts" / "new.contract.yaml")
    (world / "contracts" / "golden" / "rows.jsonl").rename(world / "contracts" / "golden" / "more.jsonl")
    attach(str(export), [load(world / "contracts" / "new.contract.yaml")])
    assert names(export) == ["app/app.contract.yaml", "shop/golden/more.jsonl", "shop/new.contract.yaml"]
    assert {each.name for each in (export / FOLDER).iterdir()} == {"app", "shop"}


@pytest.mark.parametrize(
    ("file", "client"),
    [
        ("app.yaml", "app"),
        (".drafts/app.contract.yaml", "app"),
        ("venv/app.contract.yaml", "app"),
        ("app.contract.yaml", "node_modules"),
    ],
)
def test_what_nobody_would_find(world: Path, file: str, client: str) -> None:
    """It is refused: attached, it would be passed over without a word. Nothing of it is written."""
    export, contracts = world / "models" / "genre" / "1", world / "contracts"
    there = contracts / file
    there.parent.mkdir(exist_ok=True)
    there.write_text(APP.replace("client: app", f"client: {client}"), encoding="utf-8")
    beside = contracts / "beside.contract.yaml"
    beside.write_text(there.read_text(encoding="utf-8"), encoding="utf-8")
    given = [load(each) for each in (contracts / "shop.contract.yaml", beside, there)]
    with pytest.raises(ConfigurationError, match="nobody would find it"):
        attach(str(export), given)
    assert not (export / FOLDER).exists()


def test_what_is_no_export(world: Path) -> None:
    """Neither a base path nor a URL takes contracts; nothing is written."""
    app = load(world / "contracts" / "app.contract.yaml")
    with pytest.raises(ConfigurationError, match="this is no export, the folder of a version"):
        attach("models/genre", [app])
    with pytest.raises(ConfigurationError, match="attach, then upload"):
        attach("s3://bucket/genre/1", [app])
    assert not (world / "models" / "genre" / "assets.extra").exists()


def test_a_wrong_contract_that_travels_is_told(world: Path) -> None:
    """Another sigpact may have put it there."""
    export = world / "models" / "genre" / "1"
    attach(str(export), [load(world / "contracts" / "app.contract.yaml")])
    (export / FOLDER / "app" / "app.contract.yaml").write_text("contract: 2\n", encoding="utf-8")
    with pytest.raises(ContractError, match="contract"):
        attached(str(export))


def test_the_command(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It lists what is there, before and after, as text and as data."""
    assert main(["attach", "models/genre/1"]) == 1
    assert capsys.readouterr().out == "models/genre/1: no contract travels with it\n"
    assert main(["attach", "models/genre/1", "contracts"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith(f"app  genre  models/genre/1/{FOLDER}/app/app.contract.yaml\nshop  ")
    assert main(["attach", "models/genre/1", "--format", "json"]) == 0
    assert [each["client"] for each in json.loads(capsys.readouterr().out)] == ["app", "shop"]
    (world / "contracts" / "wrong.contract.yaml").write_text("a: 1\n", encoding="utf-8")
    assert main(["attach", "models/genre/2", "contracts"]) == 2
    assert not (world / "models" / "genre" / "2" / "assets.extra").exists()


def verdicts(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str, str]]:
    """Return client, version and verdict of each that `check` gives."""
    capsys.readouterr()
    main(["check", *arguments, "--models", "models", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    return {(each["client"], each["version"], each["verdict"]) for each in report["verdicts"]}


def test_each_version_is_judged_by_what_travels_with_it(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--attached`: the contract of version 1 says nothing of version 2."""
    attach("models/genre/1", [load(world / "contracts" / "app.contract.yaml")])
    assert main(["check", "--attached", "--models", "models"]) == 2
    assert "no contract travels with genre@2" in capsys.readouterr().err
    attach("models/genre/2", [load(world / "contracts" / "shop.contract.yaml")])
    found = verdicts(["--attached"], capsys)
    assert {(client, version) for client, version, _ in found} == {("app", "1"), ("shop", "2")}
    assert ("shop", "2", "no") in found
    both = verdicts(["contracts/app.contract.yaml", "--attached"], capsys)
    assert {(client, version) for client, version, _ in both} == {("app", "1"), ("app", "2"), ("shop", "2")}


def test_what_travels_with_another_version_is_a_contract_like_any(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The clients of version 1, asked about version 2 alone."""
    attach("models/genre/1", [load(world / "contracts" / "app.contract.yaml")])
    main(["check", f"models/genre/1/{FOLDER}", "--models", "genre=models/genre/2", "--format", "json"])
    (verdict,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert (verdict["client"], verdict["version"], verdict["verdict"]) == ("app", "2", "no")


def test_a_contract_that_binds_other_versions_than_its_own_binds_none(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It travels with version 1 and speaks of 2: with 2 travels another."""
    app = world / "contracts" / "app.contract.yaml"
    attach("models/genre/2", [load(app)])
    app.write_text(f"{APP}versions: '2'\n", encoding="utf-8")
    attach("models/genre/1", [load(app)])
    assert verdicts(["--attached"], capsys) == {("app", "2", "no"), ("app", "", "unknown")}
