"""Images: encoded as declared, every edge of the domain among them, few enough to be quick."""

import io
import itertools
from typing import Final

import pytest
from PIL import Image as Pillow

from sigpact.contract import images as contract_images
from sigpact.contract.images import FORMATS, MODES, image_fault
from sigpact.contract.model import Image
from sigpact.values import images
from sigpact.values.admitted import admitted
from sigpact.values.images import images_of
from sigpact.values.plan import plan
from sigpact.values.requests import Origin
from sigpact.wire.arrays import value
from tests.values.builders import contract, tensor

PHOTO: Final = Image("image/jpeg", (100, 4000), (100, 4000), ("RGB", "L"))
BOUNDS: Final = ((1, 1), (1, 9), (5, 300), (64, 64), (400, 500))


def opened(data: bytes) -> Pillow.Image:
    """Return an image, decoded by Pillow."""
    made = Pillow.open(io.BytesIO(data))
    made.load()
    return made


@pytest.mark.parametrize("media", FORMATS)
def test_every_image_lies_in_its_domain(media: str) -> None:
    """Of each media type, with bounds that meet and wide ones: format, mode and size are as declared."""
    for height, width in itertools.product(BOUNDS, BOUNDS):
        said = Image(media, height, width, MODES[media])
        made = images_of(said)
        for label, data in (*made.special, *(("random", each) for each in made.pool)):
            image = opened(data)
            assert image.format == FORMATS[media]
            assert height[0] <= image.height <= height[1], label
            assert width[0] <= image.width <= width[1], label
            assert image_fault(said, data) is None, label


def test_every_edge_occurs() -> None:
    """Least and most height and width, alone and together, each mode, progressive, square and not, small."""
    sent = [opened(data) for _, data in images_of(PHOTO).special]
    sizes = {(each.height, each.width) for each in sent}
    assert set(itertools.product((100, 4000), (100, 4000))) <= sizes
    assert {100, 4000} <= {height for height, width in sizes if width not in {100, 4000}}
    assert {100, 4000} <= {width for height, width in sizes if height not in {100, 4000}}
    assert {each.mode for each in sent} == {"RGB", "L"}
    assert {bool(each.info.get("progressive")) for each in sent} == {True, False}
    assert any(height != width for height, width in sizes)
    assert any(height == width for height, width in sizes)
    assert min(len(data) for _, data in images_of(PHOTO).special) < 1000


@pytest.mark.parametrize("media", MODES)
def test_every_mode_occurs(media: str) -> None:
    """Among the special images and in the pool, as Pillow reads the mode back."""
    made = images_of(Image(media, (20, 90), (30, 80), MODES[media]))
    found = {opened(data).mode for _, data in made.special}
    assert found == set(MODES[media])
    assert {opened(data).mode for data in made.pool} == set(MODES[media])


def test_the_plan_sends_every_special_image_and_says_how_few_rows() -> None:
    """Each special image is sent alone in its place; random rows are fewer, and the evidence says so."""
    planned = plan(*contract(tensor("x", "bytes", "batch", image=PHOTO)), rows=10_000, seed=0)
    rows = [
        (each.origin, data)
        for each in planned.requests
        for data in each.values["x"].array.reshape(-1).tolist()
    ]
    special = {data for origin, data in rows if origin is Origin.BOUNDARY}
    assert {data for _, data in images_of(PHOTO).special} <= special
    random = [data for origin, data in rows if origin is Origin.RANDOM]
    assert 1000 < len(random) == planned.rows < 10_000
    assert set(random) <= set(images_of(PHOTO).pool)
    assert planned.notes[0].startswith(f"{len(random):,} random rows instead of 10,000")


def test_what_is_too_large_is_cut_and_said() -> None:
    """Bounds beyond the budget are drawn as far as it goes; where the least is beyond, nothing is."""
    large = Image("image/png", (10, 30_000), (10, 30_000), ("L",))
    planned = plan(*contract(tensor("x", "bytes", "batch", image=large)), rows=10, seed=0)
    assert "x is drawn as images of up to 16,777,216 pixels" in planned.notes
    assert max(opened(data).height for _, data in images_of(large).special) == 30_000
    huge = Image("image/png", (5000, 6000), (5000, 6000), ("L",))
    (lost,) = plan(*contract(tensor("x", "bytes", "batch", image=huge)), rows=10, seed=0).undrawable
    assert str(lost) == "x: has images of 5000 by 5000 pixels or more, none over 16,777,216 are drawn"


def test_lengths_hold_for_images_too() -> None:
    """`maxLength` counts the bytes of the file."""
    said = tensor("x", "bytes", "batch", image=PHOTO, max_length=1500)
    planned = plan(*contract(said), rows=100, seed=0)
    sent = [data for each in planned.requests for data in each.values["x"].array.reshape(-1).tolist()]
    assert sent
    assert max(map(len, sent)) <= 1500
    none = tensor("x", "bytes", "batch", image=PHOTO, max_length=100)
    (lost,) = plan(*contract(none), rows=100, seed=0).undrawable
    assert lost.reason == "no image with 0 to 100 bytes was made"


def test_without_pillow_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is drawn, and the reason is the command that installs it."""
    monkeypatch.setattr(images, "can_read", lambda: False)
    (lost,) = plan(*contract(tensor("x", "bytes", "batch", image=PHOTO)), rows=10, seed=0).undrawable
    assert str(lost) == "x: `image` needs Pillow: pip install 'sigpact[images]'"


def test_pillow_is_found() -> None:
    """It is there in the tests, or none of these would say anything."""
    assert contract_images.can_read()


def _file(kind: str, mode: str, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Pillow.new(mode, size).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (_file("JPEG", "RGB", (200, 150)), None),
        (_file("JPEG", "L", (100, 4000)), None),
        (_file("PNG", "RGB", (200, 150)), "is PNG, not image/jpeg"),
        (_file("JPEG", "CMYK", (200, 150)), "has mode CMYK, not RGB or L"),
        (_file("JPEG", "RGB", (200, 99)), "is 99 pixels high, not 100 to 4000"),
        (_file("JPEG", "RGB", (4001, 100)), "is 4001 pixels wide, not 100 to 4000"),
        (b"not an image", "is no image"),
        (b"", "is no image"),
        (
            _file("JPEG", "RGB", (200, 150))[:-200],
            "does not decode: image file is truncated (36 bytes not processed)",
        ),
    ],
)
def test_what_is_outside(data: bytes, fault: str | None) -> None:
    """Another format, mode or size, bytes that are no image, a file that ends too soon."""
    found = image_fault(PHOTO, data)
    assert (found is None) == (fault is None)
    assert found is None or fault is None or found.split("(")[0] == fault.split("(")[0]
    made = tensor("x", "bytes", "batch", image=PHOTO)
    assert admitted(contract(made)[0], made, value("string", [data])).tolist() == [fault is None]
