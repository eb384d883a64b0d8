"""The gate's commands as a person or a pipeline runs them: what is printed, written, returned."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sigpact.cli import main
from tests.engine.world import APP
from tests.gate.town import Town
from tests.report.test_data import VALIDATOR

CONFIG = """\
[tool.sigpact]
contracts = ["contracts"]
models = ["{models}"]
store = "store"
rows = 20
[tool.sigpact.environments.production]
evidence = "full"
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A project with a store: version 1 is live, 2 is sound, 3 breaks the one client."""
    monkeypatch.chdir(tmp_path)
    made = Town(tmp_path)
    made.build(1, 2, 3, bad=(3,))
    made.world.contract(APP)
    (tmp_path / "pyproject.toml").write_text(CONFIG.format(models=made.world.models), encoding="utf-8")
    monkeypatch.setattr("sigpact.runtime.backend.TensorFlowBackend", lambda: made.backend)
    made.open_store()
    made.deploy(1)
    return made


@pytest.fixture
def run(town: Town, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001 - the project that commands run in
    """Run a command, and return its exit code and what it printed."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_a_gate_on_one_screen(run: Run) -> None:
    """Who breaks, that it is news, the one request, both answers, who must act, how to waive."""
    code, out, _ = run("gate", "genre@3", "--to", "production")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "no: genre@3 to production: it breaks a client that works today"
    assert lines[2].split() == ["genre@3", "genre@1", "(live)"]
    assert lines[3].split(maxsplit=1) == ["app@branch", "no, new break  yes"]
    labels = [each.strip().partition("  ")[0] for each in lines]
    for label in ("request", "answer now", "before", "model team", "client", "must act"):
        assert label in labels, label
    assert len(lines) < 40


def test_a_yes_has_a_ticket_that_deployed_takes(run: Run) -> None:
    """And that no longer holds once a contract was published."""
    code, out, _ = run("gate", "genre@2", "--to", "production")
    assert code == 0
    ticket = out.splitlines()[-1].removeprefix("ticket: ")
    assert run("publish", "contracts", "--client-release", "app@1")[0] == 0
    code, _, err = run("deployed", "genre@2", "--to", "production", "--gate-ticket", ticket)
    assert (code, "published app@1" in err) == (1, True)
    _, out, _ = run("gate", "genre@2", "--to", "production")
    ticket = out.splitlines()[-1].removeprefix("ticket: ")
    assert run("deployed", "genre@2", "--to", "production", "--gate-ticket", ticket)[0] == 0


@pytest.mark.parametrize("words", [("--override", "--reason", "it must", "--ticket", "OPS-1"), ()])
def test_a_ticket_rests_on_what_its_own_gate_wrote(run: Run, town: Town, words: tuple[str, ...]) -> None:
    """An override, or the policy that it went by: that is not something that came in between."""
    if not words:
        (town.root / "contracts" / "app.contract.yaml").unlink()
        config = town.root / "pyproject.toml"
        text = config.read_text(encoding="utf-8").replace('contracts = ["contracts"]\n', "")
        config.write_text(f'{text}callers = {{genre = "warn"}}\n', encoding="utf-8")
    code, out, _ = run("gate", "genre@3", "--to", "production", *words)
    assert code == 0
    ticket = out.splitlines()[-1].removeprefix("ticket: ")
    assert run("deployed", "genre@3", "--to", "production", "--gate-ticket", ticket)[0] == 0


def test_every_form_is_written_whatever_the_answer_is(run: Run, town: Town) -> None:
    """Yes, no, and no answer at all: nobody reads the report of yesterday."""
    forms = {
        each: town.root / "out" / each for each in ("json", "junit", "sarif", "markdown", "github", "badge")
    }
    asked = [word for name, file in forms.items() for word in ("--report", f"{name}={file}")]
    for subject, code in (("genre@2", 0), ("genre@3", 1), ("gender@2", 2)):
        for file in forms.values():
            file.unlink(missing_ok=True)
        assert run("gate", subject, "--to", "production", *asked)[0] == code
        data = json.loads(forms["json"].read_text(encoding="utf-8"))
        VALIDATOR.validate(data)
        assert data["exit_code"] == code
        ET.parse(forms["junit"])  # noqa: S314 - our own text
        assert all(file.read_text(encoding="utf-8") for file in forms.values())


