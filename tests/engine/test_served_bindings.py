"""Which versions a contract binds once a server's configuration says what is served."""

from pathlib import Path

import pytest

from sigpact.engine.check import check
from sigpact.engine.options import Options
from sigpact.engine.replay import State, replay
from sigpact.engine.verify import verify
from sigpact.findings import Answer
from sigpact.report.model import Report
from sigpact.serving.given import given
from tests.engine.test_relations import EMBED, FROM_E, numbers, pairs, total
from tests.engine.world import APP, GENRE, SCORED, World, drama

SPECIFIC = "model_version_policy { specific { versions: [2, 4] } }"
LABELS = 'version_labels { key: "stable" value: 2 } version_labels { key: "canary" value: 4 }'


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Five versions of a model; the fifth breaks the client."""
    made = World(tmp_path)
    for number in range(1, 5):
        made.version(f"genre/{number}", GENRE, get_genre=drama)
    made.version("genre/5", SCORED)
    return made


def configured(world: World, said: str = f"{SPECIFIC} {LABELS}", model: str = "genre") -> str:
    """Write models.config for a model."""
    file = world.root / "models.config"
    base = f'name: "{model}" base_path: "{world.models}/{model}" model_platform: "tensorflow"'
    file.write_text(f"model_config_list {{ config {{ {base} {said} }} }}")
    return str(file)


def checked(world: World, versions: str, *models: str) -> Report:
    """Compare a contract that binds these versions."""
    world.contract(APP.replace("model: genre\n", f"model: genre\nversions: {versions}\n"))
    return check([world.contracts], models, Options())


def bound(report: Report) -> list[int]:
    """Return the versions that got a verdict."""
    return [int(each.version) for each in report.verdicts if each.version]


BOUND: list[tuple[str, list[int], list[int], list[int]]] = [
    # versions, bound by a base path alone, by a configuration that serves 2 and 4, by one with candidate 5
    ("live", [1, 2, 3, 4, 5], [2, 4], [2, 4, 5]),
    ("all", [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
    ('"4"', [4], [4], [4]),
    ('"5"', [5], [], [5]),
    ('"3"', [3], [], []),
    ('">=3"', [3, 4, 5], [4], [4, 5]),
    ('">4"', [5], [], [5]),
    ("{label: stable}", [], [2], [2]),
    ("{label: canary}", [], [4], [4]),
    ("{label: canry}", [], [], []),
]


@pytest.mark.parametrize(("versions", "alone", "served", "candidate"), BOUND)
def test_what_a_contract_binds(
    world: World, versions: str, alone: list[int], served: list[int], candidate: list[int]
) -> None:
    """A client reaches what is served; what it is bound to and that is not served is nobody's yes."""
    file, fifth = configured(world), str(Path(world.models) / "genre" / "5")
    for models, numbers_bound in (((world.models,), alone), ((file,), served), ((file, fifth), candidate)):
        report = checked(world, versions, *models)
        assert bound(report) == numbers_bound
        assert (report.exit_code == 3) is (not numbers_bound)


def test_why_nothing_is_bound(world: World) -> None:
    """The reason stands in the notes, with the line of the contract."""
    told = {
        '"3"': "app: no version satisfies 'versions: 3'; there is 1, 2, 3, 4, 5;"
        " 2 (stable), 4 (canary) is served (policy: specific 2, 4)",
        "{label: canry}": "app: Unrecognized servable version label: canry; did you mean 'canary'?",
    }
    for versions, reason in told.items():
        report = checked(world, versions, configured(world))
        assert report.notes[0].startswith(f"{reason} (")
        assert report.verdicts[0].verdict is Answer.UNKNOWN
    (note,) = checked(world, "{label: stable}", world.models).notes
    assert "name the server's models.config beside it" in note


def test_what_is_served_is_told(world: World) -> None:
    """So that a reader sees why a version has no verdict."""
    assert checked(world, "live", configured(world)).notes == (
        "genre: 2 (stable), 4 (canary) is served (policy: specific 2, 4)",
    )
    notes = checked(world, "live", configured(world, SPECIFIC.replace("4", "9"))).notes
    assert notes[0] == "genre: 2 is served (policy: specific 2, 9)"
    assert notes[1].endswith("was not found in the file system")


def test_a_server_that_serves_nothing_is_no_yes(world: World) -> None:
    """An empty policy binds no version: unknown."""
    report = checked(world, "live", configured(world, "model_version_policy { specific {} }"))
    assert [each.verdict for each in report.verdicts] == [Answer.UNKNOWN]
    assert report.exit_code == 3


def related(world: World, version: str, said: str) -> Report:
    """Verify a relation between two versions of model m."""
    world.contract(numbers(version=version), "shop")
    for number, factor in enumerate((1.0, 1.5, 1.0, 1.0), 1):
        world.version(f"m/{number}", EMBED, FROM_E, embed=pairs(factor), from_e=total)
    chosen = Options(rows=0, relation_rows=10, cases=str(world.root / "cases"))
    models = [configured(world, said, "m")]
    return verify([world.contracts], models, chosen, lambda: world.backend, world.said.append)


RELATED: list[tuple[str, str, dict[str, str]]] = [
    # the version of the call, what is served, the verdicts: version 2 differs from the others
    ("{label: old}", "all {}", {"1": "no", "2": "yes", "3": "no", "4": "no"}),
    ("{label: new}", "all {}", {"1": "yes", "2": "no", "3": "yes", "4": "yes"}),
    ("previous", "all {}", {"1": "yes", "2": "no", "3": "no", "4": "yes"}),
    ("previous", "specific { versions: [1, 3, 4] }", {"1": "yes", "3": "yes", "4": "yes"}),
    ("previous", "specific { versions: [2, 4] }", {"2": "yes", "4": "no"}),
]


@pytest.mark.parametrize(("version", "policy", "found"), RELATED)
def test_relations(tmp_path: Path, version: str, policy: str, found: dict[str, str]) -> None:
    """A label is the version that it stands for; previous is the one served before."""
    labels = (
        'version_labels { key: "old" value: 2 } version_labels { key: "new" value: 3 }'
        if "label" in version
        else ""
    )
    world = World(tmp_path)
    report = related(world, version, f"model_version_policy {{ {policy} }} {labels}")
    assert {each.version: str(each.verdict) for each in report.verdicts} == found
    told = [each.not_checked for each in report.verdicts if each.not_checked]
    lowest = f"relation as stored: call 'stored': there is no version before {min(found)} that is served"
    assert told == ([(lowest,)] if version == "previous" else [])


def test_a_relation_is_replayed_at_the_same_version(tmp_path: Path) -> None:
    """A label means, in a replay, what the configuration says now."""
    world = World(tmp_path)
    label = 'version_labels { key: "old" value: 2 }'
    report = related(world, "{label: old}", f"model_version_policy {{ all {{}} }} {label}")
    assert report.exit_code == 1
    (case, *_) = [each.witness.case for each in report.findings if each.witness is not None]
    for said, state in ((label, State.FAILS), (label.replace("2", "3"), State.FIXED), ("", State.CANNOT_RUN)):
        file = configured(world, f"model_version_policy {{ all {{}} }} {said}", "m")
        (found,) = replay(case, tmp_path / "cases", given([file]), world.backend)
        assert found.state is state, found.detail
