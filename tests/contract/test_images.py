"""Examples of images: `{b64: …}` and `{file: …}` are looked at like other values."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image as Pillow

from sigpact.contract import domains
from sigpact.contract.load import load
from sigpact.errors import ContractError

CONTRACT = """\
contract: 1
client: c
model: m
signatures:
  s:
    inputs:
      picture_bytes:
        dtype: bytes
        shape: [batch]
        image: {media: image/png, height: [8, 90], width: [8, 90], mode: [L]}
    examples:
      - inputs: {picture_bytes: [{file: good.png}, {file: tall.png}, {b64: "WIDE"}, {b64: "bm90"}]}
      - inputs: {picture_bytes: [{b64: "bm90"}]}
        error: {status: 400}
"""


def png(mode: str, size: tuple[int, int]) -> bytes:
    """Return a black PNG."""
    file = io.BytesIO()
    Pillow.new(mode, size).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A contract with one good image of four, and an example that is to be refused."""
    (tmp_path / "good.png").write_bytes(png("L", (20, 30)))
    (tmp_path / "tall.png").write_bytes(png("L", (20, 91)))
    made = tmp_path / "a.contract.yaml"
    made.write_text(
        CONTRACT.replace("WIDE", base64.b64encode(png("RGB", (20, 30))).decode()), encoding="utf-8"
    )
    return made


def test_an_example_outside_the_image_domain_is_a_mistake(file: Path) -> None:
    """Size, mode and bytes that are no image; what the server is to refuse may be anything."""
    with pytest.raises(ContractError) as raised:
        load(str(file))
    assert [each.message for each in raised.value.problems] == [
        "a file is 91 pixels high, not 8 to 90: outside the image domain of 'picture_bytes'",
        "80 bytes has mode RGB, not L: outside the image domain of 'picture_bytes'",
        "3 bytes is no image: outside the image domain of 'picture_bytes'",
    ]


def test_without_pillow_images_are_not_looked_at(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract loads; that nothing is drawn is what says that Pillow is missing."""
    monkeypatch.setattr(domains, "can_read", lambda: False)
    assert load(str(file)).client == "c"
