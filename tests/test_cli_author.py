"""`sigpact init` at the command line: what it is told by flags, what it asks, where it writes."""

import io
import json
import sys
from pathlib import Path

import pytest

from sigpact.contract.load import load
from sigpact.savedmodel.metadata import is_metadata
from tests.engine.world import GENRE
from tests.savedmodel.test_metadata import HALF_PLUS_TWO
from tests.test_cli import Terminal, run, world

__all__ = ["run", "world"]

ROW = {
    "request": {"signature_name": "get_genre", "instances": ["Alien"]},
    "response": {"predictions": ["Horror"]},
}


def traffic(run: Terminal, rows: int = 3) -> str:
    """Write some traffic into the world's folder."""
    (run.world.root / "traffic.jsonl").write_text((json.dumps(ROW) + "\n") * rows)
    return "traffic.jsonl"


def test_from_an_export(run: Terminal) -> None:
    """The model's name is the folder's, the version the highest; the whole text is a contract."""
    run.world.version("genre/2", GENRE)
    done = run("init", "models/genre", "--client", "app", "--owner", "app@example.com")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "# yaml-language-server: $schema=contract.schema.json\n"
        "# Written by `sigpact init` from models/genre (genre@2): a draft.\n"
        "# For editors: sigpact schema contract > contract.schema.json puts the schema beside it.\n"
        "# Cross out what you do not rely on, and say what you rely on besides.\n"
        "contract: 1\n"
        "client: app\n"
        "model: genre\n"
        "owner: app@example.com\n"
        "protocol: rest\n"
        "\n"
        "# sigpact: allow output-unconstrained: a draft, until you have said more\n"
        "signatures:\n"
        "  get_genre:\n"
        "    # read from the export alone: what is sent and answered nobody saw\n"
        "    inputs:\n"
        "      # say how long your texts are, as minLength: 1, maxLength: 200, or which, by enum\n"
        "      title: {dtype: text, shape: [batch]}\n"
        "    outputs:\n"
        "      genre: {dtype: text, shape: [batch]}\n"
    )


def test_init_then_check(run: Terminal) -> None:
    """What is written, in a folder that is made for it, is checked without an edit."""
    done = run("init", "models/genre/1", traffic(run), "--client", "tv", "-o", "tv/genre.contract.yaml")
    assert (done.code, done.out) == (0, "")
    assert "wrote tv/genre.contract.yaml" in done.err
    assert run("check", "tv", "--models", "models").code == 0


def test_a_file_that_is_there_stays(run: Terminal) -> None:
    """It is refused before anything is read."""
    file = run.world.root / "app.contract.yaml"
    file.write_text("mine")
    done = run("init", "nowhere", "--client", "app", "-o", "app.contract.yaml")
    assert done.code == 2
    assert done.err == "sigpact: app.contract.yaml is there already: name another file, or move it away\n"
    assert file.read_text() == "mine"


def test_from_a_server(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """`curl …/metadata | sigpact init -`, or the answer in a file, say the same."""
    assert is_metadata(HALF_PLUS_TWO)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(HALF_PLUS_TWO)))
    piped = run("init", "-", "--client", "app")
    assert piped.code == 0
    assert "model: half_plus_two\n" in piped.out
    assert "x: {dtype: number, shape: [batch, 1]}" in piped.out
    (run.world.root / "metadata.json").write_text(json.dumps(HALF_PLUS_TWO, indent=2))
    filed = run("init", "metadata.json", "--client", "app")
    assert filed.out.splitlines()[2:] == piped.out.splitlines()[2:]


def test_from_a_snapshot(run: Terminal) -> None:
    """What `show --format json` wrote."""
    (run.world.root / "snapshot.json").write_text(run("show", "models", "--format", "json").out)
    assert run("init", "snapshot.json", "--client", "app").out.count("title: {dtype: text") == 1


WRONG: list[tuple[list[str], str]] = [
    (["models/genre"], "which client? say --client NAME"),
    (["traffic.jsonl", "--client", "app"], "which model? say --model NAME"),
    (["nowhere", "--client", "app"], "nowhere"),
    (["models/genre", "--client", "My App"], "'My App'"),
    (["models/genre", "models/genre/1", "--client", "app"], "are two versions: name one, and traffic"),
    (["models/genre", "--client", "app", "--signature", "get_gnre"], "did you mean 'get_genre'?"),
    (
        ["traffic.jsonl", "--client", "app", "--model", "m", "--signature", "f"],
        "no request of f is in the traffic",
    ),
    (
        ["traffic.jsonl", "--client", "app", "--model", "m", "--protocol", "grpc"],
        "the traffic is REST bodies, say --protocol rest",
    ),
    (["-", "--client", "app"], "standard input is not JSON"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG)
def test_what_is_wrong_is_one_line(
    run: Terminal, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    """Exit code 2, nothing on standard output."""
    traffic(run)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    done = run("init", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert len(done.err.splitlines()) == 1


class Keyboard(io.StringIO):
    """Standard input of somebody who sits before a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_questions_on_a_terminal(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is put again until it has an answer or a default; what flags say is not asked."""
    monkeypatch.setattr(sys, "stdin", Keyboard("My TV\ntv\n\ntv@example.com\n"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    done = run("init", "models/genre", "--protocol", "rest", "-o", "tv.contract.yaml")
    assert done.code == 0
    assert done.err.startswith(
        "client, a short name of your own: client, a short name of your own: "
        "model, as the server calls it [genre]: owner, who to talk to when it breaks: sigpact: wrote tv"
    )
    contract = load(Path("tv.contract.yaml"))
    assert (contract.client, contract.models, contract.owner) == ("tv", ("genre",), "tv@example.com")


def test_nothing_is_asked_when_all_is_told(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on a terminal either."""
    monkeypatch.setattr(sys, "stdin", Keyboard(""))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    flags = {"client": "tv", "model": "genre", "owner": "x", "protocol": "grpc", "signature": "get_genre"}
    done = run("init", "models/genre", *(word for key, said in flags.items() for word in (f"--{key}", said)))
    assert (done.code, done.err) == (0, "")
    assert "protocol: grpc" in done.out
