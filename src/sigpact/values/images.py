"""Encoded images inside an `image:` domain: the special ones, and a pool that random rows are drawn from.

An image costs milliseconds where a number costs nanoseconds, so each is made once and sent in many rows.
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from sigpact.contract.images import FORMATS, NEEDED, can_read
from sigpact.contract.model import Image
from sigpact.values.domains import NotDrawnError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_PIXELS: Final = 2**24
_PLAIN_PIXELS: Final = 2**21
_POOL: Final = 48
_USUAL: Final = 2**16
"""Random images have so many pixels at most, where the bounds let them be so small; some have more."""
_MANY: Final = 2**19
_SIDES: Final = (48, 64)
"""Height and width of a special image where something else is special."""
_BANDS: Final = {"RGB": 3, "L": 1, "RGBA": 4, "LA": 2, "CMYK": 4, "P": 1, "1": 1}


@dataclass(frozen=True, slots=True)
class Images:
    """Encoded images: the special ones with what is special, and those that random rows have."""

    special: tuple[tuple[str, bytes], ...]
    pool: tuple[bytes, ...]
    pixels: float
    """How many pixels one of the pool has on average."""


@dataclass(frozen=True, slots=True)
class _Plan:
    label: str
    height: int
    width: int
    mode: str
    look: str = "smooth"


def most_pixels(said: Image) -> int:
    """Return how many pixels an image has at most: 4096 by 4096; of BMP, not compressed, an eighth."""
    return _PLAIN_PIXELS if said.media == "image/bmp" else _PIXELS


def images_of(said: Image) -> Images:
    """Return the images of a domain; the same domain has the same.

    Raises `NotDrawnError` where Pillow is not installed or nothing is small enough.
    """
    if not can_read():
        raise NotDrawnError(NEEDED)
    most = most_pixels(said)
    if said.height[0] * said.width[0] > most:
        raise NotDrawnError(
            f"has images of {said.height[0]} by {said.width[0]} pixels or more, none over {most:,} are drawn"
        )
    return _made(said)


@lru_cache(maxsize=16)
def _made(said: Image) -> Images:
    rng = np.random.Generator(np.random.PCG64(0))
    special = dict[bytes, str]()
    for each in _special(said):
        special.setdefault(_encoded(said, each, rng), each.label)
    plans = [_random(said, rng, at) for at in range(_POOL)]
    pool = tuple(_encoded(said, each, rng) for each in plans)
    pixels = sum(each.height * each.width for each in plans) / _POOL
    return Images(tuple((label, data) for data, label in special.items()), pool, pixels)


def _special(said: Image) -> Iterator[_Plan]:
    (low, high), (narrow, wide) = said.height, said.width
    # Neither the least nor, as far as there is room, a square.
    usual = (min(max(low + low // 3, _SIDES[0]), high), min(max(narrow + narrow // 2, _SIDES[1]), wide))
    first = said.modes[0]
    yield _Plan("the least height and width", low, narrow, first)
    yield _Plan("the greatest height and width", *_within(said, high, wide), first)
    sides = (
        ("the least height", low, usual[1]),
        ("the greatest height", high, usual[1]),
        ("the least width", usual[0], narrow),
        ("the greatest width", usual[0], wide),
        ("the least height, the greatest width", low, wide),
        ("the greatest height, the least width", high, narrow),
        ("a square", min(max(usual[0], narrow), high, wide), min(max(usual[0], narrow), high, wide)),
    )
    yield from (
        _Plan(label, *_within(said, *size), first)
        for label, *size in sides
        if size[0] >= low and size[1] >= narrow
    )
    yield from (_Plan(f"mode {mode}", *usual, mode) for mode in said.modes)
    yield from (
        _Plan(f"{look}, mode {mode}", *usual, mode, look) for mode in said.modes for look in _looks(said)
    )
    yield _Plan("the smallest file", low, narrow, first, "black")


def _looks(said: Image) -> tuple[str, ...]:
    return ("noise", "black", "white", *(("progressive",) if said.media == "image/jpeg" else ()))


def _within(said: Image, height: int, width: int) -> tuple[int, int]:
    """Return a size cut to the most pixels, the longer side first."""
    most = most_pixels(said)
    if height * width <= most:
        return height, width
    side = math.isqrt(most)
    height = max(said.height[0], min(height, max(side, most // width)))
    return height, max(said.width[0], min(width, most // height))


def _random(said: Image, rng: np.random.Generator, at: int) -> _Plan:
    budget = _MANY if at % 8 == 7 else _USUAL
    height = _side(said.height, rng, max(1, budget // said.width[0]))
    width = _side(said.width, rng, max(1, budget // height))
    look = ("smooth", "smooth", "noise", *_looks(said))[int(rng.integers(3 + len(_looks(said))))]
    return _Plan("", height, width, said.modes[at % len(said.modes)], look)


def _side(bounds: tuple[int, int], rng: np.random.Generator, most: int) -> int:
    low, high = bounds[0], max(bounds[0], min(bounds[1], most))
    return min(high, low + int(math.expm1(rng.random() * math.log1p(high - low + 1))))


def _encoded(said: Image, plan: _Plan, rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    options: dict[str, object] = {}
    if said.media == "image/jpeg":
        quality = 1 if plan.label == "the smallest file" else int(rng.integers(40, 96))
        options = {"quality": quality, "progressive": plan.look == "progressive"}
    _picture(plan, rng).save(file, FORMATS[said.media], **options)
    return file.getvalue()


def _picture(plan: _Plan, rng: np.random.Generator) -> "Picture":
    """Return an image that looks as planned; smooth ones are a few coloured spots, stretched."""
    from PIL import Image as Pillow  # noqa: PLC0415 - an extra, which few contracts need

    size = (plan.width, plan.height)
    bands = _BANDS[plan.mode]
    base = {"P": "RGB", "1": "L"}.get(plan.mode, plan.mode)
    many = _BANDS[base]
    match plan.look:
        case "black" | "white":
            level = 0 if plan.look == "black" else 255
            # Some alpha is not opaque: what is opaque everywhere may be written without.
            made = Pillow.new(
                base, size, (level,) * (many - 1) + (128,) if base in {"RGBA", "LA"} else (level,) * many
            )
        case "noise":
            made = Pillow.frombytes(base, size, rng.bytes(plan.width * plan.height * many))
        case _:
            spots = Pillow.frombytes(base, (4, 3), rng.bytes(12 * many))
            made = spots.resize(size, Pillow.Resampling.BILINEAR)
    return made if base == plan.mode and bands == many else made.convert(plan.mode)
