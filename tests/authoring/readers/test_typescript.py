"""Readers in TypeScript: compiled by `tsc` in its strictest mode, and run by node, all cases at once."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from sigpact.authoring.readers import typescript
from sigpact.authoring.readers.model import Field, Lists, Reader, Struct
from sigpact.authoring.readers.naming import Names
from sigpact.authoring.readers.plan import plan as planned
from sigpact.clients.literals import Literal
from sigpact.contract.load import load
from sigpact.engine.journey import Journey
from sigpact.values.plan import plan
from sigpact.values.requests import Request
from tests.authoring.readers.cases import Body, Case, check, drawn, keys
from tests.authoring.readers.test_python import GOOD, ODD, WRONG
from tests.authoring.readers.toolchains import package, run
from tests.clients.drawn_bodies import drawn_requests

OPTIONS = {
    "strict": True,
    "target": "ES2020",
    "lib": ["ES2020"],
    "module": "ES2020",
    "moduleResolution": "bundler",
    "types": [],
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "noUncheckedIndexedAccess": True,
    "noPropertyAccessFromIndexSignature": True,
    "exactOptionalPropertyTypes": True,
    "noImplicitReturns": True,
    "isolatedModules": True,
    "verbatimModuleSyntax": True,
    "erasableSyntaxOnly": True,
    "outDir": "out",
}
DRIVER = """\
import { readFileSync } from "node:fs";
const plain = (value) => {
  if (typeof value === "bigint") return { big: String(value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
};
const typed = (_, value) => {
  if (value !== null && typeof value === "object" && "big" in value) return BigInt(value.big);
  if (value !== null && typeof value === "object" && "bytes" in value) {
    return new Uint8Array(Buffer.from(value.bytes, "base64"));
  }
  return value;
};
const attempt = (run) => {
  try {
    return { value: plain(run()) };
  } catch (error) {
    if (error.name !== "BodyError") throw error;
    return { error: error.message };
  }
};
const told = [];
for (const [name, bodies, requests] of JSON.parse(readFileSync("cases.json", "utf8"), typed)) {
  const made = await import(`./out/${name}.js`);
  told.push([
    bodies.map((body) => attempt(() => made.readAnswer(body))),
    requests.map((request) => attempt(() => made.writeRequest(...request))),
  ]);
}
console.log(JSON.stringify(told));
"""


class Made:
    """What node made of all modules: `answers` and `requests` of each, by its place."""

    def __init__(self, told: Sequence[tuple[list[Any], list[Any]]]) -> None:
        self.answers = [each[0] for each in told]
        self.requests = [each[1] for each in told]


CASES = drawn(150)
REQUESTS = drawn_requests(40)


def texts(case: Case) -> list[Body]:
    """Return the bodies that are text at all: JavaScript gets no other."""
    return [each for each in case.bodies if each.text.isascii() or _is_text(each.text)]


def _is_text(body: bytes) -> bool:
    try:
        return bool(body.decode())
    except UnicodeDecodeError:
        return False


def odd() -> list[Reader]:
    """Return the readers of a contract with a little of everything."""
    contract = load(ODD)
    return [planned(contract, use, "sigpact") for use in contract.signatures]


ODD_BODIES = [
    {"predictions": [GOOD]},
    *({"predictions": [GOOD, GOOD | {key: each}]} for key, each, _ in WRONG),
]
DIGITS = [
    json.dumps({"predictions": [GOOD]}).replace(str(2**64 - 1), each)
    for each in (f"{2**53 + 1}", f"{2**53 + 1}.0")
]
"""An integer that no double is, and the same as a double: its digits are lost."""
ODD_REQUEST = {
    "dense_26_0": [0.5, 1, -0.0],
    "class_": 'ü$x"',
    "x_bytes": {"bytes": base64.b64encode(bytes(range(256))).decode()},
    "ids": [{"big": str(2**63 - 1)}],
    "small": 5,
    "any": {"shape": [2, 1], "values": [1, 2]},
    "flag": False,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Compile all modules at once, and run all bodies and requests in one process."""
    compiler = package("typescript", "node") / "bin" / "tsc"
    folder = tmp_path_factory.mktemp("typescript")
    listed: list[Any] = []

    def add(reader: Reader, bodies: list[str], requests: list[Any]) -> None:
        name = f"made{len(listed)}"
        (folder / f"{name}.ts").write_text(typescript.render(reader), encoding="utf-8")
        listed.append((name, bodies, requests))

    for case in CASES:
        add(case.reader, [each.text.decode() for each in texts(case)], [])
    for contract, use in REQUESTS:
        reader = planned(contract, use, "sigpact")
        add(reader, [], [[typed(reader, each)] for each in sent(contract, use)])
    first, *others = odd()
    add(
        first,
        [*(json.dumps(each) for each in ODD_BODIES), *DIGITS],
        [[[ODD_REQUEST]], [[ODD_REQUEST | {"small": 6}]]],
    )
    for reader in others:
        add(reader, [], [])
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}))
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "cases.json").write_text(json.dumps(listed))
    (folder / "driver.js").write_text(DRIVER)
    run("node", compiler, "-p", ".", cwd=folder)
    return Made(json.loads(run("node", "driver.js", cwd=folder)))


