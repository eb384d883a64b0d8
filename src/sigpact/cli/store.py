"""The commands of the store: thin; each says what it wrote in one line."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sigpact.cli.arguments import Commands
from sigpact.engine.options import Configured, configured
from sigpact.errors import ConfigurationError, ContractError, StorageError

if TYPE_CHECKING:
    import datetime as dt

    from sigpact.savedmodel.versions import Model
    from sigpact.store.acts import Desk, Kept
    from sigpact.store.commit import Commit
    from sigpact.store.content import Gathered
    from sigpact.store.history import History
    from sigpact.store.records import Owner
    from sigpact.store.subjects import Subject
    from sigpact.store.tickets import Ticket

_NO: Final = 1
_INCOMPLETE: Final = 4
_EPILOG: Final = (
    "exit codes: 0 written, 1 the gate's yes no longer holds, 2 something said is wrong (nothing is written),"
    " 4 the store cannot be reached, read or written"
)
_SUBJECT: Final = "CLIENT@RELEASE or MODEL@VERSION; client:… or model:… where a name is both"


def add(commands: Commands) -> None:
    """Register the commands."""
    publish = _command(
        commands, "publish", _publish, "write a client's contracts into the store, at a release"
    )
    publish.add_argument(
        "contracts", metavar="CONTRACTS", nargs="*", help="contract files of one client, or folders"
    )
    publish.add_argument(
        "--client-release", metavar="CLIENT@RELEASE", required=True, help="as mobile-app@4.3"
    )
    amend = _command(
        commands, "amend", _amend, "write contracts in the place of wrong ones of a release that is out"
    )
    amend.add_argument("release", metavar="CLIENT@RELEASE", help="a release that is published")
    amend.add_argument(
        "contracts", metavar="CONTRACTS", nargs="*", help="all contracts of the release, as they should be"
    )
    amend.add_argument("--because", metavar="TEXT", required=True, help="why the shipped ones were wrong")
    for each in (publish, amend):
        each.add_argument(
            "--commit", metavar="SHA", help="where the contracts are from (default: what git says)"
        )
    told = "{} a client's release or a model's version {}"
    _add_live(commands, "deployed", told.format("say that", "is live, in the place of what was"))
    _add_live(commands, "released", told.format("say that", "is live, beside what was"))
    retired = _command(commands, "retired", _retired, told.format("say that", "is no longer live"))
    retired.add_argument("subject", metavar="NAME@WHAT", help=_SUBJECT)
    retired.add_argument("--to", metavar="ENVIRONMENT", required=True, help="where it was live")
    store = commands.add_parser("store", help="make a store, or show what one says")
    inner = store.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _command(inner, "init", _init, "make a store: a folder, or a URL that fsspec reads")
    show = _command(inner, "show", _show, "what is live where, what lapsed, what is damaged")
    show.add_argument("--to", metavar="ENVIRONMENT", help="of one environment only")


def _command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    told: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}.", epilog=_EPILOG)
    parser.add_argument(
        "--store", metavar="PATH|URL", help="where the store is (default: [tool.sigpact] store)"
    )
    parser.set_defaults(run=run)
    return parser


def _add_live(commands: Commands, name: str, told: str) -> None:
    parser = _command(commands, name, _live, told)
    parser.set_defaults(how=name)
    parser.add_argument("subject", metavar="NAME@WHAT", help=_SUBJECT)
    parser.add_argument("--to", metavar="ENVIRONMENT", required=True, help="where it is live")
    parser.add_argument(
        "--ttl",
        metavar="TIME",
        help="how long a release counts without being deployed again: 4h, 2w, never (default: environment's"
        " ttl_days, else 180d)",
    )
    parser.add_argument(
        "--models", metavar="BASE", nargs="+", action="extend", help="where a model's version lies"
    )
    parser.add_argument(
        "--gate-ticket",
        metavar="TICKET",
        help="what the gate gave with its yes; 1 where that yes no longer holds",
    )


def _publish(options: argparse.Namespace) -> int:
    from sigpact.store import acts, subjects  # noqa: PLC0415 - each command imports what it needs

    found = configured(Path.cwd())
    release = subjects.release(options.client_release)
    gathered = _gathered(options, found, release)
    desk = _desk(options, found)
    return _told(acts.publish(desk, release, gathered, _commit(options, gathered)))


def _amend(options: argparse.Namespace) -> int:
    from sigpact.store import acts, subjects  # noqa: PLC0415 - each command imports what it needs

    found = configured(Path.cwd())
    because = " ".join(options.because.split())
    if not because:
        raise ConfigurationError("--because is empty: say why the shipped contracts were wrong")
    release = subjects.release(options.release)
    desk = _desk(options, found)
    acts.published(desk.history, release)
    gathered = _gathered(options, found, release)
    return _told(acts.amend(desk, release, gathered, _commit(options, gathered), because))


def _gathered(options: argparse.Namespace, found: Configured, release: "Subject") -> "Gathered":
    from sigpact.contract.load import find  # noqa: PLC0415 - each command imports what it needs
    from sigpact.engine.selection import load_all  # noqa: PLC0415 - the same
    from sigpact.store.content import gather  # noqa: PLC0415 - the same

    paths = options.contracts or list(found.contracts)
    files = find(paths)
    if not files:
        raise ConfigurationError(
            f"no contract in {' '.join(paths) or 'what was named'}: name the contracts of {release}"
        )
    loaded, problems = load_all(files)
    if problems:
        raise ContractError(problems)
    return gather(loaded, release.owner.name)


def _commit(options: argparse.Namespace, gathered: "Gathered") -> "Commit":
    from sigpact.store.commit import Commit, commit_of  # noqa: PLC0415 - each command imports what it needs

    if options.commit is not None:
        return Commit(options.commit)
    return commit_of(gathered.root, [path for path, _ in gathered.content])


def _live(options: argparse.Namespace) -> int:
    from sigpact.store import acts, subjects  # noqa: PLC0415 - each command imports what it needs
    from sigpact.store.records import How, OwnerKind  # noqa: PLC0415 - the same
    from sigpact.store.tickets import presented  # noqa: PLC0415 - the same
    from sigpact.store.versions import version  # noqa: PLC0415 - the same

    found = configured(Path.cwd())
    desk = _desk(options, found)
    models = _models(options, found, desk.history)
    subject = subjects.subject(options.subject, (*desk.history.known(), *_owners(models)))
    environment = _environment(options.to, found, desk.history)
    how = How(options.how)
    is_client = subject.owner.kind is OwnerKind.CLIENT
    if options.ttl is not None and not is_client:
        raise ConfigurationError(
            f"--ttl is for clients' releases; {subject} is live until replaced or retired"
        )
    served = None if is_client else version(subject, models)
    ticket = None
    if options.gate_ticket is not None:
        ticket = presented(options.gate_ticket, subject, environment)
        if _refused(ticket, desk, None if served is None else served.digest):
            return _NO
    if served is None:
        return _confirmed(
            ticket,
            desk,
            acts.release_live(desk, subject, environment, how, _ttl(options, found, environment)),
        )
    return _confirmed(ticket, desk, acts.version_live(desk, served, environment, how, options.gate_ticket))


def _refused(ticket: "Ticket", desk: "Desk", folder: str | None) -> bool:
    """Whether a gate's yes does not hold, and say why."""
    from sigpact.store import told  # noqa: PLC0415 - each command imports what it needs

    for damage in desk.history.damage:
        raise StorageError(
            str(desk.place), f"damaged: {damage}; no ticket can be checked before that is mended"
        )
    reason = told.refusal(ticket, desk.history, folder) or told.too_late(ticket, desk.history, desk.now)
    if reason is not None:
        sys.stderr.write(f"sigpact: the gate's yes no longer holds: {reason}; ask the gate again\n")
    return reason is not None


