"""Answers built by hand, and what the checks say of them."""

from typing import Any

from sigpact.checks.answers import check_answer
from sigpact.checks.breaches import Breach
from sigpact.contract.model import Tensor
from sigpact.tensors.dtypes import BY_NAME
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import Value, value
from tests.values.builders import contract

Dims = dict[str, tuple[int | None, int | None]]


def breaches(
    *outputs: Tensor,
    answer: dict[str, Value],
    client: str = "grpc",
    dims: Dims | None = None,
    sizes: dict[str, int] | None = None,
    served: dict[str, str] | None = None,
) -> list[Breach]:
    """Return what is wrong with an answer to a request of these sizes."""
    whole, use = contract(outputs=outputs, client=client, dims=dims)
    told = sizes or {}
    request = Request(Origin.RANDOM, {}, told, told.get("batch", 1))
    dtypes = {name: BY_NAME[dtype] for name, dtype in (served or {}).items()}
    return list(check_answer(whole, use, request, answer, served=dtypes))


def found(output: Tensor, dtype: str, elements: Any, **said: Any) -> list[tuple[str, str, str]]:
    """Return rule, expectation and what was received for one output."""
    sizes = said.pop("sizes", {"batch": len(elements)} if isinstance(elements, list | tuple) else {})
    made = breaches(output, answer={output.name: value(dtype, elements)}, sizes=sizes, **said)
    return [(each.rule, each.expected, each.received) for each in made]
