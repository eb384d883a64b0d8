"""`Breach`: one thing in one answer that the contract does not admit; who breaks it is added later."""

import hashlib
import json
from dataclasses import dataclass

from sigpact.contract.model import SignatureUse
from sigpact.findings import Level, Path

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong with one output of one answer.

    `at` is the path inside the signature (`("outputs", "genre")`); `row` the row of the worst element,
    None where the answer as a whole is wrong; `count` of `total` elements (or slices) are wrong. `change`
    names the word that is broken, for the fingerprint: never a value.
    """

    rule: str
    at: Path
    row: int | None
    expected: str
    received: str
    count: int
    total: int
    change: str = ""
    level: Level = Level.ERROR
    share: float | None = None
    """The share of rows that may not have it, where the contract says one: judged over all rows of a run."""


def whole(rule: str, output: str, expected: str, received: str) -> Breach:
    """Return a breach of an output as a whole."""
    return Breach(rule, ("outputs", output), None, expected, received, 1, 1)


def is_sensitive(use: SignatureUse) -> bool:
    """Whether anything that the client sends or reads may be neither printed nor stored."""
    return any(tensor.sensitive for tensor in (*use.inputs, *use.context, *use.outputs))


def spoken(element: object, *, sensitive: bool) -> str:
    """Say an element for a person; a sensitive one as a digest of what it is."""
    written = element if isinstance(element, bytes) else repr(element).encode()
    if sensitive:
        return f"sha256:{hashlib.sha256(written).hexdigest()[:12]}"
    text = _text(element) if isinstance(element, bytes) else str(element)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _text(element: bytes) -> str:
    """Return a text between quotes, what cannot be seen in it as JSON writes it; other bytes as they are."""
    try:
        text = element.decode()
    except UnicodeDecodeError:
        return repr(element)
    seen = (each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
    return f'"{"".join(seen)}"'
