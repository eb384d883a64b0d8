"""Examples of a contract as requests, none of which breaks the contract's own `given`."""

import json

from sigpact.contract.model import Contract, Example, RawExample, SignatureUse, TensorExample
from sigpact.errors import ContractError
from sigpact.findings import Problem
from sigpact.rows.admit import given_broken
from sigpact.rows.lines import Body
from sigpact.rows.made import of_body
from sigpact.rows.mistakes import RowMistakeError
from sigpact.rows.target import Target
from sigpact.values.examples import request_of
from sigpact.values.requests import Place, Request


def sendable_example(contract: Contract, use: SignatureUse, example: Example) -> Request | None:
    """Return an example's request; of a raw one, which is sent as it is, `None`.

    Raises `ContractError` where its values make no tensors, and where it breaks `given`: a client that makes
    sure of it sends no such request. One that is to be refused may break what it likes.
    """
    request = request_of(contract, use, example) if isinstance(example, TensorExample) else None
    if not use.given or example.error is not None:
        return request
    target = Target(contract, use)
    looked = _requests(target, example) if isinstance(example, RawExample) else [request]
    for each in looked:
        reason = None if each is None else given_broken(contract, target.drawn, each)
        if reason is not None:
            message = f"example {example.name!r}: {reason}"
            raise ContractError((Problem(contract.span(example.path), message),))
    return request


def _requests(target: Target, example: RawExample) -> list[Request]:
    """Return the tensors of a raw body, as far as they can be told: loading the contract looked at them."""
    content = json.loads(example.request)
    if not isinstance(content, dict):
        return []
    body, place = Body(content, example.request), Place(target.contract.file, 1, target.contract.file)
    try:
        return [each.request for each in of_body(target, place, body)]
    except RowMistakeError:
        return []
