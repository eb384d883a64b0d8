"""Snapshots: what is written is read again, the schema describes it, mistakes are told with their place."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from sigpact.savedmodel.reader import Export, MetaGraph
from sigpact.savedmodel.snapshot import Seen, Snapshot, Unread, from_json, take, to_json
from sigpact.savedmodel.versions import resolve_models
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.specs import Default, Features, Signature
from tests.savedmodel import strategies
from tests.savedmodel.writer import write_export

CASES = Path(__file__).parent.parent / "cases" / "savedmodel"
SCHEMA: dict[str, Any] = json.loads((files("sigpact.savedmodel") / "snapshot.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@given(strategies.snapshots())
@settings(deadline=None, max_examples=60)
def test_a_snapshot_comes_back(snapshot: Snapshot) -> None:
    """Through JSON text and back it is the same value, and the schema admits the text."""
    document = json.loads(json.dumps(to_json(snapshot)))
    VALIDATOR.validate(document)
    assert from_json(document) == snapshot


@given(strategies.features())
@settings(deadline=None, max_examples=60)
def test_features_come_back(features: Features) -> None:
    """With names, kinds, shapes and defaults, none of them, or the reason why they are not known."""
    signature = Signature("f", "", (), (), features=features)
    snapshot = Snapshot((Seen("m", "1", Export("p", (MetaGraph((), (signature,)),))),))
    document = json.loads(json.dumps(to_json(snapshot)))
    VALIDATOR.validate(document)
    assert from_json(document) == snapshot


def test_taking_a_snapshot_reads_features() -> None:
    """Of signatures that take tf.Examples, and of no others."""
    snapshot = take(resolve_models([str(CASES / "examples" / "tf2"), f"other={CASES / 'tf2'}"]))
    found = {
        each.name: each.features
        for seen in snapshot.versions
        if isinstance(seen.content, Export)
        for graph in seen.content.metagraphs
        for each in graph.signatures
    }
    assert isinstance(found["get"], tuple)
    assert [each.name for each in found["get"]] == ["age", "steps", "tags", "x"]
    assert {name: each for name, each in found.items() if each} == {"get": found["get"]}


def test_the_schema_is_a_schema() -> None:
    """The file in the package is valid JSON Schema, draft 2020-12."""
    VALIDATOR.check_schema(SCHEMA)


def with_default(dtype: str, *values: object) -> dict[str, Any]:
    """Write a document with one default, its values as JSON."""
    default = {"dtype": dtype, "shape": [len(values)], "values": list(values)}
    signature = {"method_name": "", "inputs": {}, "outputs": {}, "defaults": {"x": default}}
    graph: dict[str, Any] = {"tags": [], "tensorflow_version": None, "signatures": {"f": signature}}
    version = {"model": "m", "version": "1", "path": "p", "note": None, "metagraphs": [graph]}
    return {"snapshot": 1, "versions": [version], "notes": []}


def values_of(document: dict[str, Any]) -> Any:
    """Read that default again."""
    content = from_json(document).versions[0].content
    assert isinstance(content, Export)
    return content.metagraphs[0].signatures[0].defaults[0].values


def test_numbers_that_json_lacks_are_texts() -> None:
    """NaN and the infinities of floats survive, and -0.0."""
    document = with_default("float32", "NaN", "Infinity", "-Infinity", -0.0, 1)
    assert repr(values_of(document)) == "(nan, inf, -inf, -0.0, 1.0)"
    assert to_json(from_json(document)) == document


def test_bytes_that_are_no_text_are_base64() -> None:
    """A string default may be any bytes; a text that looks like a number stays a text."""
    document = with_default("string", "NaN", {"b64": "/wA="}, "")
    assert values_of(document) == (b"NaN", b"\xff\0", b"")
    assert to_json(from_json(document)) == document


def changed(path: str, value: object) -> dict[str, Any]:
    """Change the document with a default at a path such as `versions.0.model`; `None` deletes."""
    document: Any = with_default("int32", 1)
    *parents, last = path.split(".")
    at = document
    for each in parents:
        at = at[int(each)] if each.isdigit() else at[each]
    if value is None:
        del at[last]
    else:
        at[int(last) if last.isdigit() else last] = value
    return document  # type: ignore[no-any-return]


SIGNATURE = "versions.0.metagraphs.0.signatures.f"
DEFAULT = f"{SIGNATURE}.defaults.x"
TENSOR = {"dtype": "int32", "shape": None, "tensor": "", "encoding": "dense"}
MISTAKES = [
    (changed("snapshot", 2), "$.snapshot: expected the form 1, found '2'"),
    (changed("snapshot", None), "$: expected an object with 'snapshot', found"),
    (changed("notes", "n"), "$.notes: expected a list, found 'n'"),
    (changed("versions.0", 3), "$.versions[0]: expected an object, found '3'"),
    (changed("versions.0.model", 3), "$.versions[0].model: expected a text, found '3'"),
    (changed("versions.0.metagraphs", None), "$.versions[0]: expected an object with 'metagraphs'"),
    (changed(f"{DEFAULT}.dtype", "int33"), "defaults.x.dtype: expected a dtype, found 'int33'"),
    (changed(f"{DEFAULT}.shape", [True]), "defaults.x.shape[0]: expected a whole number, found 'True'"),
    (
        changed(f"{DEFAULT}.values", [True]),
        "defaults.x.values[0]: expected a value of kind int, found 'True'",
    ),
    (changed(f"{DEFAULT}.values", [1.5]), "defaults.x.values[0]: expected a value of kind int, found '1.5'"),
    (changed(f"{DEFAULT}.values", ["1"]), "defaults.x.values[0]: expected a value of kind int, found '1'"),
    (with_default("bool", 1), "defaults.x.values[0]: expected a value of kind bool, found '1'"),
    (with_default("string", {"b64": "%"}), "defaults.x.values[0]: expected base64, found \"{'b64': '%'}\""),
    (
        changed(f"{SIGNATURE}.inputs", {"x": {**TENSOR, "encoding": "sparse"}}),
        "inputs.x.encoding: expected dense or coo_sparse or composite or absent or fed, found 'sparse'",
    ),
    (
        changed(f"{SIGNATURE}.inputs", {"x": {**TENSOR, "shape": ["batch"]}}),
        "inputs.x.shape[0]: expected a whole number, found 'batch'",
    ),
]


@pytest.mark.parametrize(("document", "message"), MISTAKES)
def test_mistakes_are_told_with_their_place(document: object, message: str) -> None:
    """A document of another form is a ValueError that says where."""
    with pytest.raises(ValueError, match=r"^\$") as caught:
        from_json(document)
    assert message in str(caught.value)


def test_one_export_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    """Each version is read for itself; notes about folders without versions come along."""
    for number in ("1", "2"):
        write_export(
            tmp_path / "genre" / number,
            [Signature("f", "", (), (), (Default("x", BY_NAME["bool"], (), (True,)),))],
        )
    (tmp_path / "genre" / "1" / "saved_model.pb").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    found = take(resolve_models([str(tmp_path)]))
    broken, whole = found.versions
    assert broken.content == Unread(
        str(tmp_path / "genre" / "1"),
        f"{tmp_path / 'genre' / '1' / 'saved_model.pb'}: is empty (0 bytes); export or copy the model again",
    )
    assert isinstance(whole.content, Export)
    assert (whole.model, whole.version, found.all_read, len(found.notes)) == ("genre", "2", False, 1)
    assert from_json(to_json(found)) == found