def _confirmed(ticket: "Ticket | None", desk: "Desk", kept: "Kept") -> int:
    """Tell what was written; look once more whether the ticket's head was still right when it was."""
    from sigpact.store import told  # noqa: PLC0415 - each command imports what it needs
    from sigpact.store.history import history  # noqa: PLC0415 - the same

    code = _told(kept)
    late = (
        None
        if ticket is None
        else told.refusal(ticket, history(desk.place), ticket.folder, kept.record.digest)
    )
    if late is None:
        return code
    sys.stderr.write(
        f"sigpact: it is written, and meanwhile {late}; ask the gate again before anything is served\n"
    )
    return _NO


def _retired(options: argparse.Namespace) -> int:
    from sigpact.store import acts, subjects  # noqa: PLC0415 - each command imports what it needs

    found = configured(Path.cwd())
    desk = _desk(options, found)
    subject = subjects.subject(options.subject, desk.history.known())
    return _told(acts.retired(desk, subject, _environment(options.to, found, desk.history)))


def _init(options: argparse.Namespace) -> int:
    from sigpact.store.place import created  # noqa: PLC0415 - each command imports what it needs

    place = created(_where(options, configured(Path.cwd())))
    sys.stdout.write(f"store {place}\n")
    return 0


def _show(options: argparse.Namespace) -> int:
    from sigpact.store import told  # noqa: PLC0415 - each command imports what it needs

    found = configured(Path.cwd())
    desk = _desk(options, found, is_quiet=True)
    names = () if options.to is None else (_environment(options.to, found, desk.history),)
    sys.stdout.write(told.shown(str(desk.place), desk.history, names, desk.now))
    return _INCOMPLETE if desk.history.damage else 0


