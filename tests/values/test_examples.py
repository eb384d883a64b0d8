"""Declared examples become requests as they stand."""

from pathlib import Path

import pytest

from sigpact.contract.model import BytesFile, Nested, Tensor, TensorExample
from sigpact.errors import ContractError
from sigpact.values.examples import request_of
from sigpact.values.requests import Origin, Request
from tests.values.builders import contract, tensor


def request(*inputs: Tensor, client: str = "grpc", **values: Nested) -> Request:
    """Return the request of an example with these values."""
    whole, use = contract(*inputs, client=client)
    example = TensorExample("an example", ("signatures", "s", "examples", 0), tuple(values.items()))
    return request_of(whole, use, example)


def test_values_have_the_dtype_that_is_drawn() -> None:
    """Whole numbers become floats where floats are sent, texts UTF-8, and sizes are bound."""
    made = request(
        tensor("x", "float32 float64", "batch", "n"),
        tensor("t", "text", "batch"),
        x=((1, 2.5, 3), (4, 5, 6)),
        t=("ß", ""),
    )
    assert (made.origin, made.label, made.rows) == (Origin.EXAMPLE, "an example", 2)
    assert str(made.values["x"].dtype) == "float32"
    assert made.values["x"].array.tolist() == [[1.0, 2.5, 3.0], [4.0, 5.0, 6.0]]
    assert made.values["t"].array.tolist() == ["ß".encode(), b""]
    assert dict(made.sizes) == {"batch": 2, "n": 3}


@pytest.mark.parametrize(
    ("dims", "client", "value", "rows"),
    [
        (("batch",), "grpc", (1, 2, 3), 3),
        ((3,), "grpc", (1, 2, 3), 1),
        ((3,), "row", (1, 2, 3), 3),
        ((None,), "grpc", (1, 2, 3), 1),
        ((), "grpc", 1, 1),
        (("...", 3), "grpc", (1, 2, 3), 1),
        (("...", 3), "grpc", ((1, 2, 3), (1, 2, 3)), 2),
    ],
)
def test_rows_are_counted(dims: tuple[int | str | None, ...], client: str, value: Nested, rows: int) -> None:
    """A request counts as the size of its batch, else as one row; a REST row body has its instances."""
    assert request(tensor("x", "float32", *dims), client=client, x=value).rows == rows


def test_files_are_read(tmp_path: Path) -> None:
    """`{file: …}` sends what is in the file."""
    path = tmp_path / "cat.jpg"
    path.write_bytes(b"\xff\xd8\x00")
    made = request(tensor("image", "bytes", "batch"), image=(BytesFile(str(path)), b"\x00"))
    assert made.values["image"].array.tolist() == [b"\xff\xd8\x00", b"\x00"]


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        ("int8", (300,), "makes no int8"),
        ("float32", ((1, 2), (3,)), "makes no float32"),
        ("bytes", (BytesFile("/nowhere/cat.jpg"),), "makes no string"),
    ],
)
def test_values_that_make_no_tensor_are_mistakes(dtype: str, value: Nested, message: str) -> None:
    """The contract is wrong, with the line of the example."""
    with pytest.raises(ContractError, match=f"a.contract.yaml:1:1: example 'an example': 'x' {message}"):
        request(tensor("x", dtype, "batch"), x=value)


def test_unknown_inputs_are_mistakes() -> None:
    """An example for an input that the signature does not have is a mistake."""
    with pytest.raises(ContractError, match="'y' is no input of s"):
        request(tensor("x", "int8", "batch"), y=(1,))
