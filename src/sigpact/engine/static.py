"""The static half: contracts against `saved_model.pb` alone. Neither numpy nor TensorFlow is imported."""

import re
from typing import Final

from sigpact.clients.profile import ServerProfile
from sigpact.contract.model import (
    Contract,
    Domain,
    Relation,
    RelationCall,
    SignatureUse,
    Tensor,
    TensorExample,
)
from sigpact.engine.selection import Binding
from sigpact.errors import ExportError, UnsupportedExportError
from sigpact.findings import Finding, Level, Path, Witness
from sigpact.frozen import frozen
from sigpact.rules.judge import judge
from sigpact.rules.literals import literal
from sigpact.rules.registry import catalogue
from sigpact.rules.relating import Lack as RelationLack
from sigpact.rules.relating import lacks
from sigpact.savedmodel.files import Lack, Missing, missing
from sigpact.savedmodel.reader import Export, read_export, serving_signatures
from sigpact.tensors.specs import Signature


@frozen
class Loaded:
    """The signatures of one version, or the reason why there are none to be had.

    `unknown`: a server may well load the version, only nothing here can read it.
    """

    signatures: tuple[Signature, ...] = ()
    export: Export | None = None
    reason: str | None = None
    unknown: bool = False
    lacks: tuple[Missing, ...] = ()
    """Files that are not there, and who needs them; a version that lacks what its load needs has a reason."""


@frozen
class StaticResult:
    """What comparing one use with one version found; `compared` counts decided rules."""

    findings: tuple[Finding, ...]
    compared: int


class Exports:
    """Reads each version once, however many contracts bind it."""

    def __init__(self) -> None:
        self._read: dict[str, Loaded] = {}

    def signatures(self, path: str) -> Loaded:
        """Return the signatures that a server would serve from this version's folder."""
        if path not in self._read:
            try:
                self._read[path] = _loaded(read_export(path))
            except UnsupportedExportError as error:
                self._read[path] = Loaded(reason=str(error), unknown=True)
            except ExportError as error:
                self._read[path] = Loaded(reason=str(error))
        return self._read[path]


def _loaded(export: Export) -> Loaded:
    """Raises `ExportError` where the server does not load it."""
    signatures = serving_signatures(export)
    lacks = missing(export)
    fatal = next((each for each in lacks if each.signature is None and each.certain), None)
    reason = f"{export.path}: {fatal.file} is missing; {fatal.reason}" if fatal is not None else None
    return Loaded(signatures, export, reason, lacks=lacks)


def compare(binding: Binding, use: SignatureUse, loaded: Loaded, server: ServerProfile) -> StaticResult:
    """Compare one use with one version that could be read, as a server of this profile serves it."""
    number = str(binding.version.number)
    findings = judge(binding.contract, use, _looked_at(use, loaded), binding.model, number, server)
    lacking = tuple(
        _lacking(binding, use, each) for each in loaded.lacks if each.signature in {use.name, None}
    )
    return StaticResult((*findings, *lacking), sum(rule.check is not None for rule in catalogue().values()))


def _looked_at(use: SignatureUse, loaded: Loaded) -> tuple[Signature, ...]:
    """Return the signatures, the one that a client of classify or regress calls with its features."""
    if use.verb == "predict" or loaded.export is None:
        return loaded.signatures
    from sigpact.savedmodel.features import with_features  # noqa: PLC0415 - most contracts call predict

    export = loaded.export
    return tuple(with_features(export, each) if each.name == use.name else each for each in loaded.signatures)


@frozen
class Told:
    """The words of a finding: where in the contract (`path`), where in the signature (`at`), and what."""

    path: Path
    signature: str | None
    at: Path
    change: str
    message: str
    expected: str
    received: str
    why: str


def found(binding: Binding, rule: str, level: Level, told: Told, witness: Witness | None = None) -> Finding:
    """Return a finding about one contract at one version; the remedies are the rule's."""
    mend_model, mend_client = catalogue()[rule].mend
    return Finding(
        rule=rule,
        level=level,
        client=binding.contract.client,
        owner=binding.contract.owner,
        model=binding.model,
        version=str(binding.version.number),
        signature=told.signature,
        at=told.at,
        change=told.change,
        span=binding.contract.span(told.path),
        message=told.message,
        expected=told.expected,
        received=told.received,
        why=told.why,
        mend_model=mend_model,
        mend_client=mend_client,
        witness=witness,
    )


