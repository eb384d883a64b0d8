"""`init`: from an export, from traffic, or from both, the text of a contract that its source satisfies."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sigpact.authoring.agree import clashes
from sigpact.authoring.draft import Draft, Subject, draft
from sigpact.authoring.facts import Seen, Shown
from sigpact.authoring.fmt import formatted
from sigpact.authoring.lint import lint
from sigpact.authoring.lints.examples import example_at_bounds
from sigpact.authoring.lints.registry import Subject as Linted
from sigpact.authoring.render import Head, render
from sigpact.authoring.sources import Sources
from sigpact.authoring.yaml_text import flow
from sigpact.contract.build import build
from sigpact.contract.model import Contract
from sigpact.contract.source import parse
from sigpact.errors import ConfigurationError, ContractError
from sigpact.findings import Level
from sigpact.frozen import frozen, replace
from sigpact.nearest import hint
from sigpact.rules.judge import judge

_FILE: Final = "draft.contract.yaml"


@frozen
class Asked:
    """What the user says; `signatures` are those that the client calls, none: all."""

    client: str
    model: str
    owner: str | None = None
    protocol: str = "rest"
    signatures: tuple[str, ...] = ()
    examples: bool = True


def write(sources: Sources, seen: Seen | None, asked: Asked) -> str:
    """Return the text of a contract.

    Raises `ConfigurationError` where there is nothing to write of, where the traffic and the export tell of
    different things, and where an answer of the user's is none that a contract may have.
    """
    subjects = _subjects(sources, seen, asked)
    taken = frozenset(name for each in subjects for _, name in each.tensors())
    drafts, left_out = list[Draft](), list[str]()
    for subject in subjects:
        made = _fitting(subject, taken, asked)
        if isinstance(made, str):
            left_out.append(f"{subject.name} is left out: {made}")
        else:
            drafts.append(made)
    if not drafts:
        raise ConfigurationError("; ".join(left_out) or "there is no signature to write of")
    notes = (*left_out, *_others(sources, asked, subjects), *_rows_from(sources))
    head = replace(_head(asked, sources), notes=notes, language=_language(subjects))
    document = parse(render(head, drafts), _FILE)
    build(document)
    return _as_draft(formatted(document))


def _as_draft(text: str) -> str:
    """Return a contract with what `lint` would say of it allowed: a draft cannot say more than was seen."""
    remarks = lint(parse(text, _FILE))
    lines = text.split("\n")
    inside = sorted({each.id for each in remarks if each.path[:1] == ("signatures",)})
    allowed = [(lines.index("signatures:"), inside)] if inside else []
    allowed += [(each.span.line - 1, [each.id]) for each in remarks if each.path[:1] != ("signatures",)]
    for at, names in sorted(allowed, reverse=True):
        lines.insert(at, f"# sigpact: allow {', '.join(names)}: a draft, until you have said more")
    return "\n".join(lines)


def _head(asked: Asked, sources: Sources) -> Head:
    return Head(asked.client, asked.model, asked.owner, asked.protocol, sources.told)


def _language(subjects: Sequence[Subject]) -> str | None:
    """Return a language whose reader takes what the answers held, where not every one does."""
    lenient = any(each.traffic is not None and each.traffic.is_lenient for each in subjects)
    return "python" if lenient else None


def _subjects(sources: Sources, seen: Seen | None, asked: Asked) -> list[Subject]:
    """Return the signatures to write of: those in the traffic, without any those of the export."""
    known = {each.name: each for each in sources.signatures or ()}
    names = [each.signature for each in seen.traffic] if seen is not None else list(known)
    for name in asked.signatures:
        if name not in names:
            where = "the traffic" if seen is not None else sources.told[0]
            raise ConfigurationError(f"{name!r} is no signature in {where}; {hint(name, names)}")
    chosen = [each for each in names if not asked.signatures or each in asked.signatures]
    if seen is not None and sources.signatures is not None:
        for name in chosen:
            if name not in known:
                raise ConfigurationError(
                    f"the traffic calls {name!r}, which {sources.told[0]} does not have; {hint(name, known)}"
                )
    found = [
        Subject(name, known.get(name), seen.of(name) if seen else None, asked.protocol) for name in chosen
    ]
    for subject in found:
        _require_protocol(subject)
        _require_agreement(subject, sources)
    return found


def _require_protocol(subject: Subject) -> None:
    """Refuse JSON for gRPC: bodies go over REST, and rows of tensors tell no dtypes."""
    traffic = subject.traffic
    if subject.protocol != "grpc" or traffic is None:
        return
    if traffic.body is not None:
        raise ConfigurationError(f"{subject.name}: the traffic is REST bodies, say --protocol rest")
    tensors = (*traffic.inputs.values(), *traffic.outputs.values())
    if subject.signature is None and any(each.dtype is None for each in tensors):
        told = "JSON tells no dtypes, and over gRPC they count: name the export too"
        raise ConfigurationError(f"{subject.name}: {told}")


def _require_agreement(subject: Subject, sources: Sources) -> None:
    if subject.signature is None or subject.traffic is None:
        return
    found = list(clashes(subject.signature, subject.traffic, subject.protocol))
    if found:
        raise ConfigurationError(
            f"the traffic is none of {sources.told[0]}: {subject.name}: {'; '.join(found)}. "
            "Name the version that answered it, or the traffic alone"
        )


def _others(sources: Sources, asked: Asked, subjects: Sequence[Subject]) -> Iterator[str]:
    there = {each.name for each in subjects}
    others = [each.name for each in sources.signatures or () if each.name not in there]
    if others and not asked.signatures:
        yield f"the export has these signatures besides, which the traffic does not call: {', '.join(others)}"


def _rows_from(sources: Sources) -> Iterator[str]:
    """Tell how the traffic itself is sent to each version, and its answers compared."""
    files = tuple(Path(each).name for each in sources.traffic)
    if files:
        told = "under a signature, the files beside this one"
        yield f"To send these rows themselves, say rows_from: {flow(files)} {told}."


def _fitting(subject: Subject, taken: frozenset[str], asked: Asked) -> Draft | str:
    """Return the draft that the export satisfies, with the examples that load; else why there is none."""
    seen = None if subject.traffic is None else subject.traffic.body
    bodies = ["row", "columnar"] if asked.protocol == "rest" and seen is None else [seen or "row"]
    reasons = []
    for body in bodies:
        made = draft(subject, body, taken)
        examples = made.examples if asked.examples else ()
        reason = _reason(replace(made, examples=()), subject, asked)
        if reason is None:
            kept = [
                each for each in examples if _reason(replace(made, examples=(each,)), subject, asked) is None
            ]
            return replace(made, examples=_unlike([each for each in kept if _shows(made, each, asked)]))
        reasons.append(reason)
    if subject.traffic is not None:
        raise ConfigurationError(f"{subject.name}: what the traffic shows makes no contract: {reasons[0]}")
    return reasons[0]


def _unlike(examples: Sequence[Shown]) -> tuple[Shown, ...]:
    """Return the examples with a name of its own for each."""
    names: dict[str, int] = {}
    made = []
    for each in examples:
        names[each.why] = names.get(each.why, 0) + 1
        made.append(each if names[each.why] == 1 else replace(each, why=f"{each.why} ({names[each.why]})"))
    return tuple(made)


def _shows(made: Draft, example: Shown, asked: Asked) -> bool:
    """Whether an example is more than a bound of the domain, which is sent anyway."""
    head = Head(asked.client, asked.model, asked.owner, asked.protocol, ())
    contract = _loaded(render(head, [replace(made, examples=(example,))]))
    return not any(example_at_bounds(Linted(contract, {})))


def _reason(made: Draft, subject: Subject, asked: Asked) -> str | None:
    """Return why a contract of this signature alone does not load, or breaks; `None`: it is fine."""
    head = Head(asked.client, asked.model, asked.owner, asked.protocol, ())
    try:
        contract = _loaded(render(replace(head, language=_language([subject])), [made]))
    except ContractError as error:
        return "; ".join(each.message for each in error.problems)
    if subject.signature is None:
        return None
    use = contract.signatures[0]
    findings = judge(contract, use, (subject.signature,), asked.model, "0")
    return next((each.message for each in findings if each.level is Level.ERROR), None)


def _loaded(text: str) -> Contract:
    return build(parse(text, _FILE))
