"""What unknown callers of a model can do to a gate: by configuration, and never less than it was on record.

The ratchet: `observe`, `warn`, `enforce`. The store keeps the strictest level that a gate went by; a
configuration that says less is a mistake, until somebody says why it may (`sigpact policy`).
"""

from sigpact.clients.demands import POLICIES
from sigpact.errors import ConfigurationError
from sigpact.gate.inquiry import Inquiry
from sigpact.store.acts import append
from sigpact.store.records import Level, Owner, OwnerKind, Policy, Record


def effective(inquiry: Inquiry, model: str) -> str | None:
    """Return the policy about a model; `None` where nobody chose one.

    Raises `ConfigurationError` where the configuration says less than what is on record.
    """
    said = inquiry.asked.environment.demands.policy(model)
    kept = recorded(inquiry, model)
    if kept is None or said is None:
        return said or kept
    if POLICIES.index(said) < POLICIES.index(kept):
        name = inquiry.asked.environment.name
        raise ConfigurationError(
            f"callers.{model} is {said!r} for {name}, and {kept!r} is on record: a policy only gets stricter;"
            f" `sigpact policy {model} {said} --to {name} --because …` lets go of it"
        )
    return said


def recorded(inquiry: Inquiry, model: str) -> str | None:
    """Return the strictest policy that stands on record."""
    bodies = [each.body for each in _records(inquiry, model)]
    levels = [str(each.level) for each in bodies if isinstance(each, Policy)]
    return max(levels, key=POLICIES.index, default=None)


def keep(inquiry: Inquiry, model: str, level: str, because: str) -> tuple[Record, ...]:
    """Write a policy in the place of those on record, unless it says nothing new; return what was written."""
    store, asked = inquiry.store, inquiry.asked
    if store is None or asked.dry or recorded(inquiry, model) == level:
        return ()
    replaced = tuple(sorted(each.digest for each in _records(inquiry, model)))
    owner = Owner(OwnerKind.MODEL, model)
    body = Policy(owner, asked.now, asked.environment.name, Level(level), because, replaced)
    return (append(store.place, body),)


def _records(inquiry: Inquiry, model: str) -> list[Record]:
    records = inquiry.store.state.policies if inquiry.store is not None else ()
    return [each for each in records if each.body.owner == Owner(OwnerKind.MODEL, model)]
