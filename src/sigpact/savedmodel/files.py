"""What an export's folder lacks: variables and assets that its graph needs, and what follows for whom.

Source: tensorflow/cc/saved_model/loader.cc. A restore runs only where `variables/variables.index` is there,
so without it a version loads, and every call that reads a variable fails. Assets are read by the init op,
which fails the load, or by a call.
"""

import mmap
import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from sigpact.frozen import frozen
from sigpact.savedmodel.reader import FILE, Export, serving_meta_graph
from sigpact.savedmodel.wire import Buffer, Message, WireError, whole

INDEX: Final = "variables/variables.index"
_SHARD: Final = re.compile(r"variables\.data-(\d{5})-of-(\d{5})")
_ANY_VARIABLE: Final = re.compile(rb"VarHandleOp|Variable")


class Lack(StrEnum):
    """What is not there."""

    VARIABLES = "variables"
    ASSET = "asset"


@frozen
class Missing:
    """Something that a signature (of `None`: the init op) needs and that is not there.

    `certain`: a call (or the load) fails for sure; else the graph does not say whether it is really read.
    """

    lack: Lack
    file: str
    signature: str | None
    certain: bool
    reason: str


@frozen
class Absent:
    """Files that are not there: the index of variables that a graph has, data files of it, assets.

    An asset is its file's name and the tensor that is fed with its path.
    """

    index: bool = False
    shards: tuple[str, ...] = ()
    assets: tuple[tuple[str, str], ...] = ()


def missing(export: Export) -> tuple[Missing, ...]:
    """Return what is not there, first what keeps the version from loading.

    The graph is walked only where a file is missing; where it cannot be followed, what is missing is told as
    uncertain.
    """
    folder = export.folder
    try:
        with (
            (folder / FILE).open("rb") as handle,
            mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as buffer,
        ):
            return _missing(folder, buffer)
    except (OSError, WireError):
        return ()  # the reader tells what is wrong with the file itself


def _missing(folder: Path, buffer: Buffer) -> tuple[Missing, ...]:
    meta = serving_meta_graph(whole(buffer))
    absent = None if meta is None else _absent(folder, buffer, meta)
    if absent is None or absent == Absent():
        return ()
    from sigpact.savedmodel.needs import needs  # noqa: PLC0415 - few exports lack a file, and walk their graph

    return tuple(sorted(needs(buffer, absent), key=lambda each: (each.signature or "", not each.certain)))


def _absent(folder: Path, buffer: Buffer, meta: Message) -> Absent:
    index = _is_absent(folder / INDEX)
    return Absent(
        index=index and _ANY_VARIABLE.search(buffer) is not None,
        shards=() if index else tuple(_absent_shards(folder)),
        assets=tuple(each for each in _assets(meta) if _is_absent(folder / "assets" / each[0])),
    )


def _assets(meta: Message) -> Iterator[tuple[str, str]]:
    """Yield file and tensor of each asset, which the exporter of TF1 keeps in a collection."""
    listed = tuple(meta.messages(6))
    if not listed:
        kept = meta.entries(4).get("saved_model_assets")
        anys = kept.message(5).messages(1) if kept is not None else ()
        listed = tuple(each.message(2) for each in anys)
    yield from ((each.text(2), each.message(1).text(1)) for each in listed)


def _absent_shards(folder: Path) -> Iterator[str]:
    """Yield the data files that the names of the others speak of; of none at all, the first."""
    try:
        names = os.listdir(folder / "variables")  # noqa: PTH208 - names are all that is asked for
    except OSError:
        return
    shards = [match for match in map(_SHARD.fullmatch, names) if match is not None]
    totals = {int(each.group(2)) for each in shards}
    if not shards:
        yield "variables/variables.data-00000-of-00001"
    if len(totals) == 1:
        total = totals.pop()
        wanted = (f"variables.data-{index:05}-of-{total:05}" for index in range(total))
        yield from (f"variables/{each}" for each in wanted if each not in names)


def _is_absent(file: Path) -> bool:
    """Whether there is surely no such file; one that may not be looked at is taken to be there."""
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
