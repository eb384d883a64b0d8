"""Features of two stored exports, of damaged ones, and of graphs that parse nothing; no TensorFlow."""

import random
from pathlib import Path

import pytest

from sigpact.frozen import replace
from sigpact.savedmodel.features import features_of, takes_examples
from sigpact.savedmodel.reader import Export, read_export, serving_signatures
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import Ranked, Unknown
from sigpact.tensors.specs import Encoding, Signature, TensorSpec, Undetermined
from tests.savedmodel.writer import chunk, meta_graph, node, saved_model

CASES = Path(__file__).parent.parent / "cases" / "savedmodel" / "examples"
EXAMPLES = TensorSpec("inputs", BY_NAME["string"], Ranked((Unknown(),)), "inputs:0")
SCORES = TensorSpec("scores", BY_NAME["float32"], Ranked((Unknown(),)), "scores:0")
SIGNATURE = Signature("get", "", (EXAMPLES,), (SCORES,))


def only(folder: Path) -> tuple[Export, Signature]:
    """Return an export and its only signature."""
    export = read_export(folder)
    (signature,) = serving_signatures(export)
    return export, signature


@pytest.mark.parametrize("name", ["tf1", "tf2"])
def test_stored_exports(name: str) -> None:
    """The two parse ops, one in the graph and one two functions deep, say the same."""
    found = features_of(*only(CASES / name))
    assert not isinstance(found, Undetermined)
    assert [(each.name, str(each), each.is_required) for each in found] == [
        ("age", "int64 []", False),
        ("steps", "float32 [?, 2]", False),
        ("tags", "string sparse", False),
        ("x", "float32 [2]", True),
    ]
    assert found[0].default is not None
    assert found[0].default.values == (7,)
    assert found[1].step == 2


@pytest.mark.parametrize("name", ["tf1", "tf2"])
def test_damaged_graphs_are_undetermined_or_read(tmp_path: Path, name: str) -> None:
    """Whatever the bytes are, there is an answer, and damage in the names of ops is noticed."""
    whole = (CASES / name / "saved_model.pb").read_bytes()
    _, signature = only(CASES / name)
    start = whole.index(b"ParseExample") - 200
    chance = random.Random(7)  # noqa: S311 - the same damage in every run
    kinds = set()
    for _ in range(250):
        data = bytearray(whole)
        data[chance.randrange(start, len(data))] = chance.choice([0, 1, 2, 8, 10, 18, 34, 0x7F, 0x80, 0xFF])
        (tmp_path / "saved_model.pb").write_bytes(data)
        kinds.add(type(features_of(Export(str(tmp_path), ()), signature)))
    assert kinds == {tuple, Undetermined}


def test_a_graph_that_parses_nothing(tmp_path: Path) -> None:
    """No op of that name: no features, whatever else there is."""
    (tmp_path / "saved_model.pb").write_bytes(saved_model([meta_graph([SIGNATURE])]))
    assert features_of(*only(tmp_path)) == ()


def test_no_graph_to_serve(tmp_path: Path) -> None:
    """A reason is given where there is no graph, and where it is not at hand."""
    graph = meta_graph([SIGNATURE], ("train",)) + chunk(2, chunk(1, chunk(2, "ParseExample")))
    (tmp_path / "saved_model.pb").write_bytes(saved_model([graph]))
    found = features_of(Export(str(tmp_path), ()), SIGNATURE)
    assert found == Undetermined("the graph has not exactly the tag 'serve'")
    assert isinstance(features_of(Export(str(tmp_path / "gone"), ()), SIGNATURE), Undetermined)


def test_a_graph_that_goes_round_in_a_circle(tmp_path: Path) -> None:
    """An op that is fed by itself ends the search, not the program."""
    nodes = [
        node("scores", "Identity", "parse"),
        node("parse", "ParseExample", "round"),
        node("round", "Identity", "round"),
    ]
    graph = meta_graph([SIGNATURE]) + chunk(2, b"".join(nodes))
    (tmp_path / "saved_model.pb").write_bytes(saved_model([graph]))
    found = features_of(*only(tmp_path))
    assert found == Undetermined("the graph goes round in a circle")


NUMBERS = replace(EXAMPLES, dtype=BY_NAME["int64"])
FED = [
    ((EXAMPLES,), True),
    ((EXAMPLES, replace(EXAMPLES, name="more")), False),
    ((NUMBERS,), False),
    ((replace(EXAMPLES, encoding=Encoding.COMPOSITE),), False),
    ((), False),
]


@pytest.mark.parametrize(("inputs", "fed"), FED)
def test_only_one_input_of_strings_takes_examples(inputs: tuple[TensorSpec, ...], fed: object) -> None:
    """Any other signature is not looked into."""
    assert takes_examples(replace(SIGNATURE, inputs=inputs)) is fed
