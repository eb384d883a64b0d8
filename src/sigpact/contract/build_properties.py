"""`properties` and `latency` of a signature."""

from collections.abc import Iterator

from sigpact.contract.build_tensors import bound_dims
from sigpact.contract.fields import PROPERTIES
from sigpact.contract.mistakes import Mistake, listed, perhaps
from sigpact.contract.model import Latency, Property, Tolerance
from sigpact.contract.scope import Scope, tolerance, version_ref
from sigpact.contract.sides import Sides
from sigpact.findings import Path
from sigpact.tensors.shapes import Named, Ranked


def properties(scope: Scope, found: Sides) -> Iterator[Property]:
    """Yield what `properties` claims, in the order of the table; what is `false` is not claimed."""
    path = (*found.path, "properties")
    data = found.data.get("properties", {})
    for name in (each for each in PROPERTIES.by_key if each in data):
        place, said = (*path, name), data[name]
        match name, said:
            case _, False:
                continue
            case "padding_invariant", _:
                for dim, value in said.items():
                    _check_dim(scope, found, dim, (*place, dim))
                    yield Property(name, (*place, dim), dim, scope.scalar(value, (*place, dim)))
            case "equivariant", list():
                for index, dim in enumerate(said):
                    _check_dim(scope, found, dim, (*place, index))
                    yield Property(name, (*place, index), dim)
            case _, dict():
                over = said.get("over") or (_rows_of(found) if name == "batch_invariant" else None)
                if "over" in said:
                    _check_dim(scope, found, said["over"], (*place, "over"))
                yield Property(name, place, over, tolerance=tolerance(said))
            case "equivariant", _:
                _check_dim(scope, found, said, place)
                yield Property(name, place, said)
            case _:
                over = _rows_of(found) if name == "batch_invariant" else None
                yield Property(name, place, over, tolerance=Tolerance())


def _rows_of(found: Sides) -> str | None:
    """Return the name of the first dimension of the inputs, where they have one and the same.

    A feature has no rows in its shape: of classify and regress it is that of the outputs.
    """
    firsts = {
        built.tensor.shape.dims[0]
        for built in (found.inputs if found.verb == "predict" else found.outputs)
        if isinstance(built.tensor.shape, Ranked)
        and built.tensor.shape.dims
        and not built.tensor.shape.leading
    }
    names = [dim.name for dim in firsts if isinstance(dim, Named)]
    return names[0] if len(firsts) == 1 and names else None


def _check_dim(scope: Scope, found: Sides, name: str, path: Path) -> None:
    # the rows of classify and regress are no dimension of a feature: an output names them
    bound = bound_dims(found.sent if found.verb == "predict" else found.all)
    if name not in bound:
        near = perhaps(name, bound) or f": there are {listed(sorted(bound))}"
        message = f"{name!r} is no dimension of this signature's inputs{near}"
        scope.mistakes.add(Mistake.UNKNOWN_DIM, path, message)


def latency(scope: Scope, found: Sides) -> Latency | None:
    """Return the limits of `latency`, where there are any."""
    said = found.data.get("latency")
    if said is None:
        return None
    path = (*found.path, "latency")
    limits = ("p50_ms", "p95_ms", "p99_ms", "at_most")
    if not any(key in said for key in limits) and not any(
        scope.mistakes.is_broken((*path, key)) for key in limits
    ):
        message = f"'latency' says nothing without one of {listed(limits)}"
        scope.mistakes.add(Mistake.SAYS_NOTHING, path, message)
    against = version_ref(said.get("against")) if "against" in said or "at_most" in said else None
    if "against" in said and "at_most" not in said:
        message = "'against' says nothing without 'at_most': how many times as long it may take"
        scope.mistakes.add(Mistake.SAYS_NOTHING, (*path, "against"), message)
    return Latency(
        path=path,
        batch=said.get("batch"),
        p50_ms=said.get("p50_ms"),
        p95_ms=said.get("p95_ms"),
        p99_ms=said.get("p99_ms"),
        against=against,
        at_most=said.get("at_most"),
        enforce=said.get("enforce", False),
    )
