"""The Action, the GitLab template and the hooks: each runs here what it runs there."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.world import APP, GENRE, SCORED
from tests.savedmodel.writer import write_export

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="the templates are scripts for bash")
CONFIG = """\
[tool.sigpact]
contracts = ["contracts"]
models = ["models"]
[tool.sigpact.environments.production]
evidence = "static"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose gate needs no TensorFlow: comparing is enough there."""
    write_export(tmp_path / "models" / "genre" / "1", [GENRE])
    write_export(tmp_path / "models" / "genre" / "2", [GENRE])
    write_export(tmp_path / "models" / "genre" / "3", [SCORED])
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "app.contract.yaml").write_text(APP, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def script(folder: Path, text: str, variables: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a script as CI does: in the project, with the interpreter of these tests first on the path."""
    binaries = folder / "bin"
    binaries.mkdir(exist_ok=True)
    for name, words in (("python", "{}"), ("sigpact", "{} -m sigpact")):
        file = binaries / name
        file.write_text(
            f'#!/bin/sh\nexec {words.format(shlex.quote(sys.executable))} "$@"\n', encoding="utf-8"
        )
        file.chmod(0o755)
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, **variables}
    command = ["bash", "-e", "-c", text]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def action() -> Any:
    """Return the Action as data."""
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def run_action(folder: Path, **said: str) -> tuple[int, dict[str, str], str]:
    """Run the Action's gate step with inputs, and return its code, its outputs and what it printed."""
    data = action()
    inputs = {name: each.get("default", "") for name, each in data["inputs"].items()} | said
    (step,) = (each for each in data["runs"]["steps"] if each["id"] == "gate")
    filled = {
        key: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: inputs[match[1]], value)
        for key, value in step["env"].items()
    }
    output = folder / "output.txt"
    output.write_text("", encoding="utf-8")
    done = script(folder, step["run"], {**filled, "GITHUB_OUTPUT": str(output)})
    outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    return done.returncode, outputs, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("subject", "code", "answer"), [("genre@2", "0", "yes"), ("genre@3", "1", "no"), ("gender@2", "2", "")]
)
def test_the_action_asks_the_gate(project: Path, subject: str, code: str, answer: str) -> None:
    """Its code, its outputs, its annotations, and all reports on the disk."""
    found, outputs, printed = run_action(project, subject=subject, environment="production")
    assert (str(found), outputs["code"], outputs["answer"]) == (code, code, answer), printed
    reports = project / "sigpact-reports"
    assert {each.name for each in reports.iterdir()} == {
        "sigpact.json", "sigpact.sarif", "sigpact.xml", "sigpact.md", "sigpact.svg",
    }  # fmt: skip
    assert ("::error file=contracts/app.contract.yaml" in printed) == (subject == "genre@3")
    assert json.loads((reports / "sigpact.json").read_text(encoding="utf-8"))["exit_code"] == found


def test_the_action_takes_lists_with_blanks(project: Path) -> None:
    """One path a line, as people write them."""
    (project / "contracts").rename(project / "our contracts")
    found, _, printed = run_action(
        project, subject="genre@2", environment="production", contracts="our contracts\n", models="models\n"
    )
    assert found == 0, printed


def test_a_subject_is_no_option(project: Path) -> None:
    """Whether a version may go away is another question, and its yes another yes."""
    (project / "contracts" / "app.contract.yaml").write_text(
        APP.replace("model: genre\n", 'model: genre\nversions: ">=2"\n'), encoding="utf-8"
    )
    found, outputs, printed = run_action(project, subject="--unload=genre@1", environment="production")
    assert (found, outputs["answer"]) == (2, ""), printed


def test_lists_may_come_from_windows(project: Path) -> None:
    """With a carriage return at each end of a line."""
    found, _, printed = run_action(
        project, subject="genre@2", environment="production", contracts="contracts\r\n", models="models\r\n"
    )
    assert found == 0, printed


def test_nothing_typed_becomes_a_script(project: Path) -> None:
    """An input is a word, whatever stands in it."""
    found, _, printed = run_action(
        project, subject='$(touch hacked)"; touch hacked; "', environment="production"
    )
    assert found == 2, printed
    assert not (project / "hacked").exists()
    assert all("${{" not in step["run"] for step in action()["runs"]["steps"])


def test_the_outputs_of_the_action_are_those_of_its_step() -> None:
    """What a workflow reads is what the step writes."""
    assert {name: each["value"] for name, each in action()["outputs"].items()} == {
        name: f"${{{{ steps.gate.outputs.{name} }}}}" for name in ("answer", "code", "ticket")
    }


@pytest.mark.parametrize(("subject", "code"), [("genre@2", 0), ("genre@3", 1)])
def test_the_gitlab_job_asks_the_gate(project: Path, subject: str, code: int) -> None:
    """Its script, with the variables that it declares and those that a project sets."""
    job = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))[".sigpact-gate"]
    variables = job["variables"] | {
        "SIGPACT_SUBJECT": subject,
        "SIGPACT_ENVIRONMENT": "production",
        "SIGPACT_REQUIREMENT": "",
    }
    done = script(project, "\n".join([*job["before_script"], *job["script"]]), variables)
    assert done.returncode == code, done.stdout + done.stderr
    junit = job["artifacts"]["reports"]["junit"].replace("$SIGPACT_REPORTS", variables["SIGPACT_REPORTS"])
    assert (project / junit).exists()


def hooks() -> dict[str, Any]:
    """Return the hooks by id."""
    read = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return {each["id"]: each for each in read}


def test_the_hook_that_compares(project: Path) -> None:
    """It runs with the files of its own configuration; a break is a failing hook."""
    hook = hooks().pop("sigpact-check")
    done = script(project, hook["entry"], {})
    assert done.returncode == 1, done.stdout + done.stderr
    shutil.rmtree(project / "models" / "genre" / "3")
    done = script(project, hook["entry"], {})
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_hook_is_for_contracts() -> None:
    """Whatever else they look at."""
    found = hooks()
    assert set(found) == {"sigpact-check", "sigpact-fmt", "sigpact-lint"}
    assert all(re.search(each["files"], "contracts/app.contract.yaml") for each in found.values())


def test_the_hooks_of_authors(project: Path) -> None:
    """They are given the files that changed; one that is written, or remarked on, fails."""
    file = "contracts/app.contract.yaml"
    (project / file).write_text(re.sub("owner: .*\n", "", APP), encoding="utf-8")
    linted = script(project, f"{hooks()['sigpact-lint']['entry']} {file}", {})
    assert (linted.returncode, "owner-missing" in linted.stdout) == (1, True), linted.stderr
    (project / file).write_text(f"{APP}description: last\n", encoding="utf-8")
    done = script(project, f"{hooks()['sigpact-fmt']['entry']} {file}", {})
    assert (done.returncode, done.stdout) == (0, f"{file}: written\n")
    again = script(project, f"{hooks()['sigpact-fmt']['entry']} {file}", {})
    assert (again.returncode, again.stdout) == (0, "")