@pytest.mark.parametrize("command", ["check", "verify"])
def test_other_reports_have_the_same_forms(run: Run, town: Town, command: str) -> None:
    """Of comparing and of verifying; of a path that is none as well."""
    file = town.root / "out" / "report.sarif"
    code, _, _ = run(command, "--report", f"sarif={file}")
    assert (code, '"output-added-to-single"' in file.read_text(encoding="utf-8")) == (1, True)
    code, _, _ = run(command, "none", "--report", f"sarif={file}")
    assert (code, '"contract-invalid"' in file.read_text(encoding="utf-8")) == (2, True)


def test_the_summary_of_a_job_is_added_to(run: Run, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """As GitHub Actions has it: annotations on standard output, Markdown in the file that it names."""
    summary = town.root / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    code, out, _ = run("gate", "genre@3", "--to", "production", "--report", "github")
    assert code == 1
    assert "::error file=contracts/app.contract.yaml,line=" in out
    assert summary.read_text(encoding="utf-8").startswith("before\n<!-- sigpact -->")


def test_json_is_the_report(run: Run) -> None:
    """By its schema, with the gate's part."""
    code, out, _ = run("gate", "genre@3", "--to", "production", "--format", "json")
    data = json.loads(out)
    VALIDATOR.validate(data)
    assert (code, data["exit_code"], data["gate"]["outcome"]) == (1, 1, "broken")
    row = data["gate"]["rows"][0]
    assert row["answers"]["before"] == '{"predictions": ["Drama"]}'


def test_waive_writes_what_the_gate_then_accepts(run: Run) -> None:
    """From the finding that the last gate told; a waiver that nothing needs is a mistake."""
    run("gate", "genre@3", "--to", "production")
    mark = json.loads(Path(".sigpact/gate.json").read_text(encoding="utf-8"))["findings"][0]["fingerprint"]
    code, out, _ = run("waive", mark[:10], "--owner", "ada", "--reason", "the app follows on Monday")
    assert (code, "output-added-to-single for app is waived until" in out) == (0, True)
    code, out, _ = run("gate", "genre@3", "--to", "production")
    assert (code, "app@branch with genre@3: waived" in out) == (0, True)
    code, out, _ = run("gate", "genre@2", "--to", "production")
    assert (code, "matches no finding: remove it" in out) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("0000",), "'0000' is none of the breaches in"),
        (("", "--expires", "2020-01-01"), "--expires 2020-01-01: a waiver ends after today"),
        (("", "--expires", "soon"), "--expires 'soon' is no day"),
        (("", "--owner", " "), "--owner and --reason may not be empty"),
        (("", "--from", "none.json"), "no report at none.json"),
    ],
)
def test_what_cannot_be_waived(run: Run, words: tuple[str, ...], told: str) -> None:
    """One line, and no file."""
    run("gate", "genre@3", "--to", "production")
    mark = json.loads(Path(".sigpact/gate.json").read_text(encoding="utf-8"))["findings"][0]["fingerprint"]
    said = ["--owner", "ada", "--reason", "because", *words[1:]]
    code, _, err = run("waive", words[0] or mark, *said)
    assert (code, told in err) == (2, True), err
    assert not Path("sigpact-waivers.yaml").exists()


