"""Examples that were answered otherwise now say what was answered, in the contract's own file.

Requests are never rewritten, nor expected errors: whether the right thing is refused for the right reason, no
answer can say. What breaks another word of the contract is not recorded either: it is a breach.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from sigpact.checks.breaches import is_sensitive
from sigpact.checks.examples import check_example, check_raw_example
from sigpact.checks.recorded import Change, raw_changes, tensor_changes
from sigpact.contract.build import build
from sigpact.contract.model import Contract, Example, RawExample, SignatureUse, TensorExample
from sigpact.contract.rewrite import CannotRewriteError, replace_file, rewrite
from sigpact.contract.source import Document, read
from sigpact.engine.journey import Arrival, Read
from sigpact.engine.selection import Binding
from sigpact.engine.updating.answers import Came, require_agreement, require_all, usable
from sigpact.errors import ContractError
from sigpact.report.model import Rewritten


@dataclass(frozen=True, slots=True)
class Answered(Came):
    """What one version made of one example."""

    example: Example


def rewritten_contract(
    file: str, answered: Sequence[Answered], missing: Sequence[tuple[Binding, SignatureUse]]
) -> tuple[Rewritten | None, list[str]]:
    """Rewrite the examples of one contract file that every version that answers them can agree on.

    `missing` are uses that examples were not sent to. Return what changed, and a sentence for each example
    that was left. Raises `OSError`.
    """
    contract = answered[0].binding.contract
    before = document = _unchanged(contract)
    if document is None or before is None:
        return None, [f"{file}: the file has changed since it was read; nothing is rewritten: run again"]
    notes: list[str] = []
    count = 0
    for path, group in groupby(answered, key=lambda each: each.example.path):
        versions = tuple(group)
        if not any(each.is_other for each in versions):
            continue
        name = versions[0].use.name
        try:
            require_all((binding for binding, use in missing if use.name == name), "example")
            document = _rewritten(document, versions)
        except CannotRewriteError as error:
            example = versions[0].example.name
            notes.append(f"{contract.span(path)}: example {example!r} is not rewritten: {error}")
        else:
            count += 1
    if not count:
        return None, notes
    replace_file(file, before.text, document.text)
    return Rewritten(file, count, _diff(contract, before.text, document.text)), notes


def _unchanged(contract: Contract) -> Document | None:
    """Return the file as it is now, unless it is no longer the contract that ran."""
    try:
        document = read(contract.file)
        return document if build(document) == contract else None
    except ContractError:
        return None


def _rewritten(document: Document, versions: Sequence[Answered]) -> Document:
    """Return the document in which the example has the answer of the highest version.

    Raises `CannotRewriteError` where it is not to have it, or would not pass with it.
    """
    first = versions[0]
    if first.example.error is not None:
        raise CannotRewriteError("it expects an error, and errors are for people to judge")
    answers = usable(versions)
    made = rewrite(document, dict(_changes(answers[-1])))
    require_agreement(answers[-1], _unmet(made, answers), "example")
    return made


def _changes(answered: Answered) -> Iterable[Change]:
    arrival, example = answered.arrival, answered.example
    match example, arrival:
        case TensorExample(), Read(answer=answer):
            return tensor_changes(answered.binding.contract, answered.use, example, answer)
        case RawExample(), Read(body=bytes() as body):
            return raw_changes(example, body)
        case _:
            return ()


def _unmet(document: Document, versions: Sequence[Answered]) -> list[Answered]:
    """Return the answers that the example in the document does not have."""
    try:
        contract = build(document)
    except ContractError as error:
        raise CannotRewriteError(f"the contract would be wrong: {error.problems[0].message}") from None
    first = versions[0]
    use = contract.signature(first.use.name)
    examples = () if use is None else use.examples
    example = next((each for each in examples if each.path == first.example.path), None)
    if use is None or example is None:
        raise CannotRewriteError("something else in the file would change with it")
    return [each for each in versions if _differs(use, example, each.arrival)]


def _differs(use: SignatureUse, example: Example, arrival: Arrival) -> bool:
    match example, arrival:
        case TensorExample(), Read(answer=answer):
            return any(check_example(use, example, answer))
        case RawExample(), Read(body=bytes() as body):
            return any(check_raw_example(use, example, body))
        case _:
            return True


def _diff(contract: Contract, before: str, after: str) -> str:
    """Return a unified diff; lines around a change may hold what is sensitive, and are left out then."""
    context = 0 if any(map(is_sensitive, contract.signatures)) else 3
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), contract.file, contract.file, n=context, lineterm=""
    )
    return "\n".join(lines)
