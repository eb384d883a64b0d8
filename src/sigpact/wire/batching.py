"""What a server with `--enable_batching` refuses of a call, before and after the graph runs.

A call is looked at as if it were alone in its batch: what concurrent requests do to it is not shown.
"""

from collections.abc import Mapping

from sigpact.wire.arrays import Value
from sigpact.wire.refusal import Refusal


def refused_feeds(feeds: Mapping[str, Value]) -> Refusal | None:
    """Refuse inputs without a common first dimension (batching/batching_util.h:82-110)."""
    if not feeds:
        return _refused_feed("must have at least one input tensor")
    if any(not value.shape for value in feeds.values()):
        return _refused_feed("input tensors must have at least one dimension")
    if len({value.shape[0] for value in feeds.values()}) > 1:
        return _refused_feed("input tensors must have equal 0th-dimension size")
    return None


def refused_outputs(feeds: Mapping[str, Value], outputs: Mapping[str, Value]) -> Refusal | None:
    """Refuse fetched outputs that cannot be cut along the batch (batching/batching_session.cc)."""
    batch = next(value.shape[0] for value in feeds.values())
    for value in outputs.values():
        if not value.shape:
            return Refusal("FAILED_PRECONDITION", "Batched output tensor has 0 dimensions")
        if value.shape[0] != batch:
            return Refusal(
                "FAILED_PRECONDITION",
                "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of"
                " the input tensors",
            )
    return None


def _refused_feed(told: str) -> Refusal:
    return Refusal("INVALID_ARGUMENT", f"Batching Run() {told}")
