"""`verify`: contracts against exports, by reading and by running. It prints nothing and exits nowhere."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from queue import SimpleQueue

from sigpact.contract.model import SignatureUse
from sigpact.engine.latency import measured
from sigpact.engine.options import Options
from sigpact.engine.registered import attached
from sigpact.engine.relations import related
from sigpact.engine.run import Result, Run, settle, together
from sigpact.engine.selection import Binding, select
from sigpact.engine.static import lacks_op, unheeded, unloadable
from sigpact.engine.updating.update import Answers, update, with_rewritten
from sigpact.engine.verdicts import Part, joined, report_of, unread
from sigpact.findings import Evidence
from sigpact.frozen import replace
from sigpact.report.model import Report
from sigpact.runtime.protocol import Backend, Unloadable


def verify(
    contracts: Sequence[str],
    models: Sequence[str],
    options: Options,
    backend: Callable[[], Backend],
    progress: Callable[[str], None],
) -> Report:
    """Check every contract against every version that it binds; a failing version does not stop the next.

    Versions run side by side, one a core, each on a backend of its own; the report is the same in any case.
    Where examples are to be updated, files are rewritten once all versions have answered.

    Raises `ConfigurationError` where a path names nothing, `RuntimeUnavailableError` where there is no
    TensorFlow.
    """
    with _runs(options, backend) as runs:
        selection = select(contracts, models, options.today, lambda each: attached(each, options.checks))
        parts = _verified_all(runs, selection.bindings, progress)
        answers = Answers()
        for _ in range(runs.qsize()):
            answers.add(runs.get().answers)
    report = replace(report_of(selection, "full", parts), environment=options.environment)
    if not options.update_examples:
        return report
    answers.mistaken |= bool(report.problems)
    return with_rewritten(report, update(selection.bindings, answers))


def verify_bindings(
    bindings: Sequence[Binding],
    options: Options,
    backend: Callable[[], Backend],
    progress: Callable[[str], None],
) -> list[Part]:
    """Check each contract against the version that it is bound to, as `verify` does.

    Raises `RuntimeUnavailableError` where there is no TensorFlow.
    """
    if not bindings:
        return []
    with _runs(options, backend) as runs:
        return _verified_all(runs, bindings, progress)


def _verified_all(
    runs: SimpleQueue[Run], bindings: Sequence[Binding], progress: Callable[[str], None]
) -> list[Part]:
    ordered = sorted(bindings, key=lambda each: (each.model, each.version.number))
    versions = [tuple(each) for _, each in groupby(ordered, key=lambda each: each.version.path)]

    def verified(bindings: tuple[Binding, ...]) -> list[Part]:
        run = runs.get()
        try:
            return list(_version(run, bindings, progress))
        finally:
            runs.put(run)

    threads = ThreadPoolExecutor(runs.qsize())
    try:
        parts = [part for each in threads.map(verified, versions) for part in each]
    finally:
        # After an interruption nobody waits: closing the runs ends what the threads wait for.
        threads.shutdown(wait=False, cancel_futures=True)
    # Time is measured when nothing else of ours runs, one version after the other.
    run = runs.get()
    try:
        return [*parts, *_timed(run, ordered, progress)]
    finally:
        runs.put(run)


@contextmanager
def _runs(options: Options, backend: Callable[[], Backend]) -> Iterator[SimpleQueue[Run]]:
    """Hold a run for each core. The first has its backend at once: it starts while contracts are read."""
    first = Run(options, backend)
    made = [first, *(Run(options, backend) for _ in range(1, os.cpu_count() or 1))]
    waiting: SimpleQueue[Run] = SimpleQueue()
    try:
        _ = first.backend
        for each in made:
            waiting.put(each)
        yield waiting
    finally:
        for each in made:
            each.close()


def _timed(run: Run, bindings: Sequence[Binding], progress: Callable[[str], None]) -> Iterator[Part]:
    """Yield what the latencies of each version are; of one that cannot be called all is told already."""
    for binding in bindings:
        uses = [each for each in binding.contract.signatures if each.latency is not None]
        if not uses or run.signatures(binding).reason is not None:
            continue
        if isinstance(run.session(binding.version.path), Unloadable):
            continue
        progress(f"latency of {binding.model}@{binding.version.number} for {binding.contract.client}")
        results = [_timed_use(run, binding, use) for use in uses]
        yield _part(binding, results)


def _timed_use(run: Run, binding: Binding, use: SignatureUse) -> Result:
    if run.static(binding, use).is_no:
        return Result(not_checked=(f"{use.name}: latency (the signature does not fit)",))
    return measured(run, binding, use)


def _version(run: Run, bindings: Sequence[Binding], progress: Callable[[str], None]) -> Iterator[Part]:
    for binding in bindings:
        progress(f"{binding.model}@{binding.version.number} for {binding.contract.client}")
        yield _verified(run, binding)
        path = binding.version.path
    run.release(path)


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
    results += _relations(run, binding)
    return _part(binding, results, unheeded(binding.contract))


def _part(binding: Binding, results: list[Result], unlooked: tuple[str, ...] = ()) -> Part:
    return Part(
        binding,
        tuple(dict.fromkeys(finding for each in results for finding in each.findings)),
        joined([each.evidence for each in results]) if results else Evidence(),
        (*(clause for each in results for clause in each.not_checked), *unlooked),
        checked=bool(results) and all(each.blocked is None and not each.problems for each in results),
        problems=tuple(problem for each in results for problem in each.problems),
    )


def _relations(run: Run, binding: Binding) -> list[Result]:
    """Check the relations; other versions that their calls ran at are let go again."""
    found = [related(run, binding, each) for each in binding.contract.relations]
    for other in binding.versions:
        if other.path != binding.version.path:
            run.release(other.path)
    return found


def _use(run: Run, binding: Binding, use: SignatureUse) -> list[Result]:
    """Check one use: what the comparison shows to be broken is shown by one request and not run further."""
    static = run.static(binding, use)
    if static.is_no:
        parts = "examples, real rows and values" if use.rows_from else "examples and values"
        unrun = (f"{use.name}: {parts} (the signature does not fit)",)
        return [run.with_witnesses(binding, use, static), Result(not_checked=unrun)]
    ran = [run.examples(binding, use)] if use.examples else []
    ran += [run.rows(binding, use)] if use.rows_from else []
    values = run.values(binding, use)
    dynamic = together([*ran, values])
    properties = [run.properties(binding, use)] if use.properties else []
    return [settle(static, dynamic), dynamic, *properties]
