"""Rules about whole signatures."""

from collections.abc import Iterator
from typing import Final

from sigpact.clients.kinds import ClientKind, Inference
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule


@rule("signature-missing", alone="a signature that is added harms nobody: no client names it yet")
def signature_missing(pairing: Pairing) -> Iterator[Observation]:
    """The client calls a signature that the version does not have.

    What it does
        Looks for the name of each signature in the contract among those of the export. Names are compared
        exactly; there is no fall-back to `serving_default` or to the only signature left.
    Why it breaks
        REST answers 400 `Serving signature name: "X" not found in signature def`; gRPC answers
        FAILED_PRECONDITION `Serving signature key "X" not found.` (http_rest_api_handler.cc:235,
        predict_util.cc:90).
    Example
        A contract calls `get_genre`; version 8 exports only `serving_default`.
    How to mend it
        Model: export the function under the old name too (one function may have several names).
        Client: call a signature that the version has, and change the contract with it.
    """
    if not pairing.exists:
        listed = ", ".join(pairing.available) or "none"
        yield Observation(
            at=(),
            change="missing",
            message=f"signature {pairing.use.name!r} is not in the version; it has {listed}",
            expected=f"a signature {pairing.use.name!r}",
            received=listed,
        )


@rule("signature-method-refused", alone="the server's own names are what every signature has")
def signature_method_refused(pairing: Pairing) -> Iterator[Observation]:
    """The signature has a method name that the server refuses.

    What it does
        Looks, where the server is said to check method names, at the method name of the signature.
    Why it breaks
        With `--enable_signature_method_name_check` Predict takes a signature of predict, classify or regress,
        else it answers INTERNAL, over REST 500 (predict_util.cc:38); classify and regress take their own
        (classifier.cc:151, regressor.cc:146). Without the flag, the default, no method name matters.
    Example
        A TF1 export said `tensorflow/serving/classify`; TF2 writes `tensorflow/serving/predict` everywhere.
    How to mend it
        Model: write the method name that the API wants into the SignatureDef.
        Client: call Predict instead of classify or regress, or a server without the check.
    """
    allowed = _methods(pairing.kind)
    if pairing.exists and pairing.server.method_name_check and pairing.found.method_name not in allowed:
        yield Observation(
            at=(),
            change=f"method name {pairing.found.method_name!r}",
            message=f"the method name is {pairing.found.method_name!r}, and the server checks it",
            expected=" or ".join(allowed),
            received=repr(pairing.found.method_name),
        )


_SERVING: Final = "tensorflow/serving/"


def _methods(kind: ClientKind) -> tuple[str, ...]:
    verbs = (kind.verb,) if isinstance(kind, Inference) else ("predict", "classify", "regress")
    return tuple(f"{_SERVING}{verb}" for verb in verbs)
