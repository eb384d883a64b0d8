"""The requests that latency is measured with: of the contract's batch size, the client's own first."""

import itertools
from collections.abc import Iterator
from dataclasses import replace as copied
from itertools import islice
from typing import Final

from sigpact.contract.model import Contract, DimBounds, RawExample, SignatureUse, TensorExample
from sigpact.engine.journey import Journey, Sent
from sigpact.engine.sourcing import planned
from sigpact.frozen import replace
from sigpact.runtime.protocol import Session
from sigpact.tensors.shapes import Named, dims_of
from sigpact.values.examples import request_of
from sigpact.values.features import drawn_use
from sigpact.values.requests import Origin, Request, row_of

_REQUESTS: Final = 32
"""So many requests are made in turn: no answer can be kept from the call before."""


def timed_requests(journey: Journey, session: Session, batch: int, seed: int) -> list[Request | bytes]:
    """Return requests of so many rows: examples (raw ones as they stand), then random ones.

    Boundaries are no usual rows.
    """
    pinned = copied(journey, contract=_pinned(journey.contract, journey.use, batch))
    made = planned(pinned, session, rows=batch * _REQUESTS, seed=seed)
    drawn = (each for each in made.requests if each.origin is Origin.RANDOM and each.rows == batch)
    return list(islice(itertools.chain(_examples(journey, batch), drawn), _REQUESTS))


def _examples(journey: Journey, batch: int) -> Iterator[Request | bytes]:
    contract, use = journey.contract, journey.use
    for example in use.examples:
        match example:
            case TensorExample(error=None):
                whole = request_of(contract, use, example)
                rows = [row_of(whole, at) for at in range(whole.rows)] if batch == 1 else [whole]
                yield from (each for each in rows if each.rows == batch)
            case RawExample(error=None) if _rows_of(journey.post(example.request.encode())) == batch:
                yield example.request.encode()


def _rows_of(sent: Sent) -> int | None:
    """Return how many rows a call has: what all of its tensors begin with; `None` where that is not one."""
    if sent.call is None:
        return None
    if sent.examples:
        return sent.examples
    firsts = {value.shape[:1] for value in sent.call.feeds.values()}
    return firsts.pop()[0] if len(firsts) == 1 and () not in firsts else None


def _pinned(contract: Contract, use: SignatureUse, batch: int) -> Contract:
    """Return the contract with the rows of a request bound to one number, where they have a name."""
    firsts = [dims_of(tensor.shape)[:1] for tensor in drawn_use(contract, use).inputs]
    names = {dim.name for dims in firsts for dim in dims if isinstance(dim, Named)}
    is_rows = contract.protocol == "rest" and use.body == "row" and use.verb == "predict"
    if len(names) != 1 and not is_rows:
        return contract
    kept = [each for each in contract.dims if each.name not in names]
    return replace(contract, dims=(*kept, *(DimBounds(name, batch, batch, ()) for name in sorted(names))))
