"""The gate's commands: thin. What they print is a report, what they return its exit code."""

import argparse
import datetime as dt
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sigpact.cli import reports
from sigpact.cli.arguments import Commands, add_format, add_models, count
from sigpact.cli.progress import Progress
from sigpact.engine.options import DEFAULT_ROWS, configured
from sigpact.errors import ConfigurationError
from sigpact.report.model import Report

if TYPE_CHECKING:
    from sigpact.gate.asked import Asked, Opening
    from sigpact.gate.evidence import Runs

_TTL: Final = "4h"
_EPILOG: Final = """\
  sigpact gate genre@7 --to production            may this version of a model go there?
  sigpact gate mobile-app@4.3 --to production     may this release of a client go out, as things are there?
  sigpact gate --unload genre@3 --to production   does anybody still need version 3?

exit codes: 0 yes, 1 no, 2 a contract, waiver, option or configuration is wrong, 3 unknown, 4 not completed
"""


def add(commands: Commands) -> None:
    """Register the commands."""
    _add_gate(commands)
    usage = _command(commands, "usage", _usage, "which signatures, inputs and outputs live clients need")
    usage.add_argument("model", metavar="MODEL")
    add_format(usage)
    matrix = _command(
        commands, "matrix", _matrix, "every client with every version, from what the store knows"
    )
    matrix.add_argument("model", metavar="MODEL", nargs="*", help="of these models alone")
    add_format(matrix)
    _add_waive(commands)
    policy = _command(commands, "policy", _policy, "what unknown callers of a model can do to a gate")
    policy.add_argument("model", metavar="MODEL")
    policy.add_argument("level", choices=("observe", "warn", "enforce"))
    policy.add_argument("--because", required=True, help="why, in a sentence")


def _add_gate(commands: Commands) -> None:
    gate = _command(commands, "gate", _gate, "may this version, or this client's release, go there?")
    gate.epilog, gate.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    gate.add_argument("subject", metavar="MODEL@N|CLIENT@R", nargs="?")
    gate.add_argument("--unload", metavar="MODEL@N", help="may this version go away?")
    gate.add_argument("--rows", type=count, help=f"random rows for each signature (default {DEFAULT_ROWS:,})")
    gate.add_argument("--seed", type=count, help="the seed that rows are drawn from")
    gate.add_argument("--dry-run", action="store_true", help="run and write nothing: what is known already?")
    gate.add_argument(
        "--prove", action="store_true", help="plant a version that is known to be bad, and demand a no"
    )
    by_hand = gate.add_argument_group("break-glass", "on record, and in every report until it is closed")
    by_hand.add_argument("--override", action="store_true", help="let it through, whatever the answer is")
    by_hand.add_argument("--reason", help="why")
    by_hand.add_argument("--ticket", help="where it is written down")
    by_hand.add_argument("--ttl", metavar="TIME", default=_TTL, help=f"how long it is open (default {_TTL})")
    by_hand.add_argument("--close", metavar="ID", help="an override was dealt with")
    by_hand.add_argument("--because", help="how it was")
    add_format(gate)
    reports.add(gate)


def _add_waive(commands: Commands) -> None:
    waive = commands.add_parser("waive", help="accept a finding for a time, with an owner and a reason")
    waive.add_argument("finding", metavar="FINDING", help="its fingerprint, as the gate prints it")
    waive.add_argument("--owner", required=True, help="who answers for it")
    waive.add_argument("--reason", required=True, help="why it may pass")
    waive.add_argument(
        "--expires", metavar="DAY", help="2027-01-31, at most 90 days ahead (default: in 30 days)"
    )
    waive.add_argument(
        "--from", metavar="REPORT", type=Path, dest="source", help="a JSON report (default: the last gate's)"
    )
    waive.add_argument(
        "--waivers", metavar="FILE", type=Path, help="where to (default: sigpact-waivers.yaml)"
    )
    waive.set_defaults(run=_waive)


def _command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    told: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=told, description=f"{told[0].upper()}{told[1:]}")
    parser.add_argument("--to", metavar="ENVIRONMENT", required=True, help="where: production, staging, …")
    parser.add_argument(
        "--contracts", metavar="PATH", nargs="+", action="extend", help="contract files or folders"
    )
    add_models(parser)
    parser.add_argument(
        "--store", metavar="PATH|URL", help="where the store is (default: [tool.sigpact] store)"
    )
    parser.add_argument(
        "--waivers", metavar="FILE", type=Path, help="accepted breaches (default: sigpact-waivers.yaml)"
    )
    parser.set_defaults(run=run)
    return parser


def _gate(options: argparse.Namespace) -> int:
    if options.close is not None:
        return _close(options)
    if options.prove:
        return _prove(options)
    report = reports.reported(options.report, lambda: _decided(options))
    _show(report, options.format)
    return report.exit_code


def _decided(options: argparse.Namespace) -> Report:
    asked = _asked(options, _subject(options))
    from sigpact.gate.gate import gate  # noqa: PLC0415 - the same
    from sigpact.gate.waiving import remember  # noqa: PLC0415 - the same

    progress = Progress()
    try:
        report = gate(asked, _runs(asked, progress))
    finally:
        progress.end()
    if not asked.dry:
        remember(report)
    return report


def _prove(options: argparse.Namespace) -> int:
    from sigpact.gate.prove import prove  # noqa: PLC0415 - each command imports what it needs

    proof = prove(_asked(options, _subject(options)))
    sys.stdout.write(f"{proof}\n")
    return 0 if proof.holds else 1


