"""`verify`: contracts against exports, by reading and by running. It prints nothing and exits nowhere."""

from collections.abc import Callable, Sequence
from itertools import groupby

from sigpact.contract.model import SignatureUse
from sigpact.engine.options import Options
from sigpact.engine.run import Result, Run, settle, together
from sigpact.engine.selection import Binding, select
from sigpact.engine.static import lacks_op, unheeded, unloadable
from sigpact.engine.verdicts import Part, joined, report_of, unread
from sigpact.findings import Evidence
from sigpact.frozen import replace
from sigpact.report.model import Report
from sigpact.runtime.protocol import Backend, Unloadable


def verify(
    contracts: Sequence[str],
    models: Sequence[str],
    options: Options,
    backend: Backend,
    progress: Callable[[str], None],
) -> Report:
    """Check every contract against every version that it binds; a failing version does not stop the next.

    Raises `ConfigurationError` where a path names nothing, `RuntimeUnavailableError` where there is no
    TensorFlow.
    """
    selection = select(contracts, models, options.today)
    run = Run(options, lambda: backend)
    parts: list[Part] = []
    ordered = sorted(selection.bindings, key=lambda each: (each.model, each.version.number))
    for path, bindings in groupby(ordered, key=lambda each: each.version.path):
        for binding in bindings:
            progress(f"{binding.model}@{binding.version.number} for {binding.contract.client}")
            parts.append(_verified(run, binding))
        run.release(path)
    return replace(report_of(selection, "full", parts), environment=options.environment)


def _verified(run: Run, binding: Binding) -> Part:
    loaded = run.signatures(binding)
    if loaded.reason is not None:
        return unread(binding, loaded)
    session = run.session(binding.version.path)
    if isinstance(session, Unloadable):
        if told := lacks_op(session.reason):
            return Part(binding, (), not_checked=(told,), checked=False)
        return Part(binding, (unloadable(binding, session.reason),))
    results = [result for use in binding.contract.signatures for result in _use(run, binding, use)]
    return Part(
        binding,
        tuple(dict.fromkeys(finding for each in results for finding in each.findings)),
        joined([each.evidence for each in results]) if results else Evidence(),
        (*(clause for each in results for clause in each.not_checked), *unheeded(binding.contract)),
        checked=bool(results) and all(each.blocked is None for each in results),
    )


def _use(run: Run, binding: Binding, use: SignatureUse) -> list[Result]:
    """Check one use: what the comparison shows to be broken is shown by one request and not run further."""
    static = run.static(binding, use)
    if static.is_no:
        unrun = (f"{use.name}: examples and values (the signature does not fit)",)
        return [run.with_witnesses(binding, use, static), Result(not_checked=unrun)]
    ran = [run.examples(binding, use)] if use.examples else []
    values = run.values(binding, use)
    dynamic = together([*ran, values])
    return [settle(static, dynamic), dynamic]
