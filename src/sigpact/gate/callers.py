"""Clients that nobody declared: where no contract names a model, what is live stands for whoever calls it.

Each kind of client of each live signature is an unknown caller. What they can do to a gate is a policy for
each model, and it only gets stricter: `observe` tells, `warn` tells who acts, `enforce` keeps the gate shut.
Where nobody chose a policy the gate does not know, and says so.
"""

from collections.abc import Sequence
from typing import Final

from sigpact.clients.demands import POLICIES
from sigpact.clients.profile import Environment
from sigpact.engine.diff import diff
from sigpact.engine.sides import Side, version_side
from sigpact.findings import Answer
from sigpact.frozen import frozen
from sigpact.gate.standing import Standing
from sigpact.report.gated import Reason, Role, Row

NAME: Final = "(unknown callers)"
_SHUT: Final = "enforce"


@frozen
class Effect:
    """What a candidate does to the unknown callers of one live version."""

    live: int
    answer: Answer
    told: str


def rows(standing: Standing, candidate: int, environment: Environment, policy: str | None) -> tuple[Row, ...]:
    """Return a row for each live version; one without a comparison where nothing is live."""
    live = [each for each in standing.live if each != candidate]
    found = [_effect(standing, each, candidate, environment) for each in live]
    if not found:
        found = [
            Effect(
                candidate, Answer.UNKNOWN, "no contract names the model, and nothing is live to compare with"
            )
        ]
    return tuple(_row(standing.model.name, candidate, each, policy) for each in found)


def _row(model: str, candidate: int, effect: Effect, policy: str | None) -> Row:
    blocks = policy is None or (policy == _SHUT and effect.answer is not Answer.YES)
    act = {
        None: f"write contracts, or choose a policy for {model}: {', '.join(POLICIES)}",
        "observe": "",
    }.get(policy, "the model's team: find out who calls it" if effect.answer is not Answer.YES else "")
    answer = Answer.UNKNOWN if policy is None and effect.answer is Answer.YES else effect.answer
    told = f"{effect.told} (policy: {policy or 'none chosen'})"
    return Row(
        NAME, f"{model}@{effect.live}", model, str(candidate), Role.CANDIDATE, answer, Reason.UNKNOWN_CALLERS,
        blocks, told, act,
    )  # fmt: skip


def _effect(standing: Standing, live: int, candidate: int, environment: Environment) -> Effect:
    old, new = (_side(standing, each) for each in (live, candidate))
    if old.loaded.reason is not None:
        return Effect(
            live, Answer.UNKNOWN, f"no signatures of version {live} to compare with: {old.loaded.reason}"
        )
    found = diff(old, new, (), environment=environment)
    broken = sorted(
        {
            f"{each.client} of {sign.name}"
            for sign in found.signatures
            for each in sign.clients
            if each.verdict == "breaks"
        }
    )
    if broken or found.unloadable:
        return Effect(
            live, Answer.NO, f"breaks {_listed(broken) or 'everybody: ' + (found.unloadable or '')}"
        )
    if found.exit_code != 0:
        return Effect(live, Answer.UNKNOWN, "whether it breaks somebody is undecided by reading alone")
    return Effect(live, Answer.YES, f"no kind of client of version {live} breaks, by reading alone")


def _side(standing: Standing, number: int) -> Side:
    version = standing.version(number)
    if version is None:
        return version_side(standing.model.name, str(number), None)
    return version_side(standing.model.name, str(number), version.path)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more kinds of client" if len(names) > 4 else "")
