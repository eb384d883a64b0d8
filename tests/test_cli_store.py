"""The commands of the store: what they print, where, with which exit code, and what they refuse."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sigpact import cli
from sigpact.store import place as places
from sigpact.store import times
from sigpact.store.history import history
from sigpact.store.records import Owner, OwnerKind
from sigpact.store.state import state
from sigpact.store.subjects import Subject
from sigpact.store.tickets import Ticket, head
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export
from tests.spy import Spy
from tests.store.builders import APP, CONTRACT, GENRE, START, contracts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands in a project with a store, a contract and three versions of a model, on one day."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(times, "now", lambda: START)
    text = '[tool.sigpact]\nstore = "store"\nmodels = ["models"]\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    contracts(tmp_path / "contracts")
    genre = {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]"}}
    for number in range(6, 9):
        write_export(tmp_path / "models" / "genre" / str(number), [signature(f"s{number}", genre)])
    places.created("store")

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(arguments)
        except SystemExit as error:  # argparse
            code = error.code if isinstance(error.code, int) else -1
        out, err = capsys.readouterr()
        return code, out.replace(str(tmp_path), "ROOT"), err.replace(str(tmp_path), "ROOT")

    return run


PUBLISH = ("publish", "contracts", "--client-release", "mobile-app@4.3")


def _steps(run: Run, steps: Sequence[tuple[str, int, str]]) -> None:
    """Run each line and expect its exit code and the beginning of what it says."""
    for line, code, said in steps:
        found, out, err = run(*line.split())
        assert (found, (out or err)[: len(said)]) == (code, said), (line, out, err)
        assert (out + err).count("\n") == 1


def test_a_release_from_its_publication_to_its_end(run: Run) -> None:
    """Each command says in one line what it wrote."""
    _steps(
        run,
        [
            (" ".join(PUBLISH), 0, "published mobile-app@4.3: 1 contract and 1 file, of no commit\n"),
            (
                "deployed mobile-app@4.3 --to production",
                0,
                "deployed mobile-app@4.3 to production, until 2027-05-28\n",
            ),
            ("publish contracts --client-release mobile-app@4.4", 0, "published mobile-app@4.4: "),
            (
                "deployed mobile-app@4.4 --to production --ttl 2w",
                0,
                "deployed mobile-app@4.4 to production, until 2026-12-13, in the place of 4.3\n",
            ),
            (
                "released mobile-app@4.3 --to production --ttl never",
                0,
                "released mobile-app@4.3 to production, without end\n",
            ),
            (
                "deployed client:mobile-app@4.4 --to production",
                0,
                "deployed mobile-app@4.4 to production, until",
            ),
            ("retired mobile-app@4.4 --to production", 0, "retired mobile-app@4.4 from production\n"),
        ],
    )
    found = state(history(places.opened("store")), "production", START)
    assert found.releases == ()


def test_versions_from_one_to_the_next(run: Run) -> None:
    """With the digest of what is served; a version does not lapse."""
    _steps(
        run,
        [
            ("deployed genre@6 --to production", 0, "deployed genre@6 to production (sha256:"),
            ("released genre@7 --to production", 0, "released genre@7 to production (sha256:"),
            ("retired model:genre@6 --to production", 0, "retired genre@6 from production\n"),
            (
                "deployed genre@8 --to production --ttl 4h",
                2,
                "sigpact: --ttl is for clients' releases; genre@8 is",
            ),
        ],
    )
    _, out, _ = run("deployed", "genre@8", "--to", "production")
    assert out.endswith(", in the place of 7\n")
    found = state(history(places.opened("store")), "production", START)
    assert [str(each) for each in found.versions] == ["genre@8"]


def test_publishing_again(run: Run, tmp_path: Path) -> None:
    """The same is the same; other contracts under the same release are refused, with what differs."""
    run(*PUBLISH)
    files = {each: each.read_bytes() for each in (tmp_path / "store").rglob("*") if each.is_file()}
    _steps(
        run,
        [(" ".join(PUBLISH), 0, "published mobile-app@4.3: 1 contract and 1 file, of no commit (the store")],
    )
    (tmp_path / "contracts" / "names" / "titles.txt").write_text("Heat\n", encoding="utf-8")
    _steps(
        run,
        [
            (
                " ".join(PUBLISH),
                2,
                (
                    "sigpact: mobile-app@4.3 is published with other contracts (names/titles.txt differs);"
                    " a release does not change: publish another, or `sigpact amend mobile-app@4.3 CONTRACTS…"
                    " --because …`\n"
                ),
            )
        ],
    )
    assert {each: each.read_bytes() for each in (tmp_path / "store").rglob("*") if each.is_file()} == files


def test_amending(run: Run, tmp_path: Path) -> None:
    """What was wrong is kept, what is right counts; a reason is wanted."""
    run(*PUBLISH)
    contracts(tmp_path / "contracts", titles="Heat\n")
    amend = ("amend", "mobile-app@4.3", "contracts", "--because")
    assert run(*amend, " \n ")[::2] == (
        2,
        "sigpact: --because is empty: say why the shipped contracts were wrong\n",
    )
    assert run(*amend, "the titles\nwere wrong")[:2] == (
        0,
        "amended mobile-app@4.3: 1 contract and 1 file, of no commit\n",
    )
    assert run(*amend, "again")[1].endswith("(the store had it: nothing is written)\n")
    assert run(*PUBLISH)[1].endswith("(the store had it: nothing is written)\n")
    assert run("amend", "mobile-app@4.2", "contracts", "--because", "x")[::2] == (
        2,
        (
            "sigpact: mobile-app@4.2 is not published (did you mean '4.3'?): "
            "`sigpact publish CONTRACTS… --client-release mobile-app@4.2` comes first\n"
        ),
    )


REFUSED = [
    (
        "deployed mobile-app@4.2 --to production",
        "mobile-app@4.2 is not published (did you mean '4.3'?): `sigpact pub",
    ),
    (
        "deployed mobil-app@4.3 --to production",
        "mobil-app@4.3: no client or model is called 'mobil-app'; did you mean",
    ),
    (
        "deployed genres@7 --to production",
        "genres@7: no client or model is called 'genres'; did you mean 'genre'?",
    ),
    ("deployed genre@9 --to production", "genre@9: models/genre has no version 9; there is 6, 7, 8"),
    (
        "deployed genre@seven --to production",
        "genre@seven: a model's version is a whole number, 'seven' is none",
    ),
    ("deployed client:genre@7 --to production", "client:genre@7: no client is called 'genre'"),
    ("deployed mobile-app --to production", "'mobile-app' is neither CLIENT@RELEASE nor MODEL@VERSION, as"),
    ("deployed mobile-app@ --to production", "'mobile-app@' is neither CLIENT@RELEASE nor MODEL@VERSION, as"),
    (
        "deployed mobile-app@4.3 --to prod",
        "no environment is called 'prod'; there is production (a new one is",
    ),
    (
        "deployed mobile-app@4.3 --to production --ttl 5",
        "--ttl: '5' is no length of time: 180d, 4h, 2w or never",
    ),
    (
        "deployed mobile-app@4.3 --to production --ttl 999999w",
        "--ttl: that is later than the year 9999; write never",
    ),
    (
        "deployed genre@7 --to production --gate-ticket x",
        "'x' is no ticket as `sigpact gate` prints it (sigpact1:…)",
    ),
    (
        "retired mobile-app@4.2 --to production",
        "mobile-app@4.2 is not live in production; did you mean '4.3'?",
    ),
    ("retired genre@7 --to production", "genre@7: no client or model is called 'genre'"),
    (
        "publish contracts --client-release web@1",
        "contracts/genre.contract.yaml is a contract of 'mobile-app', not of",
    ),
    ("publish nowhere --client-release mobile-app@1", "nowhere: there is no such file or folder"),
    (
        "publish models --client-release mobile-app@1",
        "no contract in models: name the contracts of mobile-app@1",
    ),
    (
        "publish --client-release mobile-app@1",
        "no contract in what was named: name the contracts of mobile-app@1",
    ),
    ("publish contracts --client-release genre", "'genre' is neither CLIENT@RELEASE nor MODEL@VERSION"),
    (
        "publish contracts --client-release Genre@1",
        "'Genre@1' is no client's release: mobile-app@4.3 (names of a-z",
    ),
    (
        "store show --store elsewhere",
        "no store at elsewhere (no sigpact-store.json): `sigpact store init --store",
    ),
    ("store show --to prodution", "no environment is called 'prodution'; did you mean 'production'?"),
]


@pytest.mark.parametrize(("line", "message"), REFUSED, ids=[line for line, _ in REFUSED])
def test_mistakes_are_one_line_and_write_nothing(line: str, message: str, run: Run, tmp_path: Path) -> None:
    """Exit code 2, what is wrong, and the nearest right word."""
    run(*PUBLISH)
    run("deployed", "mobile-app@4.3", "--to", "production")
    before = sorted((tmp_path / "store").rglob("*"))
    code, out, err = run(*line.split())
    assert (code, out) == (2, "")
    assert err.startswith(f"sigpact: {message}")
    assert err.count("\n") == 1
    assert sorted((tmp_path / "store").rglob("*")) == before


def test_a_contract_with_mistakes_is_not_published(run: Run, tmp_path: Path) -> None:
    """All of its mistakes, with their places."""
    text = CONTRACT.replace("dtype: text", "dtipe: text")
    (tmp_path / "contracts" / "genre.contract.yaml").write_text(text, encoding="utf-8")
    code, _, err = run(*PUBLISH)
    assert code == 2
    assert err.startswith("sigpact: contracts/genre.contract.yaml:6:")
    assert history(places.opened("store")).records == ()


def test_a_name_that_is_both_says_which(run: Run, tmp_path: Path) -> None:
    """A client called as a model."""
    contracts(tmp_path / "contracts", CONTRACT.replace("client: mobile-app", "client: genre"))
    _steps(
        run,
        [
            ("publish contracts --client-release genre@7", 0, "published genre@7: "),
            (
                "deployed genre@7 --to production",
                2,
                "sigpact: genre@7: 'genre' is a client and a model; write client:genre@… or model:genre@…\n",
            ),
            (
                "deployed client:genre@7 --to production",
                0,
                "deployed genre@7 to production, until 2027-05-28\n",
            ),
            ("deployed model:genre@7 --to production", 0, "deployed genre@7 to production (sha256:"),
        ],
    )
    found = state(history(places.opened("store")), "production", START)
    assert [str(each) for each in (*found.releases, *found.versions)] == ["genre@7", "genre@7"]


def test_environments_of_the_configuration_are_known(run: Run, tmp_path: Path) -> None:
    """A first deployment is to one of them, where there are any."""
    file = tmp_path / "pyproject.toml"
    text = file.read_text(encoding="utf-8") + "[tool.sigpact.environments.production]\n"
    file.write_text(text, encoding="utf-8")
    run(*PUBLISH)
    _steps(
        run,
        [
            (
                "deployed mobile-app@4.3 --to prodution",
                2,
                "sigpact: no environment is called 'prodution'; did you mean",
            ),
            ("deployed mobile-app@4.3 --to production", 0, "deployed mobile-app@4.3 to production, "),
        ],
    )


def test_a_clients_pipeline_needs_no_models(run: Run, tmp_path: Path) -> None:
    """The models of the configuration are built elsewhere."""
    run(*PUBLISH)
    (tmp_path / "models").rename(tmp_path / "gone")
    _steps(
        run,
        [
            ("deployed mobile-app@4.3 --to production", 0, "deployed mobile-app@4.3 to production, "),
            ("deployed genre@7 --to production", 2, "sigpact: "),
            ("deployed genre@7 --to production --models gone", 0, "deployed genre@7 to production (sha256:"),
            (
                "deployed genre@8 --to production --models gone/genre",
                0,
                "deployed genre@8 to production (sha256:",
            ),
        ],
    )


def _ticket(tmp_path: Path, subject: Subject, *, folder: bool = True) -> str:
    from sigpact.savedmodel.digest import Digests  # noqa: PLC0415 - of the tickets alone

    found = history(places.opened("store"))
    digest = Digests().of(tmp_path / "models" / "genre" / subject.what) if folder else None
    return str(Ticket(subject, "production", START, head(found, subject.owner, "production"), digest))


def test_a_ticket_lets_pass_what_the_gate_saw(run: Run, tmp_path: Path) -> None:
    """Nothing came in between: it is deployed, and the record names the ticket."""
    run(*PUBLISH)
    ticket = _ticket(tmp_path, Subject(GENRE, "7"))
    code, out, err = run("deployed", "genre@7", "--to", "production", "--gate-ticket", ticket)
    assert (code, err) == (0, "")
    assert out.startswith("deployed genre@7 to production (sha256:")
    (version,) = state(history(places.opened("store")), "production", START).versions
    assert getattr(version.live[0].body, "ticket", None) == ticket
    ticket = _ticket(tmp_path, Subject(APP, "4.3"), folder=False)
    assert run("deployed", "mobile-app@4.3", "--to", "production", "--gate-ticket", ticket)[0] == 0


def test_a_ticket_of_another_head_is_refused(run: Run, tmp_path: Path) -> None:
    """A contract published in between is not overlooked: exit code 1, and its name; nothing is written."""
    run(*PUBLISH)
    ticket = _ticket(tmp_path, Subject(GENRE, "7"))
    run("publish", "contracts", "--client-release", "mobile-app@4.4")
    assert run("deployed", "genre@7", "--to", "production", "--gate-ticket", ticket) == (
        1,
        "",
        (
            "sigpact: the gate's yes no longer holds: 1 came in since the gate looked:"
            " published mobile-app@4.4: 1 contract and 1 file, of no commit"
            " (2026-11-29T12:00:00Z); ask the gate again\n"
        ),
    )
    assert state(history(places.opened("store")), "production", START).versions == ()


def test_a_ticket_of_another_content_is_refused(run: Run, tmp_path: Path) -> None:
    """The folder was overwritten since the gate looked at it."""
    ticket = _ticket(tmp_path, Subject(GENRE, "7"))
    (tmp_path / "models" / "genre" / "7" / "extra").write_bytes(b"1")
    assert run("deployed", "genre@7", "--to", "production", "--gate-ticket", ticket) == (
        1,
        "",
        (
            "sigpact: the gate's yes no longer holds: genre@7 has another content than the gate looked at;"
            " ask the gate again\n"
        ),
    )


def test_what_comes_in_while_it_is_written_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head is looked at once more: the pipeline must not go on."""
    run(*PUBLISH)
    ticket = _ticket(tmp_path, Subject(GENRE, "7"))
    write = places.Folder.write

    def raced(place: places.Folder, path: str, data: bytes) -> None:
        write(place, path, data)
        if path.startswith("models/"):
            monkeypatch.setattr(places.Folder, "write", write)
            run("publish", "contracts", "--client-release", "mobile-app@4.4")

    monkeypatch.setattr(places.Folder, "write", raced)
    code, _, err = run("deployed", "genre@7", "--to", "production", "--gate-ticket", ticket)
    assert code == 1
    assert err.startswith("sigpact: it is written, and meanwhile 1 came in since the gate looked")