def test_break_glass(run: Run) -> None:
    """With a reason and a ticket; loud in the next report, closed by somebody who says how."""
    code, _, err = run("gate", "genre@3", "--to", "production", "--override", "--reason", "now")
    assert (code, "--override needs --reason and --ticket" in err) == (2, True)
    words = ["--override", "--reason", "the night must end", "--ticket", "OPS-1", "--ttl", "4h"]
    code, out, _ = run("gate", "genre@3", "--to", "production", *words)
    assert (code, out.startswith("yes: genre@3 to production: it was let through by hand")) == (0, True)
    _, out, _ = run("gate", "genre@2", "--to", "production")
    (line,) = (each for each in out.splitlines() if each.startswith("OVERRIDE"))
    for form in ("junit", "sarif", "github", "markdown", "json"):
        _, out, _ = run("gate", "genre@2", "--to", "production", "--report", f"{form}=other")
        assert "the night must end" in Path("other").read_text(encoding="utf-8"), form
    code, out, _ = run("gate", "--close", line.split()[1], "--because", "rolled back", "--to", "production")
    assert (code, out.startswith("closed: override")) == (0, True)
    _, out, _ = run("gate", "genre@2", "--to", "production")
    assert "OVERRIDE" not in out


def test_a_gate_that_can_fail_proves_it(run: Run, town: Town) -> None:
    """And one that binds nothing is found."""
    code, out, _ = run("gate", "genre@2", "--to", "production", "--prove")
    assert (code, out.splitlines()[0]) == (0, "the gate can say no")
    town.world.contract(f"{APP}status: pending\n")
    code, out, _ = run("gate", "genre@2", "--to", "production", "--prove")
    assert (code, out.splitlines()[0].startswith("THE GATE DID NOT SAY NO")) == (1, True)


def test_a_gate_that_can_fail_is_not_called_one_that_cannot(run: Run, town: Town) -> None:
    """Contracts that pin the version asked about; a policy that stands for contracts that nobody wrote."""
    prove = ("gate", "genre@2", "--to", "production", "--prove")
    town.world.contract(APP.replace("model: genre\n", 'model: genre\nversions: "2"\n'))
    code, out, _ = run(*prove)
    assert (code, out.splitlines()[1]) == (0, "  planted  genre@2: genre@2 without get_genre")
    town.world.contract(APP.replace("model: genre\n", 'model: genre\nversions: "1"\n'))
    assert run(*prove)[0] == 1
    (town.root / "contracts" / "app.contract.yaml").unlink()
    config = town.root / "pyproject.toml"
    text = config.read_text(encoding="utf-8").replace('contracts = ["contracts"]\n', "")
    config.write_text(f'{text}callers = {{genre = "warn"}}\n', encoding="utf-8")
    assert run(*prove)[0] == 1
    config.write_text(f'{text}callers = {{genre = "enforce"}}\n', encoding="utf-8")
    assert run(*prove)[0] == 0


