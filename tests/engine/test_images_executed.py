"""`image:` on a real export that decodes JPEG, over REST and gRPC."""

import importlib.util
from pathlib import Path

import pytest

from sigpact.engine.options import Options
from sigpact.engine.verify import verify
from sigpact.runtime.backend import TensorFlowBackend
from tests.building import built

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]

CONTRACT = """\
contract: 1
client: app
model: pictures
protocol: PROTOCOL
versions: all
dims: {batch: {min: 1, max: 4}}
signatures:
  look:
    inputs:
      picture_bytes:
        dtype: bytes
        shape: [batch]
        image: {media: image/jpeg, height: [30, 600], width: [20, 500], mode: [RGB, L]}
    outputs:
      brightness: {dtype: float32, shape: [batch], minimum: 0, maximum: 255}
      height: {dtype: int32, shape: [batch], minimum: 30, maximum: 600}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base path of three versions."""
    return built(Path(__file__).with_name("image_exports.py"), tmp_path_factory.mktemp("images")) / "pictures"


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_images_are_decoded(base: Path, tmp_path: Path, protocol: str) -> None:
    """The version that decodes all is a yes; one breaks on grey images, one on images of different sizes."""
    file = tmp_path / "app.contract.yaml"
    file.write_text(CONTRACT.replace("PROTOCOL", protocol), encoding="utf-8")
    report = verify(
        [str(file)],
        [str(base)],
        Options(rows=200, cases=str(tmp_path / "cases")),
        TensorFlowBackend,
        lambda _: None,
    )
    assert [str(each.verdict) for each in report.verdicts] == ["yes", "no", "no"]
    assert dict(report.verdicts[0].evidence.rows)["random"] >= 100
    assert report.verdicts[0].not_checked == ()
    broken = {each.version: each for each in report.findings if each.level == "error"}
    assert {each.rule for each in broken.values()} == {"request-refused"}
    assert broken.keys() == {"2", "3"}
