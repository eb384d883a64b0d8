"""What touches TensorFlow, with `capi`: its C library, loaded without a line of its Python.

`TF_LoadSessionFromSavedModel` is the loader that TensorFlow Serving calls (`LoadSavedModel`, tag `serve`:
variables, assets, init op), and `TF_SessionRun` is its `Session::Run` by tensor names: no shape is checked,
every dtype is, the messages are the server's own. `tensorflow/c/c_api.h` is under TensorFlow's promise of
compatibility, and loading the library takes 0.3 s where `import tensorflow` takes 5 to 9 s.
"""

import contextlib
import ctypes
import time
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from sigpact.runtime.capi import Buffer, CApi, Deallocator, Output, Pointer
from sigpact.tensors.dtypes import DType, Kind, by_number
from sigpact.wire.arrays import Array, numpy_dtype

_CODES: Final = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
_CELL: Final = np.dtype([("tag", "u1"), ("text", "S23")])
"""TF_TString where it holds a short string: length << 2, then the bytes (core/platform/ctstring_internal.h).

Zeros are an empty string; a longer string has other bits in the lowest two of the tag and owns heap memory.
Short ones are written and read here, many at a time; long ones by the library, one by one.
"""
_SHORT: Final = 22


_INLINE: Final = b"\x18" + b"\xff" * 9 + b"\x01"
"""RunOptions (config.proto) with `inter_op_thread_pool: -1`: every op runs on the thread that calls."""


class StatusError(Exception):
    """TensorFlow said no: `code` is the name of an absl status code, `message` its own text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Fed(NamedTuple):
    """One tensor to feed: its name in the graph, its number in types.proto, its elements."""

    tensor: str
    dtype: int
    array: Array


class Fetched(NamedTuple):
    """One tensor that came back."""

    dtype: int
    array: Array


class Library:
    """TensorFlow's C library in this process.

    Raises `OSError` when a file of it is absent or does not load, `AttributeError` when it lacks a function.
    """

    def __init__(self, package: str) -> None:
        self.c = CApi(package)
        self._fed: dict[int, tuple[Array, list[int]]] = {}
        self._release = Deallocator(self._free_strings)

    @property
    def version(self) -> str:
        """TensorFlow's version, as `2.21.0`."""
        return str(self.c.TF_Version().decode())

    @contextlib.contextmanager
    def checked(self) -> Iterator[int]:
        """Hand out a status for one call. Raises `StatusError` unless the call went well."""
        status = self.c.TF_NewStatus()
        try:
            yield status
            code = self.c.TF_GetCode(status)
            if code:
                name = _CODES[code] if code < len(_CODES) else "UNKNOWN"
                raise StatusError(name, self.c.TF_Message(status).decode(errors="replace"))
        finally:
            self.c.TF_DeleteStatus(status)

    def load(self, export: str) -> "Model":
        """Load an export as the server does. Raises `StatusError` where the server would not load it."""
        graph, options = self.c.TF_NewGraph(), self.c.TF_NewSessionOptions()
        tags = (ctypes.c_char_p * 1)(b"serve")
        folder = export.encode(errors="surrogateescape")
        with self.checked() as status:
            session = self.c.TF_LoadSessionFromSavedModel(options, None, folder, tags, 1, graph, None, status)
        return Model(self, graph, session)

    def new_tensor(self, dtype: DType, array: Array) -> int:
        """Return a `TF_Tensor` with these elements; it is the caller's to delete."""
        dims = (ctypes.c_int64 * array.ndim)(*array.shape)
        if dtype.kind is Kind.STRING:
            return self._new_strings(dims, array.reshape(-1).tolist())
        elements = np.asarray(array, _graph_dtype(dtype), order="C")
        tensor = self.c.TF_AllocateTensor(dtype.number, dims, array.ndim, elements.nbytes)
        ctypes.memmove(self.c.TF_TensorData(tensor), elements.ctypes.data, elements.nbytes)
        return int(tensor)

    def _new_strings(self, dims: "ctypes.Array[ctypes.c_int64]", elements: list[bytes]) -> int:
        lengths = np.fromiter(map(len, elements), np.int64, len(elements))
        cells = np.zeros(len(elements), _CELL)
        short = lengths <= _SHORT
        if short.any():
            cells["tag"] = np.where(short, lengths << 2, 0)
            cells["text"] = np.where(short, np.array(elements, "S23"), b"")
        start = cells.ctypes.data
        long = [(start + at * _CELL.itemsize, elements[at]) for at in np.flatnonzero(~short).tolist()]
        for address, element in long:
            self.c.TF_StringCopy(address, element, len(element))
        self._fed[start] = (cells, [address for address, _ in long])
        return int(self.c.TF_NewTensor(7, dims, len(dims), start, cells.nbytes, self._release, None))

    def _free_strings(self, start: int, _size: int, _argument: object) -> None:
        # TensorFlow may keep a fed tensor (a queue, a variable): only it knows when strings are done with.
        _, long = self._fed.pop(start)
        for address in long:
            self.c.TF_StringDealloc(address)

    def read(self, tensor: int) -> Fetched:
        """Return a copy of a `TF_Tensor`. Raises `StatusError` for a dtype that no array carries."""
        dtype = by_number(self.c.TF_TensorType(tensor))
        shape = [self.c.TF_Dim(tensor, axis) for axis in range(self.c.TF_NumDims(tensor))]
        start, size = self.c.TF_TensorData(tensor), self.c.TF_TensorByteSize(tensor)
        if dtype.kind is Kind.STRING:
            return Fetched(dtype.number, _objects(self._strings(start, size)).reshape(shape))
        try:
            carrier = numpy_dtype(dtype)
        except ValueError:
            raise StatusError(
                "UNIMPLEMENTED", f"an output is a {dtype} tensor, which no client can read"
            ) from None
        elements = np.empty(shape, _graph_dtype(dtype))
        ctypes.memmove(elements.ctypes.data, start, size)
        return Fetched(dtype.number, elements.astype(carrier, copy=False))

    def _strings(self, start: int, size: int) -> list[bytes]:
        raw = ctypes.string_at(start, size)
        tags = np.frombuffer(raw, _CELL)["tag"]
        width = _CELL.itemsize
        found = [
            raw[at : at + length]
            for at, length in zip(range(1, size, width), (tags >> 2).tolist(), strict=True)
        ]
        for at in np.flatnonzero(tags & 3).tolist():
            address = start + at * width
            length = self.c.TF_StringGetSize(address)
            found[at] = ctypes.string_at(self.c.TF_StringGetDataPointer(address), length)
        return found


