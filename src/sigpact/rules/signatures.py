"""Rules about whole signatures."""

from collections.abc import Iterator

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
