"""`sigpact schema request`, `answer` and `sigpact reader`: what they print, and how they fail."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from sigpact import cli

CONTRACTS = Path(__file__).parents[1] / "contracts"
MOBILE = str(CONTRACTS / "mobile-app" / "genre.contract.yaml")
STORE = str(CONTRACTS / "web-store" / "genre.contract.yaml")
ANALYTICS = str(CONTRACTS / "analytics" / "genre.contract.json")
EMBEDDINGS = str(CONTRACTS / "recommender" / "genre.contract.yaml")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; its exit code, and what it printed."""

    def command(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(arguments)
        except SystemExit as error:  # argparse
            code = error.code if isinstance(error.code, int) else -1
        out, err = capsys.readouterr()
        return code, out, err

    return command


def test_the_schema_of_an_answer(run: Run) -> None:
    """It says whose it is and what each key means; the signature may be left out where there is one."""
    code, out, err = run("schema", "answer", MOBILE)
    assert (code, err) == (0, "")
    assert run("schema", "answer", MOBILE, "get_genre") == (0, out, "")
    made = json.loads(out)
    assert made["$id"] == "urn:sigpact:mobile-app:genre:get_genre:answer"
    assert made["title"] == "what mobile-app reads of the answers of get_genre"
    assert made["description"].startswith(
        "Client mobile-app of model genre, signature get_genre: REST, row format"
    )
    assert made["properties"]["predictions"]["description"] == "genre: text, shape [batch]"
    check = jsonschema.Draft202012Validator(made)
    check.check_schema(made)
    assert check.is_valid({"predictions": ["Drama"]})
    assert not check.is_valid({"predictions": ["drama"]})


def test_the_schema_of_a_request(run: Run) -> None:
    """Names that are no part of a URI are escaped in `$id`; objects tell each of their keys."""
    code, out, _ = run(
        "schema", "request", str(CONTRACTS.parent / "tests/cases/readers/odd.contract.yaml"), "rank it"
    )
    assert code == 0
    made = json.loads(out)
    assert made["$id"] == "urn:sigpact:odd:m:rank%20it:request"
    row = made["properties"]["instances"]["items"]["properties"]
    assert row["dense_26:0"]["description"] == "dense_26:0: float32, shape [batch, 3]"
    assert row["x_bytes"]["description"] == "x_bytes: bytes, shape [batch]"
    assert "description" not in made["properties"]["signature_name"]
    # A reference into the schema resolves beside an `$id` that is no address.
    instance = {
        "dense_26:0": [0, 1, 1],
        "class": "a b",
        "x_bytes": {"b64": ""},
        "ids": [],
        "small": 1,
        "flag": True,
    }
    check = jsonschema.Draft202012Validator(made)
    assert check.is_valid({"signature_name": "rank it", "instances": [instance | {"any": [[0.5]]}]})
    assert not check.is_valid({"signature_name": "rank it", "instances": [instance | {"any": [["a"]]}]})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("schema", "answer", MOBILE, "get_gener"),
            " uses no signature 'get_gener'; did you mean 'get_genre'?",
        ),
        (("reader", "swift", MOBILE, "xyz"), " uses no signature 'xyz'; there is get_genre"),
        (("schema", "answer", EMBEDDINGS), ": which signature? there are embed, get_genre_from_embedding"),
        (("schema", "request", ANALYTICS), ": a gRPC client has no JSON bodies, and so no schema of them"),
        (
            ("reader", "kotlin", ANALYTICS),
            ": a gRPC client has no JSON body to write or read: its types are those of protobuf",
        ),
    ],
)
def test_mistakes(run: Run, arguments: tuple[str, ...], message: str) -> None:
    """One line on stderr with the file, nothing on stdout, exit code 2."""
    assert run(*arguments) == (2, "", f"sigpact: {arguments[2]}{message}\n")


def test_options_that_are_wrong(run: Run) -> None:
    """Argparse says what there is."""
    assert run("reader", "cobol", MOBILE)[:2] == (2, "")
    assert run("reader", "python", MOBILE, "--out", "a", "--check", "a")[:2] == (2, "")
    assert run("reader", "python", "nowhere.yaml") == (
        2,
        "",
        run("schema", "answer", "nowhere.yaml")[2],
    )


def test_a_reader_is_printed_or_written(run: Run, tmp_path: Path) -> None:
    """The same bytes each time."""
    code, out, err = run("reader", "python", MOBILE)
    assert (code, err) == (0, "")
    file = tmp_path / "genre.py"
    assert run("reader", "python", MOBILE, "--out", str(file)) == (0, "", "")
    assert file.read_bytes() == out.encode()


def test_a_printed_reader_is_whole_wherever_it_goes(tmp_path: Path) -> None:
    """In a terminal of few characters no member of an enum is escaped into another."""
    odd = CONTRACTS.parent / "tests/cases/readers/odd.contract.yaml"
    command = [sys.executable, "-m", "sigpact", "reader", "python", str(odd), "rank it"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(CONTRACTS.parent / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, cwd=tmp_path)
    assert "日本".encode() in done.stdout


def test_check(run: Run, tmp_path: Path) -> None:
    """0 where the file is what would be written, line ends apart; 1 with the first line that is not."""
    file = tmp_path / "genre.ts"
    missing, told, _ = run("reader", "typescript", MOBILE, "--check", str(file))
    assert missing == 1
    assert told.startswith(f"{file}: it is not there; generate it again: sigpact reader typescript ")
    run("reader", "typescript", MOBILE, "--out", str(file))
    assert run("reader", "typescript", MOBILE, "--check", str(file)) == (0, "", "")
    made = file.read_bytes()
    file.write_bytes(made.replace(b"\n", b"\r\n"))
    assert run("reader", "typescript", MOBILE, "--check", str(file))[0] == 0
    file.write_bytes(made.replace(b'"Drama"', b'"drama"'))
    line = made.decode().split('"Drama"')[0].count("\n") + 1
    code, told, _ = run("reader", "typescript", MOBILE, "--check", str(file))
    assert (code, told.partition(": ")[0]) == (1, f"{file}:{line}")
    file.write_bytes(made + b"\n")
    assert run("reader", "typescript", MOBILE, "--check", str(file))[0] == 1


def test_the_command_is_that_of_any_checkout(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file below the working directory is named from there, however it was given."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a b.contract.yaml").write_bytes(Path(MOBILE).read_bytes())
    monkeypatch.chdir(tmp_path)
    _, out, _ = run("reader", "swift", str(tmp_path / "c" / "a b.contract.yaml"))
    assert out == run("reader", "swift", "./c/a b.contract.yaml")[1]
    assert "//   sigpact reader swift 'c/a b.contract.yaml' get_genre --out FILE" in out.splitlines()
