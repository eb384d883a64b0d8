"""The command line as a whole: what is printed, where, and with which exit code; never a traceback."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, Self

import pytest

from sigpact import cli
from sigpact.errors import RuntimeUnavailableError
from sigpact.runtime.fake import FakeBackend, FakeSession
from sigpact.runtime.protocol import Unloadable
from tests.engine.world import APP, GENRE, SCORED, World, crash, drama, scored

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {key: each for key, each in os.environ.items() if key not in {"NO_COLOR", "SIGPACT_TRACEBACK"}}


@dataclass
class Done:
    """What a run left: exit code, stdout and stderr."""

    code: int
    out: str
    err: str


@dataclass
class FakeTensorFlow:
    """A backend that looks versions up by their resolved folder, as a context manager."""

    world: World

    def load(self, export: str) -> FakeSession | Unloadable:
        """Load a version by its folder, however it was written."""
        found = {str(Path(path).resolve()): each for path, each in self.world.functions.items()}
        return FakeBackend(found).load(str(Path(export).resolve()))

    def describe(self) -> str:
        """Say that nothing real runs."""
        return "functions"

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


class Terminal:
    """Runs commands in the folder of a world, whose versions are functions."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self.world = world
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        """Run a command in this process."""
        try:
            code = cli.main(arguments)
        except SystemExit as error:  # argparse
            code = error.code if isinstance(error.code, int) else -1
        out, err = self._capsys.readouterr()
        return Done(code, self._redacted(out), self._redacted(err))

    def _redacted(self, text: str) -> str:
        text = text.replace(str(self.world.root), "ROOT")
        return re.sub(r"\b[0-9a-f]{12}\b", "CASE", text)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A contract, a version that keeps it, and one that breaks it."""
    made = World(tmp_path)
    made.contract(APP)
    made.version("genre/1", GENRE, get_genre=drama)
    return made


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Run commands in the world's folder."""
    monkeypatch.chdir(world.root)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sigpact.runtime.backend.TensorFlowBackend", lambda: FakeTensorFlow(world))
    return Terminal(world, capsys)


VERIFY = ("verify", "contracts", "--models", "models", "--rows", "20")
CHECK = ("check", "contracts", "--models", "models")


def test_verify_yes(run: Terminal) -> None:
    """The matrix, the evidence, and the answer in one line; exit code 0, nothing on stderr."""
    assert run(*VERIFY) == Done(
        0,
        dedent("""\
                 app
        genre@1  yes

        genre@1: compared; 99 rows run (79 boundaries, 20 random; 99 through JSON; 1 distinct answer)
          get_genre: weak evidence: 99 rows all had the same answer
          get_genre: 99 rows answered, 1 distinct; genre gave 1 of 2 enum members; 27 of 27 boundary values

        yes: 1 client, 1 version, nothing breaks
        """),
        "",
    )


def register(world: World, code: str, module: str) -> None:
    """Let the contract name a check, and register it in the world's project."""
    world.contract(f"{APP}    holds: [{{check: own}}]\n")
    (world.root / f"{module}.py").write_text(f"def own(inputs, outputs):\n    {code}\n", encoding="utf-8")
    text = f'[tool.sigpact.checks]\nown = "{module}:own"\n'
    (world.root / "pyproject.toml").write_text(text, encoding="utf-8")


def test_what_a_check_of_the_project_prints_is_no_part_of_the_report(run: Terminal, world: World) -> None:
    """It goes to stderr; the check is found beside pyproject.toml."""
    register(world, "print('looking')", "own_printing")
    done = run(*VERIFY, "--format", "json")
    assert json.loads(done.out)["answer"] == "yes"
    assert set(done.err.split()) == {"looking"}


