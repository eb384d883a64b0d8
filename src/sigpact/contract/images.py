"""Whether bytes are an image that `image:` admits. Pillow reads them; where it is not installed, nothing can.

Pillow is imported when the first image is looked at: few contracts have any.
"""

import importlib.util
import io
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from sigpact.contract.model import Image

NEEDED: Final = "`image` needs Pillow: pip install 'sigpact[images]'"
"""What is said where it is not there."""
FORMATS: Final[Mapping[str, str]] = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/webp": "WEBP",
}
"""Pillow's name of each media type."""
MODES: Final[Mapping[str, tuple[str, ...]]] = {
    "image/jpeg": ("RGB", "L", "CMYK"),
    "image/png": ("RGB", "L", "RGBA", "LA", "P", "1"),
    "image/gif": ("P", "L"),
    "image/bmp": ("RGB", "L", "P", "1"),
    "image/webp": ("RGB", "RGBA"),
}
"""The colour modes that a file of each media type can have, the usual one first."""
LONGEST_SIDE: Final[Mapping[str, int]] = {"image/jpeg": 65500, "image/webp": 16383}
"""How many pixels a side has at most: what libjpeg and libwebp write. The others have no limit here."""


def can_read() -> bool:
    """Whether Pillow is installed."""
    return importlib.util.find_spec("PIL") is not None


@lru_cache(maxsize=256)
def image_fault(said: Image, data: bytes) -> str | None:
    """Return what of bytes is not as `image` says (`is 8 pixels high`); None for an image that is admitted.

    It is decoded, after its size was found right. Raises `ImportError` where Pillow is not installed.
    """
    from PIL import Image as Pillow  # noqa: PLC0415 - see above
    from PIL import UnidentifiedImageError  # noqa: PLC0415 - the same

    try:
        # A header that claims gigapixels is a size like others: it is compared before anything is decoded.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = Pillow.open(io.BytesIO(data))
            fault = _size_fault(said, opened.format or "", opened.mode, opened.size)
            if fault is None:
                opened.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        return "is no image" if isinstance(error, UnidentifiedImageError) else f"does not decode: {error}"
    return fault


def _size_fault(said: Image, kind: str, mode: str, size: tuple[int, int]) -> str | None:
    width, height = size
    if kind != FORMATS[said.media]:
        return f"is {kind}, not {said.media}"
    # Pillow calls a GIF with a palette of greys L.
    if mode not in said.modes and not (kind == "GIF" and {mode, *said.modes} <= {"P", "L"}):
        return f"has mode {mode}, not {' or '.join(said.modes)}"
    if not said.height[0] <= height <= said.height[1]:
        return f"is {height} pixels high, not {said.height[0]} to {said.height[1]}"
    if not said.width[0] <= width <= said.width[1]:
        return f"is {width} pixels wide, not {said.width[0]} to {said.width[1]}"
    return None
