"""A server's answer to `GET /v1/models/M/metadata` -> the version that it serves, with its signatures.

The document is GetModelMetadataResponse as protobuf's JSON (apis/get_model_metadata.proto,
model_servers/get_model_metadata_impl.cc): numbers of 64 bits are texts, an open length is -1.
"""

from typing import Final

from sigpact.frozen import frozen
from sigpact.savedmodel.reader import PSEUDO
from sigpact.tensors.dtypes import BY_NAME, DType, by_number
from sigpact.tensors.shapes import AnyRank, Dim, Fixed, Ranked, Shape, Unknown
from sigpact.tensors.specs import Default, Encoding, Signature, TensorSpec

_ENCODINGS: Final = (("coo_sparse", Encoding.COO_SPARSE), ("composite_tensor", Encoding.COMPOSITE))
_REF: Final = 100


@frozen
class Served:
    """One version as its server tells of it; the name and number are empty where the answer has none."""

    model: str
    version: str
    signatures: tuple[Signature, ...]


def is_metadata(document: object) -> bool:
    """Whether a JSON document is such an answer."""
    return isinstance(document, dict) and {"model_spec", "metadata"} <= document.keys()


def read_metadata(document: object) -> Served:
    """Return the version that an answer tells of.

    Raises `ValueError` that says where in the document what else was expected.
    """
    root = _object(document, "$")
    spec = _object(root.get("model_spec", {}), "$.model_spec")
    outer = _member(root, "metadata", "$")
    definitions = _member(
        _member(outer, "signature_def", "$.metadata"), "signature_def", "$.metadata.signature_def"
    )
    at = "$.metadata.signature_def.signature_def"
    return Served(
        model=str(spec.get("name", "")),
        version=str(spec.get("version", "")),
        signatures=tuple(
            _signature(name, _object(said, f"{at}.{name}"), f"{at}.{name}")
            for name, said in sorted(definitions.items())
            if name not in PSEUDO
        ),
    )


def _wrong(at: str, expected: str, found: object) -> ValueError:
    return ValueError(f"{at}: expected {expected}, found {str(found)[:60]!r}")


def _object(value: object, at: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong(at, "an object", value)
    return value


def _member(value: dict[str, object], key: str, at: str) -> dict[str, object]:
    if key not in value:
        raise _wrong(at, f"an object with {key!r}", value)
    return _object(value[key], f"{at}.{key}")


def _signature(name: str, said: dict[str, object], at: str) -> Signature:
    def specs(key: str) -> tuple[TensorSpec, ...]:
        found = _object(said.get(key, {}), f"{at}.{key}")
        return tuple(_spec(each, found[each], f"{at}.{key}.{each}") for each in sorted(found))

    defaults = _object(said.get("defaults", {}), f"{at}.defaults")
    inputs = specs("inputs")
    return Signature(
        name=name,
        method_name=str(said.get("method_name", "")),
        inputs=inputs,
        outputs=specs("outputs"),
        # That there is a default is what counts: its value is not read here.
        defaults=tuple(Default(each.name, each.dtype, (), None) for each in inputs if each.name in defaults),
    )


def _spec(name: str, said: object, at: str) -> TensorSpec:
    info = _object(said, at)
    encoding = next((each for key, each in _ENCODINGS if key in info), Encoding.DENSE)
    return TensorSpec(
        name=name,
        dtype=_dtype(info.get("dtype", "DT_INVALID"), f"{at}.dtype"),
        shape=_shape(_object(info.get("tensor_shape", {}), f"{at}.tensor_shape"), f"{at}.tensor_shape"),
        tensor=str(info.get("name", "")),
        encoding=encoding,
    )


def _dtype(value: object, at: str) -> DType:
    """Return a dtype by the name that types.proto gives it, or by its number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return by_number(value)
    name = str(value).removeprefix("DT_").lower()
    if not str(value).startswith("DT_") or name.removesuffix("_ref") not in BY_NAME:
        raise _wrong(at, "a dtype such as DT_FLOAT", value)
    base = BY_NAME[name.removesuffix("_ref")]
    return by_number(base.number + _REF) if name.endswith("_ref") else base


def _shape(said: dict[str, object], at: str) -> Shape:
    if said.get("unknown_rank") is True:
        return AnyRank()
    dims = said.get("dim", [])
    if not isinstance(dims, list):
        raise _wrong(f"{at}.dim", "a list", dims)
    return Ranked(tuple(_dim(each, f"{at}.dim[{index}]") for index, each in enumerate(dims)))


def _dim(said: object, at: str) -> Dim:
    size = _object(said, at).get("size", 0)
    try:
        number = int(str(size))
    except ValueError:
        raise _wrong(f"{at}.size", "a whole number", size) from None
    return Unknown() if number < 0 else Fixed(number)
