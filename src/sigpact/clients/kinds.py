"""`ClientKind`: what decides whether a change breaks a client. Nothing further down reads a contract's words.

Source of the distinctions: the client kinds RB, RN, CB, CN, G0, GF and X of the protocols table, which
follows TensorFlow Serving's util/json_tensor.cc and servables/tensorflow/predict_util.cc.
"""

from typing import Final

from sigpact.contract.model import Contract, SignatureUse
from sigpact.frozen import frozen

LENIENT_READERS: Final = frozenset({"python", "javascript"})
"""Languages in which a REST reader of fractions does not notice `2` for `2.0`."""
NOT_FINITE_WRITERS: Final = frozenset({"any", "python"})
"""Languages whose writer puts `NaN` and `Infinity` into JSON, as the server understands them."""
NOT_FINITE_READERS: Final = frozenset({"python"})
"""Languages whose reader takes `NaN` and `Infinity`."""
ONLY_DOUBLES: Final = frozenset({"javascript"})
"""Languages whose only number is a double: integers beyond 2^53 lose digits."""
EXACT_INTEGERS: Final = 1 << 53


@frozen
class RestRow:
    """`{"instances": [...]}`. `named`: rows are objects; `bare_answer`: reads values, not objects."""

    named: bool
    bare_answer: bool
    language: str = "any"


@frozen
class RestColumnar:
    """`{"inputs": ...}`. `named`: an object by input name; `bare_answer`: reads the tensor itself."""

    named: bool
    bare_answer: bool
    language: str = "any"


@frozen
class Grpc:
    """A PredictRequest; `filtered`: its `output_filter` names the outputs that the contract declares."""

    filtered: bool


@frozen
class Inference:
    """The classify or regress API, over REST or gRPC: tf.Examples in, fixed answers out."""

    verb: str
    rest: bool
    language: str = "any"


Rest = RestRow | RestColumnar
ClientKind = RestRow | RestColumnar | Grpc | Inference


def client_kind(contract: Contract, use: SignatureUse) -> ClientKind:
    """Return how this contract's client calls this signature."""
    rest = contract.protocol == "rest"
    if use.verb != "predict":
        return Inference(use.verb, rest=rest, language=contract.language)
    if not rest:
        return Grpc(filtered=use.filter)
    kind = RestColumnar if use.body == "columnar" else RestRow
    return kind(named=use.named, bare_answer=use.answer == "bare", language=contract.language)


def spoken(kind: ClientKind) -> str:
    """Say the kind in the words of a report: `REST, row, bare values`."""
    match kind:
        case RestRow(named=named):
            return f"REST, row format, {'named' if named else 'bare'} values"
        case RestColumnar(named=named):
            return f"REST, columnar format, {'named' if named else 'bare'} values"
        case Grpc(filtered=filtered):
            return "gRPC with output_filter" if filtered else "gRPC"
        case Inference(verb=verb, rest=rest):
            return f"{verb} over {'REST' if rest else 'gRPC'}"
