"""The gate by scenarios: what is live, who counts, what is news, and what must never be a yes."""

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from sigpact.cli import main
from sigpact.clients.demands import Demands
from sigpact.clients.profile import PLAIN, Environment
from sigpact.engine.registered import Registered
from sigpact.errors import ConfigurationError, ExportError, StorageError
from sigpact.frozen import replace
from sigpact.report import gate_text
from sigpact.report.data import as_data
from sigpact.report.gated import Outcome, Role
from sigpact.runtime.protocol import Refused
from sigpact.store.place import Folder
from sigpact.wire.arrays import Value, value
from tests.engine.world import APP, GENRE, drama
from tests.gate.town import Town, opening, reasons

WEB = APP.replace("client: app", "client: web")
READS_BOTH = APP.replace("get_genre:\n", "get_genre:\n    answer: named\n").replace(
    "genre: {dtype", "score: {dtype: number, shape: [batch]}\n      genre: {dtype"
)
"""A client of bad versions: it reads objects."""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Versions 1 to 3 of `genre`, of which 3 is bad, and the contract of one client."""
    monkeypatch.chdir(tmp_path)
    made = Town(tmp_path)
    made.build(1, 2, 3, bad=(3,))
    made.world.contract(APP)
    return made


def test_a_version_that_satisfies_everybody_may_go(town: Town) -> None:
    """Beside what is taken for live, and with a line that says so."""
    report = town.ask("genre@2")
    assert report.gate is not None
    assert (report.exit_code, report.gate.outcome) == (0, Outcome.SATISFIED)
    assert reasons(report.gate) == {"app@branch": "satisfied"}
    assert reasons(report.gate, Role.LIVE) == {"app@branch": "satisfied"}
    assert any("genre@1 is taken for what is live" in each for each in report.notes)
    assert report.verdicts[0].evidence.total_rows > town.asked("x").options.rows


def test_a_new_break_is_a_no_with_both_answers(town: Town) -> None:
    """The request, what this version answers, and what the live one does."""
    report = town.ask("genre@3")
    assert report.gate is not None
    assert (report.exit_code, report.gate.outcome) == (1, Outcome.BROKEN)
    (row,) = (each for each in report.gate.rows if each.role is Role.CANDIDATE)
    assert str(row.reason) == "new-break"
    assert row.blocks
    assert "instances" in row.request
    assert '"score"' in row.now
    assert row.before == '{"predictions": ["Drama"]}'
    assert row.findings[0] in {each.fingerprint for each in report.findings}


def test_what_is_broken_already_blocks_nobody(town: Town) -> None:
    """The client is told; the next version is no worse for it."""
    town.build(4, bad=(4,))
    gate = town.gated("genre@4")
    assert (gate.outcome, reasons(gate)) == (Outcome.SATISFIED, {"app@branch": "already-broken"})
    assert not any(each.blocks for each in gate.rows)


def test_what_is_live_already_is_no_news(town: Town) -> None:
    """Asked again, alone: who is broken is so today. Beside another that is live, it is one more."""
    town.open_store()
    town.deploy(3)
    gate = town.gated("genre@3")
    assert (gate.outcome, reasons(gate)) == (Outcome.SATISFIED, {"app@branch": "already-broken"})
    town.deploy(2)
    assert reasons(town.gated("genre@3")) == {"app@branch": "new-break"}


def test_several_contracts_of_one_client_are_told_apart(town: Town) -> None:
    """The worst of them is what the client comes to, with the request that shows it."""
    town.world.contract(READS_BOTH, "zebra")
    town.open_store()
    town.deploy(2)
    report = town.ask("genre@3")
    assert report.gate is not None
    (row,) = (each for each in report.gate.rows if each.blocks)
    assert (str(row.reason), '"score"' in row.now, row.before) == (
        "new-break", True, '{"predictions": ["Drama"]}',
    )  # fmt: skip
    lines = gate_text.render(report, report.gate).splitlines()
    assert lines[3].split(maxsplit=1) == ["app@branch", "no, new break  (no, already broken)"]


def test_a_first_version_is_called_so(town: Town) -> None:
    """With a store that knows of nothing live; a break is a break."""
    town.open_store()
    assert town.gated("genre@1").outcome is Outcome.FIRST_VERSION
    broken = town.gated("genre@3")
    assert (broken.outcome, reasons(broken)) == (Outcome.BROKEN, {"app@branch": "first-break"})


def test_every_live_version_is_judged_by_itself(town: Town) -> None:
    """During a rollout two are live: a breach that only one of them has is news for who reaches the other."""
    town.build(4, bad=(4,))
    town.open_store()
    town.deploy(2, 3)
    gate = town.gated("genre@4")
    assert reasons(gate) == {"app@branch": "new-break"}
    rows = {(each.version, str(each.reason)) for each in gate.rows if each.role is Role.LIVE}
    assert rows == {("2", "satisfied"), ("3", "already-broken")}
    assert town.say("retired", "genre@2", "--to", "production") == 0
    assert reasons(town.gated("genre@4")) == {"app@branch": "already-broken"}


def test_releases_in_the_field_count_beside_the_branch(town: Town) -> None:
    """The branch has moved on; the release that people still have has not."""
    town.open_store()
    town.deploy(2)
    town.release("app@4.2", APP)
    town.world.contract(READS_BOTH)
    gate = town.gated("genre@3")
    assert reasons(gate) == {"app@branch": "satisfied", "app@4.2": "new-break"}
    assert gate.outcome is Outcome.BROKEN
    assert any("app@4.2: app.contract.yaml" in str(each.span) for each in town.ask("genre@3").findings)
    assert town.say("retired", "app@4.2", "--to", "production") == 0
    assert town.gated("genre@3").outcome is Outcome.SATISFIED


def test_a_release_that_was_not_renewed_is_told_and_counts_no_more(town: Town) -> None:
    """A release has a time to live."""
    town.open_store()
    town.deploy(2)
    town.release("web@1", WEB)
    assert "web@1" in reasons(town.gated("genre@3"))
    town.now = dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=400)
    report = town.ask("genre@2")
    assert report.gate is not None
    assert "web@1" not in reasons(report.gate)
    assert any(each.startswith("web@1 was not renewed until") for each in report.notes)


def test_labels_bind_what_the_server_is_told(town: Town) -> None:
    """Who pins a label is judged at the version that it stands for, and at no other."""
    text = APP.replace("model: genre\n", "model: genre\nversions: {label: stable}\n")
    town.world.contract(text)
    config = town.root / "models.config"

    def configure(stable: int, *served: int) -> None:
        versions = " ".join(f"versions: {each}" for each in served)
        config.write_text(
            f'model_config_list {{ config {{ name: "genre" base_path: "{town.root}/models/genre"'
            f' model_platform: "tensorflow" model_version_policy {{ specific {{ {versions} }} }}'
            f' version_labels {{ key: "stable" value: {stable} }} }} }}\n'
        )

    configure(2, 2, 3)
    gate = town.gated("genre@3", models=(str(config),))
    assert reasons(gate) == {"app@branch": "not-bound"}
    assert gate.outcome is Outcome.NOTHING_SELECTED
    configure(3, 2, 3)
    gate = town.gated("genre@3", models=(str(config),))
    assert (reasons(gate), gate.outcome) == ({"app@branch": "first-break"}, Outcome.BROKEN)
    unknown = town.gated("genre@2")
    assert (reasons(unknown), unknown.outcome) == ({"app@branch": "evidence-missing"}, Outcome.UNKNOWN)


def test_what_the_server_lets_go_is_looked_at(town: Town) -> None:
    """Under `latest` the version before goes as the candidate comes: who pins it has nothing left."""
    config = town.root / "models.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "genre" base_path: "{town.root}/models/genre"'
        ' model_platform: "tensorflow" } }\n'
    )
    town.world.contract(APP.replace("model: genre\n", 'model: genre\nversions: "2"\n'))
    town.world.contract(WEB, "web")
    shutil.rmtree(town.folder(3))
    town.build(3)
    gate = town.gated("genre@3", models=(str(config),))
    mine = [each for each in gate.rows if each.client == "app"]
    assert (mine[-1].version, str(mine[-1].reason), mine[-1].blocks) == (
        "2", "still-bound", True,
    )  # fmt: skip
    assert gate.outcome is Outcome.BROKEN


@pytest.mark.parametrize(
    ("bound", "number"), [('"2"', 3), ("{label: stable}", 3), ('">=2"', None), ("live", None)]
)
def test_what_makes_room_for_a_version_from_elsewhere_is_looked_at(
    town: Town, bound: str, number: int | None
) -> None:
    """Under `latest`, a candidate that lies aside drives out what one in the folder does."""
    config = town.root / "models.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "genre" base_path: "{town.root}/models/genre"'
        ' model_platform: "tensorflow" version_labels { key: "stable" value: 2 } } }\n'
    )
    shutil.rmtree(town.folder(3))
    aside = town.world.version("../aside/genre/3", GENRE, get_genre=drama)
    town.world.functions[str(aside.resolve())] = {"get_genre": drama}
    town.world.contract(APP.replace("model: genre\n", f"model: genre\nversions: {bound}\n"))
    town.world.contract(WEB, "web")
    gate = town.gated("genre@3", models=(str(config), str(aside.resolve())))
    found = [each for each in gate.rows if str(each.reason) == "still-bound"]
    assert [(each.client, each.version, each.blocks) for each in found] == (
        [] if number is None else [("app", "2", True)]
    )
    assert gate.outcome is (Outcome.SATISFIED if number is None else Outcome.BROKEN)


def test_a_typo_in_a_label_is_no_yes(town: Town) -> None:
    """Nobody knows which version such a client reaches; that another is satisfied does not help it."""
    config = town.root / "models.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "genre" base_path: "{town.root}/models/genre"'
        ' model_platform: "tensorflow" model_version_policy { specific { versions: 1 versions: 2 } }'
        ' version_labels { key: "stable" value: 2 } } }\n'
    )
    town.world.contract(APP.replace("model: genre\n", "model: genre\nversions: {label: stabel}\n"))
    town.world.contract(WEB, "web")
    gate = town.gated("genre@2", models=(str(config),))
    assert reasons(gate) == {"app@branch": "evidence-missing", "web@branch": "satisfied"}
    assert gate.outcome is Outcome.UNKNOWN
    assert "did you mean 'stable'?" in next(each.detail for each in gate.rows if each.blocks)


def test_the_way_back_is_none_for_who_would_reach_nothing(town: Town) -> None:
    """A range that begins above it; who has something before it is not asked."""
    town.build(3, 4)
    town.world.contract(WEB, "web")
    town.world.contract(APP.replace("model: genre\n", 'model: genre\nversions: ">=3"\n'))
    town.world.contract(
        WEB.replace("web", "old").replace("model: genre\n", 'model: genre\nversions: "1"\n'), "old"
    )
    town.open_store()
    town.deploy(1, 3)
    report = town.ask("genre@4")
    assert report.gate is not None
    back = {(each.version, each.client): str(each.answer) for each in report.gate.earlier}
    assert {key: back[key] for key in back if key[1] != "web"} == {
        ("3", "app"): "yes",
        ("2", "app"): "no",
        ("1", "app"): "no",
        ("1", "old"): "yes",
    }
    assert "genre@2  no, it breaks app@branch" in gate_text.render(report, report.gate)
    (town.root / "contracts" / "app.contract.yaml").write_text(f"{APP}status: pending\n")
    report = town.ask("genre@4")
    assert report.gate is not None
    assert "genre@1  yes" in gate_text.render(report, report.gate)


def test_a_typo_in_a_name_is_no_yes(town: Town) -> None:
    """One line with the nearest name."""
    for subject, told in (
        ("gender@2", "no client or model is called 'gender'; did you mean 'genre'?"),
        ("genre@9", "genre@9 is not there"),
        ("genre", "neither CLIENT@RELEASE nor MODEL@VERSION"),
    ):
        with pytest.raises(ConfigurationError, match=told):
            town.ask(subject)


def test_a_typo_in_the_name_of_an_environment_is_no_first_version(town: Town) -> None:
    """Where none is configured, the store knows them; one that is written down may still be empty."""
    town.open_store()
    town.deploy(1)
    other = Environment("prodction", PLAIN)
    with pytest.raises(ConfigurationError, match="did you mean 'production'"):
        town.ask("genre@2", environment=other)
    asked = town.gated("genre@2", environment=other, environments=("prodction",))
    assert asked.outcome is Outcome.FIRST_VERSION


def test_a_contract_of_a_mistyped_model_is_no_yes(town: Town) -> None:
    """Nobody knows what it says, beside another that is satisfied; who has another model is none of it."""
    town.world.contract(WEB.replace("model: genre", "model: gnere"), "web")
    town.world.contract(WEB.replace("model: genre", "model: weather"), "weather")
    gate = town.gated("genre@2")
    assert reasons(gate) == {"app@branch": "satisfied", "web@branch": "evidence-missing"}
    assert gate.outcome is Outcome.UNKNOWN
    assert "no model 'gnere' is given; did you mean 'genre'?" in gate.rows[-1].detail
    town.world.contract(WEB.replace("model: genre", "model: gnere") + "status: pending\n", "web")
    assert town.gated("genre@2").outcome is Outcome.SATISFIED


def test_no_contract_and_nothing_selected_have_names(town: Town) -> None:
    """Neither is a yes."""
    (town.root / "contracts" / "app.contract.yaml").unlink()
    with pytest.raises(ConfigurationError, match="no contract in"):
        town.ask("genre@2")
    report = town.ask("genre@2", contracts=())
    assert report.gate is not None
    assert (report.gate.outcome, report.exit_code) == (Outcome.NO_CONTRACT, 3)
    town.world.contract(APP.replace("model: genre\n", 'model: genre\nversions: "1"\n'))
    report = town.ask("genre@2")
    assert report.gate is not None
    assert (report.gate.outcome, report.exit_code) == (Outcome.NOTHING_SELECTED, 3)
    town.world.contract(f"{APP}status: pending\n")
    for subject in ("genre@3", "genre@2"):
        report = town.ask(subject)
        assert report.gate is not None
        assert (report.gate.outcome, report.exit_code) == (Outcome.NOTHING_SELECTED, 3)
    town.world.contract(f"{APP}sunset: 2026-11-01\n")
    report = town.ask("genre@3")
    assert report.gate is not None
    assert (reasons(report.gate), report.exit_code) == ({"app@branch": "contract-expired"}, 3)


def test_a_contract_with_mistakes_stops_the_gate(town: Town) -> None:
    """It may be the one that breaks."""
    town.world.contract("contract: 2\nclient: x\n", "bad")
    report = town.ask("genre@2")
    assert (report.exit_code, report.gate) == (2, None)
    assert report.problems


def test_mistakes_in_rows_leave_no_ticket(town: Town) -> None:
    """Not even in a contract that is pending: what is wrong is mended before anything goes."""
    town.world.contract(
        f"{APP.replace('client: app', 'client: lab')}    rows_from: rows.jsonl\nstatus: pending\n", "lab"
    )
    (town.root / "contracts" / "rows.jsonl").write_text(
        '{"inputs": {"title": ["far longer than twenty letters"]}}\n'
    )
    town.open_store()
    town.deploy(1)
    report = town.ask("genre@2")
    assert report.gate is not None
    assert (report.exit_code, report.gate.outcome, report.gate.ticket) == (2, Outcome.SATISFIED, "")


@pytest.mark.parametrize(
    ("policy", "number", "outcome"),
    [
        (None, 2, Outcome.NO_CONTRACT),
        (None, 3, Outcome.NO_CONTRACT),
        ("observe", 3, Outcome.SATISFIED),
        ("warn", 3, Outcome.SATISFIED),
        ("enforce", 3, Outcome.BROKEN),
        ("enforce", 2, Outcome.SATISFIED),
    ],
)
def test_unknown_callers_are_what_is_live(
    town: Town, policy: str | None, number: int, outcome: Outcome
) -> None:
    """A model that no contract names: every kind of client of the live version, by the model's policy."""
    (town.root / "contracts" / "app.contract.yaml").unlink()
    demands = Demands(callers=(("genre", policy),) if policy else ())
    gate = town.gated(f"genre@{number}", contracts=(), demands=demands)
    assert gate.outcome is outcome
    (row,) = gate.rows
    assert (row.client, str(row.reason)) == ("(unknown callers)", "unknown-callers")
    assert ("row-bare of get_genre" in row.detail) == (number == 3)


