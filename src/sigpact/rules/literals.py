"""Dtypes as each protocol sees them: over REST literals and value sets, over gRPC the dtype itself.

Source: util/json_tensor.cc:290-342 (reading), 877-947 (writing).
"""

import math
from typing import Final

from sigpact.clients.kinds import Grpc, Inference, RestColumnar, RestRow
from sigpact.contract.model import Column, Domain, Tensor
from sigpact.frozen import frozen
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.registry import Difference
from sigpact.tensors.dtypes import BY_NAME, DType, Kind

WHOLE_WITHOUT_POINT: Final = frozenset({"javascript", "go", "swift"})
"""Languages whose JSON writer writes the double 1.0 as `1`."""
_LENIENT_READERS: Final = frozenset({"python", "javascript"})
"""Languages in which a reader of fractions does not notice `2` for `2.0`."""
_NARROW_READ_AS_INT32: Final = frozenset({"int8", "int16", "uint8"})
_INT32: Final = BY_NAME["int32"]
_MANTISSA: Final = {"float32": 24, "float64": 53}
_FLOAT32_MAX: Final = 3.4028234663852886e38


def input_effect(difference: Difference) -> Effect:
    """Judge `input-dtype-changed`: the worst over the dtypes that the contract lists."""
    tensor, spec = difference.tensor, difference.spec
    if tensor is None or spec is None:
        raise ValueError("input-dtype-changed compares two tensors")
    kind = difference.pairing.kind
    if isinstance(kind, RestRow | RestColumnar):
        return worst([_sent(word, tensor, spec.dtype, kind.language) for word in tensor.dtypes])
    return worst([_sent_by_grpc(word, spec.dtype) for word in tensor.dtypes])


def output_effect(difference: Difference) -> Effect:
    """Judge `output-dtype-changed`: the best over the dtypes that the contract lists."""
    tensor, spec = difference.tensor, difference.spec
    if tensor is None or spec is None:
        raise ValueError("output-dtype-changed compares two tensors")
    kind = difference.pairing.kind
    if isinstance(kind, Grpc) or (isinstance(kind, Inference) and not kind.rest):
        return _best([_read_by_grpc(word, spec.dtype) for word in tensor.dtypes])
    return _best([_read(word, spec.dtype, kind.language) for word in tensor.dtypes])


def _sent_by_grpc(word: str, found: DType) -> Effect:
    if found.name == _grpc_dtype(word):
        return Safe("the dtype is the same")
    return Breaks("server", f"gRPC widens nothing: the graph expects {found} and gets {_grpc_dtype(word)}")


def _read_by_grpc(word: str, found: DType) -> Effect:
    if found.name == _grpc_dtype(word):
        return Safe("the dtype is the same")
    return Breaks("client", f"the TensorProto holds {found}, the client reads {_grpc_dtype(word)}")


def _grpc_dtype(word: str) -> str:
    return "string" if word in {"text", "bytes"} else word


def _sent(word: str, tensor: Tensor, found: DType, language: str) -> Effect:
    """Judge what a REST client writes for one dtype word, at an input of dtype `found`."""
    if not found.in_json:
        return Safe("told by input-not-encodable")
    written = literal(word)
    taken = {Kind.STRING: "text", Kind.BOOL: "boolean"}.get(found.kind, "a number")
    if written == taken:
        return Safe("the literal is the same")
    if written in {"text", "boolean"} or taken != "a number":
        takes = f"{found} takes {_ARTICLE[taken]}"
        return Breaks("server", f"the client writes {_ARTICLE[written]}, and {takes}")
    if written == "integer":
        return _integers(word, tensor, found)
    return _fractions(word, tensor, found, language)


_ARTICLE: Final = {
    "text": "a string",
    "boolean": "true or false",
    "integer": "an integer",
    "fraction": "a number with a point",
    "a number": "a number",
}


def literal(word: str) -> str:
    """Return what stands in the JSON for a dtype word: `text`, `boolean`, `integer` or `fraction`."""
    if word in {"text", "bytes", "string"}:
        return "text"
    if word in {"boolean", "bool"}:
        return "boolean"
    if word == "integer" or (word in BY_NAME and BY_NAME[word].is_integer):
        return "integer"
    return "fraction"


def _integers(word: str, tensor: Tensor, found: DType) -> Effect:
    sent = _whole(value_range(word, tensor))
    if found.kind is Kind.FLOAT:
        return _integers_to_float(sent, found)
    if sent.within(found.minimum, found.maximum):
        return Safe(f"{found} holds every value that the client may send")
    if sent.open:
        return _unbounded(found)
    if found.name in _NARROW_READ_AS_INT32 and sent.within(_INT32.minimum, _INT32.maximum):
        return Silent(f"values outside {found} wrap around in silence", constrained=True)
    return Breaks("server", f"the server refuses integers outside {found.minimum} to {found.maximum}")


def _unbounded(found: DType) -> Effect:
    if found.name == "int64":
        return Safe("the server takes every integer that a client is likely to have")
    return Undecided(f"the contract sets no bounds, and {found} does not hold every integer")