def _desk(options: argparse.Namespace, found: Configured, *, is_quiet: bool = False) -> "Desk":
    from sigpact.store.acts import Desk  # noqa: PLC0415 - each command imports what it needs
    from sigpact.store.history import history  # noqa: PLC0415 - the same
    from sigpact.store.place import opened  # noqa: PLC0415 - the same
    from sigpact.store.times import now  # noqa: PLC0415 - the same

    place = opened(_where(options, found))
    desk = Desk(place, history(place), now())
    for damage in () if is_quiet else desk.history.damage:
        sys.stderr.write(f"sigpact: damaged: {damage}\n")
    return desk


def _where(options: argparse.Namespace, found: Configured) -> str:
    where = options.store or found.store
    if where is None:
        raise ConfigurationError('which store? say --store PATH, or set [tool.sigpact] store = "…"')
    return str(where)


def _models(options: argparse.Namespace, found: Configured, history: "History") -> "Sequence[Model]":
    """Return the models that are at hand; a client's pipeline need not have those of the configuration."""
    from sigpact.serving.given import given  # noqa: PLC0415 - each command imports what it needs

    name = options.subject.partition("@")[0].removeprefix("client:")
    is_client = any(each.kind == "client" and each.name == name for each in history.known())
    there = [each for each in found.models if not is_client or Path(each.rpartition("=")[2]).is_dir()]
    return given(options.models or there).models


def _owners(models: "Sequence[Model]") -> "list[Owner]":
    from sigpact.store.records import Owner, OwnerKind  # noqa: PLC0415 - each command imports what it needs

    return [Owner(OwnerKind.MODEL, each.name) for each in models]


def _environment(name: str, found: Configured, history: "History") -> str:
    from sigpact.store.state import environments  # noqa: PLC0415 - each command imports what it needs
    from sigpact.store.subjects import environment  # noqa: PLC0415 - the same

    return environment(name, (*(each.name for each in found.environments), *environments(history)))


def _ttl(options: argparse.Namespace, found: Configured, environment: str) -> "dt.timedelta | None":
    """Return how long a release counts: as somebody says now, or as the environment has it."""
    from sigpact.clients.demands import TTL_DAYS  # noqa: PLC0415 - each command imports what it needs
    from sigpact.store.times import length  # noqa: PLC0415 - the same

    days = next((each.demands.ttl_days for each in found.environments if each.name == environment), TTL_DAYS)

    try:
        return length(options.ttl or f"{days}d")
    except ValueError as error:
        raise ConfigurationError(f"--ttl: {error}") from None


def _told(kept: "Kept") -> int:
    from sigpact.store import told  # noqa: PLC0415 - each command imports what it needs

    sys.stdout.write(f"{told.kept(kept)}\n")
    return 0
