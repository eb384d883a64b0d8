"""Lints of what a client relies on: too little, or more than a model of floats can keep."""

from collections.abc import Iterator
from typing import Final

from sigpact.authoring.lints.registry import Noticed, Subject, is_float, lint
from sigpact.contract.model import Clause, Contract, RawExample, SignatureUse, Tensor, TensorExample
from sigpact.expressions import Binary, Call, Compare, Name, Node, walk

_BOOLEAN: Final = frozenset({"bool", "boolean"})
_ROUNDED: Final = frozenset({"sum", "mean", "sqrt", "exp", "log"})
"""Functions whose results differ in the last digits with the order of the work."""


@lint("output-unconstrained")
def output_unconstrained(subject: Subject) -> Iterator[Noticed]:
    """Any value of an output passes.

    What it does
        Looks for outputs of which nothing is said but dtype and shape: no bounds or words, no clause, no
        relation, no regression, no example, no real rows, and no other signature is drawn from it. Of a
        boolean there is nothing to say: it may be true and false.
    Why it breaks
        A version that answers `""`, or 0, for every row passes: the contract notices that the output is
        there, and nothing else.
    Example
        `genre: {dtype: text, shape: [batch]}` alone.
    How to mend it
        Model: nothing to do on this side.
        Client: say what it relies on: `minLength`, `enum`, bounds, a clause of `holds`, an example.
    """
    for use in subject.contract.signatures:
        for tensor in use.outputs:
            if not (_says_something(tensor) or _is_relied_on(subject.contract, use, tensor.name)):
                yield Noticed(
                    tensor.path, f"nothing is said of what {tensor.name!r} may be: any value passes"
                )


def _says_something(tensor: Tensor) -> bool:
    whole = (tensor.unique, tensor.sorted, tensor.sums_to, tensor.norm, tensor.labels, tensor.scores)
    if _BOOLEAN.issuperset(tensor.dtypes):
        return True  # it is one of two, and a client that reads it takes both
    return bool(tensor.domain.is_declared or tensor.columns or any(each is not None for each in whole))


def _is_relied_on(contract: Contract, use: SignatureUse, output: str) -> bool:
    """Whether a clause, a property, an example or another signature speaks of an output."""
    if any(each.name in {"equivariant", "padding_invariant"} for each in use.properties):
        return True
    if any(each.check is not None or output in _names(each, None) for each in use.holds):
        return True
    if use.rows_from or any(_example_says(each, output) for each in use.examples):
        return True  # real rows may have the answers that were recorded with them
    sources = (each.source for other in contract.signatures for each in other.inputs + other.context)
    return (use.name, output) in sources or _is_compared(contract, use.name, output)


def _example_says(example: TensorExample | RawExample, output: str) -> bool:
    match example:
        case TensorExample(outputs=outputs):
            return any(each.name == output for each in outputs)
        case RawExample(response=response):
            return response is not None
    return False


def _is_compared(contract: Contract, signature: str, output: str) -> bool:
    """Whether a relation or a regression speaks of an output."""
    for relation in contract.relations:
        calls = {each.name for each in relation.calls if each.signature == signature}
        passed = {source for each in relation.calls for _, source in each.inputs}
        if any(f"{call}.{output}" in passed for call in calls):
            return True
        if any(each.check is not None or output in _names(each, calls) for each in relation.holds):
            return True
    return any(
        output in {said[0] for said in (each.agreement, each.negative_flips, each.drift) if said is not None}
        for each in contract.regressions
        if each.signature == signature
    )


def _names(clause: Clause, calls: set[str] | None) -> set[str]:
    """Return the names in a clause; of a relation's, those of some calls."""
    if clause.tree is None:
        return set()
    found = (each for each in walk(clause.tree) if isinstance(each, Name))
    return {each.name for each in found if (each.call is None if calls is None else each.call in calls)}


