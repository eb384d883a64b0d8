"""The commands that explain what reports say: `rules`, `explain`."""

import argparse
import sys

from sigpact.cli.arguments import Commands, add_format


def add(commands: Commands) -> None:
    """Register the commands."""
    rules = commands.add_parser("rules", help="list all rules and lints")
    add_format(rules)
    rules.set_defaults(run=_rules)
    explain = commands.add_parser("explain", help="what a rule or lint does, why it matters, how to mend it")
    explain.add_argument("rule", metavar="RULE")
    add_format(explain)
    explain.set_defaults(run=_explain)


def _rules(options: argparse.Namespace) -> int:
    from sigpact.authoring.lints.registry import documented  # noqa: PLC0415 - each command imports what it needs
    from sigpact.report import rules  # noqa: PLC0415 - the same

    render = rules.render_json if options.format == "json" else rules.render_text
    sys.stdout.write(render(documented()))
    return 0


def _explain(options: argparse.Namespace) -> int:
    from sigpact.authoring.lints.registry import documented  # noqa: PLC0415 - each command imports what it needs
    from sigpact.report import rules  # noqa: PLC0415 - the same

    explain = rules.explain_json if options.format == "json" else rules.explain
    sys.stdout.write(explain(options.rule, documented()))
    return 0
