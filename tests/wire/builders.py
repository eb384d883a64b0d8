"""Short ways to say signatures, uses and values in tests of this layer."""

from collections.abc import Mapping

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import AnyRank
from sigpact.tensors.specs import Default, Signature, TensorSpec
from sigpact.wire.arrays import Value

ROW_BARE = RestRow(named=False, bare_answer=True)
ROW_NAMED = RestRow(named=True, bare_answer=False)
COLUMNAR_BARE = RestColumnar(named=False, bare_answer=True)
COLUMNAR_NAMED = RestColumnar(named=True, bare_answer=False)


def signature(
    inputs: Mapping[str, str], outputs: Mapping[str, str] | None = None, defaults: tuple[Default, ...] = ()
) -> Signature:
    """Return the signature `s` with these dtypes by name, in this order."""
    return Signature("s", "", _specs(inputs), _specs(outputs or {}), defaults)


def _specs(dtypes: Mapping[str, str]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(name, BY_NAME[dtype], AnyRank(), f"{name}:0") for name, dtype in dtypes.items())


def use(inputs: Mapping[str, str], outputs: Mapping[str, str] | None = None) -> SignatureUse:
    """Return a use of `s` that declares these dtype words by name; `a|b` is a list of them."""
    return SignatureUse(
        name="s",
        path=(),
        verb="predict",
        body="row",
        named=False,
        answer="bare",
        filter=False,
        inputs=_tensors(inputs),
        outputs=_tensors(outputs or {}),
    )


def _tensors(dtypes: Mapping[str, str]) -> tuple[Tensor, ...]:
    return tuple(Tensor(name, tuple(words.split("|")), ()) for name, words in dtypes.items())


def told(found: Value) -> tuple[str, tuple[int, ...], list[object]]:
    """Return a value as dtype, shape and elements, for comparing."""
    return found.dtype.name, found.shape, found.array.reshape(-1).tolist()
