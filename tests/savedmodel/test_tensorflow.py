"""The reader beside TensorFlow's own protobuf classes, which are a second implementation of it."""

import importlib.util
import json
import random
from pathlib import Path
from typing import Any

import pytest

from sigpact.errors import ExportError
from sigpact.savedmodel.reader import Export, MetaGraph, read_export
from sigpact.savedmodel.snapshot import Seen, Snapshot, to_json
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.specs import Default, Signature
from tests.building import built
from tests.savedmodel import writer
from tests.savedmodel.test_reader import GENRE, INFOS, SHAPES
from tests.savedmodel.test_tensors import TENSORS, proto
from tests.savedmodel.writer import chunk

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]
ORACLE = Path(__file__).with_name("oracle.py")
FIELDS = {
    "SavedModel": {"meta_graphs": 2},
    "MetaGraphDef": {"meta_info_def": 1, "signature_def": 5},
    "MetaInfoDef": {"tags": 4, "tensorflow_version": 5},
    "SignatureDef": {"inputs": 1, "outputs": 2, "method_name": 3, "defaults": 4},
    "TensorInfo": {"name": 1, "dtype": 2, "tensor_shape": 3, "coo_sparse": 4, "composite_tensor": 5},
    "CooSparse": {"values_tensor_name": 1},
    "TensorShapeProto": {"dim": 2, "unknown_rank": 3},
    "Dim": {"size": 1, "name": 2},
    "TensorProto": {
        "dtype": 1, "tensor_shape": 2, "tensor_content": 4, "float_val": 5, "double_val": 6, "int_val": 7,
        "string_val": 8, "int64_val": 10, "bool_val": 11, "half_val": 13, "uint32_val": 16, "uint64_val": 17,
    },
}  # fmt: skip


def around(info: bytes) -> bytes:
    """Write a SavedModel around one TensorInfo."""
    signature = chunk(1, chunk(1, "x") + chunk(2, info))
    return chunk(2, chunk(1, chunk(4, "serve")) + chunk(5, chunk(1, "f") + chunk(2, signature)))


def blobs() -> list[bytes]:
    """Return SavedModels to read on both sides: each case of the other tests, and damaged ones.

    Bytes are flipped, and pieces are doubled, which makes fields that occur twice.
    """
    whole = writer.saved_model([writer.meta_graph([GENRE])])
    chance = random.Random(11)  # noqa: S311 - the same damage in every run
    damaged = []
    for _ in range(2_500):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2])):
            data[chance.randrange(len(data))] = chance.choice(
                [0, 1, 2, 4, 8, 10, 18, 24, 26, 34, 42, 0x7F, 0x80]
            )
        damaged.append(bytes(data) * chance.choice([1, 1, 2]))
    infos = [each[0] for each in INFOS] + [each[0] for each in SHAPES]
    return [*map(around, infos), whole, whole + whole, *damaged]


def meta_graphs(folder: Path) -> Any:
    """Read an export, in the form of a snapshot; the error instead where it is refused."""
    try:
        return to_json(Snapshot((Seen("m", "1", read_export(folder)),)))["versions"][0]["metagraphs"]
    except ExportError as error:
        return str(error)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What TensorFlow says to everything, from one process."""
    folder = tmp_path_factory.mktemp("oracle")
    tensors = [proto(*each[:3]).hex() for each in TENSORS]
    (folder / "blobs.json").write_text(json.dumps([each.hex() for each in blobs()]))
    (folder / "tensors.json").write_text(json.dumps(tensors))
    built(ORACLE, folder)
    found: dict[str, Any] = json.loads((folder / "answers.json").read_text())
    return {**found, "folder": folder}


def test_fields_have_the_numbers_of_this_tensorflow(answers: dict[str, Any]) -> None:
    """Every field that is read here has the number that TensorFlow's descriptors give it."""
    found = {name: {one: answers["numbers"][name][one] for one in fields} for name, fields in FIELDS.items()}
    assert found == FIELDS


@pytest.mark.parametrize("name", ["tf1", "tf2"])
def test_exports_of_this_tensorflow_read_the_same(answers: dict[str, Any], name: str) -> None:
    """An export of TF1 style and one of TF2, with defaults, ragged and sparse outputs, made just now."""
    assert meta_graphs(answers["folder"] / "exports" / name) == answers["exports"][name]
    assert answers["exports"][name]


def test_defaults_are_filled_as_tensorflow_fills_them(answers: dict[str, Any]) -> None:
    """The expectations of our table are what `Tensor::FromProto` gives."""
    for (dtype, shape, _, expected), found in zip(TENSORS, answers["tensors"], strict=True):
        default = Default("x", BY_NAME[dtype], shape, expected)
        export = Export("", (MetaGraph((), (Signature("f", "", (), (), (default,)),)),))
        (graph,) = to_json(Snapshot((Seen("m", "1", export),)))["versions"][0]["metagraphs"]
        assert repr(graph["signatures"]["f"]["defaults"]["x"]["values"]) == repr(found), (dtype, shape)


def test_damaged_and_doubled_files_read_the_same(answers: dict[str, Any], tmp_path: Path) -> None:
    """Where protobuf reads something, the same is read here, or it holds nothing; never the other way.

    A graph_def is stepped over, so damage inside it is protobuf's to find; groups are refused here only.
    """
    counts = {"same": 0, "refused by both": 0}
    for data, theirs in zip(blobs(), answers["blobs"], strict=True):
        (tmp_path / "saved_model.pb").write_bytes(data)
        ours = meta_graphs(tmp_path)
        if isinstance(ours, str):
            assert not theirs or "a group" in ours, (ours, theirs)
            counts["refused by both"] += 1
        elif theirs is not None:
            assert comparable(ours, ours) == comparable(theirs, ours)
            counts["same"] += 1
    assert min(counts.values()) > 300, counts


def comparable(graphs: list[Any], ours: list[Any]) -> list[Any]:
    """Drop the values of those defaults that are not decoded here, and what a damaged graph_def holds."""
    copy: list[Any] = json.loads(json.dumps(graphs))
    for graph, mine in zip(copy, ours, strict=True):
        for name, signature in mine["signatures"].items():
            theirs = graph["signatures"][name]
            for spec in (*theirs["inputs"].values(), *theirs["outputs"].values()):
                spec.pop("in_graph", None)
                spec.pop("placeholder", None)
            for alias, default in signature["defaults"].items():
                if default["values"] is None:
                    graph["signatures"][name]["defaults"][alias]["values"] = None
    return copy
