"""Contracts built by hand, small: a signature `s` with these inputs and outputs."""

from typing import Any

from sigpact.contract.model import (
    Contract,
    DimBounds,
    Domain,
    Number,
    Scalar,
    SignatureUse,
    Tensor,
    Versions,
)
from sigpact.expressions import parse
from sigpact.tensors.shapes import AnyRank, Dim, Expr, Fixed, Named, Ranked, Shape, Unknown

Words = Number | str | tuple[Scalar, ...] | None


def shape(*dims: int | str | None) -> Shape:
    """Return a shape as a contract writes it: `shape("...", "batch", 2, "2*n", None)`."""
    leading = dims[:1] == ("...",)
    return Ranked(tuple(_dim(each) for each in dims[leading:]), leading)


def _dim(written: int | str | None) -> Dim:
    match written:
        case None:
            return Unknown()
        case int():
            return Fixed(written)
        case _ if written.isidentifier():
            return Named(written)
        case _:
            return Expr(written, parse(written))


def tensor(name: str, dtypes: str, *dims: int | str | None, rank: str = "", **said: Any) -> Tensor:
    """Return a tensor; keywords are the fields of `Tensor`, and of `Domain` where those have them."""
    words = {key: said.pop(key) for key in list(said) if key in Domain.__annotations__}
    path = ("signatures", "s", "inputs", name)
    shape_ = AnyRank() if rank == "any" else shape(*dims)
    return Tensor(name, tuple(dtypes.split()), path, shape_, domain=Domain(**words), **said)


def contract(
    *inputs: Tensor,
    outputs: tuple[Tensor, ...] = (),
    client: str = "grpc",
    dims: dict[str, tuple[int | None, int | None]] | None = None,
    **said: Any,
) -> tuple[Contract, SignatureUse]:
    """Return a contract and its one signature. `client` is `grpc`, `row` or `columnar`."""
    body = "columnar" if client == "columnar" else "row"
    protocol = "grpc" if client == "grpc" else "rest"
    path = ("signatures", "s")
    use = SignatureUse(
        "s",
        path,
        said.pop("verb", "predict"),
        body,
        named=False,
        answer="named",
        filter=False,
        inputs=inputs,
        outputs=outputs,
        **said,
    )
    bounds = tuple(DimBounds(name, *each, ("dims", name)) for name, each in (dims or {}).items())
    whole = Contract(
        "a.contract.yaml",
        "c",
        ("m",),
        protocol,
        "any",
        Versions("live", "live"),
        "active",
        (use,),
        dims=bounds,
    )
    return whole, use
