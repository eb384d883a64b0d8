"""What joins signatures: `from:` between them, relations between calls, regressions between versions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sigpact.contract.admit import BROKEN
from sigpact.contract.build_clauses import clauses
from sigpact.contract.build_domains import twice
from sigpact.contract.build_signatures import outputs_of
from sigpact.contract.build_tensors import Built
from sigpact.contract.clause_types import Known, Names, known
from sigpact.contract.mistakes import Mistake, listed, perhaps
from sigpact.contract.model import Regression, Relation, RelationCall, Tensor, Tolerance
from sigpact.contract.scope import Data, Scope, as_data, tolerance, version_ref
from sigpact.contract.sides import Sides
from sigpact.findings import Path
from sigpact.frozen import replace

All = Mapping[str, Sides]
"""The signatures of a contract by name."""


def with_sources(scope: Scope, found: Sides, every: All) -> Sides:
    """Return a signature whose inputs know where `from:` draws them; unknown names are recorded."""
    return replace(
        found,
        inputs=tuple(_with_source(scope, built, every) for built in found.inputs),
        context=tuple(_with_source(scope, built, every) for built in found.context),
    )


def _with_source(scope: Scope, built: Built, every: All) -> Built:
    written = built.merged.keys.get("from")
    if written is None:
        return built
    source = _split(scope, written, built.merged.where("from"), every, "outputs")
    return built if source is None else replace(built, tensor=replace(built.tensor, source=source))


def _split(scope: Scope, written: str, path: Path, every: All, side: str) -> tuple[str, str] | None:
    """Return (signature, tensor) of `SIGNATURE.TENSOR`; both may have dots, so the contract decides."""
    cuts = [index for index, character in enumerate(written) if character == "."]
    splits = [(written[:cut], written[cut + 1 :]) for cut in cuts]
    for signature, name in splits:
        if signature in every and name in _tensors(every[signature], side):
            return signature, name
    what = side.removesuffix("s")
    for signature, name in splits:
        if signature in every:
            names = _tensors(every[signature], side)
            near = perhaps(name, names) or f": there are {listed(names)}"
            mistake = Mistake.UNKNOWN_INPUT if side == "inputs" else Mistake.UNKNOWN_OUTPUT
            scope.mistakes.add(mistake, path, f"{name!r} is no {what} of signature {signature!r}{near}")
            return None
    near = perhaps(splits[0][0], every) or f": there are {listed(every)}"
    message = f"{splits[0][0]!r} is no signature of this contract{near}"
    scope.mistakes.add(Mistake.UNKNOWN_SIGNATURE, path, message)
    return None


def _tensors(found: Sides, side: str) -> Mapping[str, Tensor]:
    built = found.sent if side == "inputs" else found.outputs
    return {each.tensor.name: each.tensor for each in built}


def check_cycles(scope: Scope, every: All) -> None:
    """Record inputs that are drawn, by way of other signatures, from themselves."""
    drawn_from = {
        name: [built.tensor.source[0] for built in found.sent if built.tensor.source]
        for name, found in every.items()
    }
    for name, found in every.items():
        for built in found.sent:
            if built.tensor.source and name in _reached(built.tensor.source[0], drawn_from):
                source = ".".join(built.tensor.source)
                message = f"{built.tensor.name!r} is drawn from {source}, which is drawn from {name!r}"
                scope.mistakes.add(Mistake.FROM_CYCLE, built.merged.where("from"), message)


def _reached(start: str, edges: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edges[name])
    return seen


def relations(scope: Scope, written: list[Any], every: All) -> tuple[Relation, ...]:
    """Return the relations; what is wrong with each is recorded."""
    made = [
        _relation(scope, item, ("relations", index), every)
        for index, item in enumerate(written)
        if item is not BROKEN
    ]
    _check_names(scope, [(each.name, each.path) for each in made], "relation")
    return tuple(made)


def _check_names(scope: Scope, names: list[tuple[str, Path]], what: str) -> None:
    for name, path in twice([each for each in names if each[0]]):
        scope.mistakes.add(Mistake.NAME_TWICE, (*path, "name"), f"{what} {name!r} is there twice")


def _relation(scope: Scope, data: Data, path: Path, every: All) -> Relation:
    drawn: dict[str, tuple[str, str]] = {}
    plain: dict[str, Known] = {}
    for name, source in as_data(data.get("inputs")).items():
        plain[name] = Known("other")
        if source is BROKEN:
            continue
        split = _split(scope, source, (*path, "inputs", name), every, "inputs")
        if split is not None:
            drawn[name] = split
            built = next(each for each in every[split[0]].sent if each.tensor.name == split[1])
            plain[name] = known(built.family, built.tensor.shape)
    names = Names(plain, {}, {}, "drawn input")
    calls: list[RelationCall] = []
    for name, call in as_data(data.get("calls")).items():
        calls.append(_call(scope, name, as_data(call), (*path, "calls", name), names, every))
        names = replace(names, calls={**names.calls, name: _outputs(as_data(call), every)})
    holds = clauses(scope, names, data.get("holds", []), (*path, "holds"))
    return Relation(data.get("name", ""), path, tuple(drawn.items()), tuple(calls), holds)


def _outputs(call: Data, every: All) -> Mapping[str, Known] | None:
    found = every.get(call.get("signature", ""))
    return None if found is None else outputs_of(found)


def _call(scope: Scope, name: str, data: Data, path: Path, names: Names, every: All) -> RelationCall:
    given = {key: value for key, value in data.get("inputs", {}).items() if value is not BROKEN}
    for key, value in given.items():
        _check_given(scope, value, (*path, "inputs", key), names)
    found = every.get(data.get("signature", ""))
    if found is not None and "inputs" in data:
        _check_inputs(scope, found, data["inputs"], (*path, "inputs"))
    version = version_ref(data["version"]) if "version" in data else None
    return RelationCall(name, data.get("signature", ""), version, tuple(given.items()), path)


def _check_given(scope: Scope, value: str, path: Path, names: Names) -> None:
    """Record what is neither drawn nor the output of a call before."""
    if value in names.plain:
        return
    call, _, output = value.partition(".")
    if not output:
        near = perhaps(value, names.plain) or f": there are {listed(names.plain)}"
        scope.mistakes.add(Mistake.UNKNOWN_NAME, path, f"{value!r} is no drawn input of this relation{near}")
        return
    if call not in names.calls:
        near = perhaps(call, names.calls) or f": there are {listed(names.calls)}"
        message = f"{call!r} is no call before this one{near}"
        scope.mistakes.add(Mistake.UNKNOWN_CALL, path, message)
        return
    outputs = names.calls[call]
    if outputs is not None and output not in outputs:
        near = perhaps(output, outputs) or f": there are {listed(outputs)}"
        scope.mistakes.add(Mistake.UNKNOWN_OUTPUT, path, f"{output!r} is no output of call {call!r}{near}")


def _check_inputs(scope: Scope, found: Sides, given: Data, path: Path) -> None:
    declared = _tensors(found, "inputs")
    for name in given:
        if name not in declared:
            near = perhaps(name, declared) or f": there are {listed(declared)}"
            message = f"{name!r} is no input of signature {found.name!r}{near}"
            scope.mistakes.add(Mistake.UNKNOWN_INPUT, (*path, name), message)
    missing = [name for name, tensor in declared.items() if name not in given and tensor.optional is None]
    if missing:
        message = f"the call does not send {listed(missing)} of signature {found.name!r}"
        scope.mistakes.add(Mistake.INPUT_NOT_SENT, path, message)


def regressions(scope: Scope, written: list[Any], every: All) -> tuple[Regression, ...]:
    """Return the regressions; what is wrong with each is recorded."""
    made = [
        _regression(scope, item, ("regressions", index), every)
        for index, item in enumerate(written)
        if item is not BROKEN
    ]
    _check_names(scope, [(each.name, each.path) for each in made], "regression")
    return tuple(made)


def _regression(scope: Scope, data: Data, path: Path, every: All) -> Regression:
    signature = data.get("signature", "")
    if signature and signature not in every:
        near = perhaps(signature, every) or f": there are {listed(every)}"
        message = f"{signature!r} is no signature of this contract{near}"
        scope.mistakes.add(Mistake.UNKNOWN_SIGNATURE, (*path, "signature"), message)
    _check_regression(scope, data, path, every.get(signature))
    return Regression(
        name=data.get("name", ""),
        path=path,
        signature=signature,
        against=version_ref(data.get("against")),
        over=scope.files((*path, "over"), data.get("over", [])),
        agreement=_share(data.get("agreement"), "at_least"),
        negative_flips=_share(data.get("negative_flips"), "at_most"),
        drift=_drift(data.get("drift")),
    )


def _share(said: Data | None, key: str) -> tuple[str, float] | None:
    return None if said is None else (said.get("output", ""), said.get(key, 0))


def _drift(said: Data | None) -> tuple[str, Tolerance] | None:
    return None if said is None else (said.get("output", ""), tolerance(said))


def _check_regression(scope: Scope, data: Data, path: Path, found: Sides | None) -> None:
    there = [key for key in ("agreement", "negative_flips", "drift") if key in data]
    broken = any(
        scope.mistakes.is_broken((*path, key)) for key in ("agreement", "negative_flips", "drift", "over")
    )
    if not there and not broken:
        message = "a regression says nothing without agreement, negative_flips or drift"
        scope.mistakes.add(Mistake.SAYS_NOTHING, path, message)
    rows = [key for key in there if key != "drift"]
    if rows and "over" not in data and not broken:
        message = f"{rows[0]!r} wants real rows: name a file with 'over'; noise says nothing about agreement"
        scope.mistakes.add(Mistake.SAYS_NOTHING, (*path, rows[0]), message)
    for key, place, output in _compared(data, there, path):
        built = next((each for each in found.outputs if each.tensor.name == output), None) if found else None
        if found is not None and built is None:
            outputs = _tensors(found, "outputs")
            near = perhaps(output, outputs) or f": there are {listed(outputs)}"
            scope.mistakes.add(
                Mistake.UNKNOWN_OUTPUT, place, f"{output!r} is no output of {found.name!r}{near}"
            )
        elif built is not None and key == "drift" and known(built.family, built.tensor.shape).type == "text":
            scope.mistakes.add(Mistake.TYPES_CLASH, place, f"'drift' is for numbers, {output!r} is a text")


def _compared(data: Data, keys: Iterable[str], path: Path) -> Iterator[tuple[str, Path, str]]:
    for key in keys:
        if "output" in data[key]:
            yield key, (*path, key, "output"), data[key]["output"]
