"""A copy of `saved_model.pb` without some of its signatures: a version that is known to be bad.

Nothing else of the format is ever written: `gate --prove` needs a version that clients must be told about.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from sigpact.savedmodel.wire import BYTES, read_field, whole

_META_GRAPHS = 2
_SIGNATURES = 5
_KEY = 1

Edit = Callable[[int, bytes], bytes | None]
"""What becomes of the content of a field with that number; `None`: the field goes."""


def without_signatures(data: bytes, names: AbstractSet[str]) -> bytes:
    """Return a SavedModel without the signatures of these names, in every meta graph.

    Raises `WireError` where the bytes are none.
    """

    def entry(number: int, content: bytes) -> bytes | None:
        return None if number == _SIGNATURES and whole(content).text(_KEY) in names else content

    def graph(number: int, content: bytes) -> bytes | None:
        return _edited(content, entry) if number == _META_GRAPHS else content

    return _edited(data, graph)


def _edited(data: bytes, edit: Edit) -> bytes:
    """Return a message whose length-delimited fields were edited; the others are copied as they are."""
    kept, at = bytearray(), 0
    while at < len(data):
        found = read_field(data, at, len(data))
        content = data[found.start : found.end]
        edited = edit(found.number, content) if found.wire == BYTES else content
        if edited is content:
            kept += data[at : found.end]
        elif edited is not None:
            kept += _varint(found.number << 3 | BYTES) + _varint(len(edited)) + edited
        at = found.end
    return bytes(kept)


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])
