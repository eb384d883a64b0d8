"""Version folders that the server reads otherwise than one thinks, and exports that cannot be served."""

import datetime as dt
import json
from pathlib import Path

import pytest

from sigpact.engine.check import check
from sigpact.engine.options import Options
from sigpact.findings import Answer
from sigpact.report import data, text
from sigpact.report.model import Report
from sigpact.savedmodel.files import INDEX
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import Ranked, Unknown
from sigpact.tensors.specs import Signature, TensorSpec
from tests.savedmodel.writer import chunk, meta_graph, node, saved_model

BATCH = Ranked((Unknown(),))
SIGNATURE = Signature(
    "get",
    "tensorflow/serving/predict",
    (TensorSpec("x", BY_NAME["float32"], BATCH, "x:0"),),
    (TensorSpec("y", BY_NAME["float32"], BATCH, "y:0"),),
)
CONTRACT = """
contract: 1
client: app
model: m
signatures:
  get: {inputs: {x: {dtype: number, shape: [n]}}, outputs: {y: {dtype: number, shape: [n]}}}
"""
GRAPH = [
    node("x", "Placeholder"),
    node("y", "AddV2", "x", "read"),
    node("read", "ReadVariableOp", "v"),
    node("v", "VarHandleOp"),
]


def export(
    folder: Path, *, tags: tuple[str, ...] = ("serve",), empty: bool = False, index: bool = True
) -> None:
    """Write an export whose signature reads a variable."""
    (folder / "variables").mkdir(parents=True)
    if index:
        (folder / INDEX).touch()
    graph = meta_graph([] if empty else [SIGNATURE], tags) + chunk(2, b"".join(GRAPH))
    (folder / "saved_model.pb").write_bytes(saved_model([graph]))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The base path of a model, with a good version 1, and a contract beside it."""
    (tmp_path / "app.contract.yaml").write_text(CONTRACT)
    export(tmp_path / "m" / "1")
    return tmp_path / "m"


def report_on(base: Path) -> Report:
    """Check the contract against all versions."""
    return check([str(base.parent)], [str(base)], Options(today=dt.date(2026, 1, 1)))


def answers(report: Report) -> dict[str, Answer]:
    """Return the verdict on each version."""
    return {each.version: each.verdict for each in report.verdicts}


def test_folder_names_that_are_numbers_to_the_server(base: Path) -> None:
    """A sign, blanks and zeros are no obstacle: these are versions, and the report says which."""
    for name in ("+5", " 9 ", "007", "1.0", "2a"):
        export(base / name)
    report = report_on(base)
    assert answers(report) == dict.fromkeys(["1", "5", "7", "9"], Answer.YES)
    lines = text.render(report).splitlines()
    assert "m@5: the server reads the folder's name '+5' as version 5" in lines
    assert "m@9: the server reads the folder's name ' 9 ' as version 9" in lines
    assert "m@7: the server reads the folder's name '007' as version 7" in lines
    assert "m: the server skips '1.0', which holds an export: the name is no whole number" in lines
    notes = {each["version"]: each["note"] for each in json.loads(data.render(report))["versions"]}
    assert notes["5"] == "the server reads the folder's name '+5' as version 5"
    assert notes["1"] is None


def test_a_number_that_two_folders_have(base: Path) -> None:
    """The server loads the last name; that one is checked, and the report says so."""
    export(base / "002", tags=("train",))
    export(base / "2")
    report = report_on(base)
    assert answers(report)["2"] is Answer.YES
    assert "m@2: '002' is version 2 too; the server loads '2'" in text.render(report).splitlines()


def test_a_stray_file_that_is_a_version(base: Path) -> None:
    """The server takes a file called 12 for the newest version, and cannot load it: no, for every client."""
    (base / "12").touch()
    report = report_on(base)
    assert answers(report) == {"1": Answer.YES, "12": Answer.NO}
    (finding,) = report.findings
    assert (finding.rule, finding.version) == ("version-unloadable", "12")
    assert finding.received.endswith("is a file, not the folder of an export")
    assert "m@12: a plain file, which the server takes for a version and cannot load" in text.render(report)


def test_other_tags(base: Path) -> None:
    """A tag set that is not exactly {serve} is not loaded, and the version before keeps serving."""
    export(base / "2", tags=("serve", "gpu"))
    report = report_on(base)
    assert answers(report)["2"] is Answer.NO
    (finding,) = report.findings
    assert finding.rule == "version-unloadable"
    assert finding.received.endswith("no meta graph with exactly the tag 'serve'; found {gpu,serve}")
    assert "never makes it live" in finding.why


def test_no_signature_at_all(base: Path) -> None:
    """It loads and serves nothing: the signature is missing, and the sentence says that none is there."""
    export(base / "2", empty=True)
    (finding,) = report_on(base).findings
    assert finding.rule == "signature-missing"
    assert finding.message == "signature 'get' is not in the version; it has none"


def test_missing_variables(base: Path) -> None:
    """The version goes live, and the call that reads a variable fails: not unloadable, but no."""
    export(base / "2", index=False)
    report = report_on(base)
    assert answers(report)["2"] is Answer.NO
    (finding,) = report.findings
    assert (finding.rule, finding.signature) == ("variables-missing", "get")
    assert finding.message == f"{INDEX} is missing; it reads v, which nothing restores"
    assert "goes live" in finding.why
    assert finding.span.line == 6