def _subject(options: argparse.Namespace) -> str:
    if (options.subject is None) == (options.unload is None):
        raise ConfigurationError("name one thing: genre@7, mobile-app@4.3, or --unload genre@3")
    return str(options.subject or options.unload)


def _show(report: Report, form: str) -> None:
    if form == "json":
        from sigpact.report import data  # noqa: PLC0415 - each command imports what it needs

        sys.stdout.write(data.render(report))
        return
    from sigpact.report import gate_text, text  # noqa: PLC0415 - the same

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    if report.gate is None:
        sys.stdout.write(text.render(report, colour=colour))
    else:
        sys.stdout.write(gate_text.render(report, report.gate, colour=colour))


def _asked(options: argparse.Namespace, subject: str) -> "Asked":
    """Return the question with all that the command line and `[tool.sigpact]` say."""
    from sigpact.gate.asking import Said, question  # noqa: PLC0415 - each command imports what it needs
    from sigpact.store.times import now  # noqa: PLC0415 - the same

    instant = now()
    given = vars(options)  # not every command has every option
    said = Said(
        tuple(options.contracts or ()),
        tuple(options.models or ()),
        options.store,
        options.waivers,
        given.get("rows"),
        given.get("seed"),
        unload=given.get("unload") is not None,
        dry=bool(given.get("dry_run")),
        opening=_opening(options, instant) if given.get("override") else None,
    )
    return question(configured(Path.cwd()), subject, options.to, instant, said)


def _opening(options: argparse.Namespace, now: dt.datetime) -> "Opening":
    from sigpact.gate.asked import Opening  # noqa: PLC0415 - each command imports what it needs
    from sigpact.store.times import after, length  # noqa: PLC0415 - the same

    reason, ticket = (" ".join((options.reason or "").split()), (options.ticket or "").strip())
    if not reason or not ticket:
        raise ConfigurationError("--override needs --reason and --ticket: both go on record")
    try:
        until = after(now, length(options.ttl))
    except ValueError as error:
        raise ConfigurationError(f"--ttl: {error}") from None
    if until is None:
        raise ConfigurationError("--ttl never: an override ends; say how long, as 4h")
    return Opening(reason, ticket, _whoami(), until)


def _whoami() -> str:
    """Return who runs this: in a pipeline the person that it names."""
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _runs(asked: "Asked", progress: Progress) -> "Callable[[], Runs]":
    def make() -> "Runs":
        from sigpact.gate.running import Runner  # noqa: PLC0415 - brings numpy
        from sigpact.runtime.backend import TensorFlowBackend  # noqa: PLC0415 - the same

        return Runner(asked.options, TensorFlowBackend, progress.tell)

    return make


def _close(options: argparse.Namespace) -> int:
    from sigpact.gate.inquiry import inquire  # noqa: PLC0415 - each command imports what it needs
    from sigpact.gate.overrides import close  # noqa: PLC0415 - the same

    because = " ".join((options.because or "").split())
    if not because:
        raise ConfigurationError("--close needs --because: how was it dealt with?")
    closed = close(inquire(_asked(options, "")), options.close, _whoami(), because)
    sys.stdout.write(f"closed: override {closed.id} of {closed.subject}\n")
    return 0


def _usage(options: argparse.Namespace) -> int:
    from sigpact.gate.inquiry import inquire  # noqa: PLC0415 - each command imports what it needs
    from sigpact.gate.used import used  # noqa: PLC0415 - the same
    from sigpact.report import used as usage  # noqa: PLC0415 - the same

    found = used(inquire(_asked(options, "")), options.model)
    sys.stdout.write(usage.render_json(found) if options.format == "json" else usage.render_text(found))
    return found.exit_code


def _matrix(options: argparse.Namespace) -> int:
    from sigpact.gate.matrix import matrix  # noqa: PLC0415 - each command imports what it needs

    report = matrix(_asked(options, ""), tuple(options.model))
    _show(report, options.format)
    return report.exit_code


def _waive(options: argparse.Namespace) -> int:
    from sigpact.gate.asking import waivers_file  # noqa: PLC0415 - each command imports what it needs
    from sigpact.gate.waivers import write_waiver  # noqa: PLC0415 - the same
    from sigpact.gate.waiving import LAST, waive  # noqa: PLC0415 - the same
    from sigpact.store.times import now  # noqa: PLC0415 - the same

    words = (options.owner, options.reason, options.expires)
    waiver = waive(options.source or Path(LAST), options.finding, words, now().date())
    file = options.waivers or waivers_file(configured(Path.cwd()))
    write_waiver(file, waiver)
    sys.stdout.write(f"{file}: {waiver.rule} for {waiver.client} is waived until {waiver.expires}\n")
    return 0


def _policy(options: argparse.Namespace) -> int:
    from sigpact.gate import policies  # noqa: PLC0415 - each command imports what it needs
    from sigpact.gate.inquiry import inquire  # noqa: PLC0415 - the same
    from sigpact.gate.standing import model_named  # noqa: PLC0415 - the same

    inquiry = inquire(_asked(options, ""))
    if inquiry.store is None:
        raise ConfigurationError("a policy is kept in a store: name one with --store")
    model = model_named(options.model, inquiry.given.models).name
    policies.keep(inquiry, model, options.level, " ".join(options.because.split()))
    sys.stdout.write(f"{model} in {options.to}: {options.level}\n")
    return 0
