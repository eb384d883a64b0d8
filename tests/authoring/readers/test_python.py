"""Readers in Python: typed strictly, and run over random contracts, answers and requests."""

import base64
import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sigpact.authoring.readers import python
from sigpact.authoring.readers.model import Field, Lists, Reader, Struct
from sigpact.authoring.readers.naming import Names
from sigpact.authoring.readers.plan import plan as planned
from sigpact.clients.kinds import RestColumnar, RestRow, client_kind
from sigpact.clients.literals import Literal
from sigpact.contract.load import load
from sigpact.engine.journey import Journey
from sigpact.values.plan import plan
from sigpact.values.requests import Request
from sigpact.wire.arrays import Value
from tests.authoring.readers.cases import Case, cases, check, drawn, keys
from tests.clients.drawn_bodies import LAW, built, documents

ODD = Path(__file__).parents[2] / "cases" / "readers" / "odd.contract.yaml"


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Modules that a test has made are gone after it."""
    yield
    sys.modules.pop("made", None)


def module(reader: Reader) -> ModuleType:
    """Run a generated module; dataclasses look theirs up."""
    made = ModuleType("made")
    sys.modules["made"] = made
    exec(compile(python.render(reader), "made.py", "exec"), made.__dict__)  # noqa: S102 - it is ours
    return made


def told(made: ModuleType, body: bytes) -> dict[str, Any]:
    """Return what a reader gives, in the form that programs of other languages print."""
    try:
        return {"value": plain(made.read_answer(body))}
    except made.BodyError as error:
        return {"error": str(error)}


def plain(value: Any) -> Any:
    """Return values as JSON has them, bytes and tensors tagged."""
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {each.name: plain(getattr(value, each.name)) for each in fields}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


@LAW
@given(cases())
def test_answers(case: Case | None) -> None:
    """What the client reads and the checks pass is read alike; what it cannot read is refused."""
    if case is None:
        return
    made = module(case.reader)
    for body in case.bodies:
        found = told(made, body.text)
        event(
            f"{'read' if 'value' in found else 'refused'}, {'passes' if body.why_not is None else 'breaks'}"
        )
        check(case, body, found, keys(case.reader, "python"))
        if body.read is None:
            assert "error" in found, body


@settings(LAW, suppress_health_check=list(HealthCheck), max_examples=40)
@given(st.data())
def test_requests(data: st.DataObject) -> None:
    """What is drawn of a random contract is written as the client of `wire` writes it."""
    document, _ = data.draw(documents(sent=True))
    contract, mistakes = built(document)
    if contract is None or mistakes:
        return
    (use,) = contract.signatures
    reader = planned(contract, use, "sigpact")
    made = module(reader)
    for request in plan(contract, use, rows=5, seed=data.draw(st.integers(0, 9))).requests:
        sent = Journey(contract, use, (), "m", "1").send(request)
        if sent.body is not None:
            wanted = json.loads(sent.body)
            assert json.loads(made.write_request(typed(made, reader, request))) == wanted


def typed(made: ModuleType, reader: Reader, request: Request) -> Any:
    """Return a request as the generated types."""
    content = reader.request.content
    is_row = reader.request.key == "instances"
    if not isinstance(content, Struct):
        return element(made, content, request.values[str(content.key)].array.tolist(), rows=is_row)
    fields = Names(reader, "python").fields(content)
    if not is_row:
        return getattr(made, content.name)(
            **{name: element(made, field, array(request, field).tolist()) for field, name in fields}
        )
    columns = {
        name: [element(made, field, each) for each in array(request, field).tolist()]
        for field, name in fields
    }
    rows = zip(*columns.values(), strict=True)
    return [getattr(made, content.name)(**dict(zip(columns, row, strict=True))) for row in rows]


def array(request: Request, field: Field) -> Any:
    """Return the elements of one input."""
    value: Value = request.values[str(field.key)]
    return value.array


def element(made: ModuleType, field: Field, nested: Any, *, rows: bool = False) -> Any:
    """Return nested elements in the types of a field."""
    if rows:
        return [element(made, field, each) for each in nested]
    if isinstance(field.value, Lists):
        return decoded(field, nested)
    shape, flat = [], [nested]
    while flat and isinstance(flat[0], list):
        shape.append(len(flat[0]))
        flat = [each for items in flat for each in items]
    return made.Tensor(tuple(shape), [decoded(field, each) for each in flat])


def decoded(field: Field, nested: Any) -> Any:
    """Return elements, texts decoded."""
    if isinstance(nested, list):
        return [decoded(field, each) for each in nested]
    return nested.decode() if field.value.element.literal is Literal.TEXT else nested


def test_types(tmp_path: Path) -> None:
    """Mypy has nothing to say of any of them in its strictest mode."""
    contract = load(ODD)
    readers = [each.reader for each in drawn(120)]
    readers += [planned(contract, use, "sigpact") for use in contract.signatures]
    for at, reader in enumerate(readers):
        (tmp_path / f"made{at}.py").write_text(python.render(reader), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "--config-file=", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


REFUSED = [
    ("predictions", '{"predictions": {}}', "predictions: an object (), expected a list"),
    ("no key", '{"outputs": []}', "predictions: it is missing; there is outputs"),
    ("an error", '{"error": "no such model"}', "error: no such model"),
    ("no JSON", '{"predictions": [', "the body: it is not JSON: Expecting value: line 1 column 18 (char 17)"),
    (
        "a bare row",
        '{"predictions": ["a"]}',
        "predictions[0]: the string 'a', expected an object with 'größe'",
    ),
    ("no output", '{"predictions": [{"best": 1}]}', "predictions[0].größe: it is missing; there is best"),
]
GOOD: dict[str, Any] = {
    "best": 1,
    "größe": 0.5,
    "__proto__": ["a"],
    "label": "Drama",
    "raw_bytes": [[{"b64": "YQ=="}], [{"b64": ""}]],
    "big": 2**64 - 1,
    "all": [[1, 2]],
    "yes": True,
    "Mood": "sad",
    "temper": "gay",
    "Tensor": 127,
}
WRONG: list[tuple[str, Any, str]] = [
    ("best", 3, "best: the number 3, expected a declared member"),
    ("best", True, "best: true, expected a declared member"),
    ("größe", None, "größe: null, expected a number"),
    ("größe", "0.5", "größe: the string '0.5', expected a number"),
    ("größe", float("nan"), "größe: the number nan, expected a finite number"),
    ("label", "drama", "label: the string 'drama', expected a declared member"),
    ("label", ["Drama"], "label: a list, expected a declared member"),
    ("raw_bytes", [["a"], ["b"]], "raw_bytes[0][0]: the string 'a', expected {\"b64\": …}"),
    ("raw_bytes", [[{"b64": "YQ"}], [{"b64": ""}]], "raw_bytes[0][0]: the string 'YQ', expected base64"),
    ("raw_bytes", [[{"b64": ""}]], "raw_bytes: 1 elements, expected at least 2"),
    ("raw_bytes", [[], [{"b64": ""}]], "raw_bytes[0]: 0 elements, expected 1 as elsewhere (n)"),
    ("big", -1, "big: the number -1, expected one from 0 to 18446744073709551615"),
    ("big", 2**64, "big: the number 18446744073709551616, expected one from 0 to 18446744073709551615"),
    ("Tensor", 128, "Tensor: the number 128, expected one from -128 to 127"),
    (
        "raw_bytes",
        [[{"b64": "YQ*=="}], [{"b64": ""}]],
        "raw_bytes[0][0]: the string 'YQ*==', expected base64",
    ),
    ("raw_bytes", [[{"b64": "", "c": 1}], [{"b64": ""}]], "raw_bytes[0][0]: an object (b64, c), expected"),
    ("raw_bytes", [[{"b64": ""}]] * 3, "raw_bytes: 3 elements, expected at most 2"),
    ("all", [[1, 2], [3]], "all[1]: its lists are ragged"),
    ("big", 1.0, "big: the number 1.0, expected an integer"),
    ("all", [[1, 2], 3], "all[1]: its lists are ragged"),
    ("yes", False, "yes: false, expected a declared member"),
    ("yes", 1, "yes: the number 1, expected true or false"),
]


def odd() -> Reader:
    """Return the reader of a signature with a little of everything."""
    contract = load(ODD)
    return planned(contract, contract.signatures[0], "sigpact")


@pytest.mark.parametrize(
    ("body", "message"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_what_stands_wrong_is_told_with_its_place(body: str, message: str) -> None:
    """Before the first value: the body, its keys, its rows."""
    assert told(module(odd()), body.encode()) == {"error": message}


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_a_wrong_value_is_told_with_its_place(key: str, value: Any, message: str) -> None:
    """Type, member, length, range: row and output are named. The rest of the row is right."""
    made = module(odd())
    assert "value" in told(made, json.dumps({"predictions": [GOOD]}).encode())
    found = told(made, json.dumps({"predictions": [GOOD, GOOD | {key: value}]}).encode())
    assert found["error"].startswith(f"predictions[1].{message}")


def test_both_bodies_over_the_wire_kinds() -> None:
    """The law above sees every form of body."""
    seen = {
        (type(kind), kind.bare_answer)
        for case in drawn(120)
        if isinstance(kind := kind_of(case), RestRow | RestColumnar)
    }
    assert seen == {(kind, bare) for kind in (RestRow, RestColumnar) for bare in (True, False)}


def kind_of(case: Case) -> object:
    """Return how the client of a case calls."""
    return client_kind(case.contract, case.use)
