"""Exports: what is written is read, what is damaged or foreign gets one line, memory stays flat."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpact.errors import ExportError, UnsupportedExportError
from sigpact.frozen import replace
from sigpact.savedmodel.foreign import guess
from sigpact.savedmodel.reader import Export, MetaGraph, read_export, serving_graph, serving_signatures
from sigpact.savedmodel.snapshot import Seen, Snapshot, from_json, to_json
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import AnyRank, Fixed, Ranked, Unknown
from sigpact.tensors.specs import Default, Encoding, Signature, TensorSpec
from tests.savedmodel import strategies, writer
from tests.savedmodel.writer import chunk, number

CASES = Path(__file__).parent.parent / "cases" / "savedmodel"
STRING, FLOAT = BY_NAME["string"], BY_NAME["float32"]
GENRE = Signature(
    name="get_genre",
    method_name="tensorflow/serving/predict",
    inputs=(TensorSpec("title", STRING, Ranked((Unknown(),)), "title:0"),),
    outputs=(TensorSpec("genre", STRING, Ranked((Unknown(), Fixed(3))), "call:0"),),
    defaults=(Default("title", STRING, (1,), (b"Heat",)),),
)


def export_of(folder: Path, data: bytes) -> Export:
    """Read an export of which saved_model.pb holds these bytes."""
    (folder / "saved_model.pb").write_bytes(data)
    return read_export(folder)


def one_signature(folder: Path, definition: bytes, name: str = "f") -> Signature:
    """Read an export of one signature that these bytes encode."""
    entry = chunk(5, chunk(1, name) + chunk(2, definition))
    (found,) = export_of(folder, chunk(2, chunk(1, chunk(4, "serve")) + entry)).metagraphs[0].signatures
    return found


def info_of(folder: Path, info: bytes) -> TensorSpec:
    """Read a TensorInfo."""
    return one_signature(folder, chunk(1, chunk(1, "x") + chunk(2, info))).inputs[0]


@given(graphs=st.lists(strategies.metagraphs(), min_size=1, max_size=2))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read(tmp_path: Path, graphs: list[MetaGraph]) -> None:
    """Signatures, tags and version come back from the wire format as they went in."""
    written = [
        writer.meta_graph(each.signatures, each.tags, each.tensorflow_version or "") for each in graphs
    ]
    found = export_of(tmp_path, writer.saved_model(written)).metagraphs
    assert [_as_written(each) for each in found] == [_as_written(each) for each in graphs]


def _as_written(graph: MetaGraph) -> MetaGraph:
    """Return a graph without what is said of how names and nodes go together."""

    def plain(spec: TensorSpec) -> TensorSpec:
        told = spec.encoding in {Encoding.ABSENT, Encoding.FED}
        return replace(spec, encoding=Encoding.DENSE) if told else spec

    return replace(
        graph,
        signatures=tuple(
            replace(each, inputs=tuple(map(plain, each.inputs)), outputs=tuple(map(plain, each.outputs)))
            for each in graph.signatures
        ),
    )


@pytest.mark.parametrize("name", ["tf1", "tf2"])
def test_real_exports_are_read_as_tensorflow_reads_them(name: str) -> None:
    """Two stored exports of TensorFlow 2.21 give what protobuf gave when they were made."""
    document = to_json(Snapshot((Seen("m", "1", read_export(CASES / name)),)))
    assert document["versions"][0]["metagraphs"] == json.loads((CASES / name / "expected.json").read_text())


@pytest.mark.parametrize("name", ["__saved_model_init_op", "__saved_model_train_op"])
def test_ops_among_the_signatures_are_left_out(tmp_path: Path, name: str) -> None:
    """The init op of every TF2 export is no signature."""
    ops = Signature(name, "", (), (TensorSpec(name, BY_NAME["invalid"], AnyRank(), "NoOp"),))
    assert serving_signatures(read_export(writer.write_export(tmp_path, [ops, GENRE]))) == (GENRE,)


def test_the_last_of_two_signatures_of_a_name_counts(tmp_path: Path) -> None:
    """As in any map of protobuf."""
    graph = writer.meta_graph([GENRE, Signature("get_genre", "later", (), ())])
    assert export_of(tmp_path, writer.saved_model([graph])).metagraphs[0].signature("get_genre") == Signature(
        "get_genre", "later", (), ()
    )


def test_a_meta_info_in_two_pieces_is_merged(tmp_path: Path) -> None:
    """Tags of both pieces count, and of the version the last."""
    first = chunk(1, chunk(4, "serve") + chunk(5, "1.0"))
    second = chunk(1, chunk(4, "gpu") + chunk(5, "2.0"))
    (graph,) = export_of(tmp_path, chunk(2, first + second)).metagraphs
    assert (graph.tags, graph.tensorflow_version) == (("gpu", "serve"), "2.0")


INFOS = [
    # The encoding is a oneof: the member set last counts, a repeated message member is merged.
    (b"", Encoding.DENSE, ""),
    (chunk(1, "a") + chunk(1, "b"), Encoding.DENSE, "b"),
    (chunk(4, chunk(1, "v")) + chunk(1, "a"), Encoding.DENSE, "a"),
    (chunk(1, "a") + chunk(4, chunk(1, "v")), Encoding.COO_SPARSE, "v"),
    (chunk(4, chunk(1, "v")) + chunk(4, chunk(2, "i")), Encoding.COO_SPARSE, "v"),
    (chunk(4, chunk(1, "v")) + chunk(1, "a") + chunk(4, chunk(2, "i")), Encoding.COO_SPARSE, ""),
    (chunk(4, b"") + chunk(5, b""), Encoding.COMPOSITE, ""),
    (number(4, 1) + number(5, 1), Encoding.DENSE, ""),
]


@pytest.mark.parametrize(("info", "encoding", "tensor"), INFOS)
def test_encodings(tmp_path: Path, info: bytes, encoding: Encoding, tensor: str) -> None:
    """Each TensorInfo has one encoding, the one that protobuf's oneof keeps."""
    found = info_of(tmp_path, info)
    assert (found.encoding, found.tensor) == (encoding, tensor)