def test_a_check_that_is_not_registered_is_exit_code_2(run: Terminal, world: World) -> None:
    """A mistake of the contract where it is to run; comparing alone lists it."""
    world.contract(f"{APP}    holds: [{{check: own}}]\n")
    done = run(*VERIFY)
    assert done.code == 2
    assert (
        "app.contract.yaml:11:21: check 'own' is not registered; pyproject.toml would say [tool.sig"
        in done.out
    )
    done = run(*CHECK)
    assert done.code == 0
    assert "Not checked:\n  app: get_genre: holds check own\n" in done.out


def test_check_yes(run: Terminal) -> None:
    """The same without running, which the last line says."""
    assert run(*CHECK) == Done(
        0,
        dedent("""\
                 app
        genre@1  yes

        genre@1: compared

        yes: 1 client, 1 version, nothing breaks (static: signatures compared, nothing run)
        """),
        "",
    )


def test_verify_no(run: Terminal, world: World) -> None:
    """Who breaks, where, why, with which request, and what to do; exit code 1."""
    world.version("genre/2", SCORED, get_genre=scored)
    done = run(*VERIFY)
    assert done.code == 1
    matrix, evidence, unchecked, broken, answer = done.out.split("\n\n")
    assert matrix == "         app\ngenre@1  yes\ngenre@2  no"
    assert evidence.endswith("genre@2: compared")
    assert (
        unchecked
        == "Not checked:\n  app: get_genre: examples and values (the signature does not fit) (genre@2)"
    )
    assert re.sub(r"instances\": \[\"\w+\"", 'instances": ["TITLE"', broken) == dedent("""\
        app with genre@2: no  (owner: app@example.com)
          error output-added-to-single in get_genre  contracts/app.contract.yaml:10:7
            the signature has 2 outputs (genre, score), the client reads one
            expected    genre alone
            received    genre, score
            why         with several outputs each row is an object by name, where the client reads the bare \
value
            request     curl http://localhost:8501/v1/models/genre/versions/2:predict -d \
'{"signature_name": "get_genre", "instances": ["TITLE"]}'
            answer      {"predictions": [{"genre": "Drama", "score": 0.5}]}
            replay      sigpact replay CASE
            model team  keep this signature at one output, and export the new one in another signature.
            client      read objects by name (`answer: named`), together with the release of the new \
version.""")
    assert answer == "no: app with genre@2\n"


def test_a_bad_contract(run: Terminal, world: World) -> None:
    """All of its mistakes with their places, the others' verdicts; exit code 2."""
    world.contract(APP.replace("minLength", "minLenght").replace("protocol", "protocl"), "bad")
    done = run(*CHECK)
    assert done.code == 2
    first, *_, last = done.out.split("\n\n")
    assert first.startswith("contracts/bad.contract.yaml:8:")
    assert "minLength" in first
    assert "genre@1  yes" in done.out
    assert last == "1 mistake in contracts; mend them first\n"


USAGE: list[tuple[tuple[str, ...], int, str]] = [
    ((), 2, "the following arguments are required: COMMAND"),
    (("nonsense",), 2, "invalid choice: 'nonsense'"),
    ((*CHECK, "--colour"), 2, "unrecognized arguments: --colour"),
    ((*CHECK, "--rows", "3"), 2, "unrecognized arguments: --rows 3"),
    ((*CHECK, "--format", "xml"), 2, "invalid choice: 'xml'"),
    ((*VERIFY, "--rows", "-1"), 2, "'-1' is not a whole number from 0"),
    ((*VERIFY, "--rows", "1e9"), 2, "'1e9' is not a whole number from 0"),
    ((*VERIFY, "--rows", ""), 2, "'' is not a whole number from 0"),
    ((*VERIFY, "--seed", "x"), 2, "'x' is not a whole number from 0"),
    ((*VERIFY, "--time-budget", "1.5"), 2, "'1.5' is not a whole number from 0"),
    (("explain",), 2, "the following arguments are required: RULE"),
    (("show",), 2, "the following arguments are required: EXPORT|BASE"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), USAGE)
