"""Unknown callers of a signature meet what the table of changes and clients says, row by row."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigpact.frozen import replace
from sigpact.rules.callers import PREDICT, Habits, caller, callers, verdict
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import Named, Ranked, Unknown
from sigpact.tensors.specs import Signature, TensorSpec
from tests.conformance import compat
from tests.conformance.compat import profile
from tests.conformance.running import text_of
from tests.rules.cases import signature

_CASES = Path(__file__).parents[1] / "cases"
_ROWS: list[dict[str, Any]] = yaml.safe_load((_CASES / "compat" / "tables.yaml").read_text(encoding="utf-8"))
_MATRIX: dict[str, str] = json.loads(text_of(_CASES / "tfserving" / "dtype_matrix_rest.json.gz"))
_SHORT = dict(zip(("RB", "RN", "CB", "CN", "G0", "GF"), PREDICT, strict=True))
_NAME = "serving_default"
_WHOLE = ["int8", "int16", "int32", "int64", "uint8", "uint32", "uint64"]
_JSON = ["float32", "float64", "bool", "string", *_WHOLE]
_ALL = [*_JSON, "float16", "bfloat16", "uint16", "complex64"]
_FLOATS, _OTHER = {"float32", "float64"}, {"bool", "string"}


def _verdicts(row: Mapping[str, Any]) -> dict[str, str]:
    old, new = (signature(_NAME, row[side]) for side in ("old", "new"))
    server = profile(row.get("flags", ()))
    if "release" in row:
        server = replace(server, version=tuple(row["release"]))
    sends, reads = (tuple(row[key]) if key in row else None for key in ("sends", "reads"))
    habits = Habits(sends, reads, {"named": False, "bare": True, None: None}[row.get("answer")])
    made = (caller(name, old, habits) for name in PREDICT)
    return {
        each.name: verdict(each.meets((new,), server))
        for each in made
        if each is not None and each.exists(server)
    }


@pytest.mark.parametrize("row", _ROWS, ids=[row["row"] for row in _ROWS])
def test_a_row_of_the_table(row: dict[str, Any]) -> None:
    """Each kind of client meets what its column says; a kind that is not named could not call before."""
    expected = {_SHORT[name]: word for names, word in row["clients"].items() for name in names.split()}
    assert _verdicts(row) == expected


@pytest.mark.parametrize("row", _ROWS, ids=[row["row"] for row in _ROWS])
def test_equal_versions_are_safe(row: dict[str, Any]) -> None:
    """(v, v): whoever can call a version is safe with it, both for the old one and for the new one."""
    for side in ("old", "new"):
        same = {**row, "old": row[side], "new": row[side]}
        habits = {
            key: value
            for key, value in same.items()
            if side == "old" or key in {"old", "new", "flags", "release"}
        }
        assert set(_verdicts(habits).values()) <= {"safe"}


def _pair(old: TensorSpec, new: TensorSpec, other: TensorSpec, *, as_input: bool) -> dict[str, str]:
    def made(spec: TensorSpec) -> Signature:
        sides = (spec, other) if as_input else (other, spec)
        return Signature(_NAME, "", (sides[0],), (sides[1],))

    callers_of = (caller(name, made(old)) for name in PREDICT)
    return {each.name: verdict(each.meets((made(new),))) for each in callers_of if each and each.exists()}


def _spec(name: str, dtype: str) -> TensorSpec:
    return TensorSpec(name, BY_NAME[dtype], Ranked((Unknown(),)))


def _said(cell: str) -> str:
    """Return the verdict that a cell of the server's own matrix amounts to."""
    if cell in {"=", "safe"}:
        return "safe"
    return "silent" if cell.startswith("depends SILENT") else "breaks"


@pytest.mark.parametrize(("pair", "cell"), _MATRIX.items(), ids=list(_MATRIX))
def test_the_rest_matrix_of_input_dtypes(pair: str, cell: str) -> None:
    """Every literal of one dtype at an input of another, as the server's codec took it."""
    old, new = (_spec("x", dtype) for dtype in pair.split("->"))
    found = _pair(old, new, _spec("y", "float32"), as_input=True)
    assert {found[name] for name in PREDICT[:4]} == {_said(cell)}


@pytest.mark.parametrize("old", _ALL)
def test_grpc_input_dtypes_must_be_equal(old: str) -> None:
    """All 210 pairs of two different dtypes are refused; the 15 equal ones are safe."""
    for new in _ALL:
        found = _pair(_spec("x", old), _spec("x", new), _spec("y", "float32"), as_input=True)
        assert {found["grpc"], found["grpc-filter"]} == {"safe" if old == new else "breaks"}


def _output_verdict(old: str, new: str) -> str:
    """Table 5.1 over REST: the literal counts, and dtypes without JSON form fail the whole answer."""
    same_literal = old == new or {old, new} <= _FLOATS or not {old, new} & (_FLOATS | _OTHER)
    return "safe" if new in _JSON and same_literal else "breaks"


