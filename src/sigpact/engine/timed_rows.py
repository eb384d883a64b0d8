"""The requests that latency is measured with: of the contract's batch size, the client's own first."""

import itertools
from dataclasses import replace as copied
from itertools import islice
from typing import Final

from sigpact.contract.model import Contract, DimBounds, SignatureUse, TensorExample
from sigpact.engine.journey import Journey
from sigpact.engine.sourcing import planned
from sigpact.engine.witness import row_of
from sigpact.frozen import replace
from sigpact.runtime.protocol import Session
from sigpact.tensors.shapes import Named, dims_of
from sigpact.values.examples import request_of
from sigpact.values.features import drawn_use
from sigpact.values.requests import Origin, Request

_REQUESTS: Final = 32
"""So many requests are made in turn: no answer can be kept from the call before."""


def timed_requests(journey: Journey, session: Session, batch: int, seed: int) -> list[Request]:
    """Return requests of so many rows: examples, then random ones; boundaries are no usual rows."""
    pinned = copied(journey, contract=_pinned(journey.contract, journey.use, batch))
    made = planned(pinned, session, rows=batch * _REQUESTS, seed=seed)
    drawn = (each for each in made.requests if each.origin is Origin.RANDOM and each.rows == batch)
    return list(islice(itertools.chain(_examples(journey, batch), drawn), _REQUESTS))


def _examples(journey: Journey, batch: int) -> list[Request]:
    contract, use = journey.contract, journey.use
    said = [each for each in use.examples if isinstance(each, TensorExample) and each.error is None]
    whole = [request_of(contract, use, each) for each in said]
    rows = [row_of(each, at) for each in whole for at in range(each.rows)] if batch == 1 else whole
    return [each for each in rows if each.rows == batch]


def _pinned(contract: Contract, use: SignatureUse, batch: int) -> Contract:
    """Return the contract with the rows of a request bound to one number, where they have a name."""
    firsts = [dims_of(tensor.shape)[:1] for tensor in drawn_use(contract, use).inputs]
    names = {dim.name for dims in firsts for dim in dims if isinstance(dim, Named)}
    is_rows = contract.protocol == "rest" and use.body == "row" and use.verb == "predict"
    if len(names) != 1 and not is_rows:
        return contract
    kept = [each for each in contract.dims if each.name not in names]
    return replace(contract, dims=(*kept, *(DimBounds(name, batch, batch, ()) for name in sorted(names))))