def test_options_that_are_wrong(run: Terminal, arguments: tuple[str, ...], code: int, message: str) -> None:
    """Usage on stderr, exit code 2."""
    done = run(*arguments)
    assert (done.code, done.out) == (code, "")
    assert message in done.err


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("check",), "which contracts? name files or folders, or set [tool.sigpact] contracts = […]"),
    (("check", "contracts"), "which models? say --models BASE, or set [tool.sigpact] models = […]"),
    (("check", "nowhere", "--models", "models"), "nowhere: there is no such file or folder"),
    (("check", "contracts", "--models", "nowhere"), "nowhere does not exist: there is no 'nowhere' in ."),
    (("check", "empty", "--models", "models"), "no contract in empty: files are called *.contract.yaml"),
    (("check", "", "--models", "models"), ": there is no such file or folder"),
    (("check", "contracts", "--models", ""), ". holds no version"),
    (("check", "dir.contract.yaml", "--models", "models"), "no contract in dir.contract.yaml"),
    (("check", "contracts", "--models", "file"), "file:1:1: ModelServerConfig has no field 'x'"),
    (("check", "contracts", "--models", "empty"), "empty holds no version"),
    (("check", "contracts", "--models", "=models"), "'=models' is neither a path nor name=path"),
    (("check", "contracts", "--models", "m3://bucket/m"), "m3://bucket/m: fsspec knows no m3://"),
    (("check", "contracts", "--models", "memory://m"), "memory://m does not exist, or holds nothing"),
    (("check", "a\0b", "--models", "models"), "a\0b: there is no such file or folder"),
    (("check", "a" * 5000, "--models", "models"), "there is no such file or folder"),
    (("show", "nowhere"), "nowhere does not exist"),
    (("show", "file"), "file:1:1: ModelServerConfig has no field 'x'"),
    (("show", ""), ". holds no version"),
    (("explain", "output-missin"), "there is no rule 'output-missin'; did you mean 'output-missing'?"),
    (("explain", "xyz"), "there is no rule 'xyz'; `sigpact rules` lists them"),
    (("explain", ""), "there is no rule ''"),
    (("replay",), "no case is kept in .sigpact/cases"),
    (("replay", "0123"), "no case '0123' in .sigpact/cases; there is none"),
    (("replay", "../../x"), "no case '../../x' in .sigpact/cases; there is none"),
    (("replay", ""), "no case '' in .sigpact/cases"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_what_is_named_and_not_there(
    run: Terminal, world: World, arguments: tuple[str, ...], message: str
) -> None:
    """One line on stderr that names it, nothing on stdout, exit code 2."""
    (world.root / "empty").mkdir()
    (world.root / "dir.contract.yaml").mkdir()
    (world.root / "file").write_text("x", encoding="utf-8")
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("sigpact: ")
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2", b"\xff\xfe\x00", b"[" * 200_000, b"a: b: c", b"- 1", b"%YAML"]
)
def test_files_that_are_no_contracts(run: Terminal, world: World, content: bytes) -> None:
    """A place and a message each, exit code 2; the other contract is checked all the same."""
    (Path(world.contracts) / "bad.contract.yaml").write_bytes(content)
    done = run(*CHECK)
    assert done.code == 2
    assert done.out.startswith("contracts/bad.contract.yaml:1:")
    assert "genre@1  yes" in done.out
    assert done.err == ""


UNKNOWN: list[tuple[str, str]] = [
    (
        "model: genra",
        "app: no model 'genra' among those given; did you mean 'genre'? (contracts/app.contract.yaml:3:",
    ),
    ("model: genre\nversions: '>=7'", "app: no version satisfies 'versions: >=7'; there is 1 (contracts/app"),
    (
        "model: genre\nversions: {label: stable}",
        "app: label 'stable' is not known: a base path holds numbers",
    ),
]


@pytest.mark.parametrize(("words", "note"), UNKNOWN)
@pytest.mark.parametrize("command", [CHECK, VERIFY])
def test_contracts_that_bind_no_version(
    run: Terminal, world: World, words: str, note: str, command: Sequence[str]
) -> None:
    """Exit code 3, with what there is and the nearest name: nothing was checked."""
    world.contract(APP.replace("model: genre", words))
    done = run(*command)
    assert done.code == 3
    assert note in done.out
    assert "app: everything: no version is bound" in done.out
    assert done.out.splitlines()[-1].startswith("unknown: app with ")


def test_an_expired_contract(run: Terminal, world: World) -> None:
    """It no longer binds, so nothing was checked: exit code 3, and the day is told."""
    world.contract(f"{APP}sunset: 2020-01-01\n")
    done = run(*CHECK)
    assert done.code == 3
    assert (
        "app: the contract expired on 2020-01-01 and no longer binds (contracts/app.contract.yaml)"
        in done.out
    )
    assert done.out.endswith("\nunknown: no active contract was checked"
                             " (static: signatures compared, nothing run)\n")  # fmt: skip


def test_only_a_pending_contract(run: Terminal, world: World) -> None:
    """Its breach stands in brackets and does not block; nobody active was checked: exit code 3."""
    world.contract(f"{APP}status: pending\n")
    world.version("genre/1", SCORED, get_genre=scored)
    done = run(*CHECK)
    assert done.code == 3
    assert "genre@1  (no)\n(in brackets: the contract is pending; reported, does not block)" in done.out
    assert "error output-added-to-single" in done.out
    world.contract(APP.replace("client: app", "client: other"), "other")
    world.version("genre/1", GENRE, get_genre=drama)
    assert run(*CHECK).code == 0


def test_a_version_that_does_not_load(run: Terminal, world: World) -> None:
    """No for every client, exit code 1; the next version is checked."""
    world.version("genre/2", GENRE)
    world.version("genre/3", GENRE, get_genre=crash)
    done = run(*VERIFY)
    assert done.code == 1
    assert "genre@1  yes\ngenre@2  no\ngenre@3  no" in done.out
    assert "error version-unloadable  contracts/app.contract.yaml:3:8" in done.out
    assert "error model-crashed in get_genre" in done.out
    (world.root / "models" / "genre" / "2" / "saved_model.pb").write_bytes(b"\xff")
    assert run(*CHECK).code == 1


def test_tensorflow_is_missing(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the command that installs it, exit code 4; comparing needs none."""

    def missing() -> FakeTensorFlow:
        raise RuntimeUnavailableError("running a version needs TensorFlow: pip install 'sigpact[tensorflow]'")

    monkeypatch.setattr("sigpact.runtime.backend.TensorFlowBackend", missing)
    assert run(*VERIFY) == Done(
        4, "", "sigpact: running a version needs TensorFlow: pip install 'sigpact[tensorflow]'\n"
    )
    assert run(*CHECK).code == 0


def test_an_error_of_ours_is_one_line(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 4, what to say when reporting it, and where to look."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("sigpact.engine.check.check", broken)
    done = run(*CHECK)
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(
        "sigpact: internal error: ZeroDivisionError: oops (SIGPACT_TRACEBACK=1 shows where"
    )
    monkeypatch.setenv("SIGPACT_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run(*CHECK)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_runs_that_are_cut_short(
    run: Terminal, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """One line, exit code 4."""

    def cut(*_: object) -> None:
        raise error

    monkeypatch.setattr("sigpact.engine.check.check", cut)
    done = run(*CHECK)
    assert done.code == 4
    assert done.err in {"sigpact: interrupted\n", "sigpact: [Errno 28] No space left on device\n"}


@pytest.mark.parametrize("command", [CHECK, VERIFY])
def test_json(run: Terminal, world: World, command: Sequence[str]) -> None:
    """The report as data, with the same exit code; verdicts as the architecture has them."""
    world.version("genre/2", SCORED, get_genre=scored)
    done = run(*command, "--format", "json")
    report = json.loads(done.out)
    assert (done.code, report["exit_code"], report["answer"]) == (1, 1, "no")
    assert [
        (each["model"], each["version"], each["client"], each["verdict"]) for each in report["verdicts"]
    ] == [
        ("genre", "1", "app", "yes"),
        ("genre", "2", "app", "no"),
    ]
    assert {each["scope"] for each in report["verdicts"]} == {"static" if command is CHECK else "full"}


def test_show(run: Terminal) -> None:
    """Signatures as a table or as JSON, exit code 0."""
    done = run("show", "models")
    assert done.code == 0
    assert "get_genre  title string [?]  ->  genre string [?]" in done.out
    assert json.loads(run("show", "models", "--format", "json").out)["versions"]


def test_rules_and_explain(run: Terminal) -> None:
    """A line for each rule and lint; each can be explained; as JSON with all of its parts."""
    lines = run("rules").out.splitlines()
    found = {each["id"]: each for each in json.loads(run("rules", "--format", "json").out)}
    assert [line.split()[0] for line in lines[:-2]] == sorted(found)
    assert {each["found_by"] for each in found.values()} == {"reading", "running", "linting"}
    for rule, each in found.items():
        done = run("explain", rule)
        assert done.code == 0
        assert done.out.startswith(f"{rule}: {each['title']}\n\nWhat it does\n  ")
        assert [heading for heading in each["parts"] if f"\n{heading}\n  " in done.out] == list(each["parts"])


def test_replay(run: Terminal, world: World) -> None:
    """What verify kept runs again: fails with 1, fixed with 0, as text or JSON."""
    world.version("genre/1", GENRE, get_genre=crash)
    case = json.loads(run(*VERIFY, "--format", "json").out.replace("CASE", "0" * 12))
    assert case["findings"][0]["witness"]["case"]
    done = run("replay")
    assert done.code == 1
    assert done.out.splitlines() == [
        "fails  CASE  model-crashed: app with genre@1, get_genre",
        "  the process ended (SIGSEGV): in op MatMul",
    ]
    world.version("genre/1", GENRE, get_genre=drama)
    done = run("replay", "--models", "models", "--format", "json")
    assert (done.code, json.loads(done.out)["replayed"][0]["state"]) == (0, "fixed")
    Path(world.contracts, "app.contract.yaml").unlink()
    assert run("replay").code == 3


def test_cases_that_cannot_be_kept_cost_no_verdict(run: Terminal, world: World) -> None:
    """A file where the folder should be: the breach is told, without a case to replay."""
    world.version("genre/1", GENRE, get_genre=crash)
    (world.root / ".sigpact").write_text("", encoding="utf-8")
    done = run(*VERIFY)
    assert done.code == 1
    assert "error model-crashed" in done.out
    assert "sigpact replay" not in done.out


def test_project_configuration(run: Terminal, world: World) -> None:
    """`[tool.sigpact]` fills in what is not said; what is said wins; mistakes are one line."""
    file = world.root / "pyproject.toml"
    file.write_text(
        '[tool.sigpact]\ncontracts = ["contracts"]\nmodels = ["models"]\nrows = 5\nseed = 9\n',
        encoding="utf-8",
    )
    report = json.loads(run("verify", "--format", "json").out)
    evidence = report["verdicts"][0]["evidence"]
    assert (evidence["rows"]["random"], evidence["seed"]) == (5, 9)
    report = json.loads(run("verify", "--rows", "7", "--seed", "0", "--format", "json").out)
    evidence = report["verdicts"][0]["evidence"]
    assert (evidence["rows"]["random"], evidence["seed"]) == (7, 0)
    cut = "get_genre: random rows: stopped after 0 s: a run that time cuts short does not repeat"
    assert cut not in evidence["notes"]
    report = json.loads(run("verify", "--time-budget", "0", "--format", "json").out)
    assert cut in report["verdicts"][0]["evidence"]["notes"]
    file.write_text(f"{file.read_text(encoding='utf-8')}time_budget = 0\n", encoding="utf-8")
    report = json.loads(run("verify", "--format", "json").out)
    assert cut in report["verdicts"][0]["evidence"]["notes"]
    report = json.loads(run("verify", "--time-budget", "100", "--format", "json").out)
    assert cut not in report["verdicts"][0]["evidence"]["notes"]
    file.write_text("[tool.sigpact]\nrows = -1\n", encoding="utf-8")
    assert run(*CHECK) == Done(
        2, "", "sigpact: ROOT/pyproject.toml: [tool.sigpact] rows is -1; expected a whole number from 0\n"
    )


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[str, str]:
    """Run a command whose streams are terminals, and return what they show."""
    out, err = Screen(), Screen()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    cli.main(arguments)
    return out.getvalue(), err.getvalue()


def test_colours_on_a_terminal_only(run: Terminal, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """None when piped, none with NO_COLOR, none in JSON."""
    world.version("genre/2", SCORED, get_genre=scored)
    plain = run(*CHECK).out
    assert "\x1b" not in plain
    coloured = on_terminal(monkeypatch, *CHECK)[0]
    assert "\x1b[31mno" in coloured
    assert re.sub(r" *\x1b\[\d+m$|\x1b\[\d+m", "", coloured, flags=re.MULTILINE) == plain
    assert "\x1b" not in on_terminal(monkeypatch, *CHECK, "--format", "json")[0]
    monkeypatch.setenv("NO_COLOR", "1")
    assert on_terminal(monkeypatch, *CHECK)[0] == plain
    monkeypatch.setenv("NO_COLOR", "")
    assert on_terminal(monkeypatch, *CHECK)[0] == coloured


@contextmanager
def slow_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    """Let each look at the clock be so much later than the one before."""
    now = [0.0]

    def look() -> float:
        now[0] += seconds
        return now[0]

    with monkeypatch.context() as patch:
        patch.setattr("sigpact.cli.progress.time.monotonic", look)
        yield


def test_progress_after_a_second(run: Terminal, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, a line each when piped, one line that goes away on a terminal; nothing in a quick run."""
    world.version("genre/2", GENRE, get_genre=drama)
    with slow_clock(monkeypatch, 0.6):
        done = run(*VERIFY)
    assert done.err == "sigpact: genre@2 for app\n"
    assert "sigpact:" not in done.out
    with slow_clock(monkeypatch, 0.6):
        assert on_terminal(monkeypatch, *VERIFY)[1] == "\r\x1b[Ksigpact: genre@2 for app\r\x1b[K"
    with slow_clock(monkeypatch, 0.1):
        assert on_terminal(monkeypatch, *VERIFY)[1] == ""


def test_the_progress_line_goes_away_before_a_complaint(
    run: Terminal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends badly leaves no half line in front of its message."""

    def out_of_memory(_: object) -> Any:
        raise RuntimeUnavailableError("TensorFlow does not start")

    assert run(*VERIFY).code == 0
    world.version("genre/1", GENRE, get_genre=out_of_memory)
    with slow_clock(monkeypatch, 2):
        told = on_terminal(monkeypatch, *VERIFY)[1]
    assert told == "\r\x1b[Ksigpact: genre@1 for app\r\x1b[Ksigpact: TensorFlow does not start\n"


def process(*arguments: str, cwd: Path, **words: Any) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m sigpact` in a process of its own."""
    environment = ENVIRONMENT | {"PYTHONPATH": str(ROOT / "src")} | words.pop("env", {})
    command = [sys.executable, "-m", "sigpact", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, check=False, **words)


def test_as_a_module(world: World) -> None:
    """`python -m sigpact` is the same command."""
    done = process(*CHECK, cwd=world.root, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"genre@1  yes" in done.stdout


def test_output_in_few_characters(world: World) -> None:
    """Whatever the terminal's encoding, what it lacks is escaped; JSON stays JSON."""
    world.contract(APP.replace("owner: app@example.com", "owner: Zoë 😀"))
    world.version("genre/1", SCORED)
    done = process(*CHECK, cwd=world.root, capture_output=True, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"(owner: Zo\xeb \U0001f600)" in done.stdout
    done = process(*CHECK, "--format", "json", cwd=world.root, capture_output=True)
    assert json.loads(done.stdout)["findings"][0]["owner"] == "Zoë 😀"


def test_paths_that_are_no_text(world: World) -> None:
    """A folder whose name is not UTF-8 is read like any other."""
    folder = os.fsencode(world.root) + b"/con\xfftracts"
    try:
        os.rename(world.contracts, folder)  # noqa: PTH104 - the name is bytes
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    for form in ("text", "json"):
        done = process(
            "check", os.fsdecode(folder), "--models", "models", "--format", form,
            cwd=world.root, capture_output=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk(world: World) -> None:
    """One line and exit code 4, no traceback."""
    with Path("/dev/full").open("wb") as full:
        done = process("rules", cwd=world.root, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode in {4, 120}  # 120: Python's own, when its last flush fails too
    assert done.stderr.startswith(b"sigpact: [Errno 28]")
    assert b"Traceback" not in done.stderr


def test_a_reader_that_went_away(world: World) -> None:
    """`sigpact rules | head -1` ends quietly."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = process("rules", cwd=world.root, stdout=write, stderr=subprocess.PIPE)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (4, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no shell to close streams with")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), (">&- 2>&-", 0)])
def test_closed_streams(world: World, closed: str, code: int) -> None:
    """Nobody listens, and the exit code is what it would be."""
    line = f'"{sys.executable}" -m sigpact check contracts --models models {closed}'
    environment = ENVIRONMENT | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        ["sh", "-c", line], cwd=world.root, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False)


def test_tensorflow_is_not_installed(world: World) -> None:
    """A Python without the module: one line, exit code 4."""
    hide = "import importlib.util as u, sys; find = u.find_spec; sys.argv[0] = 'sigpact'\n"
    hide += "u.find_spec = lambda name, *rest: None if name == 'tensorflow' else find(name, *rest)\n"
    hide += f"from sigpact.cli import main; sys.exit(main({list(VERIFY)!r}))"
    environment = ENVIRONMENT | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", hide],
        cwd=world.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "sigpact: running a version needs TensorFlow: pip install 'sigpact[tensorflow]'\n"


def test_a_folder_that_may_not_be_read(run: Terminal, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of contracts that cannot be listed is told, not passed over."""
    (Path(world.contracts) / "hidden").mkdir()
    scan = os.scandir

    def refused(path: str) -> Any:
        if str(path).endswith("hidden"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refused)
    told = "sigpact: contracts/hidden: the folder cannot be listed: Permission denied\n"
    assert run(*CHECK) == Done(2, "", told)


def test_examples_are_updated_once(run: Terminal, world: World) -> None:
    """The difference stands before the last line; exit code 1; the next run is a yes."""
    text = f"{APP}    examples: [{{name: one, inputs: {{title: [x]}}, outputs: {{genre: [Comedy]}}}}]\n"
    for status, last in (("active", "no: app with genre@1"), ("pending", "no: examples were rewritten")):
        world.contract(f"{text}status: {status}\n")
        done = run(*VERIFY, "--update-examples")
        assert done.code == 1
        assert done.out[done.out.index("rewritten") :] == dedent(f"""\
            rewritten: 1 answer in contracts/app.contract.yaml; look at the difference, then run again
            --- contracts/app.contract.yaml
            +++ contracts/app.contract.yaml
            @@ -8,5 +8,5 @@
                   title: {{dtype: text, shape: [batch], minLength: 1, maxLength: 20}}
                 outputs:
                   genre: {{dtype: text, shape: [batch], enum: [Drama, Comedy]}}
            -    examples: [{{name: one, inputs: {{title: [x]}}, outputs: {{genre: [Comedy]}}}}]
            +    examples: [{{name: one, inputs: {{title: [x]}}, outputs: {{genre: [Drama]}}}}]
             status: {status}

            {last}
            """)
        again = run(*VERIFY, "--update-examples")
        assert "rewritten" not in again.out
        assert again.code == (0 if status == "active" else 3)
