"""Failing requests kept as small files: `.sigpact/cases/ID.json`, which `sigpact replay ID` runs again."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sigpact.clients.profile import Environment, ServerProfile
from sigpact.clients.profile import as_data as environment_data
from sigpact.engine.environments import release
from sigpact.errors import ConfigurationError
from sigpact.findings import Path as At
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Value, numpy_dtype

FOLDER: Final = ".sigpact/cases"
FORM: Final = 1
_DAMAGE: Final = (
    OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip
"""What reading a file raises that was cut off, or changed by hand."""
_TEXTS: Final = (
    *("contract", "client", "model", "version", "export", "signature"),
    *("rule", "change", "expected", "received", "answer", "shows"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One failing request: whose it is, what it is, what was expected and what came back.

    `request` is empty for a raw example, which is found again by its name; `body` is the JSON as the
    client sends it, over REST. `environment` is where it was judged to be served, if somebody said.
    """

    id: str
    contract: str
    client: str
    model: str
    version: str
    export: str
    signature: str
    rule: str
    at: At
    change: str
    request: Request | None
    example: str | None
    body: str | None
    expected: str
    received: str
    answer: str
    row: tuple[str, int] | None = None
    """The file and the number of the line or record that `request` is, where that says more than it."""
    relation: str | None = None
    """The relation whose drawn inputs `request` has, where the case is one of several calls."""
    environment: Environment | None = None
    shows: str = ""
    """The rule of the breach that the request shows, where the finding may be told under another."""

    aged: bool = False
    """Whether it failed in a process that had answered others before, and not in a fresh one."""

    @property
    def shown_rule(self) -> str:
        """The rule of the breach that is looked for when the case is run again."""
        return self.shows or self.rule

    @property
    def request_file(self) -> str:
        """Where the body lies beside the case, for a `curl` that would be too long to read."""
        return f"{FOLDER}/{self.id}.request.json"


def case_id(*parts: str) -> str:
    """Return the id of a case: the same breach by the same request has the same."""
    return hashlib.sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()[:12]


def keep(folder: Path, case: Case) -> Path:
    """Write a case, and return its file. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{case.id}.json"
    file.write_text(json.dumps(_as_data(case), indent=2) + "\n", encoding="utf-8")
    if case.body is not None:
        (folder / f"{case.id}.request.json").write_text(case.body, encoding="utf-8")
    return file


def kept(folder: Path) -> tuple[str, ...]:
    """Return the ids of all cases in a folder, sorted."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(file.stem for file in folder.glob("*.json") if not file.stem.endswith(".request")))


def read(folder: Path, case: str) -> Case:
    """Read a case. Raises `ConfigurationError` where there is none, or where the file is damaged."""
    file = folder / f"{case}.json"
    try:
        return _from_data(case, json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        there = ", ".join(kept(folder)) or "none"
        raise ConfigurationError(f"no case {case!r} in {folder}; there is {there}") from None
    except _DAMAGE as error:
        raise ConfigurationError(f"{file} is no kept case: {type(error).__name__}: {error}") from None


def _as_data(case: Case) -> dict[str, Any]:
    request = case.request
    return {
        "case": FORM,
        "contract": case.contract,
        "client": case.client,
        "model": case.model,
        "version": case.version,
        "export": case.export,
        "signature": case.signature,
        "rule": case.rule,
        "at": list(case.at),
        "change": case.change,
        "request": None
        if request is None
        else {
            "rows": request.rows,
            "sizes": dict(request.sizes),
            "label": request.label,
            "inputs": {name: _tensor(value) for name, value in request.values.items()},
        },
        "example": case.example,
        "row": None if case.row is None else list(case.row),
        "body": case.body,
        "expected": case.expected,
        "received": case.received,
        "answer": case.answer,
        "relation": case.relation,
        "environment": environment_data(case.environment),
        "shows": case.shows,
        "aged": case.aged,
    }


def _from_data(case: str, data: Mapping[str, Any]) -> Case:
    if data["case"] != FORM:
        raise ValueError(f"form {data['case']!r} is not {FORM}")
    for key in _TEXTS:
        if not isinstance(data[key], str):
            raise TypeError(f"{key} is {data[key]!r}, no text")
    request = data["request"]
    if request is None and data["example"] is None:
        raise ValueError("it has neither a request nor the name of an example")
    return Case(
        case,
        data["contract"],
        data["client"],
        data["model"],
        data["version"],
        data["export"],
        data["signature"],
        data["rule"],
        tuple(data["at"]),
        data["change"],
        None
        if request is None
        else Request(
            Origin.EXAMPLE,
            {name: _value(each) for name, each in request["inputs"].items()},
            {str(name): int(size) for name, size in request["sizes"].items()},
            int(request["rows"]),
            request["label"],
        ),
        data["example"],
        data["body"],
        data["expected"],
        data["received"],
        data["answer"],
        _row(data["row"]),
        data["relation"],
        _environment(data["environment"]),
        data["shows"],
        data["aged"] is True,
    )


def _row(data: list[Any] | None) -> tuple[str, int] | None:
    return None if data is None else (str(data[0]), int(data[1]))


def _environment(data: Mapping[str, Any] | None) -> Environment | None:
    if data is None:
        return None
    server = data["server"]
    flags = server["batching"], server["method_name_check"]
    if {*map(type, flags), type(data["name"])} != {bool, str}:
        raise TypeError(f"environment is {data!r}")
    return Environment(data["name"], ServerProfile(*flags, release(server["version"] or "") or ()))


def _tensor(value: Value) -> dict[str, Any]:
    flat = value.array.reshape(-1).tolist()
    if value.dtype.kind is Kind.STRING:
        flat = [base64.b64encode(each).decode() for each in flat]
    elif value.dtype.kind is Kind.COMPLEX:
        flat = [[each.real, each.imag] for each in flat]
    return {"dtype": value.dtype.name, "shape": list(value.shape), "values": flat}


def _value(data: Mapping[str, Any]) -> Value:
    dtype = BY_NAME[data["dtype"]]
    flat = data["values"]
    if dtype.kind is Kind.STRING:
        array = np.empty(len(flat), object)
        array[:] = [base64.b64decode(each, validate=True) for each in flat]
    elif dtype.kind is Kind.COMPLEX:
        array = np.array([complex(*each) for each in flat], numpy_dtype(dtype))
    else:
        array = np.array(flat, numpy_dtype(dtype))
    return Value(dtype, array.reshape(data["shape"]))
