"""What an encoded image says of itself in its header: media type, size, colour mode."""

import struct
from typing import Final

from sigpact.authoring.facts import Pictures

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_MODES: Final = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_JPEG_MODES: Final = {1: "L", 3: "RGB", 4: "CMYK"}
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The markers that begin a frame (ITU T.81, table B.1)."""


def picture(data: bytes) -> Pictures | None:
    """Return what one image is; `None` for bytes that are no JPEG and no PNG."""
    if data.startswith(_PNG):
        return _png(data)
    return _jpeg(data) if data.startswith(b"\xff\xd8\xff") else None


def _png(data: bytes) -> Pictures | None:
    if len(data) < 26 or data[12:16] != b"IHDR":
        return None
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    mode = "1" if (kind, depth) == (0, 1) else _PNG_MODES.get(kind)
    return None if mode is None else Pictures("image/png", (height, height), (width, width), (mode,))


def _jpeg(data: bytes) -> Pictures | None:
    at = 2
    while at + 10 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            height, width, components = struct.unpack(">HHB", data[at + 5 : at + 10])
            mode = _JPEG_MODES.get(components)
            return None if mode is None else Pictures("image/jpeg", (height, height), (width, width), (mode,))
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def merged(before: Pictures | None, found: Pictures | None) -> Pictures | None:
    """Return what two descriptions have in common; `None` where they are of different media."""
    if before is None or found is None:
        return found
    if before.media != found.media:
        return None
    return Pictures(
        before.media,
        (min(before.height[0], found.height[0]), max(before.height[1], found.height[1])),
        (min(before.width[0], found.width[0]), max(before.width[1], found.width[1])),
        tuple(sorted({*before.modes, *found.modes})),
    )
