"""What servers before release 2.5 refuse: JSON numbers that a float would not hold without a loss.

Source: util/json_tensor.cc until 57dac6cd (March 2021), IsLosslessDecimal. An integer literal must lie within
2^24 - 1 or 2^53 - 1; what rapidjson holds in no 64 bits is a double to it, and must not exceed the dtype.
"""

from collections.abc import Iterator
from typing import Final

from sigpact.clients.kinds import RestColumnar, RestRow
from sigpact.contract.model import Tensor
from sigpact.frozen import frozen
from sigpact.rules.literals import MANTISSA, WHOLE_WITHOUT_POINT, literal, overflows
from sigpact.rules.outcomes import Breaks, Effect, Undecided
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Difference, Observation, rule
from sigpact.rules.value_sets import Whole, known_reals, whole_numbers
from sigpact.tensors.specs import TensorSpec

_LEAST: Final = -(1 << 63)
_MOST: Final = (1 << 64) - 1


@rule("input-precision-refused", alone="later releases take every number, and round it")
def input_precision_refused(pairing: Pairing) -> Iterator[Observation]:
    """A number that the client may send loses digits in a float input, which an old server refuses.

    What it does
        Looks, where the server is said to be of a release before 2.5, at the integers without a point that a
        REST client may write to a float input, and at bounds beyond the greatest float32.
    Why it breaks
        `Cannot convert JSON value: 16777216 to float without loss of precision.`: the server answers 400.
        Since release 2.5 it rounds such numbers in silence.
    Example
        `id: {dtype: integer, minimum: 0, maximum: 99999999}` against an export that takes float32.
    How to mend it
        Model: take the input as an integer or as float64.
        Client: declare bounds that a float holds, 16777215 for a float32, or write the point.
    """
    if not pairing.server.checks_precision or not isinstance(pairing.kind, RestRow | RestColumnar):
        return
    for tensor, spec in pairing.sent_inputs:
        if (found := _refused(tensor, spec, pairing.kind.language)) is not None:
            refuses = f"release {pairing.server.release} refuses what loses digits"
            yield Observation(
                at=("inputs", tensor.name),
                change=f"{spec.dtype} without loss",
                message=f"input {tensor.name!r} is sent {found.words}, and {refuses}",
                expected=f"numbers that a {spec.dtype} holds",
                received=found.words,
                tensor=tensor,
                spec=spec,
            )


def precision_effect(difference: Difference) -> Effect:
    """Judge `input-precision-refused`: numbers without bounds need not be so great."""
    tensor, spec, kind = difference.tensor, difference.spec, difference.pairing.kind
    if tensor is None or spec is None or not isinstance(kind, RestRow | RestColumnar):
        raise ValueError("input-precision-refused is about an input of REST")
    found = _refused(tensor, spec, kind.language)
    if found is not None and not found.certain:
        return Undecided("the contract sets no bounds, and the server refuses integers that lose digits")
    return Breaks("server", "the server answers 400: Cannot convert JSON value … without loss of precision")


@frozen
class _Refused:
    """Which numbers are refused; not `certain` where the client need not send any."""

    words: str
    certain: bool = True


def _refused(tensor: Tensor, spec: TensorSpec, language: str) -> _Refused | None:
    """Return which numbers are refused, if some are or may be."""
    if spec.dtype.name not in MANTISSA:
        return None
    if spec.dtype.name == "float32" and any(overflows(each) for each in known_reals(tensor)):
        return _Refused("numbers beyond 3.4e38")
    limit = (1 << MANTISSA[spec.dtype.name]) - 1
    written = [part for word in tensor.dtypes for part in _without_point(word, tensor, language)]
    ends = [each for part in written for each in part.ends()]
    if any(abs(each) > limit for each in ends):
        return _Refused(f"integers beyond {limit}")
    is_open = any(part.is_open for part in written)
    return _Refused("integers without bounds", certain=False) if is_open else None


def _without_point(word: str, tensor: Tensor, language: str) -> Iterator[Whole]:
    """Yield what is written for a dtype word without a point, within the 64 bits of an integer literal."""
    kind = literal(word)
    if kind == "fraction" and language in WHOLE_WITHOUT_POINT:
        word = "number"
    elif kind != "integer":
        return
    for part in whole_numbers(word, tensor):
        least = None if part.least is None else max(part.least, _LEAST)
        most = None if part.most is None else min(part.most, _MOST)
        yield Whole(least, most, part.step)