SHAPES = [
    (b"", AnyRank()),  # no TensorShapeProto at all
    (chunk(3, b""), Ranked(())),
    (chunk(3, number(3, 1)), AnyRank()),
    (chunk(3, number(3, 1) + number(3, 0)), Ranked(())),
    (
        chunk(3, chunk(2, number(1, -1)) + chunk(2, b"") + chunk(2, number(1, 7))),
        Ranked((Unknown(), Fixed(0), Fixed(7))),
    ),
    (chunk(3, chunk(2, number(1, 1))) + chunk(3, chunk(2, number(1, 2))), Ranked((Fixed(1), Fixed(2)))),
    (chunk(3, chunk(2, number(1, -5) + chunk(2, "batch"))), Ranked((Unknown(),))),
]


@pytest.mark.parametrize(("info", "shape"), SHAPES)
def test_shapes(tmp_path: Path, info: bytes, shape: Ranked | AnyRank) -> None:
    """A shape has lengths, unknown lengths, or nothing is said."""
    assert info_of(tmp_path, info).shape == shape


def test_a_dtype_of_the_future_is_opaque(tmp_path: Path) -> None:
    """A number that no list has is kept, negative ones (an int32 on the wire) too."""
    assert [info_of(tmp_path, number(2, each)).dtype.name for each in (1, 101, 77, -3)] == [
        "float32",
        "float32_ref",
        "unknown_dtype_77",
        "unknown_dtype_-3",
    ]


@pytest.mark.parametrize(
    ("graphs", "found"),
    [
        ([("serve", "gpu")], "{gpu,serve}"),
        ([("serve", "gpu"), ("train",)], "{gpu,serve}, {train}"),
        ([()], "{}"),
        ([("Serve",)], "{Serve}"),
    ],
)
def test_only_the_tag_serve_alone_is_served(
    tmp_path: Path, graphs: list[tuple[str, ...]], found: str
) -> None:
    """The tag set must equal {serve}; any other does not load (serving-semantics 7.1)."""
    export = export_of(tmp_path, writer.saved_model(writer.meta_graph([GENRE], tags) for tags in graphs))
    with pytest.raises(ExportError) as caught:
        serving_graph(export)
    assert str(caught.value) == f"{tmp_path}: no meta graph with exactly the tag 'serve'; found {found}"


def test_of_two_graphs_to_serve_the_first_is_served(tmp_path: Path) -> None:
    """FindMetaGraphDef stops at the first; a tag that is written twice is one tag."""
    graphs = [("train", []), (("serve", "serve"), [GENRE]), (("serve",), [])]
    export = export_of(tmp_path, writer.saved_model(writer.meta_graph(each, tags) for tags, each in graphs))
    assert serving_signatures(export) == (GENRE,)


