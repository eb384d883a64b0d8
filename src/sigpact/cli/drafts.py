"""`init`: a draft of a contract from exports and traffic; it asks for what they cannot tell."""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sigpact.cli.arguments import Commands
from sigpact.errors import ConfigurationError

if TYPE_CHECKING:
    from sigpact.authoring.facts import Seen
    from sigpact.authoring.init import Asked
    from sigpact.authoring.sources import Sources

_EPILOG: Final = """\
sources, told apart by what is in them, one version and any number of files of traffic:
  an export or a base path (its highest version), a snapshot (sigpact show --format json),
  the answer to GET /v1/models/M/metadata (a file, or - for standard input),
  JSON Lines of REST bodies ({"instances": …}, or {"request": {…}, "response": {…}}),
  a TFRecord of PredictionLog (a request log, a warm-up file)

exit codes: 0 written, 2 a source, option or row is wrong (nothing is written), 4 not completed
"""


_CLIENT: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_PROTOCOL: Final = re.compile("rest|grpc")
_ANY: Final = re.compile(".+")

Ask = Callable[[str], str]


def add(commands: Commands) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "init",
        help="write a contract from an export, from traffic, or from both",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="+", help="an export, metadata, traffic: see below"
    )
    parser.add_argument(
        "--client", metavar="NAME", help="who relies on the model: a-z, 0-9, '.', '_' and '-'"
    )
    parser.add_argument("--model", metavar="NAME", help="the served model (default: as the export is called)")
    parser.add_argument("--owner", metavar="WHO", help="who to talk to when it breaks")
    parser.add_argument("--protocol", choices=("rest", "grpc"), help="how the client calls the server")
    parser.add_argument(
        "--signature",
        metavar="NAME",
        action="append",
        help="a signature that the client calls (default: those in the traffic, else all); may be repeated",
    )
    parser.add_argument("--no-examples", action="store_true", help="take no rows of the traffic as examples")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")
    parser.set_defaults(run=_init)


def _init(options: argparse.Namespace) -> int:
    from sigpact.authoring.init import write  # noqa: PLC0415 - each command imports what it needs
    from sigpact.authoring.sources import sources  # noqa: PLC0415 - the same

    output = None if options.output is None else Path(options.output)
    if output is not None and (output.exists() or output.is_symlink()):
        raise ConfigurationError(f"{output} is there already: name another file, or move it away")
    found = sources(options.sources)
    seen = _seen(found, options.signature or ())
    asked = _asked(options, found, seen)
    text = write(found, seen, asked)
    if output is None:
        sys.stdout.write(text)
        return 0
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("x", encoding="utf-8") as stream:
        stream.write(text)
    sys.stderr.write(f"sigpact: wrote {output}; look it over, then: sigpact check {output} --models BASE\n")
    return 0


def _seen(found: "Sources", wanted: "list[str] | tuple[str, ...]") -> "Seen | None":
    if not found.traffic:
        return None
    from sigpact.authoring.traffic import read  # noqa: PLC0415 - an export alone needs no numpy

    known = {each.name: each for each in found.signatures or ()}
    seen = read(found.traffic, known, frozenset(wanted))
    if not seen.traffic:
        passed = f"; {seen.refused} were refused" if seen.refused else ""
        raise ConfigurationError(
            f"no request of {', '.join(wanted) or 'any signature'} is in the traffic{passed}"
        )
    return seen


def _asked(options: argparse.Namespace, found: "Sources", seen: "Seen | None") -> "Asked":
    """Return what the flags say; what they leave open is asked on a terminal, or has a default."""
    from sigpact.authoring.init import Asked  # noqa: PLC0415 - each command imports what it needs

    ask = _question if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty() else None
    client = options.client or _answer(ask, "client, a short name of your own", None, _CLIENT)
    model = options.model or _answer(ask, "model, as the server calls it", found.model)
    lacking = [name for name, said in (("client", client), ("model", model)) if not said]
    if client is None or model is None:
        flags = " ".join(f"--{name} NAME" for name in lacking)
        raise ConfigurationError(f"which {' and '.join(lacking)}? say {flags}")
    if not _CLIENT.fullmatch(client):
        raise ConfigurationError(f"--client {client!r}: a client's name has a-z, 0-9, '.', '_' and '-' alone")
    default = "grpc" if seen is not None and seen.records else "rest"
    return Asked(
        client,
        model,
        options.owner or _answer(ask, "owner, who to talk to when it breaks", None),
        options.protocol or _answer(ask, "protocol, rest or grpc", default, _PROTOCOL) or default,
        _signatures(options, ask, found, seen),
        examples=not options.no_examples,
    )


def _signatures(
    options: argparse.Namespace, ask: "Ask | None", found: "Sources", seen: "Seen | None"
) -> tuple[str, ...]:
    """Return the signatures that the client calls; none: all."""
    if options.signature:
        return tuple(options.signature)
    names = (
        [each.signature for each in seen.traffic] if seen else [each.name for each in found.signatures or ()]
    )
    said = _answer(ask, f"signatures, of {' '.join(names)}", "all") if len(names) > 1 else "all"
    return () if said is None or said == "all" else tuple(said.replace(",", " ").split())


def _answer(ask: "Ask | None", what: str, default: str | None, form: re.Pattern[str] = _ANY) -> str | None:
    """Return the answer to a question, which is put again until it has its form.

    The default counts where there is nobody to ask, or nothing is said.
    """
    while ask is not None:
        line = ask(f"{what}{f' [{default}]' if default else ''}: ")
        said = line.strip()
        if not line or (not said and (default or form is _ANY)):
            break
        if form.fullmatch(said):
            return said
    return default


def _question(what: str) -> str:
    """Ask on the terminal, where standard output may be a file; the end of input is no answer."""
    sys.stderr.write(what)
    sys.stderr.flush()
    return sys.stdin.readline()
