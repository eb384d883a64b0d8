"""Base64 as the server takes it: `absl::Base64Unescape` (absl/strings/escaping.cc)."""

import base64
import re
from typing import Final

_FORM: Final = re.compile(rb"([A-Za-z0-9+/]*)([=.]*)")
_SPACE: Final = b" \t\n\v\f\r"
_PADDING: Final = {0: 0, 2: 2, 3: 1}
"""How much padding belongs to digits beyond a multiple of four; one digit too many is an error."""


def decode(text: bytes) -> bytes | None:
    """Return the bytes, or `None` where the server refuses the text.

    White space is skipped, padding may be missing, and may be dots. Bits left over are dropped.
    """
    found = _FORM.fullmatch(text.translate(None, _SPACE))
    if found is None:
        return None
    digits, padding = found.groups()
    expected = _PADDING.get(len(digits) % 4)
    if expected is None or len(padding) not in {0, expected}:
        return None
    return base64.b64decode(digits + b"=" * expected)
