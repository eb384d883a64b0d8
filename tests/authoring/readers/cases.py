"""Random contracts with bodies, and what a reader should do: read the values that `wire` reads, or refuse."""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sigpact.authoring.readers.model import Reader, Struct
from sigpact.authoring.readers.naming import Names, spoken
from sigpact.authoring.readers.plan import plan
from sigpact.clients.kinds import RestColumnar, RestRow, client_kind
from sigpact.contract.model import Contract, SignatureUse
from sigpact.errors import ConfigurationError
from sigpact.wire.arrays import Value, value
from sigpact.wire.client_reads import Unreadable, read_answer
from sigpact.wire.server_writes import write_answer
from tests.clients.drawn_bodies import Drawn, built, contents, documents, size_of, why_not

NAMES = (
    "dense_26:0",
    "class",
    "größe",
    "a",
    "A",
    "value",
    "2nd",
    "日本",
    "__proto__",
    "list",
    "b64",
    "-",
    "str",
)
DTYPES = {"number": "float32", "integer": "int64", "boolean": "bool", "text": "string", "bytes": "string"}


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer: `read` is what the client reads of it, `why_not` why it or a check refuses."""

    text: bytes
    read: Mapping[str, Value] | None
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A contract of one signature, and bodies."""

    contract: Contract
    use: SignatureUse
    bodies: tuple[Body, ...]

    @property
    def reader(self) -> Reader:
        """What a generated file declares."""
        return plan(self.contract, self.use, "sigpact")


@st.composite
def cases(draw: st.DrawFn) -> Case | None:
    """Draw a contract and bodies: some as the server writes them, some near what the contract says."""
    document, outputs = draw(documents(sent=False))
    outputs = _renamed(draw, document, outputs)
    contract, mistakes = built(document)
    if contract is None or mistakes:
        return None
    (use,) = contract.signatures
    row = use.body == "row"
    bodies = []
    for _ in range(3):
        content = draw(contents(outputs, row=row, bare=use.answer == "bare"))
        bodies.append(json.dumps({"predictions" if row else "outputs": content, "more": 1}).encode())
        served = write_answer(use.body, draw(_served(outputs)))
        bodies += [served] if isinstance(served, bytes) else []
    made = Case(contract, use, tuple(_judged(contract, use, each) for each in bodies))
    try:
        made.reader  # noqa: B018 - whether there is one
    except ConfigurationError:
        # A scalar in rows: no reader is made, and no answer would have been right.
        assert all(each.why_not for each in made.bodies)
        return None
    return made


def _renamed(draw: st.DrawFn, document: dict[str, Any], outputs: dict[str, Drawn]) -> dict[str, Drawn]:
    """Give the outputs names that are no identifiers; bytes are served under a name that ends so."""
    new = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True))
    made = {}
    for name, each in zip(new, outputs.values(), strict=False):
        is_bytes = each[0]["dtype"] == "bytes"
        made[f"{name}_bytes" if is_bytes else name] = each
    document["signatures"]["s"]["outputs"] = {name: said for name, (said, _) in made.items()}
    return made


@st.composite
def _served(draw: st.DrawFn, outputs: dict[str, Drawn]) -> dict[str, Value]:
    """Draw tensors that the contract admits, as a model would give them."""
    rows = draw(st.integers(1, 3))
    made = {}
    for name, (said, good) in outputs.items():
        shape = said.get("shape", ["batch"])
        sizes = [size_of(each, rows) or draw(st.integers(1, 2)) for each in shape if each != "..."]
        elements = draw(st.lists(st.sampled_from(good), min_size=math.prod(sizes), max_size=math.prod(sizes)))
        flat = [base64.b64decode(each["b64"]) if isinstance(each, dict) else each for each in elements]
        words: list[str] = said["dtype"] if isinstance(said["dtype"], list) else [said["dtype"]]
        found = value(DTYPES.get(words[-1], words[-1]), flat)
        made[name] = Value(found.dtype, found.array.reshape(sizes))
    return made


def _judged(contract: Contract, use: SignatureUse, body: bytes) -> Body:
    kind = client_kind(contract, use)
    assert isinstance(kind, RestRow | RestColumnar)
    read = read_answer(kind, use, body)
    found = None if isinstance(read, Unreadable) else read
    return Body(body, found, why_not(contract, use, body))


def drawn(count: int) -> list[Case]:
    """Return so many cases, always the same: for a compiler that takes them all at once."""
    found: list[Case] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def collect(case: Case | None) -> None:
        if case is not None:
            found.append(case)

    collect()
    return found


def check(case: Case, body: Body, told: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Compare what a reader did with what it should have: `told` is `{"value": …}` or `{"error": …}`.

    `names` are the JSON keys by the language's names. What `wire` reads and the checks refuse may be either:
    a reader looks at types, lengths, ranges of integers and members, at no other clause.
    """
    if body.why_not is None or "value" in told:
        assert body.read is not None, (body, told)
        assert "value" in told, (body, told)
        assert _values(case, told["value"], names) == {
            name: _nested(each.array.tolist()) for name, each in body.read.items()
        }, body
    else:
        assert ": " in told["error"], told


def keys(reader: Reader, language: str) -> dict[str, str]:
    """Return the JSON keys of an answer's rows, or of its object, by their names in a language."""
    content = reader.answer.content
    if not isinstance(content, Struct):
        return {}
    return {name: str(field.key) for field, name in Names(reader, language).fields(content)}


def _values(case: Case, answer: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the tensors of an answer by their keys."""
    content = case.reader.answer.content
    if not isinstance(content, Struct):
        return {str(content.key): _lists(answer)}
    if case.use.body == "columnar":
        return {names[name]: _lists(each) for name, each in answer.items()}
    keys = [spoken(each) for each in content.fields]
    rows = [{names[name]: _lists(each) for name, each in row.items()} for row in answer]
    return {key: [row[key] for row in rows] for key in keys}


def _lists(nested: Any) -> Any:
    """Return lists of what a program printed: tensors of any rank in lists, tagged values as they are."""
    match nested:
        case list():
            return [_lists(each) for each in nested]
        case {"shape": shape, "values": values}:
            made = [_lists(each) for each in values]
            for size in reversed(shape[1:]):
                made = [made[at : at + size] for at in range(0, len(made), size)]
            return made if shape else made[0]
        case {"bytes": b64}:
            return base64.b64decode(b64)
        case {"big": digits}:
            return int(digits)
        case str():
            return nested.encode()
        case _:
            return nested


def _nested(elements: Any) -> Any:
    return [_nested(each) for each in elements] if isinstance(elements, list) else elements