def lacks_op(reason: str) -> str | None:
    """Say that it is this machine which lacks an op, where that is why a version does not load.

    TensorFlow Serving is built with ops (of tensorflow_text, for one) that TensorFlow alone has not.
    """
    found = re.search(r"Op type not registered '([^']+)'", reason)
    if found is None:
        return None
    return f"everything: the TensorFlow here lacks the op {found.group(1)!r}, which a server may have"


def unloadable(binding: Binding, reason: str) -> Finding:
    """Return the finding that a version cannot be loaded at all: no for every client."""
    told = Told(
        ("model",),
        None,
        (),
        "unloadable",
        f"version {binding.version.number} does not load",
        "a version that loads",
        reason,
        "the server never makes it live; what it serves already, it goes on serving",
    )
    return found(binding, "version-unloadable", Level.ERROR, told)


_LACKING: Final = {
    Lack.VARIABLES: (
        "variables-missing",
        "the server restores nothing and goes live all the same; each call that reads a variable fails",
    ),
    Lack.ASSET: ("asset-missing", "the version goes live, and each call that opens the file fails"),
}


def _lacking(binding: Binding, use: SignatureUse, lack: Missing) -> Finding:
    """Return the finding that a file is missing which the signature needs, or may need."""
    rule, why = _LACKING[lack.lack]
    told = Told(
        use.path,
        use.name,
        (),
        f"{lack.file} missing",
        f"{lack.file} is missing; {lack.reason}",
        lack.file,
        "no such file",
        why if lack.certain else f"if it is needed, {why}",
    )
    return found(binding, rule, Level.ERROR if lack.certain else Level.UNDECIDED, told)


def relations_that_cannot_run(binding: Binding, loaded: Loaded) -> tuple[Finding, ...]:
    """Return a finding for each name that a relation calls at this version and that is not there."""
    contract = binding.contract
    return tuple(
        _cannot_run(binding, relation, call, lack)
        for relation in contract.relations
        for call in relation.calls
        if call.version is None
        for lack in lacks(contract, relation, call, loaded.signatures)
    )


def _cannot_run(binding: Binding, relation: Relation, call: RelationCall, lack: RelationLack) -> Finding:
    told = Told(
        call.path,
        call.signature,
        ("relations", relation.name, "calls", call.name),
        lack.change,
        f"relation {relation.name!r} cannot run: {lack.message}",
        lack.expected,
        lack.received,
        "the client makes this call, and what it relies on between its calls cannot hold without it",
    )
    return found(binding, "relation-cannot-run", Level.ERROR, told)


def undeclared(binding: Binding, use: SignatureUse) -> tuple[Finding, ...]:
    """Return an advice for each numeric input whose values nothing describes: only examples are sent."""
    return tuple(
        found(
            binding,
            "domain-undeclared",
            Level.ADVICE,
            Told(
                tensor.path,
                use.name,
                ("inputs", tensor.name),
                "no domain",
                f"input {tensor.name!r} has no bounds, enum, samples or real rows: only examples are sent",
                "a domain",
                "none",
                "nothing else is made up, so the verdict rests on the examples",
            ),
        )
        for tensor in use.inputs
        if lacks_domain(tensor) and not use.rows_from
    )


def lacks_domain(tensor: Tensor) -> bool:
    """Whether an input holds numbers of which the contract says nothing: none are made up."""
    numeric = all(literal(word) in {"integer", "fraction"} for word in tensor.dtypes)
    said = tensor.samples or tensor.columns or tensor.source or tensor.domain.enum is not None
    return numeric and not said and not _has_bounds(tensor.domain)


def _has_bounds(domain: Domain) -> bool:
    below = domain.minimum is not None or domain.exclusive_minimum is not None
    return below and (domain.maximum is not None or domain.exclusive_maximum is not None)


def unheeded(contract: Contract) -> tuple[str, ...]:
    """Return the clauses of a contract that nothing looks at yet, as `not_checked` lists them."""
    return (
        *(f"{use.name}: {clause}" for use in contract.signatures for clause in unheeded_in(use)),
        *(f"regression: {each.name}" for each in contract.regressions),
    )


def unheeded_in(use: SignatureUse) -> tuple[str, ...]:
    """Return the clauses of one use that nothing looks at yet."""
    examples = [each for each in use.examples if isinstance(each, TensorExample)]
    shown = {each.name for example in examples for each in example.outputs}
    return tuple(
        f"labels of {each.name} beyond their number: no example has its values"
        for each in use.outputs
        if each.labels is not None and each.name not in shown
    )
