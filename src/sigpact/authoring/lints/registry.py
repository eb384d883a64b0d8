"""What a lint is, and the catalogue of all of them.

A lint's docstring is its documentation, in the four parts that a rule's has (`rules.registry`).
"""

import importlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path as File
from typing import Any, Final

from sigpact.contract.model import Contract, SignatureUse, Tensor
from sigpact.findings import Path
from sigpact.frozen import frozen
from sigpact.rules.registry import Rule
from sigpact.rules.registry import catalogue as rules


@frozen
class Subject:
    """What a lint looks at: a contract that is valid, and the plain data that it was built from."""

    contract: Contract
    data: dict[str, Any]


@frozen
class Noticed:
    """What a lint saw, at a path of the document. `superfluous`: what stands there says nothing new."""

    path: Path
    message: str
    superfluous: bool = False


Check = Callable[[Subject], Iterable[Noticed]]


@frozen
class Lint:
    """One entry of the catalogue: its documentation, as a rule has it, and its function."""

    rule: Rule
    check: Check


_LINTS: Final[dict[str, Lint]] = {}


def lint(name: str) -> Callable[[Check], Check]:
    """Register a function as the lint of that id."""

    def register(check: Check) -> Check:
        told = Rule(name, check.__doc__ or "", alone="found by linting, not by comparing", by="linting")
        _LINTS[name] = Lint(told, check)
        return check

    return register


@cache
def catalogue() -> dict[str, Lint]:
    """Return every lint by id, sorted: each module of this package is imported once."""
    for file in sorted(File(__file__).parent.glob("[a-z]*.py")):
        importlib.import_module(f"sigpact.authoring.lints.{file.stem}")
    return dict(sorted(_LINTS.items()))


def documented() -> dict[str, Rule]:
    """Return the documentation of every rule and every lint, by id; of what is both, the rule's."""
    lints = {name: each.rule for name, each in catalogue().items()}
    return dict(sorted((lints | rules()).items()))


FLOATS: Final = frozenset({"number", "float16", "bfloat16", "float32", "float64"})


def is_float(tensor: Tensor) -> bool:
    """Whether a tensor may hold fractions."""
    return bool(FLOATS & set(tensor.dtypes))


def sent(use: SignatureUse) -> tuple[Tensor, ...]:
    """Return inputs and context features."""
    return use.inputs + use.context


def tensors(use: SignatureUse) -> tuple[Tensor, ...]:
    """Return every tensor, inputs first."""
    return use.inputs + use.context + use.outputs
