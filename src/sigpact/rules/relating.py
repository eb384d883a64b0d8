"""Relations against the signatures of a version: whether the calls that they name can be made at all.

sigpact makes these calls itself, by name: bare or named is no question here.
"""

from collections.abc import Iterator

from sigpact.contract.model import INFERENCE_OUTPUTS, Contract, Relation, RelationCall
from sigpact.expressions import Name, walk
from sigpact.frozen import frozen
from sigpact.rules.registry import documented
from sigpact.tensors.specs import Signature

documented(
    "relation-cannot-run",
    """A relation names what the version does not have.

    What it does
        Looks for the signature, the inputs and the outputs that each call of a relation names, and for inputs
        that the signature needs and the call does not send.
    Why it breaks
        The relation says what the client relies on between its calls, and one of these calls fails for it:
        the server answers each with an error, or without the output.
    Example
        `by_text: {signature: get_genre, …}`; version 8 exports only `serving_default`.
    How to mend it
        Model: export the signature with these inputs and outputs under the old names too.
        Client: write the relation with the names that the version has, once the client calls them.
    """,
    by="reading",
)
documented(
    "relation-broken",
    """What the client relies on between several calls does not hold.

    What it does
        Draws the relation's inputs once, boundaries too, makes the calls one after the other the client's way
        (what it reads of one answer it sends on), and evaluates each `holds` on every row. Floats of two
        calls are compared within the tolerance; where `scores` decide a label, a tie is no breach.
    Why it breaks
        Every answer alone is fine, and together they contradict each other: stored embeddings mean something
        else than the text they came from, an explanation belongs to another answer.
    Example
        `plain.genre == explained.genre`, and the explained signature trims the title before it embeds.
    How to mend it
        Model: compute what is shared in one place; look at the row in the finding, call by call.
        Client: allow a `share` of rows, or a tolerance (`atol`), if it copes with that.
    """,
)


@frozen
class Lack:
    """What keeps a call from being made: one clause, what was wanted and what there is."""

    message: str
    expected: str
    received: str
    change: str


def sent_on(relation: Relation, value: str) -> tuple[str, str] | None:
    """Return (call, output) of what a call takes; `None` where it takes a drawn input."""
    if value in {name for name, _ in relation.inputs}:
        return None
    call, _, output = value.partition(".")
    return call, output


def outputs_read(relation: Relation) -> dict[str, tuple[str, ...]]:
    """Return which outputs of each call are looked at, by its `holds` or by a later call."""
    found: dict[str, list[str]] = {call.name: [] for call in relation.calls}
    for call in relation.calls:
        for _, value in call.inputs:
            taken = sent_on(relation, value)
            if taken is not None:
                found[taken[0]].append(taken[1])
    for clause in relation.holds:
        for node in walk(clause.tree) if clause.tree is not None else ():
            if isinstance(node, Name) and node.call is not None:
                found[node.call].append(node.name)
    return {name: tuple(dict.fromkeys(outputs)) for name, outputs in found.items()}


def lacks(
    contract: Contract, relation: Relation, call: RelationCall, signatures: tuple[Signature, ...]
) -> Iterator[Lack]:
    """Yield what keeps a call from being made at a version with these signatures."""
    found = next((each for each in signatures if each.name == call.signature), None)
    if found is None:
        names = ", ".join(each.name for each in signatures) or "none"
        said = f"signature {call.signature!r} is not in the version; it has {names}"
        yield Lack(said, f"a signature {call.signature!r}", names, f"signature {call.signature} missing")
        return
    use = contract.signature(call.signature)
    if use is None or use.verb == "predict":
        yield from _lacking_inputs(contract, call, found)
    outputs = tuple(each.name for each in found.outputs)
    readable = outputs if use is None else INFERENCE_OUTPUTS.get(use.verb, outputs)
    for output in outputs_read(relation)[call.name]:
        if output not in outputs or output not in readable:
            names = ", ".join(each for each in outputs if each in readable) or "none"
            said = f"output {output!r} is not in {call.signature!r}; it has {names}"
            yield Lack(said, f"an output {output!r}", names, f"output {output} missing")


def _lacking_inputs(contract: Contract, call: RelationCall, found: Signature) -> Iterator[Lack]:
    sent = [name for name, _ in call.inputs]
    names = ", ".join(each.name for each in found.inputs) or "no inputs"
    missing = [name for name in sent if found.input(name) is None]
    for name in missing:
        said = f"input {name!r} is not in {call.signature!r}; it has {names}"
        yield Lack(said, f"an input {name!r}", names, f"input {name} missing")
    for spec in () if missing else found.inputs:
        # Over REST every key is demanded, whatever has a default (json_tensor.cc:631).
        is_needed = contract.protocol == "rest" or found.default(spec.name) is None
        if spec.name not in sent and is_needed:
            said = f"{call.signature!r} needs input {spec.name!r} ({spec}), which the call does not send"
            wanted = f"no inputs but {', '.join(sent)}"
            yield Lack(said, wanted, f"{spec.name}: {spec}", f"input {spec.name} needed")
