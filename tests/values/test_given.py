"""What is drawn under `given` satisfies it, and is still as much as was asked for, boundaries included."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigpact.contract.load import load
from sigpact.contract.model import Clause, Contract, SignatureUse
from sigpact.expressions import parse
from sigpact.values.plan import plan
from sigpact.values.requests import Origin
from tests.values.builders import contract, tensor

_CONTRACT = """\
contract: 1
client: app
model: m
protocol: grpc
dims: {{batch: {{min: {least}, max: 64}}, n: {{min: 1, max: 6}}, m: {{min: 1, max: 6}}}}
signatures:
  f:
    inputs:
      a: {{dtype: float32, shape: [batch], minimum: 0, maximum: 1}}
      b: {{dtype: float32, shape: [batch], minimum: 0, maximum: 1}}
      i: {{dtype: int64, shape: [batch, n], minimum: -5, maximum: 5}}
      j: {{dtype: int64, shape: [batch, m], minimum: 0, maximum: 9}}
      t: {{dtype: string, shape: [batch], maxLength: 5}}
    outputs: {{y: {{dtype: float32}}}}
    given: [{clause}]
"""
Arrays = Mapping[str, Any]


def _contract(tmp_path: Path, clause: str, least: int = 1) -> tuple[Contract, SignatureUse]:
    file = tmp_path / "c.contract.yaml"
    file.write_text(_CONTRACT.format(clause=clause, least=least), encoding="utf-8")
    contract = load(file)
    return contract, contract.signatures[0]


@pytest.mark.parametrize(
    ("clause", "holds"),
    [
        ("a <= b", lambda v: (v["a"] <= v["b"]).all()),
        ("a < b", lambda v: (v["a"] < v["b"]).all()),
        ("a >= 0.99", lambda v: (v["a"] >= np.float32(0.99)).all()),
        ("0.2 < a <= b", lambda v: ((v["a"] > 0.2) & (v["a"] <= v["b"])).all()),
        ("b > -1 and a == 0.5", lambda v: (v["a"] == 0.5).all()),
        ("n <= m", lambda v: v["i"].shape[1] <= v["j"].shape[1]),
        ("n == 2", lambda v: v["i"].shape[1] == 2),
        ("m > 5", lambda v: v["j"].shape[1] == 6),
        ('"sum(i, axis=-1) >= 0"', lambda v: (v["i"].sum(axis=-1) >= 0).all()),
        ("a + b <= 1", lambda v: (v["a"].astype(np.float64) + v["b"] <= 1).all()),
        ("len(t) > 0", lambda v: all(v["t"])),
    ],
)  # fmt: skip
@pytest.mark.parametrize("least", [1, 4])
def test_every_request_satisfies_it(
    clause: str, holds: Callable[[Arrays], bool] | None, least: int, tmp_path: Path
) -> None:
    """Exactly the rows that were asked for, and no batch smaller than the contract says."""
    if holds is None:
        clause, holds = (
            "a <= b, n == m",
            lambda v: bool((v["a"] <= v["b"]).all()) and v["i"].shape == v["j"].shape,
        )
    contract, use = _contract(tmp_path, clause, least)
    planned = plan(contract, use, rows=500, seed=1)
    assert planned.undrawable == ()
    requests = list(planned.requests)
    assert all(holds({name: each.array for name, each in one.values.items()}) for one in requests)
    random = [each.rows for each in requests if each.origin is Origin.RANDOM]
    assert sum(random) == pytest.approx(500, abs=least)
    assert all(each.values["a"].shape == (each.rows,) == (each.sizes["batch"],) for each in requests)
    assert min(each.rows for each in requests) >= least
    assert any(each.origin is Origin.BOUNDARY for each in requests)


def test_boundaries_that_satisfy_it_still_occur(tmp_path: Path) -> None:
    """Both inputs at either bound, the neighbours of a bound, and both alike."""
    contract, use = _contract(tmp_path, "a <= b")
    rows = [
        (a, b)
        for each in plan(contract, use, rows=0, seed=1).requests
        for a, b in zip(each.values["a"].array.tolist(), each.values["b"].array.tolist(), strict=True)
    ]
    assert {(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)} <= set(rows)
    assert any(a == np.nextafter(np.float32(0), np.float32(1)) for a, _ in rows)


@pytest.mark.parametrize("clause", ["a + b <= 0.01", "a > b and b > a", '"a[99] > 0"'])
def test_what_keeps_too_little_is_a_mistake_with_its_line(clause: str, tmp_path: Path) -> None:
    """Nothing is drawn rather than a few rows that look like many."""
    contract, use = _contract(tmp_path, clause)
    planned = plan(contract, use, rows=500, seed=1)
    assert list(planned.requests) == []
    (told,) = planned.undrawable
    assert clause.strip('"') in told.reason
    assert "10% is the least" in told.reason
    assert "c.contract.yaml:15:" in told.reason


def test_the_same_seed_gives_the_same_rows(tmp_path: Path) -> None:
    """Filtering is no chance."""
    contract, use = _contract(tmp_path, "a + b <= 1")
    one, other = (
        [each.values["a"].array.tolist() for each in plan(contract, use, rows=100, seed=7).requests]
        for _ in "ab"
    )
    assert one == other


@pytest.mark.parametrize("dtype", ["int32", "float32", "text"])
def test_equal_inputs_are_built(dtype: str) -> None:
    """Of a thousand values two are rarely equal: one input takes the other's rows."""
    words: dict[str, Any] = {"max_length": 9} if dtype == "text" else {"minimum": 0, "maximum": 1000}
    inputs = [tensor(name, dtype, "batch", **words) for name in ("a", "b")]
    planned = plan(*contract(*inputs, given=(Clause("a == b", (), parse("a == b")),)), rows=100, seed=0)
    assert planned.undrawable == ()
    requests = [each for each in planned.requests if each.origin is Origin.RANDOM]
    assert sum(each.rows for each in requests) == 100
    for each in requests:
        assert each.values["a"].array.tolist() == each.values["b"].array.tolist()


def test_chains_are_built() -> None:
    """Three inputs in order: nothing is left out."""
    inputs = [tensor(name, "float32", "batch", minimum=0, maximum=1) for name in "abcd"]
    clause = Clause("a <= b <= c <= d", (), parse("a <= b <= c <= d"))
    planned = plan(*contract(*inputs, given=(clause,)), rows=200, seed=0)
    assert planned.notes == ()
