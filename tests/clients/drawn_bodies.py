"""Contracts of one signature over REST, and bodies near what they say: for laws about bodies."""

import copy
import json
import math
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sigpact.checks.answers import check_answer
from sigpact.clients.kinds import RestColumnar, RestRow, client_kind
from sigpact.contract.build import examine
from sigpact.contract.model import Contract, SignatureUse
from sigpact.contract.source import parse
from sigpact.errors import ContractError
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.requests import Origin, Request
from sigpact.wire.client_reads import Unreadable, read_answer

FLOAT32 = BY_NAME["float32"]
LAW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)

Domain = dict[str, Any]

NUMBERS: list[tuple[Domain, list[Any]]] = [
    ({"dtype": "number"}, [0.5, 3, 0.1]),
    ({"dtype": "number", "minimum": 0, "maximum": 1}, [0, 1.0, 0.5]),
    ({"dtype": "float32", "minimum": 0.1, "maximum": 0.9}, [0.1, 0.5, 0.899999976]),
    ({"dtype": "float64", "maximum": 0.3}, [0.300000012, 0.0, -1.0]),
    ({"dtype": "float32", "exclusiveMinimum": 0.1, "exclusiveMaximum": 1}, [0.5, 0.899999976]),
    ({"dtype": "float32", "enum": [0.1, 2]}, [0.1, 0.100000001, 2.0]),
    ({"dtype": "number", "const": 0.5}, [0.5]),
    ({"dtype": ["float32", "float64"], "minimum": 0}, [0.0, 3.0]),
]
OTHERS: list[tuple[Domain, list[Any]]] = [
    ({"dtype": "integer"}, [0, -1, 2**40]),
    ({"dtype": "int8"}, [0, -1, 3]),
    ({"dtype": ["int8", "int64"], "maximum": 200}, [200, -1]),
    ({"dtype": "uint8", "maximum": 3}, [0, 3]),
    ({"dtype": "int32", "multipleOf": 2, "minimum": -3}, [0, 2, 200]),
    ({"dtype": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3}, [1, 2]),
    ({"dtype": "integer", "enum": [1, 300]}, [1, 300]),
    ({"dtype": "boolean"}, [True, False]),
    ({"dtype": "bool", "const": True}, [True]),
    ({"dtype": "text"}, ["", "Ä", "abc"]),
    ({"dtype": "text", "minLength": 1, "maxLength": 2}, ["a", "ab", "Ä"]),
    ({"dtype": "text", "pattern": "^a"}, ["a", "ab"]),
    ({"dtype": "string", "enum": ["a", "Ä"]}, ["a", "Ä"]),
    ({"dtype": "bytes"}, [{"b64": "YQ=="}, {"b64": ""}]),
    ({"dtype": "bytes", "enum": [{"b64": "YQ=="}]}, [{"b64": "YQ=="}]),
    ({"dtype": "bytes", "minLength": 1, "maxLength": 3}, [{"b64": "YWJj"}]),
]
DATES = ({"dtype": "text", "format": "date"}, ["2026-01-31"])
"""Only of answers: what a contract sends as an example is not looked at for its form."""
SHAPES: list[Any] = [
    ["batch"],
    ["batch", 2],
    ["batch", None],
    ["batch", "n"],
    [2],
    [],
    ["...", 2],
    ["...", "n"],
    None,
]
LEAVES: list[Any] = [
    *(0.0, 0.5, 1.0, 1.5, -1.0, 2.0, 3.0, 0.1, 0.100000001, 0.300000012, 0.899999976, 1e39),
    *(0, 1, 2, 3, -1, 200, 300, 2**40),
    *(True, False),
    *("", "a", "ab", "abc", "Ä", "2026-01-31", "2026-02-31"),
    *({"b64": "YQ=="}, {"b64": ""}, {"b64": "x"}, {"b64": 1}, {"b64": "YQ==", "c": 1}),
    *(None, {}, {"x": 1}),
]


Drawn = tuple[Domain, list[Any]]
"""What a contract says of a tensor, and elements that it admits."""


@st.composite
def tensors(draw: st.DrawFn, *, sent: bool) -> Drawn:
    """Draw what a contract says of one tensor."""
    domain, good = draw(st.sampled_from(NUMBERS + OTHERS + ([] if sent else [DATES])))
    said = dict(domain)
    shape = draw(st.sampled_from(SHAPES))
    if shape is not None:
        said["shape"] = shape
    if said["dtype"] in ("float32", "integer", "text") and draw(st.integers(0, 3)) == 0:
        said["shape"] = ["batch", 2]
        words: dict[str, Domain] = {
            "float32": {"maximum": 0.5},
            "integer": {"minimum": 1},
            "text": {"minLength": 2},
        }
        said["columns"] = [{"name": "one", **words[said["dtype"]]}, {"name": "two"}]
    if (
        not sent
        and said.get("shape") == ["batch", 2]
        and said["dtype"] not in ("boolean", "bool")
        and draw(st.booleans())
    ):
        said["unique"] = -1
    return said, good


