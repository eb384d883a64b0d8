"""What a signature names is looked up in the graph: absent tensors, placeholders of another dtype."""

from pathlib import Path

import pytest

from sigpact.frozen import replace
from sigpact.savedmodel import located
from sigpact.savedmodel.reader import read_export, serving_signatures
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.specs import Signature
from tests.rules.cases import signature
from tests.savedmodel.writer import chunk, node, number, saved_model, signature_def

SAID = signature("f", {"inputs": {"x": "float32 [?] @x:0"}, "outputs": {"y": "float32 [?] @y:0"}})
Y = node("y", "Identity", "x")


def seen(folder: Path, graph: bytes, said: Signature = SAID) -> Signature:
    """Write an export with this GraphDef, and read its signature."""
    info = chunk(4, "serve") + chunk(5, "2.21.0")
    entry = chunk(5, chunk(1, said.name) + chunk(2, signature_def(said)))
    meta = chunk(1, info) + chunk(2, graph) + entry
    (folder / "saved_model.pb").write_bytes(saved_model([meta]))
    (found,) = serving_signatures(read_export(folder))
    return found


def placeholder(name: str, dtype: str, op: str = "Placeholder") -> bytes:
    """Write a placeholder."""
    attribute = chunk(5, chunk(1, "dtype") + chunk(2, number(6, BY_NAME[dtype].number)))
    return chunk(1, chunk(1, name) + chunk(2, op) + attribute)


def absent(found: Signature) -> list[str]:
    """Return the names of what is not in the graph."""
    return [spec.name for spec in (*found.inputs, *found.outputs) if not spec.in_graph]


LONG = "n" * 300
X = placeholder("x", "float32")


@pytest.mark.parametrize(
    ("graph", "missing"),
    [
        (X + Y, []),
        (Y + X, []),
        (X, ["y"]),
        (Y, ["x"]),
        (node("z", "NoOp"), ["x", "y"]),
        # nodes of functions are none of the graph's
        (X + chunk(2, chunk(1, chunk(3, chunk(1, "y")))), ["y"]),
        # a name that comes after other fields, and a node of some length
        (X + chunk(1, chunk(2, "Identity") + chunk(1, "y")), []),
        (X + chunk(1, chunk(1, "y") + chunk(2, LONG)), []),
        (X + node("yy", "Identity") + node("", "NoOp"), ["y"]),
        # a graph without a node, a damaged one: nothing is said
        (b"", []),
        (number(3, 27), []),
        (chunk(1, b"\x0a\x7fy"), []),
        (X + b"\x0a", []),
        (X + b"\x0a\x05\x0a", []),
    ],
)
def test_nodes_are_looked_up_by_name(tmp_path: Path, graph: bytes, missing: list[str]) -> None:
    """Only the graph's own nodes count, in whatever order they come."""
    assert absent(seen(tmp_path, graph)) == missing


def test_names_of_tensors(tmp_path: Path) -> None:
    """A name may do without an index, be long, or be empty; a sparse tensor is told elsewhere."""
    inputs, outputs = {"x": f"float32 [?] @{LONG}", "s": "coo_sparse [?] @no:0"}, {"y": "float32 [?] @y:1"}
    said = signature("f", {"inputs": inputs, "outputs": outputs})
    assert absent(seen(tmp_path, Y + node(LONG, "Placeholder"), said)) == []
    assert absent(seen(tmp_path, Y + node(LONG[1:], "Placeholder"), said)) == ["x"]
    empty = replace(SAID, outputs=(replace(SAID.outputs[0], tensor=""),))
    assert absent(seen(tmp_path, X, empty)) == ["y"]
    assert absent(seen(tmp_path, X + node("", "NoOp"), empty)) == ["y"]


def test_too_large_a_graph_is_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said of it; the last node that may be looked at counts."""
    monkeypatch.setattr(located, "MAX_NODES", 3)
    others = b"".join(node(f"n{each}", "NoOp") for each in range(2))
    assert absent(seen(tmp_path, X + others)) == ["y"]
    assert absent(seen(tmp_path, X + others + node("n", "NoOp"))) == []


@pytest.mark.parametrize("op", ["Placeholder", "PlaceholderV2", "PlaceholderWithDefault"])
def test_a_placeholder_has_its_own_dtype(tmp_path: Path, op: str) -> None:
    """The session takes that of the graph, whatever the signature says."""
    (spec,) = seen(tmp_path, placeholder("x", "int64", op) + Y).inputs
    assert (str(spec.dtype), str(spec.placeholder), str(spec.fed_as)) == ("float32", "int64", "int64")
    (spec,) = seen(tmp_path, placeholder("x", "float32", op) + Y).inputs
    assert (spec.placeholder, str(spec.fed_as)) == (None, "float32")


def test_of_other_ops_no_dtype_is_known(tmp_path: Path) -> None:
    """What is no placeholder, or does not say, is taken at the signature's word."""
    for graph in (
        placeholder("x", "int64", "Identity"),
        placeholder("x", "invalid"),
        node("x", "Placeholder"),
    ):
        assert seen(tmp_path, graph + Y) == seen(tmp_path, X + Y)