def test_waivers_stand_beside_the_configuration(
    run: Run, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in the project somebody asks, as with all other paths."""
    run("gate", "genre@3", "--to", "production", "--report", "json=report.json")
    (mark,) = {each["fingerprint"] for each in json.loads(Path("report.json").read_text())["findings"]}
    (town.root / "below").mkdir()
    monkeypatch.chdir(town.root / "below")
    assert run("waive", mark, "--owner", "ada", "--reason", "x", "--from", "../report.json")[0] == 0
    assert (town.root / "sigpact-waivers.yaml").exists()
    assert run("gate", "genre@3", "--to", "production")[0] == 0


@pytest.mark.parametrize("text", ['{"findings": [{}]}', '{"findings": [3]}', '{"findings": {}}', "[]"])
def test_a_waiver_is_taken_from_a_report_alone(run: Run, town: Town, text: str) -> None:
    """Whatever else the file holds is told in one line."""
    (town.root / "other.json").write_text(text, encoding="utf-8")
    code, _, err = run("waive", "ab", "--owner", "ada", "--reason", "x", "--from", "other.json")
    assert (code, err) == (2, "sigpact: other.json is no report as `--format json` writes it\n")


@pytest.mark.parametrize("failure", [RuntimeError("never thought of"), OSError("the disk is full")])
def test_no_report_of_yesterday_stays_whatever_fails(
    run: Run, town: Town, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """A failure that nobody foresaw as well."""

    def fail(*_: object) -> object:
        raise failure

    file = town.root / "report.json"
    file.write_text('{"answer": "yes"}', encoding="utf-8")
    monkeypatch.setattr("sigpact.gate.gate.gate", fail)
    assert run("gate", "genre@2", "--to", "production", "--report", f"json={file}")[0] == 4
    data = json.loads(file.read_text(encoding="utf-8"))
    VALIDATOR.validate(data)
    assert (data["exit_code"], data["answer"]) == (4, "unknown")
    assert str(failure) in data["incomplete"]


def test_usage_is_of_those_who_reach_a_version(run: Run, town: Town) -> None:
    """Who pins version 1 keeps nothing of version 2 from going."""
    town.world.contract(APP.replace("model: genre\n", 'model: genre\nversions: "1"\n'))
    town.world.contract(APP.replace("client: app", "client: web"), "web")
    town.deploy(2)
    _, out, _ = run("usage", "genre", "--to", "production", "--format", "json")
    things = [each for each in json.loads(out)["things"] if each["name"] == "genre"]
    assert [(each["version"], each["users"], each["blockers"]) for each in things] == [
        ("1", ["app@branch", "web@branch"], ["app@branch", "web@branch"]),
        ("2", ["web@branch"], ["web@branch"]),
    ]


def test_usage_and_matrix(run: Run) -> None:
    """Who needs what; what the store knows of every version."""
    code, out, _ = run("usage", "genre", "--to", "production")
    assert (code, "output genre  needed by app@branch" in out) == (0, True)
    code, out, _ = run("usage", "genre", "--to", "production", "--format", "json")
    assert {each["name"] for each in json.loads(out)["things"]} == {"get_genre", "title", "genre"}
    assert run("matrix", "--to", "production")[0] == 3
    run("gate", "genre@2", "--to", "production")
    run("gate", "genre@3", "--to", "production")
    code, out, _ = run("matrix", "--to", "production")
    assert code == 1
    assert [each.split() for each in out.splitlines() if each.startswith("genre@") and ":" not in each] == [
        ["genre@1", "yes"], ["genre@2", "yes"], ["genre@3", "no"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("gate", "genre@2", "--to", "produktion"), 2, "has no 'produktion'; did you mean 'production'?"),
        (("gate", "--to", "production"), 2, "name one thing"),
        (("gate", "genre@2", "--to", "production", "--report", "xml=x"), 2, "no format 'xml'"),
        (("gate", "genre@2", "--to", "production", "--report", "junit"), 2, "say junit=FILE"),
        (("gate", "genre@2", "--to", "production", "--store", "none"), 2, "no store at none"),
        (("gate", "genre@2", "--to", "production", "--contracts", "none"), 2, "no such file or folder"),
        (("gate", "genre@2", "--to", "production", "--models", "none"), 2, "none"),
        (("gate", "--close", "abc", "--because", "x", "--to", "production"), 2, "no open override 'abc'"),
        (("usage", "gender", "--to", "production"), 2, "did you mean 'genre'?"),
        (("policy", "gender", "warn", "--because", "x", "--to", "production"), 2, "did you mean 'genre'?"),
    ],
)
def test_what_is_wrong_is_one_line(run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    """With the code that says whose mistake it is."""
    found, _, err = run(*arguments)
    assert found == code
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_bucket_that_cannot_be_reached_is_not_completed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """4, not 0: what cannot be read may hold a contract that breaks."""
    fsspec = pytest.importorskip("fsspec", reason="buckets are read through fsspec")

    def refuse(*_: object, **__: object) -> object:
        raise OSError("the network is down")

    for name in (
        "ls",
        "find",
        "cat",
        "cat_file",
        "info",
        "open",
        "exists",
        "isfile",
        "isdir",
        "walk",
        "glob",
    ):
        monkeypatch.setattr(fsspec.get_filesystem_class("memory"), name, refuse, raising=False)
    code, _, err = run("gate", "genre@2", "--to", "production", "--store", "memory://store")
    assert (code, "the network is down" in err) == (4, True), err
