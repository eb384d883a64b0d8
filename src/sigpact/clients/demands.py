"""`Demands`: what an environment wants to see before a version, or a client's release, may go there."""

from typing import Final

from sigpact.frozen import frozen

SCOPES: Final = ("static", "full")
POLICIES: Final = ("observe", "warn", "enforce")
"""What unknown callers of a model can do to a gate, from nothing to keeping it shut; see `gate.callers`."""
TTL_DAYS: Final = 180


@frozen
class Demands:
    """What `[tool.sigpact.environments.NAME]` says beside the server.

    `models`: where what is served there is described (`models.config`) or lies (base paths). A yes of less
    scope than `evidence`, of fewer than `rows` rows, or with clauses that nothing looked at is none; of those
    clauses, what contains a word of `accept_unchecked` is let pass. `callers` is a policy for each model that
    no contract names.
    """

    models: tuple[str, ...] = ()
    evidence: str = "full"
    rows: int = 0
    accept_unchecked: tuple[str, ...] = ()
    callers: tuple[tuple[str, str], ...] = ()
    ttl_days: int = TTL_DAYS

    def policy(self, model: str) -> str | None:
        """Return what is said about unknown callers of a model; `None` where nothing is."""
        return dict(self.callers).get(model)

    def is_accepted(self, clause: str) -> bool:
        """Whether a clause that nothing looked at may stay so."""
        return any(word in clause for word in self.accept_unchecked)