class Model:
    """One export, loaded in this process; `took` is how many seconds the session needed for the last call."""

    def __init__(self, library: Library, graph: int, session: int) -> None:
        self._library = library
        self._graph = graph
        self._session = session
        self._places: dict[str, Output] = {}
        self.took = 0.0
        self._inline = library.c.TF_NewBufferFromString(_INLINE, len(_INLINE))

    def run(self, feeds: Sequence[Fed], fetches: Sequence[str], *, in_company: bool = False) -> list[Fetched]:
        """Return the fetched tensors, in order. Raises `StatusError` as `Session::Run` refuses.

        `in_company`: other threads run calls too, so that this one need not spread over several.
        """
        library = self._library
        places = [self._place(fed.tensor) for fed in feeds]
        wanted = [self._place(name) for name in fetches]
        inputs = [library.new_tensor(by_number(fed.dtype), fed.array) for fed in feeds]
        outputs = (Pointer * len(fetches))()
        try:
            options = self._inline if in_company else None
            self._call(options, (places, inputs), (wanted, outputs))
            return [library.read(tensor) for tensor in outputs if tensor]
        finally:
            for tensor in (*inputs, *filter(None, outputs)):
                library.c.TF_DeleteTensor(tensor)

    def _call(
        self,
        options: int | None,
        fed: tuple[list[Output], list[int]],
        fetched: tuple[list[Output], "ctypes.Array[Pointer]"],
    ) -> None:
        (places, inputs), (wanted, outputs) = fed, fetched
        with self._library.checked() as status:
            arguments = (
                *(self._session, options),
                *((Output * len(places))(*places), (Pointer * len(inputs))(*inputs), len(inputs)),
                *((Output * len(wanted))(*wanted), outputs, len(wanted)),
                *(None, 0, None, status),
            )
            start = time.perf_counter()
            self._library.c.TF_SessionRun(*arguments)
            self.took = time.perf_counter() - start

    def definition(self, op: str) -> bytes:
        """Return TensorFlow's OpDef of an op type, serialized. Raises `StatusError` where it knows none."""
        library = self._library
        buffer = library.c.TF_NewBuffer()
        try:
            with library.checked() as status:
                library.c.TF_GraphGetOpDef(self._graph, op.encode(), buffer, status)
            found = ctypes.cast(buffer, ctypes.POINTER(Buffer)).contents
            return ctypes.string_at(found.data, found.length)
        finally:
            library.c.TF_DeleteBuffer(buffer)

    def _place(self, tensor: str) -> Output:
        found = self._places.get(tensor)
        if found is None:
            name, _, index = tensor.rpartition(":") if ":" in tensor else (tensor, "", "0")
            operation = self._library.c.TF_GraphOperationByName(self._graph, name.encode())
            if operation is None or not index.isdecimal():
                # The server's own words; a sparse or composite TensorInfo has an empty name.
                raise StatusError(
                    "INVALID_ARGUMENT",
                    f"Tensor {name}:{index}, specified in either feed_devices or fetch_devices was not found"
                    " in the Graph",
                )
            found = self._places[tensor] = Output(operation, int(index))
        return found


@cache
def _graph_dtype(dtype: DType) -> np.dtype[Any]:
    """Return the NumPy dtype with the bits that TensorFlow has."""
    carrier = numpy_dtype(dtype)
    if carrier.name == dtype.name or dtype.name.startswith(("qint", "quint")):
        return carrier
    import ml_dtypes  # noqa: PLC0415 - comes with TensorFlow, needed for bfloat16, float8 and int4 only

    found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, dtype.name))
    return found


def _objects(elements: list[bytes]) -> Array:
    array = np.empty(len(elements), object)
    array[:] = elements
    return array
