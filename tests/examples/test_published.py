"""What the page of `examples/published` says of other people's exports, found again on them."""

import datetime as dt
import importlib.util
from pathlib import Path

import pytest

from examples.published.__main__ import PUBLISHED, NotFetchedError, Published, fetch
from sigpact.engine.options import Options
from sigpact.engine.verify import verify
from sigpact.findings import Answer
from sigpact.report.model import Report
from sigpact.runtime.backend import TensorFlowBackend

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "examples" / "published" / "contracts"
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]


@pytest.fixture(scope="module")
def models() -> Path:
    """The folder of all base paths, fetched once for all runs."""
    out = ROOT / "build" / "published"
    try:
        for each in PUBLISHED:
            fetch(each, out)
    except NotFetchedError as error:
        pytest.skip(str(error))
    return out


def _verified(models: Path, model: str, contract: str) -> Report:
    options = Options(rows=200, today=dt.datetime.now(tz=dt.UTC).date(), cases=None)
    file, base = CONTRACTS / f"{contract}.contract.yaml", models / model
    return verify([str(file)], [str(base)], options, TensorFlowBackend, lambda _: None)


def _rules(report: Report, version: str) -> set[str]:
    return {each.rule for each in report.findings if each.version == version and each.level == "error"}


def test_the_editor_keeps_working_until_classes_are_added(models: Path) -> None:
    """Version 2 (2.2.1) has 54 classes where version 1 (2.0.3) had 30."""
    report = _verified(models, "guesslang", "editor")
    assert _rules(report, "1") == set()
    assert {each.version: each.verdict for each in report.verdicts}["2"] is Answer.NO
    assert _rules(report, "2") == {"output-shape-changed"}


def test_the_studio_gets_its_notes(models: Path) -> None:
    """It serves, though `tf.saved_model.load` fails; silence alone is answered otherwise than in company."""
    report = _verified(models, "basic_pitch", "studio")
    assert _rules(report, "1") == {"batch-not-invariant"}
    assert report.verdicts[0].evidence.total_rows > 300


def test_a_wheel_with_another_digest_is_not_taken(tmp_path: Path) -> None:
    """One line, and nothing is left that looks like an export."""
    other = Published("guesslang==2.0.3", "0" * 64, "guesslang/data/model/", "guesslang/1")
    with pytest.raises(NotFetchedError, match=r"guesslang==2\.0\.3 could not be fetched") as told:
        fetch(other, tmp_path)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "guesslang" / "1").exists()
