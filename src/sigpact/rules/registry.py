"""What a rule is, and the catalogue of all of them.

A rule's docstring is its documentation: a first line, then four parts with a heading each. `sigpact
explain`, the docs and the remedies in findings are made from it, so there is nothing else to write.
"""

import importlib
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from sigpact.contract.model import Tensor
from sigpact.findings import Path as At
from sigpact.frozen import frozen
from sigpact.rules.pairing import Pairing
from sigpact.tensors.specs import Feature, TensorSpec

PARTS: Final = ("What it does", "Why it breaks", "Example", "How to mend it")


@frozen
class Difference:
    """What a rule saw, for whatever client: `effects.effect` says what it does to one.

    `change` is stable text for the fingerprint (no version, no data); `tensor` and `spec` (or
    `feature`) are the two sides where there are two.
    """

    rule: str
    at: At
    change: str
    message: str
    expected: str
    received: str
    pairing: Pairing
    tensor: Tensor | None = None
    spec: TensorSpec | None = None
    feature: Feature | None = None


@frozen
class Observation:
    """A difference before it has a rule's id: what a rule function yields."""

    at: At
    change: str
    message: str
    expected: str
    received: str
    tensor: Tensor | None = None
    spec: TensorSpec | None = None
    feature: Feature | None = None


Check = Callable[[Pairing], Iterable[Observation]]


@frozen
class Rule:
    """One entry of the catalogue. `check` is `None` for what comparing signatures cannot find.

    `opposite` is the rule for the reverse change, or `alone` says why there is none.
    """

    id: str
    docstring: str
    check: Check | None = None
    opposite: str | None = None
    alone: str | None = None
    by: str = "running"
    """How one without a `check` is found: by `running`, or by `reading` the export's folder."""

    @property
    def found_by(self) -> str:
        """How it is found: `reading` or `running`."""
        return self.by if self.check is None else "reading"

    @property
    def doc(self) -> str:
        """The documentation without the indentation of the source."""
        first, _, rest = self.docstring.strip("\n").partition("\n")
        return f"{first.strip()}\n{textwrap.dedent(rest)}".strip()

    @property
    def title(self) -> str:
        """The first line of the documentation."""
        return self.docstring.strip().split("\n", 1)[0]

    @property
    def parts(self) -> dict[str, str]:
        """The four parts by heading."""
        found: dict[str, list[str]] = {}
        current: list[str] = []
        for line in self.doc.split("\n")[1:]:
            if line in PARTS:
                current = found.setdefault(line, [])
            else:
                current.append(line)
        return {heading: textwrap.dedent("\n".join(lines)).strip() for heading, lines in found.items()}

    @property
    def mend(self) -> tuple[str, str]:
        """The remedies for the model team and for the client team."""
        text = " ".join(self.parts["How to mend it"].split())
        model, _, client = text.partition("Client: ")
        return model.removeprefix("Model: ").strip(), client.strip()


_RULES: Final[dict[str, Rule]] = {}


def rule(name: str, *, opposite: str | None = None, alone: str | None = None) -> Callable[[Check], Check]:
    """Register a function as the rule of that id; its docstring is the documentation."""

    def register(check: Check) -> Check:
        _RULES[name] = Rule(name, check.__doc__ or "", check, opposite, alone)
        return check

    return register


def documented(name: str, doc: str, *, by: str = "running") -> None:
    """Register a rule that no comparison of signatures can find."""
    _RULES[name] = Rule(name, doc, alone=f"found by {by}, not by comparing", by=by)


@cache
def catalogue() -> dict[str, Rule]:
    """Return every rule by id, sorted: each module of this package is imported once."""
    # `pkgutil` would bring `inspect`, which takes as long as all of the rules.
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        importlib.import_module(f"sigpact.rules.{file.stem}")
    return dict(sorted(_RULES.items()))


def differences(pairing: Pairing) -> Iterator[Difference]:
    """Run every static rule over one pairing."""
    for each in catalogue().values():
        for seen in each.check(pairing) if each.check else ():
            yield Difference(
                each.id, seen.at, seen.change, seen.message, seen.expected, seen.received, pairing,
                seen.tensor, seen.spec, seen.feature,
            )  # fmt: skip
