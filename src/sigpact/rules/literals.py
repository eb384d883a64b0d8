"""Dtypes as each protocol sees them: over REST literals and value sets, over gRPC the dtype itself.

Source: util/json_tensor.cc:290-342 (reading), 877-947 (writing).
"""

import struct
from typing import Final

from sigpact.clients.kinds import LENIENT_READERS, Grpc, Inference, RestColumnar, RestRow
from sigpact.contract.model import Tensor
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.registry import Difference
from sigpact.rules.value_sets import Whole, is_whole, known_reals, whole_numbers
from sigpact.tensors.dtypes import BY_NAME, DType, Kind

WHOLE_WITHOUT_POINT: Final = frozenset({"javascript", "go", "swift"})
"""Languages whose JSON writer writes the double 1.0 as `1`."""
_NARROW_READ_AS_INT32: Final = frozenset({"int8", "int16", "uint8"})
_INT32: Final = BY_NAME["int32"]
MANTISSA: Final = {"float32": 24, "float64": 53}
"""Significant bits of the floats that REST carries."""


def input_effect(difference: Difference) -> Effect:
    """Judge `input-dtype-changed`: the worst over the dtypes that the contract lists."""
    tensor, spec = difference.tensor, difference.spec
    if tensor is None or spec is None:
        raise ValueError("input-dtype-changed compares two tensors")
    kind = difference.pairing.kind
    if isinstance(kind, RestRow | RestColumnar):
        found = worst([_sent(word, tensor, spec.dtype, kind.language) for word in tensor.dtypes])
        told = difference.pairing.server.checks_precision and spec.dtype.name in MANTISSA
        lossy = isinstance(found, Undecided) or (isinstance(found, Silent) and found.constrained)
        return Safe("told by input-precision-refused") if told and lossy else found
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
    sent = whole_numbers(word, tensor)
    if found.kind is Kind.FLOAT:
        return _integers_to_float(sent, found)
    if all(each.within(found.minimum, found.maximum) for each in sent):
        return Safe(f"{found} holds every value that the client may send")
    known = [each for part in sent for each in part.ends()]
    outside = [each for each in known if not found.minimum <= each <= found.maximum]
    if not outside:
        return _unbounded(found)
    if found.name in _NARROW_READ_AS_INT32 and all(
        _INT32.minimum <= each <= _INT32.maximum for each in outside
    ):
        return Silent(f"values outside {found} wrap around in silence", constrained=True)
    return Breaks("server", f"the server refuses integers outside {_read_range(found)}")


def _read_range(found: DType) -> str:
    """Say which integers the server's reader takes: narrow ones are read as int32."""
    read = _INT32 if found.name in _NARROW_READ_AS_INT32 else found
    return f"{read.minimum} to {read.maximum}"


def _unbounded(found: DType) -> Effect:
    if found.name == "int64":
        return Safe("the server takes every integer that a client is likely to have")
    return Undecided(f"the contract sets no bounds, and {found} does not hold every integer")


def _integers_to_float(sent: tuple[Whole, ...], found: DType) -> Effect:
    mantissa = MANTISSA[found.name]
    lost = f"integers beyond {1 << mantissa} lose digits in a {found}"
    if all(each.is_exact(mantissa) for each in sent):
        return Safe(f"{found} holds these integers exactly")
    bounded = [each for each in sent if not each.is_open]
    ends = [Whole(each, each) for part in sent for each in part.ends()]
    if all(each.is_exact(mantissa) for each in (*bounded, *ends)):
        return Undecided(f"{lost}, and the contract sets no bounds")
    return Silent(lost, constrained=True)


def _fractions(word: str, tensor: Tensor, found: DType, language: str) -> Effect:
    if found.is_integer:
        if language not in WHOLE_WITHOUT_POINT or not is_whole(tensor):
            return Breaks("server", f"the client writes a point (1.0), which a {found} input refuses")
        return _integers("integer", tensor, found)
    if found.name == "float32" and word in {"float64", "number"}:
        if any(overflows(each) for each in known_reals(tensor)):
            return Silent("values beyond 3.4e38 become infinite", constrained=True)
        if word == "float64":
            return Silent("doubles are rounded to float32")
    return Safe("the model takes every number that the client writes")


def overflows(number: float) -> bool:
    """Whether a number has no finite float32 next to it."""
    try:
        struct.pack("<f", number)
    except OverflowError:
        return True
    return False


def _read(word: str, found: DType, language: str) -> Effect:
    """Judge what a REST client finds of one output of dtype `found`."""
    if not found.in_json:
        return Safe("told by answer-not-encodable")
    wanted, written = literal(word), literal(found.name)
    if wanted == written or (word == "number" and written == "integer"):
        return Safe("the literals are the same")
    if wanted == "fraction" and written == "integer":
        if language in LENIENT_READERS:
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
