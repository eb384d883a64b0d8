"""Lints of examples that show nothing new."""

from collections.abc import Iterator

from sigpact.authoring.lints.registry import Noticed, Subject, lint
from sigpact.contract.model import Example, Nested, RawExample, Scalar, SignatureUse, Tensor, TensorExample
from sigpact.frozen import replace
from sigpact.tensors.shapes import Named, Ranked


@lint("example-repeated")
def example_repeated(subject: Subject) -> Iterator[Noticed]:
    """An example says what an earlier one says.

    What it does
        Looks for examples of a signature with the same request and the same expectation, whatever they are
        called.
    Why it breaks
        It breaks nothing; but it shows nothing, and perhaps another request was meant.
    Example
        Two examples that send `["Hamlet"]` and expect `[Drama]`.
    How to mend it
        Model: nothing to do on this side.
        Client: send what was meant, or take the second one out (`sigpact lint --fix`).
    """
    for use in subject.contract.signatures:
        seen: dict[Example, str] = {}
        for each in use.examples:
            bare = _bare(each)
            if bare in seen:
                told = f"example {each.name!r} says what {seen[bare]!r} says already"
                yield Noticed(each.path, told, superfluous=True)
            seen.setdefault(bare, each.name)


def _bare(example: Example) -> Example:
    """Return an example without its name and place."""
    match example:
        case TensorExample(outputs=outputs):
            return replace(
                example, name="", path=(), outputs=tuple(replace(each, path=()) for each in outputs)
            )
        case RawExample():
            return replace(example, name="", path=())


@lint("example-at-bounds")
def example_at_bounds(subject: Subject) -> Iterator[Noticed]:
    """An example expects nothing of a request that is sent anyway.

    What it does
        Looks for examples without `outputs` or `error` that send one row of the only input at one of its
        bounds, or one value of its `enum`: the boundaries of a domain are always sent.
    Why it breaks
        It breaks nothing; but it shows nothing.
    Example
        `inputs: {age: [0]}` and no outputs, where `age` has `minimum: 0`.
    How to mend it
        Model: nothing to do on this side.
        Client: say what must come back (`outputs`), or send something that the domain does not name.
    """
    for use in subject.contract.signatures:
        for each in use.examples:
            if isinstance(each, TensorExample) and not each.outputs and each.error is None:
                value = _only_row(use, each)
                if value is not None and _is_boundary(use.inputs[0], value):
                    yield Noticed(
                        each.path,
                        f"example {each.name!r} sends a bound of the domain and expects nothing: "
                        "bounds are sent anyway",
                    )


def _only_row(use: SignatureUse, example: TensorExample) -> Scalar | None:
    """Return the only element that an example sends, of one row of the only input."""
    if len(use.inputs) != 1 or use.context or len(example.inputs) != 1:
        return None
    shape = use.inputs[0].shape
    is_row = isinstance(shape, Ranked) and len(shape.dims) == 1 and isinstance(shape.dims[0], Named)
    found: Nested = example.inputs[0][1]
    if not is_row or not isinstance(found, tuple) or len(found) != 1 or isinstance(found[0], tuple):
        return None
    return found[0]


def _is_boundary(tensor: Tensor, value: Scalar) -> bool:
    domain = tensor.domain
    if domain.enum is not None:
        return value in domain.enum
    return isinstance(value, int | float) and value in {domain.minimum, domain.maximum}
