"""Every dtype that gRPC carries is drawn, with its own edges and nothing outside."""

from typing import Any

import numpy as np
import pytest

from sigpact.contract.fields import DTYPES
from sigpact.contract.model import Column, Domain
from sigpact.tensors.dtypes import BY_NAME, Kind
from sigpact.values.admitted import admitted
from sigpact.values.plan import plan
from sigpact.wire.arrays import numpy_dtype, value
from tests.values.builders import contract, tensor

NUMERIC = sorted({BY_NAME[name].name for name in DTYPES if name not in {"string", "bool"}})


def sent(dtype: str, *dims: int | str, **said: Any) -> np.ndarray[Any, Any]:
    """Return all elements that a gRPC client sends: boundaries and 200 random rows."""
    made = tensor("x", dtype, *(dims or ("batch",)), **said)
    whole, use = contract(made)
    planned = plan(whole, use, rows=200, seed=0)
    assert planned.undrawable == ()
    requests = list(planned.requests)
    for each in requests:
        assert each.values["x"].dtype == BY_NAME[dtype]
        assert each.values["x"].array.dtype == numpy_dtype(BY_NAME[dtype])
        assert admitted(whole, made, each.values["x"]).all()
    return np.concatenate([each.values["x"].array.reshape(-1) for each in requests])


@pytest.mark.parametrize("dtype", NUMERIC)
def test_small_bounds(dtype: str) -> None:
    """Both ends occur in whatever can be sent, in more values than these."""
    found = sent(dtype, minimum=0, maximum=1)
    parts = [found.real, found.imag] if BY_NAME[dtype].kind is Kind.COMPLEX else [found]
    for part in parts:
        assert {0, 1} <= set(part.tolist())
        assert part.min() == 0
        assert part.max() == 1


@pytest.mark.parametrize("dtype", [each for each in NUMERIC if BY_NAME[each].is_integer])
def test_the_ends_of_a_dtype(dtype: str) -> None:
    """Bounds beyond it are its own ends."""
    found = sent(dtype, minimum=-(2**70), maximum=2**70)
    assert int(found.min()) == BY_NAME[dtype].minimum
    assert int(found.max()) == BY_NAME[dtype].maximum


@pytest.mark.parametrize("dtype", [each for each in NUMERIC if each.startswith("float8")])
def test_values_of_eight_bits(dtype: str) -> None:
    """All finite ones between bounds that are the dtype's own; NaN and infinities where admitted."""
    kind = np.dtype(getattr(pytest.importorskip("ml_dtypes"), dtype))
    with np.errstate(invalid="ignore"):
        known = np.arange(256, dtype=np.uint8).view(kind).astype(np.float32)
    found = sent(dtype, "batch", 40, minimum=-1e9, maximum=1e9)
    assert set(found.tolist()) <= set(known[np.isfinite(known)].tolist())
    assert len(set(found.tolist())) > 100
    wild = set_of(sent(dtype, minimum=0, maximum=1, finite=False))
    assert "nan" in wild
    assert ("inf" in wild) == bool(np.isinf(known).any())


def set_of(array: np.ndarray[Any, Any]) -> set[str]:
    """Return the elements as texts: NaN is equal to NaN."""
    return {str(each) for each in array.tolist()}


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_bounds_on_complex_numbers_are_on_both_parts(dtype: str) -> None:
    """Each edge in both parts, and in either one; `multipleOf` and `enum` as well."""
    found = sent(dtype, minimum=-2, exclusive_maximum=3, multiple_of=0.5)
    assert {complex(-2, -2), complex(2.5, 2.5), complex(-2, 2.5), complex(2.5, -2), complex(-2, 0), 0} <= set(
        found.tolist()
    )
    assert set((found.real * 2 % 1).tolist()) == {0.0}
    assert set(sent(dtype, enum=(1, 4)).tolist()) == {1 + 1j, 1 + 4j, 4 + 1j, 4 + 4j}
    assert any(np.isinf(each.imag) for each in sent(dtype, minimum=0, maximum=1, finite=False).tolist())


def test_complex_columns() -> None:
    """Each position has its own bounds."""
    columns = (Column("a", Domain(minimum=0, maximum=1), ()), Column("b", Domain(enum=(5,)), ()))
    found = sent("complex64", "batch", 2, columns=columns).reshape(-1, 2)
    assert set(found[:, 1].tolist()) == {5 + 5j}
    assert found[:, 0].imag.max() == 1


def test_what_lies_outside_is_not_admitted() -> None:
    """The oracle of the shrinker knows parts too."""
    made = tensor("x", "complex64", "batch", minimum=0, maximum=1)
    whole, _ = contract(made)
    mask = admitted(whole, made, value("complex64", [0.5 + 0.5j, 2, 0.5 - 1j, complex("nan")]))
    assert mask.tolist() == [True, False, False, False]