FOREIGN = [
    (b"", "is empty (0 bytes)"),
    (b"\x89HDF\r\n\x1a\n\0\0\0\0", "is an HDF5 file, such as Keras' .h5, not a SavedModel"),
    (b"PK\x03\x04\x14\0", "is a zip archive, such as Keras' .keras, not a SavedModel"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a PNG image, not a SavedModel"),
    (b"\x1f\x8b\x08\0", "is a gzip archive (unpack it), not a SavedModel"),
    (b"\x1c\0\0\0TFL3\x14\0", "is a TensorFlow Lite model, not a SavedModel"),
    (b"version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer (run `git lfs pull`)"),
    (b"saved_model_schema_version: 1\n", "is a SavedModel in text format (name it saved_model.pbtxt)"),
    (b"\n <html>404", "is an HTML or XML page, not a SavedModel"),
    ("Lorem ipsum dolor sit amét".encode(), "is a text, not a SavedModel"),
    (b"\x0b\x0c", "is damaged or not a SavedModel: a group, which no SavedModel has, at byte 0;"),
    (b"\x08\x01", "holds no meta graph: it is not a SavedModel (a frozen GraphDef?), or an empty one"),
    (b"\x0a\x3c\x0a\x01x" + b"\x1a\x02no" * 15, "is damaged or not a SavedModel"),
    (chunk(1, chunk(1, "node") + chunk(2, "Const")), "holds no meta graph"),
    (b"\0" * 100, "is damaged or not a SavedModel: field number 0 at byte 0; export or copy it again"),
]


@pytest.mark.parametrize(("data", "reason"), FOREIGN)
def test_foreign_files_get_one_line(tmp_path: Path, data: bytes, reason: str) -> None:
    """What is no SavedModel is never taken for one without signatures."""
    with pytest.raises(ExportError) as caught:
        export_of(tmp_path, data)
    assert str(caught.value).startswith(f"{tmp_path / 'saved_model.pb'}: {reason}")
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, UnsupportedExportError)


def test_no_export_is_taken_for_a_foreign_file() -> None:
    """The beginnings of stored exports, and of written ones, give nothing away."""
    heads = [(CASES / name / "saved_model.pb").read_bytes()[:512] for name in ("tf1", "tf2")]
    heads += [writer.meta_graph([GENRE]), writer.saved_model([]), chunk(2, b"<" * 60)]
    assert [guess(each) for each in heads] == [None] * 5


def in_text_format(folder: Path) -> None:
    """Leave an export in text format."""
    (folder / "saved_model.pbtxt").write_text("saved_model_schema_version: 1")


def split(folder: Path) -> None:
    """Leave an export of the proto-splitter."""
    (folder / "saved_model.cpb").write_bytes(b"chunks")


def a_file(folder: Path) -> None:
    """Put a file where the folder was."""
    folder.rmdir()
    folder.write_text("")


def a_folder(folder: Path) -> None:
    """Make saved_model.pb a folder."""
    (folder / "saved_model.pb").mkdir()


def a_fifo(folder: Path) -> None:
    """Make saved_model.pb a pipe that nobody writes to."""
    os.mkfifo(folder / "saved_model.pb")


def three_gigabytes(folder: Path) -> None:
    """Make saved_model.pb longer than protobuf reads, a hole on the disk."""
    with (folder / "saved_model.pb").open("wb") as file:
        file.truncate(3 << 30)


NOT_HERE = "which is not read without TensorFlow; export it as one saved_model.pb"
TOO_LONG = "is 3.0 GiB long, and protobuf, so every server, reads less than 2 GiB"
PLACES: list[tuple[Callable[[Path], object], str]] = [
    (lambda _: None, ": holds no saved_model.pb; export the model again, or name the folder that holds it"),
    (Path.rmdir, ": does not exist"),
    (a_file, ": is a file, not the folder of an export"),
    (a_folder, "/saved_model.pb: is a folder; export the model again"),
    (a_fifo, "/saved_model.pb: is no regular file; export the model again"),
    (three_gigabytes, f"/saved_model.pb: {TOO_LONG}"),
    (in_text_format, f": is kept as text (saved_model.pbtxt), {NOT_HERE}"),
    (split, f": is kept in the chunks of TensorFlow's proto-splitter (saved_model.cpb), {NOT_HERE}"),
]
SERVABLE = {in_text_format, split}


