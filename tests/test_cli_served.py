"""The command line with a server's configuration, and with models behind URLs."""

import json

import pytest

from tests.engine.world import SCORED
from tests.spy import Spy
from tests.test_cli import Terminal, run, world

__all__ = ["run", "world"]

CONFIG = """\
model_config_list {{
  config {{
    name: "genre"  base_path: "{base}"  model_platform: "tensorflow"
    model_version_policy {{ specific {{ versions: 1 }} }}
    version_labels {{ key: "stable" value: 1 }}
  }}
}}
"""


@pytest.fixture
def config(run: Terminal) -> Terminal:
    """Version 2 breaks the client, and is not served."""
    run.world.version("genre/2", SCORED)
    (run.world.root / "models.config").write_text(CONFIG.format(base=f"{run.world.models}/genre"))
    return run


def test_only_what_is_served_is_judged(config: Terminal) -> None:
    """`check`, `verify` and `[tool.sigpact]` take the file where they take a base path."""
    assert config("check", "contracts", "--models", "models").code == 1
    for command in ("check", "verify"):
        done = config(command, "contracts", "--models", "models.config", "--format", "json")
        assert (done.code, done.err) == (0, "")
        report = json.loads(done.out)
        assert [each["version"] for each in report["verdicts"]] == ["1"]
        assert report["notes"] == ["genre: 1 (stable) is served (policy: specific 1)"]
    toml = '[tool.sigpact]\ncontracts = ["contracts"]\nmodels = ["models.config"]\n'
    (config.world.root / "pyproject.toml").write_text(toml)
    assert config("check").code == 0


def test_a_candidate(config: Terminal) -> None:
    """A version that is named beside the file is judged with what is served."""
    done = config("check", "contracts", "--models", "models.config", "models/genre/2")
    assert done.code == 1
    assert "genre@1  yes" in done.out
    assert "genre@2  no" in done.out


def test_show_and_diff_take_it_too(config: Terminal) -> None:
    """All versions of the models that are listed."""
    assert "genre@1" in config("show", "models.config").out
    assert config("diff", "models.config@1", "models.config@genre@2").code == 1


def test_what_the_server_refuses(config: Terminal) -> None:
    """One line with its place, exit code 2."""
    file = config.world.root / "models.config"
    file.write_text(file.read_text().replace("value: 1", "value: 2"))
    done = config("check", "contracts", "--models", "models.config")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "sigpact: models.config:5:5: Request to assign label to version 2 of model genre, which is not"
        " currently available for inference (label 'stable'; live is 1)\n"
    )
    file.write_text(file.read_text().replace("base_path", "base_pth"))
    done = config("show", "models.config")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == "sigpact: models.config:3:20: ModelConfig has no field 'base_pth'; did you mean 'base_path'?\n"
    )


@pytest.fixture
def bucket(config: Terminal, spy: type[Spy]) -> Terminal:
    """The same base path behind a URL."""
    spy().put(f"{config.world.models}/genre", "/b/genre", recursive=True)
    (config.world.root / "models.config").write_text(CONFIG.format(base="spy://b/genre"))
    return config


def test_models_behind_a_url(bucket: Terminal) -> None:
    """Base paths, folders of such, versions, a configuration that names a URL: as on this machine."""
    here = bucket("check", "contracts", "--models", "models")
    for url in ("spy://b/genre", "spy://b", "genre=spy://b/genre/"):
        assert bucket("check", "contracts", "--models", url) == here
    assert bucket("check", "contracts", "--models", "models.config").code == 0
    shown = bucket("show", "models").out
    assert bucket("show", "spy://b").out == shown.replace("models/genre", "spy://b/genre")
    assert bucket("diff", "spy://b/genre@1", "models/genre/2").code == 1
    assert {path.rpartition("/")[2] for what, path in Spy.asked if what == "get"} == {"saved_model.pb"}
    toml = '[tool.sigpact]\nmodels = ["spy://b/genre", "x=spy://b/genre"]\n'
    (bucket.world.root / "pyproject.toml").write_text(toml)
    done = bucket("check", "contracts")
    assert (done.code, "unknown: (no client) with x" in done.out) == (1, True)


COMMANDS = [
    ("check", "contracts", "--models", "spy://b/genre"),
    ("check", "contracts", "--models", "models.config"),
    ("verify", "contracts", "--models", "spy://b"),
    ("show", "spy://b/genre"),
    ("show", "spy://b/genre/1"),
    ("diff", "spy://b/genre@1", "models/genre/2"),
]


@pytest.mark.parametrize("error", [OSError("unreachable"), PermissionError("Access Denied"), TimeoutError()])
@pytest.mark.parametrize("where", ["b", "genre/1", "variables"])
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_bucket_that_cannot_be_read(
    bucket: Terminal, arguments: tuple[str, ...], where: str, error: OSError
) -> None:
    """Neither yes nor no nor unknown: it could not be completed, and one line says why."""
    Spy().pipe_file("/b/genre/1/variables/variables.index", b"")
    Spy.fails["ls", where] = error
    done = bucket(*arguments)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("sigpact: spy://b")
    assert done.err.endswith(f"cannot be read: {type(error).__name__}{': ' if str(error) else ''}{error}\n")
    assert done.err.count("\n") == 1