def test_damage_is_told_and_no_ticket_passes(run: Run, tmp_path: Path) -> None:
    """What can be said without it is said; what rests on all records is not completed."""
    run(*PUBLISH)
    ticket = _ticket(tmp_path, Subject(GENRE, "7"))
    (record,) = history(places.opened("store")).records
    (tmp_path / "store" / record.path).write_bytes(b"torn")
    code, _, err = run("deployed", "genre@7", "--to", "production", "--gate-ticket", ticket)
    assert code == 4
    assert f"sigpact: damaged: {record.path} is torn or altered" in err
    assert err.endswith("no ticket can be checked before that is mended\n")
    code, out, err = run("deployed", "genre@7", "--to", "production")
    assert (code, err.count("\n")) == (0, 1)
    code, out, err = run("store", "show")
    assert (code, err) == (4, "")
    assert out.endswith("of its name\n")


def test_show_lists_what_is_live_what_lapsed_and_what_is_left(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By environment, models first; a lapsed release with its day."""
    run(*PUBLISH)
    run("publish", "contracts", "--client-release", "mobile-app@4.4")
    run("deployed", "mobile-app@4.3", "--to", "production", "--ttl", "2w")
    run("released", "mobile-app@4.4", "--to", "production", "--ttl", "never")
    run("deployed", "genre@7", "--to", "production")
    (tmp_path / "store" / "models" / "genre" / ".tmp-1").touch()
    monkeypatch.setattr(times, "now", lambda: times.instant("2027-01-01T00:00:00Z"))
    code, out, err = run("store", "show")
    assert (code, err) == (0, "")
    digest = out.partition("sha256:")[2][:12]
    assert out == (
        "store store: 5 records\n\nproduction:\n"
        f"  genre@7 live (sha256:{digest}…)\n"
        "  mobile-app@4.4 live without end; published mobile-app@4.4: 1 contract and 1 file, of no commit\n"
        "  mobile-app@4.3 lapsed on 2026-12-13: deploy it again, or retire it\n"
        "left by killed writers, and says nothing: 1 of .tmp-…\n"
    )


def test_no_store_named_is_told(run: Run, tmp_path: Path) -> None:
    """With both ways to name one."""
    (tmp_path / "pyproject.toml").unlink()
    said = 'sigpact: which store? say --store PATH, or set [tool.sigpact] store = "…"\n'
    assert run(*PUBLISH) == (2, "", said)


def test_a_store_is_made_by_a_command(run: Run) -> None:
    """Once, or again."""
    for _ in range(2):
        assert run("store", "init", "--store", "fresh") == (0, "store fresh\n", "")
    assert run("store", "show", "--store", "fresh") == (0, "store fresh: 0 records\n", "")


def test_a_place_that_cannot_be_reached_is_not_completed(run: Run, spy: type[Spy]) -> None:
    """Exit code 4, never an empty store; a URL that is none is an option that is wrong."""
    run("store", "init", "--store", "spy://bucket/store")
    spy.fails["ls", "clients"] = ConnectionError("no route")
    said = "sigpact: spy://bucket/store/clients: cannot be read: ConnectionError: no route\n"
    assert run("store", "show", "--store", "spy://bucket/store") == (4, "", said)
    said = "sigpact: nonsense://bucket: fsspec knows no nonsense://\n"
    assert run("store", "show", "--store", "nonsense://bucket") == (2, "", said)


def test_versions_behind_a_url_are_recorded_as_well(run: Run, tmp_path: Path, spy: type[Spy]) -> None:
    """By the same digest as the same folder here."""
    for file in (tmp_path / "models").rglob("*.pb"):
        spy().pipe_file(f"/models/{file.relative_to(tmp_path / 'models')}", file.read_bytes())
    _, here, _ = run("deployed", "genre@7", "--to", "here")
    _, there, _ = run("deployed", "genre@7", "--to", "here", "--models", "spy://models/genre")
    assert here == there


def _git(*arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_commit_is_gits(run: Run, tmp_path: Path) -> None:
    """HEAD of the folder; that published files are changed, new or ignored there is said, of others not."""
    _git("init", "-q")
    assert run(*PUBLISH)[1].endswith("of no commit\n")
    _git("add", "contracts")
    _git("commit", "-qm", "x")
    commit = _git("rev-parse", "HEAD")[:12]
    (tmp_path / "other.txt").touch()

    def published(release: str, *more: str) -> str:
        said = run("publish", "contracts", "--client-release", f"mobile-app@{release}", *more)
        return said[1].strip()

    clean, dirty = f"commit {commit}", f"commit {commit} and changes that it does not have"
    assert published("1").endswith(clean)
    titles = tmp_path / "contracts" / "names" / "titles.txt"
    titles.write_text("Heat\n", encoding="utf-8")
    assert published("2").endswith(dirty)
    assert published("3", "--commit", "abc").endswith("commit abc")
    _git("checkout", "-q", "--", ".")
    assert published("4").endswith(clean)
    _git("rm", "-q", "--cached", str(titles))
    _git("commit", "-qm", "y")
    commit = _git("rev-parse", "HEAD")[:12]
    (tmp_path / ".gitignore").write_text("titles.txt\n", encoding="utf-8")
    assert published("5").endswith(f"commit {commit} and changes that it does not have")


def test_odd_releases_and_models_go_through(run: Run, tmp_path: Path) -> None:
    """Whatever is printable, in the content of records; a model's name in the name of a folder, escaped."""
    odd = "4.3/../ü@x:%41 (β)"
    assert run("publish", "contracts", "--client-release", f"mobile-app@{odd}")[0] == 0
    assert run("deployed", f"mobile-app@{odd}", "--to", "prod/eu:1")[0] == 0
    (tmp_path / "models" / "genre").rename(tmp_path / "models" / "Ge nre")
    assert run("deployed", "Ge nre@7", "--to", "prod/eu:1")[0] == 0
    found = state(history(places.opened("store")), "prod/eu:1", START)
    assert [str(each) for each in (*found.releases, *found.versions)] == [f"mobile-app@{odd}", "Ge nre@7"]
    assert (tmp_path / "store" / "models" / "%47e%20nre").is_dir()
    assert found.damage == ()
    assert history(places.opened("store")).known() == (APP, Owner(OwnerKind.MODEL, "Ge nre"))
