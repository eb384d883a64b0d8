"""Lints of names: of people, tensors, dimensions and types."""

from collections import Counter
from collections.abc import Iterator

from sigpact.authoring.generated import is_generated
from sigpact.authoring.lints.registry import Noticed, Subject, lint, tensors
from sigpact.contract.model import Contract, SignatureUse
from sigpact.expressions import names_in
from sigpact.tensors.shapes import Expr, Named, dims_of, names_of


@lint("owner-missing")
def owner_missing(subject: Subject) -> Iterator[Noticed]:
    """Nobody is named whom one could ask.

    What it does
        Looks for `owner`.
    Why it breaks
        It breaks nothing; but when a version breaks this client, nobody knows whom to tell.
    Example
        A contract whose `client` is `batch-job-7`.
    How to mend it
        Model: nothing to do on this side.
        Client: write `owner:` with an address or a channel that outlives one person.
    """
    if subject.contract.owner is None:
        yield Noticed(("client",), f"{subject.contract.client} has no owner to talk to when it breaks")


@lint("name-generated")
def name_generated(subject: Subject) -> Iterator[Noticed]:
    """A tensor has a name that nobody gave it.

    What it does
        Looks for inputs and outputs with names as Keras and TensorFlow number them.
    Why it breaks
        The number counts layers made in one process: the next training may call the same tensor otherwise,
        and every client that names it breaks.
    Example
        `input_2`, `dense_26`, `StatefulPartitionedCall`.
    How to mend it
        Model: export the signature with names: `tf.TensorSpec(…, name="title")`, and a dict of outputs.
        Client: ask for such an export; until then allow the name where it stands.
    """
    for use in subject.contract.signatures:
        for tensor in tensors(use):
            if is_generated(tensor.name):
                yield Noticed(
                    tensor.path, f"{tensor.name!r} is a generated name: the next export may have another"
                )


@lint("dimension-used-once")
def dimension_used_once(subject: Subject) -> Iterator[Noticed]:
    """A named dimension ties nothing to nothing.

    What it does
        Looks for names that stand once in the shapes of a signature, and nowhere else; names of rows apart.
    Why it breaks
        It breaks nothing; but a name says that lengths are equal, and here it says nothing: perhaps another
        shape was meant to have it, or it is a slip of the pen.
    Example
        Inputs of `[batch, cand]` and `[batch, cnad]`.
    How to mend it
        Model: nothing to do on this side.
        Client: use the name where the same length is meant, bound it in `dims`, or write `null`.
    """
    for use in subject.contract.signatures:
        known = {each.name for each in subject.contract.dims} | set(_spoken_of(use))
        counts = Counter(
            name for tensor in tensors(use) for dim in dims_of(tensor.shape) for name in names_of(dim)
        )
        for tensor in tensors(use):
            for at, dim in enumerate(dims_of(tensor.shape)):
                if (
                    isinstance(dim, Named)
                    and counts[dim.name] == 1
                    and dim.name not in known
                    and not (at == 0 and _has_rows(subject.contract, use))
                ):
                    yield Noticed(
                        tensor.path, f"dimension {dim.name!r} of {tensor.name!r} is used nowhere else"
                    )


def _has_rows(contract: Contract, use: SignatureUse) -> bool:
    """Whether the first dimension of each tensor is that of rows, whatever it is called."""
    return use.verb != "predict" or (contract.protocol == "rest" and use.body == "row")


def _spoken_of(use: SignatureUse) -> Iterator[str]:
    for clause in (*use.given, *use.holds):
        yield from names_in(clause.tree) if clause.tree is not None else ()
    yield from (each.over for each in use.properties if each.over is not None)
    for tensor in tensors(use):
        for dim in dims_of(tensor.shape):
            yield from names_of(dim) if isinstance(dim, Expr) else ()


@lint("type-unused")
def type_unused(subject: Subject) -> Iterator[Noticed]:
    """A type of `types` is used by no tensor.

    What it does
        Looks for names of `types` that no `type:` names.
    Why it breaks
        It breaks nothing; but what it says is said of nothing: perhaps a tensor was meant to have it.
    Example
        `types: {title: {dtype: text}}`, where the input says `dtype: text` again.
    How to mend it
        Model: nothing to do on this side.
        Client: write `type: title` where it is meant, or take the type out (`sigpact lint --fix`).
    """
    types = subject.data.get("types", {})
    used = {
        said.get("type")
        for use in subject.data.get("signatures", {}).values()
        for side in ("inputs", "context", "outputs")
        for said in (*use.get(side, {}).values(), use.get("each", {}))
        if isinstance(said, dict)
    }
    for name in types:
        if name not in used:
            yield Noticed(("types", name), f"no tensor has the type {name!r}", superfluous=True)