@st.composite
def documents(draw: st.DrawFn, *, sent: bool) -> tuple[dict[str, Any], dict[str, Drawn]]:
    """Draw a contract of one signature that predicts over REST, and its inputs or outputs."""
    names = ["a", "b"][: draw(st.integers(1, 2))]
    drawn = {name: draw(tensors(sent=sent)) for name in names}
    body = draw(st.sampled_from(["row", "columnar"]))
    for name, (said, _) in drawn.items():
        # JSON Schema knows no names: each has its own, but for the rows that a row body has in common.
        alone = {"n", "batch"} if body == "columnar" and name == "b" else {"n"}
        if "shape" in said:
            said["shape"] = [f"{each}_{name}" if each in alone else each for each in said["shape"]]
    several = {name: said for name, (said, _) in drawn.items()}
    one = {"x": {"dtype": "number", "shape": ["rows"], "minimum": 0, "maximum": 1}}
    use: dict[str, Any] = {
        "inputs": several if sent else one,
        "outputs": {"y": {"dtype": "number"}} if sent else several,
        "body": body,
        "answer": draw(st.sampled_from(["named", "bare"] if len(names) == 1 else ["named"])),
    }
    if len(use["inputs"]) == 1:
        use["named"] = draw(st.booleans())
    bare = use["named"] is False if sent and len(names) == 1 else use["answer"] == "bare"
    for said, _ in drawn.values():
        # Nor that there are two rows where each row is one value alone.
        if body == "row" and not bare and "shape" in said:
            said["shape"] = [each for each in said["shape"] if each != "..."]
    made: dict[str, Any] = {
        "contract": 1,
        "client": "c",
        "model": "m",
        "language": "python",
        "signatures": {"s": use},
    }
    if draw(st.booleans()):
        made["dims"] = {"batch": draw(st.sampled_from([{"min": 2}, {"max": 2}, {"min": 1, "max": 3}]))}
    return made, drawn


def built(document: dict[str, Any]) -> tuple[Contract | None, tuple[str, ...]]:
    """Build a contract, and return the mistakes in it."""
    try:
        made, mistakes = examine(parse(json.dumps(document), "c.json"))
    except ContractError as error:
        return None, tuple(each.message for each in error.problems)
    return made, tuple(each.message for each in mistakes.problems)


def size_of(dim: int | str | None, rows: int) -> int | None:
    """Return the length that is known of a dimension."""
    if dim in {"batch", "batch_b"}:
        return rows
    return dim if isinstance(dim, int) else None


@st.composite
def values(draw: st.DrawFn, tensor: Drawn, rows: int) -> Any:
    """Draw a tensor near what is said: what it admits, or one element or the shape is another."""
    said, good = tensor
    leaf = st.sampled_from(good)
    odd = draw(st.sampled_from(LEAVES)) if draw(st.integers(0, 3)) == 0 else None
    if said["dtype"] == "integer" and odd == 1e39:
        odd = None  # beyond every integer dtype, which is told once it is to be sent
    shape = said.get("shape", draw(st.sampled_from([["batch"], [], ["batch", 2]])))
    extra = draw(st.sampled_from([[], [], [1]])) if "..." in shape else []
    sizes = [
        *extra,
        *(size_of(each, rows) or draw(st.integers(1, 2)) for each in shape if each != "..."),
    ]
    if draw(st.integers(0, 9)) == 0:
        sizes = draw(st.lists(st.integers(1, 3), max_size=3))
    if not sizes:
        return odd if odd is not None else draw(leaf)
    flat = [copy.deepcopy(draw(leaf)) for _ in range(math.prod(sizes))]
    if odd is not None:
        flat[draw(st.integers(0, len(flat) - 1))] = odd
    for size in reversed(sizes[1:]):
        flat = [flat[at : at + size] for at in range(0, len(flat), size)]
    return flat


@st.composite
def contents(
    draw: st.DrawFn, tensors_: dict[str, Drawn], *, row: bool, bare: bool, sent: bool = False
) -> Any:
    """Draw what stands under `predictions`, `outputs`, `instances` or `inputs`."""
    rows = draw(st.integers(1, 3))
    drawn = {name: draw(values(each, rows)) for name, each in tensors_.items()}
    if draw(st.integers(0, 9)) == 0:
        drawn.pop(draw(st.sampled_from(sorted(drawn))))
    if not sent and draw(st.integers(0, 9)) == 0:  # the server takes both forms of one input
        bare = not bare
    if bare and len(drawn) == 1:
        return next(iter(drawn.values()))
    more = {"more": 1} if draw(st.integers(0, 9)) == 0 else {}
    if not row:
        return drawn | more
    lists = {name: each if isinstance(each, list) else [each] for name, each in drawn.items()}
    count = min((len(each) for each in lists.values()), default=rows)
    return [{name: each[at] for name, each in lists.items()} | more for at in range(count)]


def why_not(contract: Contract, use: SignatureUse, body: bytes) -> str | None:
    """Return what the client, or the checks, do not like of an answer's body."""
    kind = client_kind(contract, use)
    assert isinstance(kind, RestRow | RestColumnar)
    read = read_answer(kind, use, body)
    if isinstance(read, Unreadable):
        return f"unreadable: {read.reason}"
    floats = {name: FLOAT32 for name, each in read.items() if each.dtype.name == "float64"}
    request = Request(Origin.EXAMPLE, {}, {}, 1)
    found = [
        f"{each.rule}: {each.expected}, {each.received}"
        for each in check_answer(contract, use, request, read, served=floats)
    ]
    return found[0] if found else None


def drawn_requests(count: int) -> list[tuple[Contract, SignatureUse]]:
    """Return contracts that send something, always the same: for a compiler that takes them all at once."""
    found: list[tuple[Contract, SignatureUse]] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(documents(sent=True))
    def collect(drawn: tuple[dict[str, Any], dict[str, Drawn]]) -> None:
        contract, mistakes = built(drawn[0])
        scalar = drawn[0]["signatures"]["s"]["body"] == "row" and any(
            said.get("shape") == [] for said, _ in drawn[1].values()
        )
        if contract is not None and not mistakes and not scalar:
            found.append((contract, contract.signatures[0]))

    collect()
    return found
