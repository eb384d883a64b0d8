"""The functions of TensorFlow's C library that are called, as the headers in `tensorflow/c` declare them."""

import ctypes
import sys
from pathlib import Path
from typing import Any, Final


class Output(ctypes.Structure):
    """`TF_Output` of c_api.h."""

    _fields_ = (("oper", ctypes.c_void_p), ("index", ctypes.c_int))


Pointer = ctypes.c_void_p
Deallocator = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
_SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "TF_AllocateTensor": (Pointer, (ctypes.c_int, Pointer, ctypes.c_int, ctypes.c_size_t)),
    "TF_DeleteTensor": (None, (Pointer,)),
    "TF_Dim": (ctypes.c_int64, (Pointer, ctypes.c_int)),
    "TF_DeleteBuffer": (None, (Pointer,)),
    "TF_DeleteStatus": (None, (Pointer,)),
    "TF_GetCode": (ctypes.c_int, (Pointer,)),
    "TF_GraphGetOpDef": (None, (Pointer, ctypes.c_char_p, Pointer, Pointer)),
    "TF_GraphOperationByName": (Pointer, (Pointer, ctypes.c_char_p)),
    "TF_LoadSessionFromSavedModel": (
        Pointer,
        (Pointer, Pointer, ctypes.c_char_p, Pointer, ctypes.c_int, Pointer, Pointer, Pointer),
    ),
    "TF_Message": (ctypes.c_char_p, (Pointer,)),
    "TF_NewBuffer": (Pointer, ()),
    "TF_NewBufferFromString": (Pointer, (ctypes.c_char_p, ctypes.c_size_t)),
    "TF_NewGraph": (Pointer, ()),
    "TF_NewSessionOptions": (Pointer, ()),
    "TF_NewStatus": (Pointer, ()),
    "TF_NewTensor": (
        Pointer,
        (ctypes.c_int, Pointer, ctypes.c_int, Pointer, ctypes.c_size_t, Deallocator, Pointer),
    ),
    "TF_NumDims": (ctypes.c_int, (Pointer,)),
    "TF_SessionRun": (
        None,
        (
            *(Pointer, Pointer),
            *(Pointer, Pointer, ctypes.c_int),
            *(Pointer, Pointer, ctypes.c_int),
            *(Pointer, ctypes.c_int, Pointer, Pointer),
        ),
    ),
    "TF_StringCopy": (None, (Pointer, ctypes.c_char_p, ctypes.c_size_t)),
    "TF_StringDealloc": (None, (Pointer,)),
    "TF_StringGetDataPointer": (Pointer, (Pointer,)),
    "TF_StringGetSize": (ctypes.c_size_t, (Pointer,)),
    "TF_TensorByteSize": (ctypes.c_size_t, (Pointer,)),
    "TF_TensorData": (Pointer, (Pointer,)),
    "TF_TensorType": (ctypes.c_int, (Pointer,)),
    "TF_Version": (ctypes.c_char_p, ()),
}

_LONG: Final = frozenset({"TF_LoadSessionFromSavedModel", "TF_SessionRun"})
"""Other threads run Python while these do; the rest are over sooner than the lock would change hands."""


class Buffer(ctypes.Structure):
    """`TF_Buffer`."""

    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("release", ctypes.c_void_p))


def library_files(package: str) -> tuple[Path, ...]:
    """Return where the C library lies in an installed `tensorflow`, in the order in which it is loaded."""
    ending = "2.dylib" if sys.platform == "darwin" else "so.2"
    return tuple(Path(package) / f"libtensorflow_{part}.{ending}" for part in ("framework", "cc"))


class CApi:
    """The functions by name. Raises `OSError` and `AttributeError` as `Library` does."""

    def __init__(self, package: str) -> None:
        *_, freeing = [ctypes.CDLL(str(file), ctypes.RTLD_GLOBAL) for file in library_files(package)]
        keeping = ctypes.PyDLL(str(library_files(package)[-1]), ctypes.RTLD_GLOBAL)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(freeing if name in _LONG else keeping, name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        """Say for the type checker that the functions are there."""
        raise AttributeError(name)
