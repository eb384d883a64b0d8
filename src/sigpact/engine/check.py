"""`check`: contracts against exports, by reading alone. Neither numpy nor TensorFlow is imported."""

from collections.abc import Iterator, Sequence

from sigpact.clients.profile import ServerProfile
from sigpact.contract.model import Contract
from sigpact.engine.options import Options
from sigpact.engine.selection import Binding, select
from sigpact.engine.static import Exports, compare, relations_that_cannot_run, unheeded
from sigpact.engine.verdicts import Part, report_of, unread
from sigpact.findings import Evidence
from sigpact.frozen import replace
from sigpact.report.model import Report


def check(contracts: Sequence[str], models: Sequence[str], options: Options) -> Report:
    """Compare every contract with every version that it binds.

    Raises `ConfigurationError` where a path names nothing.
    """
    selection = select(contracts, models, options.today)
    exports = Exports()
    parts = [compared(binding, exports, options.server) for binding in selection.bindings]
    return replace(report_of(selection, "static", parts), environment=options.environment)


def compared(binding: Binding, exports: Exports, server: ServerProfile) -> Part:
    """Return what comparing one contract with one version finds."""
    loaded = exports.signatures(binding.version.path)
    if loaded.reason is not None:
        return unread(binding, loaded)
    results = [compare(binding, use, loaded, server) for use in binding.contract.signatures]
    compared = sum(each.compared for each in results)
    return Part(
        binding,
        (
            *(finding for each in results for finding in each.findings),
            *relations_that_cannot_run(binding, loaded),
        ),
        Evidence(proved=compared),
        (*unheeded(binding.contract), *_unrun(binding.contract)),
        checked=bool(results) and all(each.compared for each in results),
    )


def _unrun(contract: Contract) -> Iterator[str]:
    """Yield the clauses that only a run looks at and that stand beside what the scope `static` leaves out."""
    for use in contract.signatures:
        yield from (f"{use.name}: holds check {each.text}" for each in use.holds if each.check is not None)
        yield from [f"{use.name}: latency"] * (use.latency is not None)
    yield from (f"relation: {each.name}" for each in contract.relations)
