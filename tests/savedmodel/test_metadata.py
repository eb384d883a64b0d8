"""A server's answer about its metadata says the same as the export."""

import json
from typing import Any

import pytest
from hypothesis import given

from sigpact.frozen import replace
from sigpact.savedmodel.metadata import is_metadata, read_metadata
from sigpact.tensors.dtypes import Kind, by_number
from sigpact.tensors.shapes import Fixed, Ranked
from sigpact.tensors.specs import Default, Encoding, Signature, TensorSpec
from tests.rules.cases import signature
from tests.savedmodel.strategies import signatures

HALF_PLUS_TWO = {
    "model_spec": {"name": "half_plus_two", "signature_name": "", "version": "123"},
    "metadata": {
        "signature_def": {
            "signature_def": {
                "serving_default": {
                    "inputs": {
                        "x": {
                            "dtype": "DT_FLOAT",
                            "tensor_shape": {
                                "dim": [{"size": "-1", "name": ""}, {"size": "1", "name": ""}],
                                "unknown_rank": False,
                            },
                            "name": "x:0",
                        }
                    },
                    "outputs": {
                        "y": {
                            "dtype": "DT_FLOAT",
                            "tensor_shape": {"dim": [], "unknown_rank": True},
                            "name": "y:0",
                        }
                    },
                    "method_name": "tensorflow/serving/predict",
                    "defaults": {},
                },
                "__saved_model_init_op": {
                    "inputs": {},
                    "outputs": {
                        "__saved_model_init_op": {
                            "dtype": "DT_INVALID",
                            "tensor_shape": {"dim": [], "unknown_rank": True},
                            "name": "NoOp",
                        }
                    },
                    "method_name": "",
                },
            }
        }
    },
}
"""As model_servers answers (testdata/half_plus_two_model_metadata.json), with an init op besides."""


def written(found: Signature) -> dict[str, Any]:
    """Write a signature as protobuf's JSON does, with the names of the protos' fields."""
    return {
        "inputs": {each.name: info(each) for each in found.inputs},
        "outputs": {each.name: info(each) for each in found.outputs},
        "method_name": found.method_name,
        "defaults": {each.name: {"dtype": "DT_FLOAT"} for each in found.defaults},
    }


def info(spec: TensorSpec) -> dict[str, Any]:
    """Write a TensorInfo; a dtype that types.proto does not know is its number."""
    dtype = spec.dtype
    base = by_number(dtype.number - 100) if dtype.number > 100 else dtype
    is_known = not base.name.startswith("unknown")
    names = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}
    name = names.get(base.name, base.name.upper()) + ("_REF" if dtype.number > 100 else "")
    dims = spec.shape.dims if isinstance(spec.shape, Ranked) else ()
    sizes = [{"size": str(dim.size if isinstance(dim, Fixed) else -1), "name": ""} for dim in dims]
    forms: dict[Encoding, dict[str, Any]] = {
        Encoding.DENSE: {"name": spec.tensor},
        Encoding.COO_SPARSE: {"coo_sparse": {"values_tensor_name": spec.tensor}},
        Encoding.COMPOSITE: {"composite_tensor": {"components": []}},
    }
    shape = {"dim": sizes, "unknown_rank": not isinstance(spec.shape, Ranked)}
    return {
        "dtype": f"DT_{name}" if is_known else dtype.number,
        "tensor_shape": shape,
        **forms[spec.encoding],
    }


def seen_through(spec: TensorSpec) -> TensorSpec:
    """Return what of a tensor the answer tells: nothing of the graph."""
    tensor = spec.tensor if spec.encoding is Encoding.DENSE else ""
    return replace(spec, tensor=tensor, in_graph=True, placeholder=None)


def test_the_servers_own_example() -> None:
    """The init op is no signature."""
    assert is_metadata(HALF_PLUS_TWO)
    found = read_metadata(json.loads(json.dumps(HALF_PLUS_TWO)))
    assert (found.model, found.version) == ("half_plus_two", "123")
    (only,) = found.signatures
    like = signature("serving_default", {"inputs": {"x": "float32 [?, 1]"}, "outputs": {"y": "float32"}})
    assert only.method_name == "tensorflow/serving/predict"
    assert [(each.name, str(each)) for each in (*only.inputs, *only.outputs)] == [
        ("x", str(like.inputs[0])),
        ("y", "float32 any shape"),
    ]


@given(signatures("f"))
def test_any_signature_comes_through(found: Signature) -> None:
    """Names, dtypes, shapes, encodings; of a default, that there is one."""
    document = {"model_spec": {}, "metadata": {"signature_def": {"signature_def": {"f": written(found)}}}}
    (read,) = read_metadata(json.loads(json.dumps(document))).signatures
    assert read.inputs == tuple(map(seen_through, found.inputs))
    assert read.outputs == tuple(map(seen_through, found.outputs))
    inputs = {each.name: each for each in found.inputs}
    named = [inputs[each.name] for each in found.defaults if each.name in inputs]
    assert sorted(each.name for each in read.defaults) == sorted(each.name for each in named)
    assert all(isinstance(each, Default) and each.dtype.kind in Kind for each in read.defaults)


X = "$.metadata.signature_def.signature_def.serving_default.inputs.x"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ((), [], "$: expected an object, found '[]'"),
        (("metadata",), {}, "$.metadata: expected an object with 'signature_def', found '{}'"),
        (
            (*("metadata", "signature_def", "signature_def", "serving_default", "inputs", "x"), "dtype"),
            "float",
            f"{X}.dtype: expected a dtype such as DT_FLOAT, found 'float'",
        ),
        (
            (
                *("metadata", "signature_def", "signature_def", "serving_default", "inputs", "x"),
                "tensor_shape",
            ),
            {"dim": [{"size": "many"}]},
            f"{X}.tensor_shape.dim[0].size: expected a whole number, found 'many'",
        ),
    ],
)
def test_another_document_is_told_by_its_place(path: tuple[str, ...], value: object, told: str) -> None:
    """The place, what was expected, what was found."""
    document: Any = json.loads(json.dumps(HALF_PLUS_TWO))
    if path:
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    else:
        document = value
    with pytest.raises(ValueError, match=r"^\$") as caught:
        read_metadata(document)
    assert str(caught.value) == told