@pytest.mark.parametrize(("make", "message"), PLACES)
def test_folders_that_hold_no_export(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    """Each way not to hold an export is told apart; what a server might load is unsupported, not broken."""
    folder = tmp_path / "1"
    folder.mkdir()
    make(folder)
    with pytest.raises(ExportError) as caught:
        read_export(folder)
    assert str(caught.value) == f"{folder}{message}"
    assert isinstance(caught.value, UnsupportedExportError) == (make in SERVABLE)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("what", ["saved_model.pb", "."])
def test_a_file_that_may_not_be_read(tmp_path: Path, what: str) -> None:
    """Without permission nothing is known: another user's server may read it."""
    folder = writer.write_export(tmp_path / "1", [GENRE])
    (folder / what).chmod(0)
    try:
        with pytest.raises(UnsupportedExportError, match="may not be read by this user"):
            read_export(folder)
    finally:
        (folder / what).chmod(0o700)


def test_a_refused_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for whoever runs the tests as root: the system's refusal becomes one line."""
    folder = writer.write_export(tmp_path, [GENRE])
    monkeypatch.setattr(
        Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    with pytest.raises(UnsupportedExportError, match="may not be read by this user: give it read permission"):
        read_export(folder)
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(UnsupportedExportError, match="cannot be read: Input/output error"):
        read_export(folder)


def test_an_export_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """One meta graph cut short at any byte is an error; only at its very beginning is it an empty one."""
    data = writer.saved_model([writer.meta_graph([GENRE])])
    for length in range(len(data)):
        with pytest.raises(ExportError):
            export_of(tmp_path, data[:length])
    assert export_of(tmp_path, data).metagraphs[0].signatures == (GENRE,)


def test_flipped_bytes_give_an_export_or_one_line(tmp_path: Path) -> None:
    """Whatever is damaged, an export comes out that a snapshot can state, or an ExportError of one line."""
    data = (writer.saved_model([writer.meta_graph([GENRE])]), (CASES / "tf1" / "saved_model.pb").read_bytes())
    chance = random.Random(7)  # noqa: S311 - the same damage in every run
    outcomes = {True: 0, False: 0}
    for _ in range(1_500):
        damaged = bytearray(data[chance.random() < 0.2])
        for _ in range(chance.choice([1, 1, 2, 8])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        outcomes[reads_or_refuses(tmp_path, bytes(damaged))] += 1
    assert min(outcomes.values()) > 100


def reads_or_refuses(folder: Path, data: bytes) -> bool:
    """Tell whether bytes are read as an export; fail unless it is whole, or the refusal is one line."""
    try:
        seen = Snapshot((Seen("m", "1", export_of(folder, data)),))
    except ExportError as error:
        refusal = str(error)
    else:
        assert repr(from_json(to_json(seen))) == repr(seen)  # NaN equals nothing, its repr does
        return True
    assert refusal.startswith(str(folder))
    assert "\n" not in refusal
    return False


@given(data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_give_an_export_or_one_line(tmp_path: Path, data: bytes) -> None:
    """The same of bytes that were never an export."""
    reads_or_refuses(tmp_path, data)


def with_a_hole(folder: Path, length: int) -> None:
    """Write an export of which graph_def and object_graph_def are holes of that length on the disk."""
    head = chunk(1, chunk(4, "serve"))
    entry = chunk(5, chunk(1, GENRE.name) + chunk(2, writer.signature_def(GENRE)))
    holes = [writer.varint(field << 3 | 2) + writer.varint(length) for field in (2, 7)]
    total = len(head) + sum(len(each) + length for each in holes) + len(entry)
    with (folder / "saved_model.pb").open("wb") as file:
        file.write(writer.varint(2 << 3 | 2) + writer.varint(total) + head + holes[0])
        file.seek(length, os.SEEK_CUR)
        file.write(holes[1])
        file.seek(length, os.SEEK_CUR)
        file.write(entry)


MEASURE = """
import json, resource, sys
from sigpact.savedmodel.reader import read_export
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
names = [each.name for each in read_export(sys.argv[1]).metagraphs[0].signatures]
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([names, grown * (1 if sys.platform == "darwin" else 1024), sorted(sys.modules)]))
"""
HEAVY = {
    "numpy",
    "hypothesis",
    "tensorflow",
    "google.protobuf",
    "jsonschema",
    "importlib.metadata",
    "asyncio",
}


@pytest.mark.skipif(os.name != "posix", reason="the resource module is POSIX only")
def test_memory_is_flat_whatever_the_size_of_the_graph(tmp_path: Path) -> None:
    """An export of 2 GB, nearly all of it graph, takes less than 4 MiB, and no heavy module."""
    with_a_hole(tmp_path, 1_000_000_000)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, check=True, text=True
    )
    names, grown, modules = json.loads(done.stdout)
    assert names == ["get_genre"]
    assert grown < 4 << 20
    assert not HEAVY & set(modules)


def test_an_output_that_is_fed_and_a_tensor_that_is_not_there_are_told(tmp_path: Path) -> None:
    """Reading alone shows both: a session refuses them whatever is sent."""
    dense = TensorSpec("x", BY_NAME["float32"], AnyRank(), "x:0")
    outputs = (replace(dense, name="echo"), replace(dense, name="y", tensor="y:0"))
    graph = writer.meta_graph([Signature("f", "", (dense,), outputs, ())])
    (found,) = export_of(tmp_path, writer.saved_model([graph])).metagraphs[0].signatures
    assert [each.encoding for each in found.outputs] == [Encoding.FED, Encoding.DENSE]
    lost = graph.replace(b"\x0a\x01y", b"\x0a\x01q")
    (found,) = export_of(tmp_path, writer.saved_model([lost])).metagraphs[0].signatures
    assert Encoding.ABSENT in {each.encoding for each in found.outputs}