def sent(contract: Any, use: Any) -> Iterator[Request]:
    """Yield requests that the client can write."""
    for request in plan(contract, use, rows=5, seed=1).requests:
        if Journey(contract, use, (), "m", "1").send(request).body is not None:
            yield request


def typed(reader: Reader, request: Request) -> Any:
    """Return a request as JSON that the driver turns into the generated types."""
    content = reader.request.content
    is_row = reader.request.key == "instances"
    fields = {str(content.key): content} if isinstance(content, Field) else {}
    if isinstance(content, Struct):
        fields = {name: field for field, name in Names(reader, "typescript").fields(content)}
    columns = {
        name: tagged(field, request.values[str(field.key)].array.tolist(), rows=is_row)
        for name, field in fields.items()
    }
    if isinstance(content, Field):
        return next(iter(columns.values()))
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows] if is_row else columns


def tagged(field: Field, nested: Any, *, rows: bool) -> Any:
    """Return nested elements in the types of a field; what JSON has no type for is tagged."""
    if rows:
        return [tagged(field, each, rows=False) for each in nested]
    if isinstance(field.value, Lists):
        return _element(field, nested)
    shape, flat = [], [nested]
    while flat and isinstance(flat[0], list):
        shape.append(len(flat[0]))
        flat = [each for items in flat for each in items]
    return {"shape": shape, "values": [_element(field, each) for each in flat]}


def _element(field: Field, nested: Any) -> Any:
    if isinstance(nested, list):
        return [_element(field, each) for each in nested]
    element = field.value.element
    if element.literal is Literal.BYTES:
        return {"bytes": base64.b64encode(nested).decode()}
    if element.literal is Literal.TEXT:
        return nested.decode()
    return {"big": str(nested)} if typescript._is_big(element) else nested


def test_answers(made: Made) -> None:
    """What the client reads and the checks pass is read alike; what it cannot read is refused.

    But for `2.0` where an integer is declared: JavaScript knows no other number.
    """
    read = 0
    for case, answers in zip(CASES, made.answers, strict=False):
        names_ = keys(case.reader, "typescript")
        for body, told in zip(texts(case), answers, strict=True):
            if body.read is None and "without a point" in (body.why_not or ""):
                continue
            check(case, body, told, names_)
            read += "value" in told
            if body.read is None:
                assert "error" in told, body
    assert read > len(CASES)


def test_requests(made: Made) -> None:
    """What is drawn of a random contract is written as the client of `wire` writes it."""
    found = 0
    for (contract, use), answers in zip(REQUESTS, made.requests[len(CASES) :], strict=False):
        for request, told in zip(sent(contract, use), answers, strict=True):
            body = Journey(contract, use, (), "m", "1").send(request).body
            assert json.loads(told["value"]) == json.loads(body or b"")
            found += 1
    assert found > len(REQUESTS)


def test_wrong_values_are_told_with_their_place(made: Made) -> None:
    """The place is that of the reader in Python; integers without digits to lose apart."""
    answers = made.answers[len(CASES) + len(REQUESTS)]
    assert answers[0] == {
        "value": [
            {
                "best": 1,
                "grosse": 0.5,
                "proto": ["a"],
                "label": "Drama",
                "raw_bytes": [[{"bytes": "YQ=="}], [{"bytes": ""}]],
                "big": {"big": str(2**64 - 1)},
                "all": {"shape": [1, 2], "values": [1, 2]},
                "yes": True,
                "Mood_": "sad",
                "temper": "gay",
                "Tensor_": 127,
            }
        ]
    }
    for (key, value, message), told in zip(WRONG, answers[1:-2], strict=True):
        if (key, value) == ("big", 1.0):
            assert "value" in told  # 1.0 is 1 there
        elif value != value:  # noqa: PLR0124 - NaN, which is no JSON
            assert told["error"].startswith("the body: it is not JSON")
        else:
            assert told["error"].partition(": ")[0] == f"predictions[1].{message.partition(': ')[0]}"


def test_no_digit_is_lost(made: Made) -> None:
    """An integer beyond 2^53 is read as it stands, or not at all."""
    whole, rounded = made.answers[len(CASES) + len(REQUESTS)][-2:]
    assert whole["value"][0]["big"] == {"big": str(2**53 + 1)}
    assert rounded["error"].startswith("predictions[0].big: the number 9007199254740992, expected an integer")


def test_every_type_of_a_request_is_written(made: Made) -> None:
    """Long integers, base64, tensors of any rank, negative zero; one beyond its range is refused."""
    written, refused = made.requests[len(CASES) + len(REQUESTS)]
    row = json.loads(written["value"])["instances"][0]
    assert str(row.pop("dense_26:0")[2]) == "-0.0"
    assert row == {
        "class": 'ü$x"',
        "x_bytes": {"b64": base64.b64encode(bytes(range(256))).decode()},
        "ids": [2**63 - 1],
        "small": 5,
        "any": [[1], [2]],
        "flag": False,
    }
    assert refused == {"error": "instances[0].small: the number 6, expected one from 0 to 5"}