@lint("output-of-one-value")
def output_of_one_value(subject: Subject) -> Iterator[Noticed]:
    """A float output may have one value only.

    What it does
        Looks for float outputs whose `minimum` is their `maximum`, or with an `enum` of one fraction.
    Why it breaks
        The last digit of a float depends on the library and the processor: a version breaks the contract
        that nothing is wrong with.
    Example
        `scale: {dtype: float32, minimum: 0.1, maximum: 0.1}`.
    How to mend it
        Model: nothing to do on this side.
        Client: write bounds around the value, or an example with `approx`.
    """
    for use in subject.contract.signatures:
        for tensor in filter(is_float, use.outputs):
            domain = tensor.domain
            one = domain.minimum if domain.minimum == domain.maximum else None
            if domain.enum is not None and len(domain.enum) == 1 and isinstance(domain.enum[0], float):
                one = domain.enum[0]
            if isinstance(one, int | float) and not float(one).is_integer():
                yield Noticed(
                    tensor.path, f"{tensor.name!r} is a float that may be {one} alone, to the last digit"
                )


@lint("sum-exact")
def sum_exact(subject: Subject) -> Iterator[Noticed]:
    """Floats are to add up to a number exactly.

    What it does
        Looks for `sumsTo` and `norm` of float outputs with `atol: 0`.
    Why it breaks
        What is added in another order has other last digits: softmax does not sum to 1, but to 0.99999994.
    Example
        `scores: {dtype: float32, sumsTo: {value: 1, atol: 0}}`.
    How to mend it
        Model: nothing to do on this side.
        Client: leave `atol` out (the language's tolerance counts), or write one that it can live with.
    """
    for use in subject.contract.signatures:
        for tensor in filter(is_float, use.outputs):
            for word, around in (("sumsTo", tensor.sums_to), ("norm", tensor.norm)):
                if around is not None and around.atol == 0:
                    yield Noticed(
                        (*tensor.path, word),
                        f"no model of floats keeps {word} {around.value:g} to the last digit",
                    )


@lint("invariance-exact")
def invariance_exact(subject: Subject) -> Iterator[Noticed]:
    """Floats are to be the same, bit for bit, in another batch.

    What it does
        Looks for `batch_invariant`, `equivariant` and `padding_invariant` with `exact: true`, or with both
        tolerances 0, where an output is a float.
    Why it breaks
        Kernels add in another order for another number of rows: the answers agree, their last bits do not.
    Example
        `batch_invariant: {exact: true}` with an embedding.
    How to mend it
        Model: nothing to do on this side.
        Client: leave `exact` out, or write the `rtol` and `atol` that it can live with.
    """
    for use in subject.contract.signatures:
        floats = [each.name for each in filter(is_float, use.outputs)]
        for each in use.properties if floats else ():
            said = each.tolerance
            if each.name != "deterministic" and (said.exact or (said.rtol == 0 and said.atol == 0)):
                yield Noticed(each.path, f"{each.name} asks floats ({', '.join(floats)}) for equal bits")


@lint("equality-of-floats")
def equality_of_floats(subject: Subject) -> Iterator[Noticed]:
    """A clause compares computed floats with `==`.

    What it does
        Looks for `==` in `holds` where one side is a sum, a mean, a root, or arithmetic over a float output.
    Why it breaks
        Within one call `==` is exact: `sum(scores, axis=-1) == 1` fails for 0.99999994.
    Example
        `holds: ["sum(scores, axis=-1) == 1"]`.
    How to mend it
        Model: nothing to do on this side.
        Client: write `~=`, which is equal within the tolerance.
    """
    for use in subject.contract.signatures:
        floats = {each.name for each in filter(is_float, use.outputs)}
        for clause in use.holds:
            if clause.tree is not None and any(_compares_floats(each, floats) for each in walk(clause.tree)):
                yield Noticed(
                    clause.path, f"'==' is exact, and the floats of {clause.text!r} are rounded: '~='"
                )


def _compares_floats(node: Node, floats: set[str]) -> bool:
    match node:
        case Compare(operators=operators, operands=operands):
            pairs = zip(operators, operands, operands[1:], strict=False)
            return any(
                operator == "==" and (_is_computed(left, floats) or _is_computed(right, floats))
                for operator, left, right in pairs
            )
        case _:
            return False


def _is_computed(node: Node, floats: set[str]) -> bool:
    """Whether an operand is rounded on the way: a sum or arithmetic with a float in it."""
    rounded = any(
        isinstance(each, Binary) or (isinstance(each, Call) and each.function in _ROUNDED)
        for each in walk(node)
    )
    settled = isinstance(node, Call) and node.function in {
        "round",
        "floor",
        "ceil",
        "argmax",
        "argmin",
        "len",
        "shape",
    }
    return (
        rounded and not settled and any(isinstance(each, Name) and each.name in floats for each in walk(node))
    )
