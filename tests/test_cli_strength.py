"""`sigpact strength` on the command line: what is printed, and with which exit code."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from sigpact.report import strength_data
from tests.engine.world import APP, World
from tests.test_cli import Terminal, run, world

__all__ = ["run", "world"]

STRENGTH = ("strength", "contracts", "--models", "models", "--rows", "20")
LINE = "latency: {batch: 1, p95_ms: 50, enforce: true}"
UNREAD = "the client does not read it, or its protocol does not show it"
REST = "    properties: {deterministic: true}\n    latency: {batch: 1, p95_ms: 50}\n"


def test_holes_and_the_lines_that_close_them(run: Terminal) -> None:
    """A constant answer shows no swapped labels: that does not count. Exit code 1."""
    done = run(*STRENGTH)
    assert done.err == ""
    assert done.code == 1
    assert re.sub(r"evidence: \d+ rows", "evidence: N rows", done.out).splitlines() == [
        "app with genre@1: noticed 10 of 11",
        "  get_genre: weak evidence: N rows all had the same answer",
        "  missed slower in get_genre: each call takes 10 times as long",
        "    add under signatures.get_genre  contracts/app.contract.yaml:6:3",
        f"      {LINE}  # measured here; say how long the client can wait",
        f"  4 more changes do not count: {UNREAD} (2); nothing that is sent shows it to the client (2)",
        "",
        "noticed 10 of 11 changes in 1 contract",
    ]


def test_no_holes(run: Terminal, world: World) -> None:
    """Exit code 0."""
    world.contract(APP + REST)
    done = run(*STRENGTH)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("app with genre@1: noticed 11 of 11\n")


def test_enough_is_enough(run: Terminal) -> None:
    """10 of 11 are 90 of a hundred, and not 91."""
    assert run(*STRENGTH, "--at-least", "90").code == 0
    assert run(*STRENGTH, "--at-least", "91").code == 1


def test_json(run: Terminal) -> None:
    """In the form of the schema that the package has."""
    done = run(*STRENGTH, "--format", "json")
    data = json.loads(done.out)
    schema = Path(strength_data.__file__).with_name("strength.schema.json").read_text(encoding="utf-8")
    jsonschema.validate(data, json.loads(schema))
    assert (data["exit_code"], data["noticed"], data["of"]) == (done.code, 10, 11)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--at-least", "101"), 2, "'101' is no percentage: a whole number from 0 to 100"),
        (("--rows", "-1"), 2, "'-1' is not a whole number from 0"),
        (("--environment", "mars"), 2, "mars"),
    ],
)
def test_wrong_options(run: Terminal, arguments: tuple[str, ...], code: int, told: str) -> None:
    """One line, and the code of the others."""
    done = run(*STRENGTH, *arguments)
    assert done.code == code
    assert told in done.err


def test_paths_are_named_or_configured(run: Terminal, world: World) -> None:
    """As for `verify`."""
    assert "which contracts?" in run("strength").err
    assert "which models?" in run("strength", "contracts").err
    (world.root / "pyproject.toml").write_text(
        '[tool.sigpact]\ncontracts = ["contracts"]\nmodels = ["models"]\n', encoding="utf-8"
    )
    assert run("strength", "--rows", "5").code == 1


def test_an_export_that_does_not_load_is_unknown(run: Terminal, world: World) -> None:
    """Exit code 3: nothing was tried."""
    world.functions.clear()
    done = run(*STRENGTH)
    assert done.code == 3
    assert done.out.startswith("app with genre: unknown\n  genre@1: there is no version in ")
