"""saved_model.pb -> `Export`: its meta graphs and their signatures, without TensorFlow or protobuf.

Field numbers: tensorflow/core/protobuf/{saved_model,meta_graph}.proto (TensorFlow 2.21); a test compares
them with the descriptors of the TensorFlow that is installed.
"""

import mmap
import os
import stat
from pathlib import Path
from typing import Final

from sigpact.errors import ExportError, UnsupportedExportError
from sigpact.frozen import field, frozen, replace
from sigpact.savedmodel.foreign import guess
from sigpact.savedmodel.located import located
from sigpact.savedmodel.remote import Copy, is_url, static_copy
from sigpact.savedmodel.tensors import default
from sigpact.savedmodel.wire import BYTES, Buffer, Field, Message, WireError, signed, texts, whole
from sigpact.tensors.dtypes import by_number
from sigpact.tensors.shapes import AnyRank, Dim, Fixed, Ranked, Shape, Unknown
from sigpact.tensors.specs import Encoding, Signature, TensorSpec

FILE: Final = "saved_model.pb"
ELSEWHERE: Final = {
    "saved_model.cpb": "in the chunks of TensorFlow's proto-splitter (saved_model.cpb)",
    "saved_model.pbtxt": "as text (saved_model.pbtxt)",
}
"""Forms of an export that a server may load, and that are not read here."""
_BESIDE: Final = ("variables", "assets")
"""Folders in an export in which it matters what is there."""
SERVE: Final = ("serve",)
MAX_BYTES: Final = (1 << 31) - 1
"""protobuf reads no longer message, so neither does the server."""

PSEUDO: Final = frozenset(["__saved_model_init_op", "__saved_model_train_op"])
"""Ops that TensorFlow keeps among the signatures (saved_model/constants.h); their output is DT_INVALID."""


@frozen
class MetaGraph:
    """One graph of an export: `tags` are sorted, `signatures` too; init and train ops are no signatures."""

    tags: tuple[str, ...]
    signatures: tuple[Signature, ...]
    tensorflow_version: str | None = None

    def signature(self, name: str) -> Signature | None:
        """Return the signature of that name."""
        return next((each for each in self.signatures if each.name == name), None)


def _nothing() -> None:
    return None


@frozen
class Export:
    """What one folder with a saved_model.pb holds; at least one meta graph."""

    path: str
    metagraphs: tuple[MetaGraph, ...]
    copy: Copy | None = field(default_factory=_nothing, compare=False)
    """Of one behind a URL: what was fetched of it."""

    @property
    def folder(self) -> Path:
        """The folder on this machine with its saved_model.pb; of other files it may have the names alone."""
        return Path(self.path if self.copy is None else self.copy.path)


def read_export(folder: str | os.PathLike[str]) -> Export:
    """Return the meta graphs of the export in a folder.

    Raises `ExportError`: `UnsupportedExportError` where a server might load what cannot be read here
    (proto-splitter, text format, no permission), the plain one where no server could; `StorageError` where
    what lies behind a URL cannot be read now.
    """
    path = os.fspath(folder)
    if not is_url(path):
        return _read(path)
    copy = static_copy(path, FILE, _BESIDE)
    try:
        return replace(_read(copy.path), path=path, copy=copy)
    except ExportError as error:
        raise type(error)(error.path.replace(copy.path, path), error.reason) from None


def _read(folder: str) -> Export:
    file = Path(folder, FILE)
    try:
        _require_regular(file)
        with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
            return Export(folder, _meta_graphs(str(file), buffer))
    except PermissionError:
        raise UnsupportedExportError(
            str(file), "may not be read by this user: give it read permission"
        ) from None
    except OSError as error:
        raise UnsupportedExportError(str(file), f"cannot be read: {error.strerror or error}") from None


def serving_graph(export: Export) -> MetaGraph:
    """Return the meta graph that the server loads: the first whose tag set equals {serve}.

    Raises `ExportError` where there is none: the version does not load (cc/saved_model/reader.cc,
    FindMetaGraphDef).
    """
    for graph in export.metagraphs:
        if graph.tags == SERVE:
            return graph
    found = ", ".join(f"{{{','.join(graph.tags)}}}" for graph in export.metagraphs)
    raise ExportError(export.path, f"no meta graph with exactly the tag 'serve'; found {found}")


def serving_signatures(export: Export) -> tuple[Signature, ...]:
    """Return the signatures of `serving_graph`. Raises `ExportError` as it does."""
    return serving_graph(export).signatures


