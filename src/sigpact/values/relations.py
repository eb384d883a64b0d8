"""The drawn inputs of a relation as the inputs of one use, so that `plan` draws them together."""

from collections.abc import Iterator
from itertools import product
from typing import Final

from sigpact.contract.model import Clause, Contract, Relation, SignatureUse, Tensor
from sigpact.expressions import (
    Binary,
    Call,
    Compare,
    Index,
    ListOf,
    Name,
    Node,
    Slice,
    Unary,
    names_in,
)
from sigpact.frozen import replace
from sigpact.values.features import drawn_use


def drawn_tensors(contract: Contract, relation: Relation) -> dict[str, Tensor]:
    """Return what each drawn input is declared as, under its name in the relation; it is always sent."""
    found = {}
    for name, (signature, tensor) in relation.inputs:
        use = contract.signature(signature)
        declared = None if use is None else drawn_use(contract, use).input(tensor)
        if declared is None:
            raise LookupError(f"relation {relation.name!r} draws {signature}.{tensor}, which is not declared")
        found[name] = replace(declared, name=name, optional=None)
    return found


def relation_use(contract: Contract, relation: Relation) -> SignatureUse:
    """Return a use with the relation's drawn inputs: dimensions of one name are one, `given` holds.

    The rows are one where a called signature sends them as rows, whose inputs have equally many.
    """
    uses = [use for each in relation.calls if (use := contract.signature(each.signature)) is not None]
    drawn_from = [
        use for use in contract.signatures if use.name in {each for _, (each, _) in relation.inputs}
    ]
    rows = any(use.verb != "predict" or use.body == "row" for use in (*uses, *drawn_from))
    return SignatureUse(
        name=relation.name,
        path=relation.path,
        verb="predict",
        body="row" if rows else "columnar",
        named=True,
        answer="named",
        filter=False,
        inputs=tuple(drawn_tensors(contract, relation).values()),
        outputs=tuple(output for use in drawn_from for output in use.outputs),
        given=tuple(clause for use in drawn_from for clause in _given(use, relation)),
    )


def _given(use: SignatureUse, relation: Relation) -> Iterator[Clause]:
    """Yield the signature's `given` under the relation's names, where it draws all inputs that one names."""
    drawn: dict[str, list[str]] = {}
    for name, (signature, tensor) in relation.inputs:
        if signature == use.name:
            drawn.setdefault(tensor, []).append(name)
    inputs = {tensor.name for tensor in use.inputs}
    for clause in use.given:
        named = [] if clause.tree is None else [each for each in names_in(clause.tree) if each in inputs]
        wanted = list(dict.fromkeys(named))
        if clause.tree is None or any(each not in drawn for each in wanted):
            continue
        for chosen in product(*(drawn[each] for each in wanted)):
            renamed = dict(zip(wanted, chosen, strict=True))
            yield replace(clause, tree=_renamed(clause.tree, renamed))


def _renamed(node: Node, names: dict[str, str]) -> Node:
    """Return the tree with other names for inputs."""
    match node:
        case Name(call=None):
            return replace(node, name=names.get(node.name, node.name))
        case Unary() | Binary() | Compare() | Call() | Slice() | Index() | ListOf():
            parts = {field: _renamed_part(getattr(node, field), names) for field in _PARTS[type(node)]}
            return replace(node, **parts)
        case _:
            return node


def _renamed_part(part: Node | tuple[Node, ...] | None, names: dict[str, str]) -> object:
    if isinstance(part, tuple):
        return tuple(_renamed(each, names) for each in part)
    return None if part is None else _renamed(part, names)


_PARTS: Final[dict[type, tuple[str, ...]]] = {
    Unary: ("operand",),
    Binary: ("left", "right"),
    Compare: ("operands",),
    Call: ("arguments", "axis"),
    Slice: ("start", "stop", "step"),
    Index: ("value", "indices"),
    ListOf: ("items",),
}
