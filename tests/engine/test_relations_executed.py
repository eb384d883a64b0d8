"""Relations and `from:` on real exports: over REST and gRPC, at one version and across two."""

import importlib.util
from pathlib import Path

import pytest

from sigpact.engine.options import Options
from sigpact.engine.replay import State, replay
from sigpact.engine.verify import verify
from sigpact.findings import Finding
from sigpact.report.model import Report
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.serving.given import given
from tests.building import built

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]

CONTRACT = """\
contract: 1
client: shop
model: genre
protocol: PROTOCOL
dims: {batch: {min: 1, max: 32}}
signatures:
  embed:
    inputs: {title: {dtype: text, shape: [batch], minLength: 1, maxLength: 60}}
    outputs: {embedding: {dtype: float32, shape: [batch, 4]}}
  by_embedding:
    inputs: {embedding: {dtype: float32, shape: [batch, 4], from: embed.embedding}}
    outputs: {genre: {dtype: text, shape: [batch], enum: [Drama, Comedy, Horror, Western]}}
relations:
  - name: explained
    inputs: {title: embed.title}
    calls:
      plain: {signature: plain, inputs: {title: title}}
      explained: {signature: explained, inputs: {title: title}}
    holds: [plain.genre == explained.genre]
  - name: by embedding
    inputs: {title: embed.title}
    calls:
      embedded: {signature: embed, inputs: {title: title}}
      there: {signature: by_embedding, inputs: {embedding: embedded.embedding}}
      here: {signature: plain, inputs: {title: title}}
    holds: [there.genre == here.genre]
  - name: as stored
    inputs: {title: embed.title}
    calls:
      stored: {signature: embed, version: previous, inputs: {title: title}}
      genre: {signature: by_embedding, inputs: {embedding: stored.embedding}}
      text: {signature: plain, inputs: {title: title}}
      now: {signature: embed, inputs: {title: title}}
    holds:
      - {expr: genre.genre == text.genre, share: 0.99}
      - stored.embedding == now.embedding
"""
BROKEN = {
    ("2", "plain.genre == explained.genre"),
    ("3", "genre.genre == text.genre"),
    ("3", "stored.embedding == now.embedding"),
}
"""By version: the clauses that do not hold, and no other does."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base path of three versions."""
    script = Path(__file__).with_name("relation_exports.py")
    return built(script, tmp_path_factory.mktemp("relations")) / "genre"


def verified(folder: Path, base: Path, protocol: str) -> Report:
    """Verify one client against all versions, and keep what fails."""
    file = folder / "shop.contract.yaml"
    file.write_text(CONTRACT.replace("PROTOCOL", protocol), encoding="utf-8")
    options = Options(rows=100, relation_rows=200, cases=str(folder / "cases"))
    return verify([str(file)], [str(base)], options, TensorFlowBackend, lambda _: None)


def broken(report: Report) -> list[Finding]:
    """Return what is broken."""
    return [each for each in report.findings if each.level == "error"]


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_what_is_broken_between_calls_and_versions(tmp_path: Path, base: Path, protocol: str) -> None:
    """Exactly the seeded faults, each with its chain, and each fails again when replayed."""
    report = verified(tmp_path, base, protocol)
    found = broken(report)
    assert {each.rule for each in found} == {"relation-broken"}
    assert {(each.version, each.change) for each in found} == BROKEN
    trimmed = next(each for each in found if each.version == "2")
    assert trimmed.witness is not None
    drawn = trimmed.witness.request.split("\n")[0]
    assert len(drawn) <= len("drawn: title=['\\u3000 ']")
    stored = next(each for each in found if each.change == "genre.genre == text.genre")
    assert stored.witness is not None
    assert "stored (version 2): " in stored.witness.request
    unchecked = {each.version: each.not_checked for each in report.verdicts}
    assert unchecked == {
        "1": ("relation as stored: call 'stored': there is no version before 1",), "2": (), "3": (),
    }  # fmt: skip
    notes = " ".join(note for each in report.verdicts for note in each.evidence.notes)
    assert "by_embedding: embedding from embed.embedding: " in notes
    with TensorFlowBackend() as backend:
        again = replay(None, tmp_path / "cases", given([str(base)]), backend)
    assert [each.state for each in again] == [State.FAILS] * 3