def test_a_policy_only_gets_stricter(town: Town) -> None:
    """What a gate went by is on record; who lets go of it says why."""
    (town.root / "contracts" / "app.contract.yaml").unlink()
    town.open_store()
    town.deploy(2)

    def ask(level: str) -> Outcome:
        return town.gated("genre@3", contracts=(), demands=Demands(callers=(("genre", level),))).outcome

    assert ask("observe") is Outcome.SATISFIED
    assert ask("enforce") is Outcome.BROKEN
    with pytest.raises(ConfigurationError, match="a policy only gets stricter"):
        ask("warn")
    lower = ["policy", "genre", "warn", "--to", "production", "--because", "x", "--models", town.world.models]
    assert town.say(*lower) == 0
    assert ask("warn") is Outcome.SATISFIED


def test_an_overwritten_folder_is_noticed(town: Town) -> None:
    """Of what is live, and of what comes again under a number that was live with another content."""
    town.open_store()
    town.deploy(1)
    assert town.gated("genre@2").outcome is Outcome.SATISFIED
    (town.folder(1) / "more.txt").write_text("x")
    gate = town.gated("genre@2")
    assert reasons(gate, Role.LIVE) == {"app@branch": "version-content-changed"}
    assert gate.outcome is Outcome.BROKEN
    assert reasons(town.gated("genre@1")) == {"app@branch": "version-content-changed"}
    shutil.rmtree(town.folder(1))
    gone = town.gated("genre@2")
    assert reasons(gone, Role.LIVE) == {"app@branch": "version-missing"}
    assert gone.outcome is Outcome.BROKEN


