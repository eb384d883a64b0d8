"""`usage`: which signatures, inputs and outputs of a live version somebody uses, and who blocks a removal.

Who *uses* something names it. Who *blocks* its removal breaks without it, which is another question: a REST
client that reads objects breaks when the second output goes that it never read. So removals are tried, on the
signatures, with the rules that judge versions.
"""

from collections.abc import Iterator, Sequence

from sigpact.clients.profile import ServerProfile
from sigpact.contract.model import Contract, Relation
from sigpact.findings import Level
from sigpact.frozen import replace
from sigpact.gate.gathering import Counted
from sigpact.report.used import Thing
from sigpact.rules.judge import judge
from sigpact.rules.relating import lacks, outputs_read
from sigpact.tensors.specs import Signature


def usage(
    model: str,
    version: str,
    signatures: tuple[Signature, ...],
    counted: Sequence[Counted],
    server: ServerProfile,
) -> tuple[Thing, ...]:
    """Return every signature of a version, each followed by its inputs and outputs, with who needs them."""
    clients = [each for each in counted if model in each.contract.models]
    found: list[Thing] = []
    for signature in signatures:
        for kind, name in _parts(signature):
            left = _without(signatures, signature, kind, name)
            users = [each for each in clients if _uses(each.contract, signature.name, kind, name)]
            blockers = [each for each in clients if _breaks(each.contract, signatures, left, model, server)]
            found.append(Thing(model, version, signature.name, kind, name, _names(users), _names(blockers)))
    return tuple(found)


def _names(counted: Sequence[Counted]) -> tuple[str, ...]:
    return tuple(sorted({each.name for each in counted}))


def _parts(signature: Signature) -> Iterator[tuple[str, str]]:
    yield "signature", signature.name
    yield from (("input", each.name) for each in signature.inputs)
    yield from (("output", each.name) for each in signature.outputs)


def _without(
    signatures: tuple[Signature, ...], signature: Signature, kind: str, name: str
) -> tuple[Signature, ...]:
    """Return the signatures as they would be without one thing."""
    if kind == "signature":
        return tuple(each for each in signatures if each is not signature)
    if kind == "input":
        inputs = tuple(each for each in signature.inputs if each.name != name)
        defaults = tuple(each for each in signature.defaults if each.name != name)
        changed = replace(signature, inputs=inputs, defaults=defaults)
    else:
        changed = replace(signature, outputs=tuple(each for each in signature.outputs if each.name != name))
    return tuple(changed if each is signature else each for each in signatures)


def _uses(contract: Contract, signature: str, kind: str, name: str) -> bool:
    """Whether a contract names a thing: in a use, in a relation's call, or as what an input is drawn from."""
    return (kind, name) in {
        *_used(contract, signature),
        *(each for relation in contract.relations for each in _related(relation, signature)),
    }


def _used(contract: Contract, signature: str) -> Iterator[tuple[str, str]]:
    use = contract.signature(signature)
    if use is not None:
        yield "signature", signature
        yield from (("input", each.name) for each in use.inputs)
        yield from (("output", each.name) for each in use.outputs)
    for other in contract.signatures:
        for source in (each.source for each in other.inputs):
            if source is not None and source[0] == signature:
                yield "signature", signature
                yield "output", source[1]


def _related(relation: Relation, signature: str) -> Iterator[tuple[str, str]]:
    read = outputs_read(relation)
    for call in relation.calls:
        if call.signature == signature:
            yield "signature", signature
            yield from (("input", name) for name, _ in call.inputs)
            yield from (("output", name) for name in read[call.name])


def _breaks(
    contract: Contract,
    before: tuple[Signature, ...],
    after: tuple[Signature, ...],
    model: str,
    server: ServerProfile,
) -> bool:
    """Whether a client has a breach after a removal that it did not have before."""
    known = _breaches(contract, before, model, server)
    return bool(_breaches(contract, after, model, server) - known)


def _breaches(
    contract: Contract, signatures: tuple[Signature, ...], model: str, server: ServerProfile
) -> set[str]:
    found = {
        each.fingerprint
        for use in contract.signatures
        for each in judge(contract, use, signatures, model, "0", server)
        if each.level is Level.ERROR
    }
    found |= {
        lack.change
        for relation in contract.relations
        for call in relation.calls
        for lack in lacks(contract, relation, call, signatures)
    }
    return found