def _integers_to_float(sent: "_Range", found: DType) -> Effect:
    exact = 1 << _MANTISSA[found.name]
    lost = f"integers beyond {exact} lose digits in a {found}"
    if sent.within(-exact, exact):
        return Safe(f"{found} holds these integers exactly")
    if sent.open:
        return Undecided(f"{lost}, and the contract sets no bounds")
    return Silent(lost, constrained=True)


def _fractions(word: str, tensor: Tensor, found: DType, language: str) -> Effect:
    if found.is_integer:
        if language not in WHOLE_WITHOUT_POINT or not all_whole(tensor):
            return Breaks("server", f"the client writes a point (1.0), which a {found} input refuses")
        return _integers("integer", tensor, found)
    if found.name == "float32" and word == "float64":
        sent = value_range(word, tensor)
        if sent.within(-_FLOAT32_MAX, _FLOAT32_MAX) or sent.open:
            return Silent("doubles are rounded to float32")
        return Silent("values beyond 3.4e38 become infinite", constrained=True)
    if found.name == "float32" and word == "number":
        sent = value_range(word, tensor)
        if not sent.open and not sent.within(-_FLOAT32_MAX, _FLOAT32_MAX):
            return Silent("values beyond 3.4e38 become infinite", constrained=True)
    return Safe("the model takes every number that the client writes")


@frozen
class _Range:
    """The values that a client may send: `None` where the contract sets no bound.

    `open_below` and `open_above`: the bound itself is not sent.
    """

    least: float | None
    most: float | None
    open_below: bool = False
    open_above: bool = False

    @property
    def open(self) -> bool:
        return self.least is None or self.most is None

    def within(self, least: float, most: float) -> bool:
        return self.least is not None and self.most is not None and least <= self.least and self.most <= most


def value_range(word: str, tensor: Tensor) -> _Range:
    """Return the least and the greatest value that the contract lets the client send."""
    dtype = BY_NAME.get(word)
    own = (
        _Range(dtype.minimum, dtype.maximum) if dtype is not None and dtype.is_integer else _Range(None, None)
    )
    ranges = [_domain_range(domain, own) for domain in _domains(tensor)]
    leasts, mosts = [each.least for each in ranges], [each.most for each in ranges]
    least = None if None in leasts else min(each for each in leasts if each is not None)
    most = None if None in mosts else max(each for each in mosts if each is not None)
    return _Range(
        least,
        most,
        open_below=all(each.open_below for each in ranges if each.least == least),
        open_above=all(each.open_above for each in ranges if each.most == most),
    )


def _whole(sent: _Range) -> _Range:
    """Return the same range over whole numbers, bounds included."""
    least, most = sent.least, sent.most
    if least is not None:
        least = math.floor(least) + 1 if sent.open_below else math.ceil(least)
    if most is not None:
        most = math.ceil(most) - 1 if sent.open_above else math.floor(most)
    return _Range(least, most)


def _domains(tensor: Tensor) -> list[Domain]:
    columns: tuple[Column, ...] = tensor.columns
    return [column.domain for column in columns] or [tensor.domain]


def _domain_range(domain: Domain, own: _Range) -> _Range:
    if domain.enum is not None:
        numbers = [each for each in domain.enum if isinstance(each, int | float)]
        return _Range(min(numbers), max(numbers)) if numbers else own
    lows = [each for each in (domain.minimum, domain.exclusive_minimum, own.least) if each is not None]
    highs = [each for each in (domain.maximum, domain.exclusive_maximum, own.most) if each is not None]
    least, most = max(lows, default=None), min(highs, default=None)
    return _Range(
        least, most, open_below=least == domain.exclusive_minimum, open_above=most == domain.exclusive_maximum
    )


def all_whole(tensor: Tensor) -> bool:
    """Whether every value that the client may send is a whole number."""
    return all(_domain_whole(domain) for domain in _domains(tensor))


def _domain_whole(domain: Domain) -> bool:
    if domain.enum is not None:
        return all(isinstance(each, int | float) and float(each).is_integer() for each in domain.enum)
    return domain.multiple_of is not None and float(domain.multiple_of).is_integer()


def _read(word: str, found: DType, language: str) -> Effect:
    """Judge what a REST client finds of one output of dtype `found`."""
    if not found.in_json:
        return Safe("told by answer-not-encodable")
    wanted, written = literal(word), literal(found.name)
    if wanted == written or (word == "number" and written == "integer"):
        return Safe("the literals are the same")
    if wanted == "fraction" and written == "integer":
        if language in _LENIENT_READERS:
            return Silent(f"numbers come without a point (2 for 2.0); {language} does not mind")
        return Breaks(
            "client", "numbers come without a point (2 for 2.0); say dtype: number if that is no matter"
        )
    return Breaks("client", f"the client reads {_ARTICLE[wanted]}, the answer holds {_ARTICLE[written]}")


def worst(effects: list[Effect]) -> Effect:
    """Return the effect that counts where a client may do any of several things."""
    return max(effects, key=_severity)


def _best(effects: list[Effect]) -> Effect:
    return min(effects, key=_severity)


def _severity(effect: Effect) -> int:
    match effect:
        case Breaks():
            return 4
        case Silent(constrained=True):
            return 3
        case Undecided():
            return 2
        case Silent():
            return 1
        case Safe():
            return 0