def _require_regular(file: Path) -> None:
    """Raise `ExportError` unless this is a regular file of a size that protobuf can read."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(file.parent) from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise ExportError(str(file), f"is {kind}; export the model again")
    if not status.st_size:
        raise ExportError(str(file), "is empty (0 bytes); export or copy the model again")
    if status.st_size > MAX_BYTES:
        size = f"{status.st_size / (1 << 30):.1f} GiB"
        raise ExportError(str(file), f"is {size} long, and protobuf, so every server, reads less than 2 GiB")


def _missing(folder: Path) -> ExportError:
    if not folder.is_dir():
        there = folder.exists()
        return ExportError(
            str(folder), "is a file, not the folder of an export" if there else "does not exist"
        )
    for name, form in ELSEWHERE.items():
        if (folder / name).exists():
            reason = f"is kept {form}, which is not read without TensorFlow; export it as one {FILE}"
            return UnsupportedExportError(str(folder), reason)
    reason = f"holds no {FILE}; export the model again, or name the folder that holds it"
    return ExportError(str(folder), reason)


def _meta_graphs(file: str, buffer: Buffer) -> tuple[MetaGraph, ...]:
    foreign = guess(buffer[:512])
    if foreign is not None:
        raise ExportError(file, f"is {foreign}, not a SavedModel")
    try:
        graphs = tuple(_meta_graph(each) for each in whole(buffer).messages(2))
    except WireError as error:
        reason = f"is damaged or not a SavedModel: {error}; export or copy it again"
        raise ExportError(file, reason) from None
    if not graphs:
        raise ExportError(
            file, "holds no meta graph: it is not a SavedModel (a frozen GraphDef?), or an empty one"
        )
    return graphs


def _meta_graph(graph: Message) -> MetaGraph:
    info = graph.message(1)
    definitions = graph.entries(5)
    signatures = tuple(
        _signature(name, definitions[name]) for name in sorted(definitions) if name not in PSEUDO
    )
    return MetaGraph(
        tags=tags_of(graph),
        signatures=located(signatures, graph.message(2)),
        tensorflow_version=info.text(5) or None,
    )


def serving_meta_graph(saved_model: Message) -> Message | None:
    """Return the meta graph of a SavedModel that the server loads, as it stands in the file."""
    return next((each for each in saved_model.messages(2) if tags_of(each) == SERVE), None)


def tags_of(graph: Message) -> tuple[str, ...]:
    """Return the tags of a MetaGraphDef, sorted."""
    return tuple(sorted(set(texts(graph.message(1), 4))))


def _signature(name: str, definition: Message) -> Signature:
    defaults = definition.entries(4)
    return Signature(
        name=name,
        method_name=definition.text(3),
        inputs=_specs(definition.entries(1)),
        outputs=_specs(definition.entries(2)),
        defaults=tuple(default(each, defaults[each]) for each in sorted(defaults)),
    )


def _specs(infos: dict[str, Message]) -> tuple[TensorSpec, ...]:
    return tuple(_spec(name, infos[name]) for name in sorted(infos))


def _spec(name: str, info: Message) -> TensorSpec:
    encoding, tensor = _encoding(info)
    dtype = by_number(signed(info.number(2), 32))
    return TensorSpec(name, dtype, _shape(info), tensor, encoding)


_ENCODINGS: Final = {1: Encoding.DENSE, 4: Encoding.COO_SPARSE, 5: Encoding.COMPOSITE}


def _encoding(info: Message) -> tuple[Encoding, str]:
    """Return which member of the oneof `encoding` is set, and the tensor that it names, if it names one.

    The member set last counts; a message member that follows itself is merged.
    """
    members: list[Field] = []
    for each in info.fields():
        if each.wire == BYTES and each.number in _ENCODINGS:
            if members and members[-1].number != each.number:
                members.clear()
            members.append(each)
    if not members:
        return Encoding.DENSE, ""
    encoding = _ENCODINGS[members[-1].number]
    match encoding:
        case Encoding.DENSE:
            return encoding, texts(info, 1)[-1]
        case Encoding.COO_SPARSE:
            return encoding, info.within(tuple(members)).text(1)
        case Encoding.COMPOSITE:
            return encoding, ""


def _shape(info: Message) -> Shape:
    """Return the declared shape; where no TensorShapeProto is there, nothing is said.

    (C++ reads an absent one as a scalar, but no exporter writes a scalar so; composite tensors have none.)
    """
    proto = info.message(3)
    if not proto.pieces or proto.number(3):
        return AnyRank()
    return Ranked(tuple(_dim(signed(each.number(1), 64)) for each in proto.messages(2)))


def _dim(size: int) -> Dim:
    return Fixed(size) if size >= 0 else Unknown()
