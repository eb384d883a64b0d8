"""A `Diff` as text: what changed and who breaks, for somebody in a hurry; the worst comes first."""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from sigpact.report.difference import ContractMet, Diff, Met, SignatureDiff, Witnessed
from sigpact.report.show import plain
from sigpact.report.text import Paint

_Key = TypeVar("_Key")
_WIDTH: Final = 110
_ORDER: Final = ("breaks", "silent", "undecided", "safe")
_COLOURS: Final = {"breaks": "no", "silent": "warning", "undecided": "unknown", "safe": "yes"}
_LABEL: Final = 11
_SHOWN: Final = 400
"""Characters of a request or an answer that are shown; the JSON has all of them."""


def render(diff: Diff, *, colour: bool = False) -> str:
    """Return the whole comparison as text that ends in a newline."""
    paint = Paint(on=colour)
    if diff.is_same:
        return f"{_environment(diff)}no difference: the signatures of {diff.old} and {diff.new} are equal\n"
    ordered = sorted(diff.signatures, key=lambda each: (_rank(each), each.name))
    blocks = [
        _headline(diff, paint),
        *("\n".join(_signature(each, diff, paint)) for each in ordered),
        "\n".join(_contracts(diff, paint)),
        "\n".join(_rest(diff)),
    ]
    return _environment(diff) + "\n\n".join(block for block in blocks if block) + "\n"


def _environment(diff: Diff) -> str:
    return "" if diff.environment is None else f"{plain(str(diff.environment))}\n\n"


def _rank(signature: SignatureDiff) -> int:
    return min((_ORDER.index(each.verdict) for each in signature.clients), default=len(_ORDER))


def _headline(diff: Diff, paint: Paint) -> str:
    versions = f"{diff.old} -> {diff.new}: "
    if diff.unloadable is not None:
        said = paint("does not load", "no")
        return f"{versions}{diff.new} {said}, so {diff.old} keeps serving\n  {diff.unloadable}"
    if diff.unread is not None:
        return f"{versions}{paint('undecided', 'unknown')}, {diff.new} cannot be read\n  {diff.unread}"
    if diff.contracts is None:
        who = {each: _of_signatures(diff, each) for each in _ORDER}
    else:
        who = {each: _named(met for met in diff.contracts if met.verdict == each) for each in _ORDER}
    match diff.verdict:
        case "breaks":
            return f"{versions}{paint('breaks', 'no')} {who['breaks']}"
        case "silent":
            return (
                f"{versions}nobody fails, but {who['silent']} get other values {paint('silently', 'warning')}"
            )
        case "undecided":
            told = paint("undecided", "unknown")
            hint = "" if diff.ran else "; --two-sided runs both"
            return f"{versions}{told} for {who['undecided']}: the signatures do not tell{hint}"
        case _:
            return f"{versions}different, and {paint('nobody breaks', 'yes')}"


def _of_signatures(diff: Diff, verdict: str) -> str:
    hit = [each.name for each in diff.signatures if any(met.verdict == verdict for met in each.clients)]
    return f"clients of {', '.join(map(plain, hit))}"


def _named(met: Iterable[ContractMet]) -> str:
    return ", ".join(each.client for each in met)


def _signature(signature: SignatureDiff, diff: Diff, paint: Paint) -> Iterator[str]:
    yield paint.bold(plain(signature.name))
    for change in signature.changes:
        yield from _paragraph("  changed", plain(change.message))
    groups = _grouped(signature.clients, lambda each: each.verdict)
    for verdict in _ORDER:
        known = groups.get(verdict, [])
        for at, (why, same) in enumerate(_grouped(known, lambda each: each.why).items()):
            label = f"  {paint(verdict, _COLOURS[verdict])}" if not at else ""
            pad = " " * (_LABEL - (len(verdict) + 2 if label else 0))
            yield f"{label}{pad}{_kinds([each.client for each in same], signature)}"
            for each in why:
                yield from _paragraph("", plain(each), indent=_LABEL + 2)
            yield from _shown(same, diff)


def _grouped(clients: Sequence[Met], key: Callable[[Met], _Key]) -> dict[_Key, list[Met]]:
    groups: dict[_Key, list[Met]] = {}
    for each in clients:
        groups.setdefault(key(each), []).append(each)
    return groups


