"""The commands for people who write contracts: what they write, print and return."""

import io
import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest

from sigpact.cli import main
from sigpact.contract import schema

WRITTEN = "client: c # who\ncontract: 1\n"
LAID = "contract: 1\nclient: c  # who\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contract that is not in the layout, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.contract.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


def test_fmt_writes_in_place(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What changed is named; what is in the layout already is not touched."""
    file.chmod(0o640)
    assert main(["fmt", "."]) == 0
    assert capsys.readouterr().out == f"{file.name}: written\n"
    assert file.read_text(encoding="utf-8") == LAID
    assert file.stat().st_mode & 0o777 == 0o640
    assert main(["fmt", "."]) == 0
    assert capsys.readouterr().out == ""


def test_fmt_keeps_a_mark_and_line_ends(file: Path) -> None:
    """A byte order mark stays, and so do CRLFs."""
    file.write_bytes(b"\xef\xbb\xbf" + WRITTEN.replace("\n", "\r\n").encode())
    assert main(["fmt", str(file)]) == 0
    assert file.read_bytes() == b"\xef\xbb\xbf" + LAID.replace("\n", "\r\n").encode()


def test_fmt_check_and_diff_write_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` names files, `--diff` shows lines; both are 1 where something would change."""
    assert main(["fmt", ".", "--check"]) == 1
    assert capsys.readouterr().out == f"{file.name}\n"
    assert main(["fmt", ".", "--diff"]) == 1
    assert "-client: c # who\n contract: 1\n+client: c  # who\n" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == WRITTEN
    main(["fmt", "."])
    assert main(["fmt", ".", "--check"]) == main(["fmt", ".", "--diff"]) == 0


def test_fmt_goes_on_behind_a_file_that_is_wrong(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told and left as it is; the others are written."""
    Path("0.contract.yaml").write_text("a: [\n", encoding="utf-8")
    assert main(["fmt", "."]) == 2
    told = capsys.readouterr()
    assert told.out == f"{file.name}: written\n"
    assert told.err.startswith("0.contract.yaml:2:1: not YAML: ")
    assert Path("0.contract.yaml").read_text(encoding="utf-8") == "a: [\n"


@pytest.mark.parametrize(
    ("given", "wanted"), [(WRITTEN, LAID), ('{"client": 1, "contract": 1}', '{"contract": 1, "client": 1}\n')]
)
def test_fmt_of_stdin(
    given: str, wanted: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An editor pipes its buffer: YAML stays YAML, JSON stays JSON."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    assert main(["fmt", "-"]) == 0
    assert capsys.readouterr().out.replace("\n  ", " ").replace("{ ", "{").replace("\n}", "}") == wanted


def test_fmt_of_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No contract found is a mistake of whoever asked."""
    monkeypatch.chdir(tmp_path)
    assert main(["fmt"]) == main(["fmt", "."]) == 2


VALID = """\
contract: 1
client: c
model: m
owner: o
types:
  t: {dtype: text}
signatures: {s: {inputs: {x: {dtype: text}}, outputs: {y: {dtype: text}}}}
"""


def test_lint(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 where something could be better, with the remarks; what is superfluous goes with --fix."""
    file.write_text(VALID, encoding="utf-8")
    assert main(["lint", "."]) == 1
    told = capsys.readouterr().out
    assert told.startswith(f"{file.name}:6:3: type-unused: no tensor has the type 't'\n")
    assert told.endswith("2 remarks on 1 contract, 1 of which --fix takes out\n")
    assert main(["lint", ".", "--fix", "--format", "json"]) == 1
    left = capsys.readouterr()
    assert [each["lint"] for each in json.loads(left.out)] == ["output-unconstrained"]
    assert left.err == f"{file.name}: written\n"
    assert "types" not in file.read_text(encoding="utf-8")


def test_lint_of_a_good_contract(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to say is 0."""
    good = VALID.replace("types:\n  t: {dtype: text}\n", "").replace("text}}}}", "text, const: a}}}}")
    file.write_text(good, encoding="utf-8")
    assert main(["lint"]) == 2
    assert main(["lint", "."]) == 0
    assert capsys.readouterr().out == "0 remarks on 1 contract\n"


def test_lint_of_a_wrong_contract(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its mistakes are told; the others are linted."""
    Path("b.contract.yaml").write_text(VALID, encoding="utf-8")
    assert main(["lint", "."]) == 2
    told = capsys.readouterr()
    assert f"{file.name}:1:1" in told.err
    assert "type-unused" in told.out


def test_lints_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """`rules` lists them, `explain` says more."""
    assert main(["rules"]) == main(["explain", "owner-missing"]) == 0
    told = capsys.readouterr().out
    assert re.search("owner-missing +linting +Nobody is named", told)
    assert "owner-missing: Nobody is named whom one could ask.\n\nWhat it does\n" in told


def test_schema_contract(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shipped, for a file beside the contracts."""
    assert main(["schema", "contract"]) == 0
    assert capsys.readouterr().out == schema.FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("body", "good", "bad"),
    [
        ("request", {"signature_name": "s", "instances": ["a"]}, {"signature_name": "s", "instances": [1]}),
        ("answer", {"predictions": ["a"]}, {"predictions": [{"y": "a"}]}),
    ],
)
def test_schema_of_bodies(
    body: str, good: object, bad: object, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the client sends and reads is valid, what it does not is not."""
    file.write_text(VALID.replace("text}", "text, shape: [batch]}"), encoding="utf-8")
    assert main(["schema", body, str(file), "s"]) == 0
    validator = jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out))
    assert validator.is_valid(good)
    assert not validator.is_valid(bad)


def test_schema_of_bodies_that_are_not(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A signature that the contract does not use, a client that sends no JSON."""
    file.write_text(VALID, encoding="utf-8")
    assert main(["schema", "answer", str(file), "t"]) == 2
    assert "uses no signature 't'" in capsys.readouterr().err
    file.write_text(f"{VALID}protocol: grpc\n", encoding="utf-8")
    assert main(["schema", "request", str(file), "s"]) == 2
    assert "has no JSON bodies" in capsys.readouterr().err