@pytest.mark.parametrize("text", [None, APP.replace("model: genre\n", 'model: genre\nversions: "2"\n')])
def test_an_overwritten_folder_is_noticed_whoever_reaches_it(town: Town, text: str | None) -> None:
    """No contract at all, or none that binds it: somebody may call it, and what is compared is another."""
    (town.root / "contracts" / "app.contract.yaml").unlink()
    if text is not None:
        town.world.contract(text)
    words = {"contracts": () if text is None else (town.world.contracts,)}
    demands = Demands(callers=(("genre", "warn"),))
    town.open_store()
    town.deploy(1)
    assert town.gated("genre@2", demands=demands, **words).outcome is Outcome.SATISFIED
    (town.folder(1) / "more.txt").write_text("x")
    gate = town.gated("genre@2", demands=demands, **words)
    assert reasons(gate, Role.LIVE) == {"(unknown callers)@genre@1": "version-content-changed"}
    assert gate.outcome is Outcome.BROKEN


def test_a_folder_that_is_overwritten_while_it_is_judged_has_no_answer(town: Town) -> None:
    """What ran and what lies there are two versions: a yes, a ticket and evidence would be the other's."""

    def careless(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        shutil.copy(town.folder(3) / "saved_model.pb", town.folder(2))
        return drama(feeds)

    town.version(2, careless)
    town.open_store()
    town.deploy(1)
    with pytest.raises(ExportError, match="changed while it was judged"):
        town.ask("genre@2")
    assert not list((town.root / "store" / "models" / "genre").glob("result-*.json"))


def test_a_model_in_a_bucket_is_bound_by_its_content_too(town: Town) -> None:
    """What is live there is what was recorded, evidence counts again, and a yes has a ticket."""
    fsspec = pytest.importorskip("fsspec", reason="buckets are read through fsspec")
    bucket = fsspec.filesystem("memory")

    def put(number: int, source: int) -> None:
        for file in town.folder(source).rglob("*"):
            if file.is_file():
                place = f"/gate-models/genre/{number}/{file.relative_to(town.folder(source))}"
                bucket.pipe_file(place, file.read_bytes())

    for each in (1, 2):
        put(each, each)
        town.world.functions[f"memory://gate-models/genre/{each}"] = {"get_genre": drama}
    models = "memory://gate-models/genre"
    town.open_store()
    assert town.say("deployed", "genre@1", "--to", "production", "--models", models) == 0
    first = town.gated("genre@2", models=(models,))
    assert (first.outcome, reasons(first, Role.LIVE)) == (Outcome.SATISFIED, {"app@branch": "satisfied"})
    assert first.ticket
    ran = len(town.ran)
    assert town.gated("genre@2", models=(models,)).ticket == first.ticket
    assert len(town.ran) == ran
    put(1, 3)
    changed = town.gated("genre@2", models=(models,))
    assert reasons(changed, Role.LIVE) == {"app@branch": "version-content-changed"}
    bucket.rm("/gate-models", recursive=True)


def test_evidence_is_found_once(town: Town) -> None:
    """Where contract, content, sigpact and options are the same; a file more is another version."""
    town.open_store()
    town.deploy(1)
    first = town.ask("genre@2")
    assert town.ran == [1]
    again = town.ask("genre@2")
    assert town.ran == [1]
    assert again.findings == first.findings
    assert as_data(again)["verdicts"] == as_data(first)["verdicts"]
    assert town.gated("genre@2").ticket
    town.ask("genre@2", rows=30)
    assert len(town.ran) == 2
    (town.folder(2) / "more.txt").write_text("x")
    town.ask("genre@2")
    assert len(town.ran) == 3
    town.world.contract(APP.replace("maxLength: 20", "maxLength: 21"))
    town.ask("genre@2")
    assert len(town.ran) == 4


def test_findings_from_the_store_are_what_running_found(town: Town) -> None:
    """Witness, places and fingerprints; both answers too."""
    town.open_store()
    town.deploy(2)
    first = town.ask("genre@3")
    ran = len(town.ran)
    again = town.ask("genre@3")
    assert len(town.ran) == ran
    assert again.findings == first.findings
    assert again.gate is not None
    assert first.gate is not None
    assert again.gate.rows == first.gate.rows


def test_what_was_left_open_is_run_again(town: Town) -> None:
    """A check that failed once is no answer for ever; a yes that was found afterwards is one."""
    town.world.contract(f"{APP}    holds: [{{check: fine}}]\n")
    (town.root / "town_checks.py").write_text(
        "import pathlib\n\n\ndef fine(inputs, outputs):\n"
        "    assert not pathlib.Path('down').exists() or 1 / 0\n"
    )
    checks = Registered(str(town.root / "pyproject.toml"), (("fine", "town_checks:fine"),))
    town.open_store()
    town.deploy(1)

    def ask(*, dry: bool = False) -> str:
        asked = town.asked("genre@2")
        options = replace(asked.options, checks=checks)
        return reasons(town.gated("genre@2", options=options, dry=dry))["app@branch"]

    Path("down").touch()
    assert ask() == "undecided"
    assert ask(dry=True) == "undecided"
    Path("down").unlink()
    assert ask() == "satisfied"
    ran = len(town.ran)
    Path("down").touch()
    assert (ask(), len(town.ran)) == ("satisfied", ran)


def test_one_no_among_many_is_a_no(town: Town) -> None:
    """A run that finds nothing does not undo one that did, until a waiver explains it."""
    answers = iter(["Western", *["Drama"] * 100_000])

    def moody(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"genre": value("string", [next(answers) for _ in feeds["title"].array])}

    town.version(2, moody)
    town.open_store()
    town.deploy(1)
    assert reasons(town.gated("genre@2"))["app@branch"] in {"new-break", "results-disagree"}
    town.version(2, drama)
    gate = town.gated("genre@2")
    assert gate.outcome is Outcome.BROKEN


def test_nobody_asks_until_the_answer_is_yes(town: Town) -> None:
    """A no that other rows showed is one, for whoever asks with fewer of them or another seed."""
    town.version(
        2,
        lambda feeds: {
            "genre": value(
                "string", ["Western" if each == b"q" else "Drama" for each in feeds["title"].array]
            )
        },
    )
    town.world.contract(APP.replace("maxLength: 20", "maxLength: 1, pattern: '[a-z]'"))
    town.open_store()
    town.deploy(1)
    assert town.gated("genre@2", rows=1_000).outcome is Outcome.BROKEN
    ran = len(town.ran)
    again = town.gated("genre@2", rows=0)
    assert (again.outcome, reasons(again)) == (Outcome.BROKEN, {"app@branch": "new-break"})
    assert len(town.ran) == ran + 1  # the live one was not run so yet


def test_dry_runs_run_and_write_nothing(town: Town) -> None:
    """They say what is known: by comparing alone, where nobody ran it."""
    town.open_store()
    town.deploy(1)
    before = sorted(path for path in (town.root / "store").rglob("*"))
    gate = town.gated("genre@2", dry=True)
    assert (gate.outcome, reasons(gate)) == (Outcome.UNKNOWN, {"app@branch": "evidence-missing"})
    assert town.gated("genre@3", dry=True).outcome is Outcome.BROKEN
    assert town.ran == []
    assert sorted(path for path in (town.root / "store").rglob("*")) == before
    town.gated("genre@2")
    assert town.gated("genre@2", dry=True).outcome is Outcome.SATISFIED


def test_a_client_release_may_go_where_it_is_satisfied(town: Town) -> None:
    """Both sides: every version that is live there must satisfy it."""
    town.open_store()
    town.release("web@1", WEB)
    assert town.gated("web@1").outcome is Outcome.NOTHING_DEPLOYED
    town.deploy(2)
    assert (town.gated("web@1").outcome, reasons(town.gated("web@1"))) == (
        Outcome.SATISFIED,
        {"web@1": "satisfied"},
    )
    town.deploy(3)
    assert town.gated("web@1").outcome is Outcome.BROKEN
    with pytest.raises(ConfigurationError, match="web@2 is not published"):
        town.ask("web@2")


def test_who_may_not_write_results_has_an_answer(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client's pipeline may read models' folders, and write in its own alone."""
    town.open_store()
    town.deploy(2)
    town.release("web@1", WEB)

    def refuse(_: object, path: str, __: bytes) -> None:
        raise StorageError(path, "cannot be written: PermissionError: denied")

    monkeypatch.setattr(Folder, "write", refuse)
    report = town.ask("web@1")
    assert report.gate is not None
    assert (report.gate.outcome, bool(report.gate.ticket)) == (Outcome.SATISFIED, True)
    assert any("is not kept for the next gate" in each and "denied" in each for each in report.notes)


def test_a_release_that_reaches_nothing_live_does_not_go(town: Town) -> None:
    """Its calls would be answered with an error."""
    town.open_store()
    town.deploy(2)
    town.release("web@1", WEB.replace("model: genre\n", 'model: genre\nversions: "9"\n'))
    gate = town.gated("web@1")
    assert (gate.outcome, reasons(gate)) == (Outcome.BROKEN, {"web@1": "version-missing"})


def test_a_release_does_not_go_where_one_of_its_models_is_not(town: Town) -> None:
    """That the other is there is half of what it needs."""
    town.world.version("mood/1", GENRE, get_genre=drama)
    folder = town.root / "both"
    folder.mkdir()
    (folder / "genre.contract.yaml").write_text(WEB)
    (folder / "mood.contract.yaml").write_text(WEB.replace("model: genre", "model: mood"))
    town.open_store()
    town.deploy(2)
    assert town.say("publish", str(folder), "--client-release", "web@1") == 0
    gate = town.gated("web@1")
    assert (gate.outcome, gate.ticket) == (Outcome.UNKNOWN, "")
    (row,) = (each for each in gate.rows if each.blocks)
    assert (row.model, str(row.reason)) == ("mood", "evidence-missing")


def test_a_release_of_several_contracts_is_compared_as_a_whole(town: Town) -> None:
    """What one of them is not about was not whole for that."""
    folder = town.root / "both"
    folder.mkdir()
    (folder / "bare.contract.yaml").write_text(WEB)
    (folder / "named.contract.yaml").write_text(READS_BOTH.replace("client: app", "client: web"))
    town.open_store()
    town.deploy(3)
    for each in ("web@1", "web@2"):
        assert town.say("publish", str(folder), "--client-release", each) == 0
    assert town.say("released", "web@1", "--to", "production") == 0
    gate = town.gated("web@2")
    assert {str(each.reason) for each in gate.rows} == {"satisfied", "already-broken"}
    assert gate.outcome is Outcome.SATISFIED


def test_another_clients_waiver_is_not_idle_where_nobody_looked(town: Town) -> None:
    """A release that asks is not told to remove what others need; its own that nothing needs is a mistake."""
    town.open_store()
    town.deploy(3)
    town.world.contract(WEB, "web")
    town.release("ok@1", READS_BOTH.replace("client: app", "client: ok"))
    waiver = (
        "- {finding: %s, rule: output-added-to-single, client: %s, model: genre, owner: ada, reason: soon,"
        " expires: 2026-12-24}\n"
    )
    file = town.root / "sigpact-waivers.yaml"
    (mark,) = {each.fingerprint for each in town.ask("genre@3").findings if each.client == "web"}
    file.write_text(waiver % (mark, "web"))
    assert town.gated("ok@1").outcome is Outcome.SATISFIED
    file.write_text(waiver % (mark, "ok"))
    assert town.ask("ok@1").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("model: gnere", "no model is called 'gnere'; did you mean 'genre'?"),
        (
            "model: genre, environment: produktion",
            (
                "the waiver of output-missing holds nowhere: no environment is called 'produktion';"
                " did you mean 'production'?"
            ),
        ),
        ("model: genre, environment: staging", None),
    ],
)
def test_a_waiver_of_what_is_not_there_is_a_mistake(town: Town, words: str, told: str | None) -> None:
    """It would match nothing, and nobody would hear so."""
    (town.root / "sigpact-waivers.yaml").write_text(
        f"- {{finding: {'f' * 16}, rule: output-missing, client: app, owner: ada, reason: soon,"
        f" expires: 2026-12-24, {words}}}\n"
    )
    report = town.ask("genre@2", environments=("production", "staging"))
    assert [each.message for each in report.problems] == ([] if told is None else [told])
    assert report.exit_code == (0 if told is None else 2)


def test_what_somebody_still_needs_is_not_unloaded(town: Town) -> None:
    """By number, by range, or because nothing else is live."""
    town.open_store()
    town.deploy(1, 2)
    assert town.gated("genre@1", unload=True).outcome is Outcome.SATISFIED
    town.release("web@1", WEB.replace("model: genre\n", 'model: genre\nversions: "1"\n'))
    gate = town.gated("genre@1", unload=True)
    assert (gate.outcome, reasons(gate)["web@1"]) == (Outcome.BROKEN, "still-bound")
    assert town.gated("genre@2", unload=True).outcome is Outcome.SATISFIED
    assert town.say("retired", "web@1", "--to", "production") == 0
    assert town.say("retired", "genre@2", "--to", "production") == 0
    assert town.gated("genre@1", unload=True).outcome is Outcome.BROKEN


def test_what_is_not_live_is_not_said_to_be_needed_by_nobody(town: Town) -> None:
    """Who mistypes a number hears so; a client's release is no version."""
    with pytest.raises(ConfigurationError, match="genre@33 is not live in production; live is 3"):
        town.ask("genre@33", unload=True)
    with pytest.raises(ConfigurationError, match="--unload takes a version, as genre@3"):
        town.ask("app@4.2", unload=True)
    town.open_store()
    with pytest.raises(ConfigurationError, match="live is nothing"):
        town.ask("genre@1", unload=True)
    town.deploy(1, 2)
    with pytest.raises(ConfigurationError, match="genre@3 is not live in production; live is 1, 2"):
        town.ask("genre@3", unload=True)


def test_who_pins_a_version_needs_it_though_nobody_says_what_is_live(town: Town) -> None:
    """Whoever asks says that it is."""
    town.world.contract(APP.replace("model: genre\n", 'model: genre\nversions: "1"\n'))
    gate = town.gated("genre@1", unload=True)
    assert (gate.outcome, reasons(gate)) == (Outcome.BROKEN, {"app@branch": "still-bound"})
    town.world.contract(APP)
    assert town.gated("genre@1", unload=True).outcome is Outcome.SATISFIED


def test_expired_or_pending_contracts_alone_let_nothing_go(town: Town) -> None:
    """They say nothing of who is there now."""
    town.open_store()
    town.deploy(1, 2)
    for each in ("sunset: 2026-11-01", "status: pending"):
        town.world.contract(f"{APP}{each}\n")
        assert town.gated("genre@1", unload=True).outcome is Outcome.NOTHING_SELECTED


def test_damage_is_named_and_never_a_yes(town: Town) -> None:
    """A torn record, one that was altered, and a file that is none."""
    town.open_store()
    town.deploy(1)
    (record,) = (town.root / "store" / "models" / "genre").glob("live-*.json")
    record.write_bytes(record.read_bytes()[:-9])
    report = town.ask("genre@2")
    assert (report.exit_code, report.gate) == (4, None)
    assert record.name in str(report.incomplete)


def test_a_result_that_was_altered_is_named_and_never_a_yes(town: Town) -> None:
    """It may have been the one no; a run that finds nothing would hide it."""
    town.open_store()
    town.deploy(1)
    assert town.gated("genre@3").outcome is Outcome.BROKEN
    results = (town.root / "store" / "models" / "genre").glob("result-*.json")
    (result,) = (each for each in results if b'"level":"error"' in each.read_bytes())
    result.write_bytes(result.read_bytes().replace(b'"level":"error"', b'"level":"advice"'))
    town.version(3, drama)
    report = town.ask("genre@3")
    assert (report.exit_code, report.gate) == (4, None)
    assert f"{result.name} is torn or altered" in str(report.incomplete)


def test_a_store_that_is_none_is_a_mistake(town: Town) -> None:
    """An empty folder must not look like one in which nobody is live."""
    (town.root / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="no store at"):
        town.ask("genre@2", store=str(town.root / "empty"))
    (town.root / "store").mkdir()
    (town.root / "store" / "sigpact-store.json").write_text("{}")
    with pytest.raises(StorageError, match="damaged"):
        town.ask("genre@2")


def test_an_override_is_on_record_until_it_is_closed(town: Town) -> None:
    """It opens the gate for its time; after that it opens nothing and is still loud."""
    town.open_store()
    town.deploy(2)
    assert town.gated("genre@3").outcome is Outcome.BROKEN
    opened = town.gated("genre@3", opening=opening(town))
    assert (opened.outcome, len(opened.overrides)) == (Outcome.OVERRIDDEN, 1)
    assert opened.ticket
    again = town.gated("genre@3")
    assert (again.outcome, again.overrides[0].is_open) == (Outcome.OVERRIDDEN, True)
    assert town.gated("genre@2").overrides == again.overrides
    town.now += dt.timedelta(hours=5)
    late = town.gated("genre@3")
    assert (late.outcome, late.overrides[0].is_open) == (Outcome.BROKEN, False)
    close = ["gate", "--close", late.overrides[0].id, "--because", "mended", "--to", "production"]
    assert town.say(*close, "--models", town.world.models, "--contracts", town.world.contracts) == 0
    assert town.gated("genre@3").overrides == ()


def test_an_override_answers_one_question(town: Town) -> None:
    """Who lets a version go away does not let it in, nor does a client that is called as the model is."""
    town.open_store()
    town.deploy(1, 3)
    town.release("client:genre@3", APP.replace("client: app", "client: genre"))
    assert town.gated("client:genre@3", opening=opening(town)).outcome is Outcome.OVERRIDDEN
    assert town.gated("model:genre@3").outcome is Outcome.BROKEN
    town.release("web@1", WEB.replace("model: genre\n", 'model: genre\nversions: "3"\n'))
    gone = town.gated("model:genre@3", unload=True, opening=opening(town))
    assert (gone.outcome, gone.overrides[-1].subject) == (Outcome.OVERRIDDEN, "genre@3 (unload)")
    assert town.gated("model:genre@3", unload=True).outcome is Outcome.OVERRIDDEN
    assert town.gated("model:genre@3").outcome is Outcome.BROKEN


def test_an_override_needs_a_store(town: Town) -> None:
    """What is not on record did not happen."""
    with pytest.raises(ConfigurationError, match="recorded in a store"):
        town.ask("genre@3", opening=opening(town))


def test_a_version_that_does_not_load_is_a_no(town: Town) -> None:
    """For every client."""
    town.version(4, lambda _: Refused("INTERNAL", "no"))
    del town.world.functions[str(town.folder(4))]
    gate = town.gated("genre@4")
    assert gate.outcome is Outcome.BROKEN
    assert "version-unloadable" in gate.rows[0].detail


def test_a_release_that_is_written_twice_at_once_counts_twice(town: Town) -> None:
    """Two amendments that do not know of each other: the client must be satisfied by both."""
    town.open_store()
    town.deploy(2)
    town.release("web@1", WEB)
    copy = town.root / "copy"
    shutil.copytree(town.root / "store", copy)
    folder = town.root / "amended"
    for at, store in enumerate((town.store, str(copy))):
        folder.mkdir(exist_ok=True)
        file = folder / "web.contract.yaml"
        file.write_text(WEB.replace("maxLength: 20", f"maxLength: {30 + at}"))
        arguments = ["amend", "web@1", str(folder), "--because", "it was wrong", "--store", store]
        assert main(arguments) == 0
    shutil.copytree(copy, town.root / "store", dirs_exist_ok=True)
    rows = [
        each for each in town.gated("genre@3").rows if each.client == "web" and each.role is Role.CANDIDATE
    ]
    assert len(rows) == 2
    assert all(each.blocks for each in rows)