def _shown(clients: Sequence[Met], diff: Diff) -> Iterator[str]:
    """Yield the first witness of clients that fare alike: the others look the same."""
    met = next((each for each in clients if each.witness is not None), None)
    if met is not None and met.witness is not None:
        yield from _witness(met.witness, diff)
        return
    ran = max((each.ran for each in clients), default=0)
    if ran:
        yield from _paragraph("", f"{ran:,} requests ran on both, and none shows it", indent=_LABEL + 2)


def _witness(witness: Witnessed, diff: Diff) -> Iterator[str]:
    labels = ("sent", diff.old, diff.new)
    width = max(map(len, labels)) + 2
    start = " " * (_LABEL + 2)
    yield f"{start}{labels[0]:{width}}{_cut(witness.request)}"
    yield f"{start}{labels[1]:{width}}{_cut(witness.old)}"
    yield f"{start}{labels[2]:{width}}{_cut(witness.new)}"
    at, length = witness.new_token
    if at < _SHOWN:
        yield f"{start}{' ' * width}{' ' * at}{'^' * max(1, min(length, _SHOWN - at))}"


def _cut(text: str) -> str:
    said = plain(text)
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}… ({len(text):,} characters)"


def _paragraph(label: str, text: str, indent: int = _LABEL) -> list[str]:
    lines = textwrap.wrap(text, _WIDTH - indent, break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{label:{indent}}{lines[0]}", *(" " * indent + line for line in lines[1:])]


def _kinds(found: Sequence[str], signature: SignatureDiff) -> str:
    """Say kinds of client as shortly as they can be told from those that there are."""
    there = [each.client for each in signature.clients]
    if set(found) == set(there):
        return "every client"
    rest = [each for each in there if each.startswith(("row", "col"))]
    if rest and set(rest) <= set(found):
        parts = ["REST"]
    else:
        parts = [*_format("row", "REST row", found, there), *_format("col", "REST columnar", found, there)]
    grpc = [_GRPC[each] for each in found if each in _GRPC]
    for pair, together in _TOGETHER:
        if set(pair) <= set(grpc):
            grpc = [each for each in grpc if each not in pair] + [together]
    return ", ".join([*parts, *grpc, *(each for each in found if each in {"classify", "regress"})])


_GRPC: Final = {
    "grpc": "gRPC without output_filter",
    "grpc-filter": "gRPC with output_filter",
    "grpc-omitting": "gRPC that leaves out defaults, without output_filter",
    "grpc-filter-omitting": "gRPC that leaves out defaults, with output_filter",
}
_TOGETHER: Final = (
    (tuple(_GRPC.values())[:2], "gRPC"),
    (tuple(_GRPC.values())[2:], "gRPC that leaves out defaults"),
)


def _format(prefix: str, said: str, found: Sequence[str], there: Sequence[str]) -> list[str]:
    mine, all_ = ([each for each in kinds if each.startswith(prefix)] for kinds in (found, there))
    if not mine:
        return []
    return [said if set(mine) == set(all_) else f"{said} ({mine[0].partition('-')[2]} values)"]


def _contracts(diff: Diff, paint: Paint) -> Iterator[str]:
    contracts = diff.contracts or ()
    if contracts:
        yield paint.bold("contracts")
    for verdict in _ORDER:
        for met in (each for each in contracts if each.verdict == verdict):
            status = "" if met.status == "active" else f", {met.status}: does not count"
            label = f"  {paint(verdict, _COLOURS[verdict])}{' ' * (_LABEL - len(verdict) - 2)}"
            yield f"{label}{met.client} ({met.owner or 'no owner'}{status})"
            for finding in met.findings:
                told = f"{finding.rule}: {finding.message}"
                yield from _paragraph("", f"{finding.span}: {told}", indent=_LABEL + 2)
            if met.witness is not None:
                yield from _witness(met.witness, diff)
            if met.already:
                told = f"{met.already} more, broken with the old version already"
                yield from _paragraph("", told, indent=_LABEL + 2)


def _rest(diff: Diff) -> Iterator[str]:
    if diff.equal:
        yield from _wrapped(f"unchanged: {', '.join(map(plain, diff.equal))}")
    for note in diff.notes:
        yield from _wrapped(note)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
