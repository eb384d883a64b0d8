"""What an export lacks: said by reading, and seen by TensorFlow on the same folders."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.protocol import Answered, Call, Unloadable
from sigpact.savedmodel.files import INDEX, Lack, Missing, missing
from sigpact.savedmodel.reader import Export, read_export, serving_signatures
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import Ranked, Unknown
from sigpact.tensors.specs import Signature, TensorSpec
from sigpact.wire.arrays import Value
from tests.building import built
from tests.savedmodel.writer import chunk, meta_graph, node, saved_model

NO_TENSORFLOW = importlib.util.find_spec("tensorflow") is None
SCRIPT = Path(__file__).with_name("load_exports.py")
VECTOR = Ranked((Unknown(),))
SHARD = "variables/variables.data-00000-of-00001"
NOTHING: frozenset[tuple[str | None, bool]] = frozenset()
READS_VARIABLE = frozenset({("weighs", True)})
NOT_LOADED = frozenset({(None, True)})
LACKING: dict[str, frozenset[tuple[str | None, bool]]] = {
    **dict.fromkeys(
        ["tf2", "bare", "ref", "resource", "initialized", "bare-variables", "bare-data"], NOTHING
    ),
    **dict.fromkeys(["tf2-variables", "ref-variables", "resource-variables"], READS_VARIABLE),
    "initialized-variables": NOTHING,
    **dict.fromkeys(["tf2-data", "ref-data", "resource-data", "initialized-data"], NOT_LOADED),
    **dict.fromkeys(["tf2-words", "ref-assets", "resource-assets", "initialized-assets"], NOT_LOADED),
    "tf2-template": frozenset({("opens", True), ("names", False)}),
}
"""By export: which signatures need what is missing (`None`: the load), and whether that is certain."""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all exports, made by one process."""
    return built(SCRIPT, tmp_path_factory.mktemp("load")) / "exports"


@pytest.fixture(scope="module")
def backend() -> Iterator[TensorFlowBackend]:
    """TensorFlow, in processes of its own."""
    with TensorFlowBackend() as made:
        yield made


def answered(export: Path, backend: TensorFlowBackend) -> dict[str | None, bool]:
    """Return which signatures are answered; of a version that does not load, that (`None`) alone."""
    session = backend.load(str(export))
    if isinstance(session, Unloadable):
        return {None: False}
    found: dict[str | None, bool] = {}
    for each in serving_signatures(read_export(export)):
        text = each.inputs[0].dtype.name == "string"
        array = np.array([b"drama"], object) if text else np.array([1.0], np.float32)
        feeds = {"x": Value(each.inputs[0].dtype, array)}
        (outcome,) = session.run([Call(each, feeds, ("y",))])
        found[each.name] = isinstance(outcome, Answered)
    session.close()
    return found


@pytest.mark.tensorflow
@pytest.mark.skipif(NO_TENSORFLOW, reason="TensorFlow is not installed")
@pytest.mark.parametrize("name", LACKING)
def test_what_is_said_is_what_happens(exports: Path, backend: TensorFlowBackend, name: str) -> None:
    """What is certain fails in TensorFlow, what is not said is answered."""
    found = {(each.signature, each.certain) for each in missing(read_export(exports / name))}
    assert found == LACKING[name]
    failing = {signature for signature, good in answered(exports / name, backend).items() if not good}
    assert failing == {signature for signature, certain in found if certain}


READS = Signature("reads", "", (), (TensorSpec("y", BY_NAME["float32"], VECTOR, "y:0"),))
PLAIN = Signature("plain", "", (), (TensorSpec("y", BY_NAME["float32"], VECTOR, "one:0"),))
NODES = [
    node("one", "Const"),
    node("v", "VarHandleOp"),
    node("read", "ReadVariableOp", "v"),
    node("y", "Neg", "read"),
]
SAVER = chunk(3, chunk(3, "restore"))
RESTORE = [
    node("restore", "NoOp", "^assign"),
    node("assign", "AssignVariableOp", "v", "r"),
    node("r", "RestoreV2"),
]


def export_of(folder: Path, nodes: list[bytes], rest: bytes = b"", files: tuple[str, ...] = ()) -> Export:
    """Write an export of these nodes, and empty files beside it."""
    graph = meta_graph([PLAIN, READS]) + chunk(2, b"".join(nodes)) + rest
    (folder / "saved_model.pb").write_bytes(saved_model([graph]))
    for each in files:
        (folder / each).parent.mkdir(exist_ok=True)
        (folder / each).touch()
    return read_export(folder)


def test_variables_that_nothing_restores(tmp_path: Path) -> None:
    """Only the signature that reads one is concerned."""
    assert missing(export_of(tmp_path, NODES)) == (
        Missing(Lack.VARIABLES, INDEX, "reads", certain=True, reason="it reads v, which nothing restores"),
    )


@pytest.mark.parametrize(
    ("files", "absent"),
    [
        ((INDEX, SHARD), None),
        ((INDEX,), SHARD),
        # one of two did not arrive
        ((INDEX, "variables/variables.data-00000-of-00002"), "variables/variables.data-00001-of-00002"),
    ],
)
def test_data_that_the_index_speaks_of(tmp_path: Path, files: tuple[str, ...], absent: str | None) -> None:
    """Without it the restore fails, and with it the load."""
    found = missing(export_of(tmp_path, NODES + RESTORE, SAVER, files))
    assert [(each.file, each.signature, each.certain) for each in found] == (
        [(absent, None, True)] if absent else []
    )


def test_data_that_nothing_restores(tmp_path: Path) -> None:
    """A checkpoint that no restore op reads is not needed."""
    assert missing(export_of(tmp_path, NODES, files=(INDEX,))) == ()


def test_a_graph_that_cannot_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is told then, as uncertain."""
    monkeypatch.setattr("sigpact.savedmodel.graph._MAX_NODES", 2)
    found = missing(export_of(tmp_path, NODES))
    assert [(each.signature, each.certain) for each in found] == [("reads", False)]