@pytest.mark.parametrize("old", _ALL)
def test_output_dtypes(old: str) -> None:
    """Every pair of dtypes, over REST and over gRPC."""
    for new in _ALL:
        found = _pair(_spec("y", old), _spec("y", new), _spec("x", "float32"), as_input=False)
        expected = {"grpc": "safe" if old == new else "breaks"}
        if old in _JSON:
            expected |= dict.fromkeys(PREDICT[:4], _output_verdict(old, new))
        assert {name: found[name] for name in found if name != "grpc-filter"} == expected


def test_the_first_open_length_is_one_batch() -> None:
    """It is named over inputs and outputs; further open lengths and outputs without one stay as they are."""
    old = signature(
        "s", {"inputs": {"x": "float32 [?, ?]", "t": "float32 []"}, "outputs": {"y": "int64 [?]"}}
    )
    made = caller("col-named", old)
    assert made is not None
    assert [each.shape for each in made.use.inputs] == [Ranked(()), Ranked((Named("batch"), Unknown()))]
    assert [each.shape for each in made.use.outputs] == [Ranked((Named("batch"),))]
    fixed = signature("s", {"inputs": {"x": "float32 [3]"}, "outputs": {"y": "int64 [?]"}})
    alone = caller("col-named", fixed)
    assert alone is not None
    assert alone.use.outputs[0].shape == Ranked((Unknown(),))


def test_who_can_call_a_signature() -> None:
    """Bare values need one input, JSON dtypes that it has, rows a batch; defaults may be left out."""
    spec: dict[str, Any] = {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}}
    cases = [
        (spec, "row-bare row-named col-bare col-named grpc grpc-filter"),
        (spec | {"inputs": {"x": "half [?]"}}, "grpc grpc-filter"),
        (spec | {"outputs": {"y": "float32 []"}}, "col-bare col-named grpc grpc-filter"),
        (spec | {"inputs": {}}, "grpc grpc-filter"),
        (
            {
                "inputs": {"x": "float32 [?]", "t": "float32 []"},
                "outputs": spec["outputs"],
                "defaults": {"t": 1.0},
            },
            "row-named col-named grpc grpc-filter grpc-omitting grpc-filter-omitting",
        ),
        (
            {"inputs": {"inputs": "string [?]"}, "outputs": {"scores": "float32 [?, 3]"}},
            "row-bare row-named col-bare col-named grpc grpc-filter classify",
        ),
        (
            {"inputs": {"inputs": "string [?]"}, "outputs": {"outputs": "float32 [?]"}},
            "row-bare row-named col-bare col-named grpc grpc-filter regress",
        ),
    ]
    for each, expected in cases:
        assert [found.name for found in callers(signature("s", each))] == expected.split()


def test_a_kind_that_there_is_not() -> None:
    """A mistyped kind is no client that is always safe."""
    with pytest.raises(ValueError, match="row-bear"):
        caller("row-bear", signature("s", {"inputs": {}, "outputs": {}}))


def test_reviewed_pairs() -> None:
    """Pairs that a reviewer wrote by hand, with the verdicts that each kind of client may get; none: no such.

    The two signatures equal themselves: nobody breaks.
    """
    cases = compat.read(text_of(_CASES / "compat" / "reviewed.jsonl.gz"))
    wrong = []
    for case in cases:
        found = compat.clients(
            {**case, "clients": {name: "" for name, words in case["allowed"].items() if words}}
        )
        wrong += [
            f"{case['case']}: {name} {found.get(name)}"
            for name, words in case["allowed"].items()
            if found.get(name) not in (words or [None])
        ]
        for side in ("old", "new"):
            equal = {**case, "old": case[side], "new": case[side]}
            if case["signature"] in case[side]:
                wrong += [case["case"] for word in compat.clients(equal).values() if word != "safe"]
    assert wrong == []
    assert len(cases) == 398


def test_a_classify_client_reads_what_it_says() -> None:
    """A client that reads scores alone does not miss the classes."""
    outputs = {"classes": "string [?, 3]", "scores": "float32 [?, 3]"}
    old = signature("s", {"inputs": {"inputs": "string [?]"}, "outputs": outputs})
    new = signature("s", {"inputs": {"inputs": "string [?]"}, "outputs": {"scores": "float32 [?, 3]"}})
    for reads, expected in ((("scores",), "safe"), (("classes",), "silent"), (None, "silent")):
        made = caller("classify", old, Habits(reads=reads))
        assert made is not None
        assert verdict(made.meets((new,))) == expected


def test_an_equal_signature_does_nothing_new() -> None:
    """Whoever is said to have called it, though its shapes say that no row client could, goes on doing so."""
    outputs = {"y": "float32 [1]", "z": "float32 [2]"}
    same = signature("s", {"inputs": {"x": "float32 [?]"}, "outputs": outputs})
    made = caller("row-bare", same)
    assert made is not None
    assert not made.exists()
    assert verdict(made.meets((same,))) == "safe"
    other = signature("s", {"inputs": {"x": "float32 [?]"}, "outputs": {**outputs, "w": "half [?]"}})
    assert verdict(made.meets((other,))) == "breaks"
