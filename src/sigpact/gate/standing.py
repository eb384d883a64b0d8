"""`Standing`: which versions of a model are live in an environment, and how that is known.

A server's configuration says it, or the store's records of deployments, or both: then what either names is
live, for a client may reach it. Where neither is there, the highest version below the candidate is taken for
it.
"""

from collections.abc import Iterable, Sequence

from sigpact.errors import ConfigurationError
from sigpact.frozen import frozen, replace
from sigpact.savedmodel.versions import Model, VersionDir
from sigpact.serving.model import Latest
from sigpact.serving.served import Served, ServedVersion
from sigpact.store.state import LiveVersion


@frozen
class Standing:
    """One model: all versions that lie there, which are live, and what the store recorded of them.

    `next` is what would be served once the candidate is there; without a configuration, what is live and it.
    """

    model: Model
    live: tuple[int, ...]
    next: Served
    recorded: tuple[LiveVersion, ...] = ()
    notes: tuple[str, ...] = ()
    is_configured: bool = False
    """Whether a server's configuration says what is served, and what labels stand for."""
    leaving: tuple[int, ...] = ()
    """What the server lets go once a candidate lies there that does not yet."""

    def serving(self, others: Iterable[int] = ()) -> Served:
        """Return what clients may reach: what is live, and as candidates what would be, and `others`.

        Labels stand for what they will once the candidate is there.
        """
        called = {each.number: each for each in (*self.next.versions, *self.next.candidates)}
        wanted = {*self.next.judged, *others} - set(self.live)
        there = {each.number: called.get(each.number) or ServedVersion(each) for each in self.model.versions}
        live = tuple(there[each] for each in self.live if each in there)
        return replace(self.next, versions=live, candidates=tuple(there[each] for each in sorted(wanted)))

    def version(self, number: int) -> VersionDir | None:
        """Return a version by its number; `None` where no folder has it."""
        return next((each for each in self.model.versions if each.number == number), None)

    @property
    def remaining(self) -> frozenset[int]:
        """What would be served once the candidate is there."""
        return self.next.judged - set(self.leaving)

    @property
    def unloaded(self) -> tuple[int, ...]:
        """What is live now and would not be once the candidate is there, by the server's policy."""
        return tuple(each for each in self.live if each not in self.remaining)


def standing(
    model: Model,
    served: Served | None,
    recorded: Sequence[LiveVersion] | None,
    candidate: int | None = None,
) -> Standing:
    """Return what is live. `recorded` is `None` where no store is used."""
    records = tuple(recorded or ())
    by_record = {int(each.version) for each in records}
    if served is not None:
        return _configured(model, served, records, candidate)
    if recorded is not None:
        notes = () if records else (f"{model.name}: nothing is recorded as live",)
        return _plain(model, tuple(sorted(by_record)), candidate, records, notes)
    before = [each.number for each in model.versions if candidate is None or each.number < candidate][-1:]
    told = (
        f"{model.name}@{before[0]} is taken for what is live: the highest before the candidate; neither a"
        " models.config nor a store says otherwise"
    )
    return _plain(model, tuple(before), candidate, (), (told,) if before else ())


def _configured(
    model: Model, served: Served, recorded: tuple[LiveVersion, ...], candidate: int | None
) -> Standing:
    """A new version under `latest` is served as soon as it lies there; until then the one before is."""
    now = set(served.numbers) - {candidate}
    if candidate in served.numbers and isinstance(served.policy, Latest):
        below = [each.number for each in model.versions if each.number != candidate]
        now = set(below[-served.policy.count :])
    by_record = {int(each.version) for each in recorded}
    live = tuple(sorted(now | by_record))
    missing = sorted(by_record - set(served.numbers) - {candidate})
    notes = tuple(
        f"{model.name}@{each} is recorded as live and the server's configuration does not serve it"
        for each in (missing if not isinstance(served.policy, Latest) else ())
    )
    after = replace(served, candidates=_candidates(model, served, candidate))
    leaving = _leaving(served, candidate)
    return Standing(
        model, live, after, recorded, (*served.notes, *notes), is_configured=True, leaving=leaving
    )


def _leaving(served: Served, candidate: int | None) -> tuple[int, ...]:
    """Return what `latest` lets go for a candidate from elsewhere; a lower one takes nobody's place."""
    if candidate is None or candidate in served.numbers or not isinstance(served.policy, Latest):
        return ()
    kept = sorted((*served.numbers, candidate))[-served.policy.count :]
    return tuple(each for each in served.numbers if each not in kept)


def _plain(
    model: Model,
    live: tuple[int, ...],
    candidate: int | None,
    recorded: tuple[LiveVersion, ...],
    notes: tuple[str, ...],
) -> Standing:
    versions = tuple(ServedVersion(each) for each in model.versions if each.number in live)
    served = Served(model.name, versions)
    served = replace(served, candidates=_candidates(model, served, candidate))
    return Standing(model, live, served, recorded, notes)


def _candidates(model: Model, served: Served, candidate: int | None) -> tuple[ServedVersion, ...]:
    """Return the candidate, with its labels, where it is not served anyway."""
    known = [each for each in served.candidates if each.number == candidate]
    fresh = [ServedVersion(each) for each in model.versions if each.number == candidate]
    return () if candidate in served.numbers else tuple(known or fresh)


def model_named(name: str, models: Sequence[Model]) -> Model:
    """Return a model by name. Raises `ConfigurationError` with the nearest that there is."""
    from sigpact.nearest import hint  # noqa: PLC0415 - only a mistake needs it

    found = next((each for each in models if each.name == name), None)
    if found is None:
        raise ConfigurationError(
            f"no model {name!r} among those given; {hint(name, [each.name for each in models])}"
        )
    return found
