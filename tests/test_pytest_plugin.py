"""The pytest plugin: contract files are tests, with ids, lines, outcomes and reports as users know them."""

import importlib.util
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

import pytest

from sigpact.errors import RuntimeUnavailableError
from sigpact.pytest_xdist import VersionScheduling
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.wire.arrays import Value, value
from tests.engine.world import APP, GENRE, NUMBER, NUMBERS, SCORED, World, crash, drama, same, scored
from tests.rules.cases import signature
from tests.spy import Spy

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
INSTALLED = any(each.value == "sigpact.pytest_plugin" for each in entry_points(group="pytest11"))
PLUGIN = () if INSTALLED else ("-p", "sigpact.pytest_plugin")
EXAMPLES = f"{APP}    examples: [{{name: one, inputs: {{title: [x]}}, outputs: {{genre: [Drama]}}}}]\n"
RELATION = """\
relations:
  - name: the same twice
    inputs: {title: get_genre.title}
    calls:
      one: {signature: get_genre, inputs: {title: title}}
      two: {signature: get_genre, inputs: {title: title}}
    holds: [one.genre == two.genre]
"""


class Project:
    """A folder with contracts and models, in which pytest runs."""

    def __init__(self, pytester: pytest.Pytester, world: World) -> None:
        self.pytester = pytester
        self.world = world

    def run(self, *arguments: str, models: bool = True) -> pytest.RunResult:
        """Run pytest in this process, over the contracts unless other paths are named."""
        given = ("--sigpact-models", "models", "--sigpact-rows", "20") if models else ()
        paths = (
            () if any(each.startswith(("contracts", "test_", ".")) for each in arguments) else ("contracts",)
        )
        return self.pytester.runpytest_inprocess(*PLUGIN, "-p", "no:randomly", *paths, *given, *arguments)

    def ids(self, *arguments: str) -> list[str]:
        """Return the ids of the items that are collected."""
        lines = self.run("--collect-only", "-q", *arguments).outlines
        return [line for line in lines if "::" in line]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A client of a version that keeps its contract, and of one that breaks it."""
    world = World(pytester.path)
    world.contract(APP, "mobile-app/genre")
    world.version("genre/1", GENRE, get_genre=drama)
    monkeypatch.setattr("sigpact.runtime.backend.TensorFlowBackend", lambda: fake(world))
    return Project(pytester, world)


def fake(world: World) -> object:
    """Return a backend that finds versions however their folder is written."""
    from tests.test_cli import FakeTensorFlow  # noqa: PLC0415 - one fake for both front ends

    return FakeTensorFlow(world)


def test_ids(project: Project) -> None:
    """File, version, signature and part; what has nothing has no item; relations under their own name."""
    project.world.contract(
        f"{EXAMPLES}    properties: {{deterministic: true}}\n{RELATION}", "mobile-app/genre"
    )
    project.world.version("genre/3", SCORED, get_genre=scored)
    file = "contracts/mobile-app/genre.contract.yaml"
    assert project.ids() == [
        f"{file}::genre@{version}::{rest}"
        for version in (1, 3)
        for rest in (
            "get_genre::static",
            "get_genre::examples",
            "get_genre::values",
            "get_genre::properties",
            "~relations::the same twice",
        )
    ]


def test_real_rows_are_a_part_of_their_own(project: Project) -> None:
    """Between examples and values; what they find fails there, and values are skipped where none are made."""
    rows = project.world.root / "contracts" / "mobile-app" / "rows.jsonl"
    rows.write_text('{"inputs": {"x": [7]}, "outputs": {"y": [8]}}\n', encoding="utf-8")
    open_ = NUMBERS.replace(", minimum: 0, maximum: 1", "")
    project.world.contract(f"{open_}    rows_from: rows.jsonl\n", "mobile-app/genre")
    project.world.version("m/1", NUMBER, f=same)
    file = "contracts/mobile-app/genre.contract.yaml"
    assert project.ids() == [f"{file}::m@1::f::{part}" for part in ("static", "rows", "values")]
    result = project.run("-rs")
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["*answered otherwise than recorded, as in contracts/mobile-app/rows.jsonl:1"]
    )
    result.stdout.fnmatch_lines(["*only real rows run: f: values of x: *"])


@pytest.mark.parametrize("status", ["active", "pending"])
def test_mistakes_in_real_rows_fail_their_item(project: Project, status: str) -> None:
    """One line for each; a pending contract must be written rightly too. Other contracts go on."""
    folder = project.world.root / "contracts" / "mobile-app"
    (folder / "rows.jsonl").write_text('{"inputs": {"titel": ["x"]}}\n', encoding="utf-8")
    project.world.contract(f"{APP}status: {status}\n", "mobile-app/other")
    text = APP.replace("client: app", f"client: app\nstatus: {status}")
    project.world.contract(f"{text}    rows_from: rows.jsonl\n", "mobile-app/genre")
    result = project.run()
    result.assert_outcomes(failed=1, **{"passed" if status == "active" else "xpassed": 4})
    result.stdout.fnmatch_lines(
        ["contracts/mobile-app/rows.jsonl:1:1: 'titel' is no input of 'get_genre'; *"]
    )
    assert no_traceback(result)


@pytest.mark.parametrize("suffix", ["contract.yaml", "contract.yml", "contract.json"])
def test_files_are_claimed_by_their_suffix(project: Project, suffix: str) -> None:
    """These three and nothing else."""
    file = project.world.contract(APP, "mobile-app/genre")
    text = file.read_text(encoding="utf-8")
    file.unlink()
    if suffix.endswith("json"):
        text = (
            '{"contract": 1, "client": "app", "model": "genre", "signatures": {"get_genre": {"inputs":'
            ' {"title": {"dtype": "text", "maxLength": 9}}, "outputs": {"genre": {"dtype": "text"}}}}}'
        )
    (file.parent / f"a.{suffix}").write_text(text, encoding="utf-8")
    for other in ("contract.yaml", "b.yaml", "c.contract.yaml.txt", "d.contract.toml"):
        (file.parent / other).write_text("nonsense", encoding="utf-8")
    ids = project.ids()
    assert {each.split("::")[0] for each in ids} == {f"contracts/mobile-app/a.{suffix}"}
    assert len(ids) == 2


def test_a_version_that_keeps_the_contract(project: Project) -> None:
    """Items pass; the exit code is pytest's own."""
    result = project.run("-v")
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK


def no_traceback(result: pytest.RunResult) -> bool:
    """Whether the output shows no line of our code and no exception."""
    text = result.stdout.str() + result.stderr.str()
    return not re.search(r"sigpact[/\\]\w+.*\.py|Traceback|BreachError|src/", text)


def test_a_breach_is_a_failure_with_the_report(project: Project) -> None:
    """The report as the command line has it, under the item's id; nothing of our own code."""
    project.world.version("genre/2", SCORED, get_genre=scored)
    result = project.run()
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*_ contracts/mobile-app/genre.contract.yaml::genre@2::get_genre::static _*",
            "  error output-added-to-single in get_genre  contracts/mobile-app/genre.contract.yaml:10:7",
            "    expected    genre alone",
            "    request     curl http://*",
            "    replay      sigpact replay ????????????",
            "    model team  keep this signature at one output*",
            "*_ contracts/mobile-app/genre.contract.yaml::genre@2::get_genre::values _*",
            "not run, as the signature does not fit: output-added-to-single",
            "FAILED contracts/mobile-app/genre.contract.yaml::genre@2::get_genre::static*",
        ]
    )
    assert no_traceback(result)
    assert list((project.pytester.path / ".sigpact" / "cases").glob("*.json"))


@pytest.mark.parametrize("part", ["static", "examples", "values"])
def test_no_part_alone_is_green_where_the_contract_is_broken(project: Project, part: str) -> None:
    """Whoever deselects `static` must not see a pass: every other part fails as well."""
    project.world.contract(EXAMPLES, "mobile-app/genre")
    project.world.version("genre/1", SCORED, get_genre=scored)
    project.run("-k", f"{part} and get_genre").assert_outcomes(failed=1, deselected=2)


def test_found_by_running_alone(project: Project) -> None:
    """A crash fails `values`, and `static` passes: the signature fits."""
    project.world.version("genre/1", GENRE, get_genre=crash)
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["  error model-crashed in get_genre  contracts/mobile-app/genre.contract.yaml:6:3"]
    )
    assert no_traceback(result)


def test_a_version_that_does_not_load(project: Project) -> None:
    """Each item of it fails, those of the others pass."""
    project.world.version("genre/2", GENRE)
    folder = project.world.version("genre/3", GENRE)
    (folder / "saved_model.pb").write_bytes(b"\xff")
    result = project.run()
    result.assert_outcomes(passed=2 + 1, failed=1 + 2)
    result.stdout.fnmatch_lines(["  error version-unloadable  contracts/mobile-app/genre.contract.yaml:3:8"])


def test_lines_of_the_contract(project: Project) -> None:
    """`reportinfo` gives the line of the signature, of the relation, of the first mistake."""
    project.world.contract(f"{APP}{RELATION}", "mobile-app/genre")
    project.world.contract("contract: 1\nclient: app\nmodel: genre\nsignature: {}\n", "bad/bad")
    items, _ = project.pytester.inline_genitems(*PLUGIN, "contracts", "--sigpact-models", "models")
    places = {item.nodeid.rpartition("::")[2]: item.reportinfo() for item in items}
    good = project.pytester.path / "contracts" / "mobile-app" / "genre.contract.yaml"
    assert places["static"][:2] == (good, 5)
    assert places["values"][:2] == (good, 5)
    assert places["the same twice"][:2] == (good, 11)
    assert places["~contract"][:2] == (good.parents[1] / "bad" / "bad.contract.yaml", 3)
    assert all(item.reportinfo()[2] == item.nodeid for item in items)


def test_a_bad_contract_is_a_failure_with_all_its_mistakes(project: Project) -> None:
    """At its file, with lines; the other contracts run."""
    project.world.contract(APP.replace("minLength", "minLenght").replace("owner", "ovner"), "bad/bad")
    result = project.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ contracts/bad/bad.contract.yaml::~contract _*",
            "contracts/bad/bad.contract.yaml:4:1: *owner*",
            "contracts/bad/bad.contract.yaml:8:*minLength*",
        ]
    )
    assert no_traceback(result)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"[" * 200_000])
def test_files_that_are_no_contracts(project: Project, content: bytes) -> None:
    """One failing item, no error of collection."""
    (project.pytester.path / "contracts" / "x.contract.yaml").write_bytes(content)
    result = project.run()
    result.assert_outcomes(passed=2, failed=1)
    assert no_traceback(result)


def test_no_models(project: Project) -> None:
    """Contracts without models: what to say is said, nothing passes."""
    result = project.run(models=False)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["which models? say --sigpact-models BASE, or set [[]tool.sigpact] models = *"]
    )
    assert no_traceback(result)


def test_models_that_are_not_there(project: Project) -> None:
    """One failing item a contract, with the reason."""
    result = project.run("--sigpact-models", "nowhere", models=False)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["nowhere does not exist*"])


def test_an_empty_folder_with_models(project: Project) -> None:
    """A run that was to check contracts and found none is no success."""
    project.pytester.mkdir("empty")
    result = project.pytester.runpytest_inprocess(*PLUGIN, "empty", "--sigpact-models", "models")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["models were given and no [*].contract.yaml, .yml or .json was collected: nothing was checked"]
    )
    assert no_traceback(result)


def test_tests_beside_contracts(project: Project) -> None:
    """Tests of other kinds keep their places, before and after."""
    project.pytester.makepyfile(test_a="def test_a(): pass", test_z="def test_z(): pass")
    project.world.version("genre/10", GENRE, get_genre=drama)
    project.world.version("genre/2", GENRE, get_genre=drama)
    project.world.contract(APP.replace("client: app", "client: web"), "web-store/genre")
    ids = project.ids("test_a.py", "contracts", "test_z.py")
    assert (ids[0], ids[-1]) == ("test_a.py::test_a", "test_z.py::test_z")
    versions = [each.split("::")[1] for each in ids[1:-1]]
    assert versions == ["genre@1"] * 4 + ["genre@2"] * 4 + ["genre@10"] * 4


def test_pending_contracts(project: Project) -> None:
    """A breach is an expected failure; what keeps the contract passes as unexpected, which fails nothing."""
    project.world.contract(f"{APP}status: pending\n", "mobile-app/genre")
    project.world.version("genre/2", SCORED, get_genre=scored)
    result = project.run("-rxX")
    result.assert_outcomes(xpassed=2, xfailed=2)
    result.stdout.fnmatch_lines(["XFAIL *genre@2::get_genre::static - the contract is pending*"])
    assert result.ret == pytest.ExitCode.OK


def test_expired_contracts(project: Project) -> None:
    """A skip with the day."""
    project.world.contract(f"{APP}sunset: 2020-01-01\n", "mobile-app/genre")
    result = project.run("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*the contract expired on 2020-01-01 and no longer binds"])


@pytest.mark.parametrize("status", ["active", "pending"])
def test_contracts_that_bind_no_version(project: Project, status: str) -> None:
    """A failing item with the nearest name; of a pending contract an expected one."""
    text = APP.replace("model: genre", "model: genra") + f"status: {status}\n"
    project.world.contract(text, "mobile-app/genre")
    assert project.ids() == ["contracts/mobile-app/genre.contract.yaml::genra@none"]
    result = project.run()
    if status == "pending":
        result.assert_outcomes(xfailed=1)
        return
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["app: no model 'genra' among those given; did you mean 'genre'?"])
    assert no_traceback(result)


REGRESSION = """\
regressions:
  - name: stays alike
    signature: get_genre
    against: previous
    over: r.jsonl
    agreement: {output: genre, at_least: 0.9}
"""


def test_what_is_not_checked_yet_is_skipped_with_its_reason(project: Project) -> None:
    """Regressions have items, so that nobody takes them for checked."""
    file = project.world.contract(f"{APP}{REGRESSION}", "mobile-app/genre")
    (file.parent / "r.jsonl").write_text("{}", encoding="utf-8")
    result = project.run("-rs")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["*regressions are not checked yet"])


def test_latency_is_an_item_of_each_signature(project: Project) -> None:
    """It passes, fails where a limit is enforced, and is skipped with no version to compare with."""
    project.world.contract(f"{APP}    latency: {{p95_ms: 0.5}}\n", "mobile-app/genre")
    result = project.run("-k", "latency", "-rP")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*advice latency-above-limit in get_genre*.yaml:11:23"])
    project.world.contract(f"{APP}    latency: {{p95_ms: 0.5, enforce: true}}\n", "mobile-app/genre")
    result = project.run("-k", "latency")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*p95 of 1 row a call: 1 ms*the contract says at most 0.5 ms"])
    assert no_traceback(result)
    project.world.contract(f"{APP}    latency: {{at_most: 2, enforce: true}}\n", "mobile-app/genre")
    result = project.run("-k", "latency", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*not checked: get_genre: latency against*: there is no version before 1"])


def test_a_check_of_the_project_is_run(project: Project) -> None:
    """It is registered in the pyproject.toml of the folder that pytest is started in; else a failing item."""
    project.world.contract(f"{APP}    holds: [{{check: own}}]\n", "mobile-app/genre")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*genre.contract.yaml:11:21: check 'own' is not registered; *"])
    project.pytester.makepyprojecttoml('[tool.sigpact.checks]\nown = "own_in_pytest:own"\n')
    project.pytester.makepyfile(
        own_in_pytest="def own(inputs, outputs):\n    return outputs['genre'] != 'Drama'"
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*error holds-broken in get_genre*", "*it returned False*"])
    assert no_traceback(result)


def test_the_summary_says_what_the_items_rest_on(project: Project) -> None:
    """Weak evidence stands out, though every item passes; examples and values count together."""
    project.world.contract(f"{EXAMPLES}    latency: {{p95_ms: 50}}\n", "mobile-app/genre")
    result = project.run()
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "*= sigpact evidence =*",
            "app with genre@1: compared; 100 rows run (1 examples, 79 boundaries, *; 1 distinct answer)",
            "  get_genre: weak evidence: 100 rows all had the same answer",
            "  get_genre: 100 rows answered, 1 distinct; genre gave 1 of 2 enum members; 27 of 27 *",
            "  get_genre: latency of 1 row: p50 1 ms (1 to 1), *; 1,000 calls",
        ]
    )
    result = project.run("-k", "static")
    result.stdout.fnmatch_lines(["app with genre@1: compared"])
    project.pytester.makepyfile("def test_own(): pass")
    assert (
        "sigpact evidence" not in project.run("test_the_summary_says_what_the_items_rest_on.py").stdout.str()
    )


def test_a_relation_is_an_item_of_each_version(project: Project) -> None:
    """It passes, fails with the chain, or is skipped where there is nothing to look at."""
    project.world.contract(f"{APP}{RELATION}", "mobile-app/genre")
    result = project.run("-k", "relations")
    result.assert_outcomes(passed=1)
    broken = RELATION.replace("one.genre == two.genre", "one.genre != two.genre")
    project.world.contract(f"{APP}{broken}", "mobile-app/genre")
    result = project.run("-k", "relations")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*error relation-broken*.yaml:17:13", "*expected *one.genre != two.genre", "*drawn: title=*"]
    )
    assert no_traceback(result)
    earlier = RELATION.replace(
        "one: {signature: get_genre,", "one: {signature: get_genre, version: previous,"
    )
    project.world.contract(f"{APP}{earlier}", "mobile-app/genre")
    result = project.run("-k", "relations", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*not checked: relation the same twice: *there is no version before 1"])


def test_values_that_cannot_be_drawn(project: Project) -> None:
    """With examples they are skipped, as the examples run; without, nothing ran and the item fails."""
    text = NUMBERS.replace(", minimum: 0, maximum: 1}\n    outputs", "}\n    outputs")
    project.world.contract(text, "mobile-app/genre")
    project.world.version("m/1", NUMBER, f=same)
    project.run("-k", "values").assert_outcomes(failed=1, deselected=1)
    project.world.contract(f"{text}    examples: [{{name: one, inputs: {{x: [1]}}}}]\n", "mobile-app/genre")
    result = project.run("-rs")
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.fnmatch_lines(["*only the examples run: f: values of x: *"])


def test_a_classify_client_of_another_signature_fails(project: Project) -> None:
    """In every part: a part that cannot run is no pass."""
    project.world.contract(
        "contract: 1\nclient: app\nmodel: genre\nsignatures:\n  get_genre:\n    verb: classify\n"
        "    inputs: {x: {dtype: float32, shape: [1], minimum: 0, maximum: 1}}\n"
        "    outputs: {scores: {dtype: float32}}\n    examples: [{name: one, inputs: {x: [[1.0]]}}]\n",
        "mobile-app/genre",
    )
    result = project.run()
    result.assert_outcomes(failed=3)
    assert no_traceback(result)


def test_advice_is_a_section_of_an_item_that_passes(project: Project) -> None:
    """Warnings do not fail anything and can be seen with -rP."""
    text = NUMBERS.replace(", minimum: 0, maximum: 1}\n    outputs", "}\n    outputs")
    project.world.contract(f"{text}    examples: [{{name: one, inputs: {{x: [1]}}}}]\n", "mobile-app/genre")
    project.world.version("m/1", NUMBER, f=same)
    result = project.run("-rP", "-k", "static")
    result.assert_outcomes(passed=1, deselected=2)
    result.stdout.fnmatch_lines(["*advice domain-undeclared in f*"])


def test_tensorflow_is_missing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line an item that needs it; comparing goes on without, and a pending contract fails as well."""

    def missing() -> object:
        raise RuntimeUnavailableError("running a version needs TensorFlow: pip install 'sigpact[tensorflow]'")

    monkeypatch.setattr("sigpact.runtime.backend.TensorFlowBackend", missing)
    project.world.contract(f"{APP}status: pending\n".replace("client: app", "client: later"), "later/genre")
    result = project.run()
    result.assert_outcomes(passed=1, xpassed=1, failed=2)
    assert result.outlines.count("running a version needs TensorFlow: pip install 'sigpact[tensorflow]'") == 2
    assert no_traceback(result)
    project.world.version("genre/1", SCORED, get_genre=scored)
    result = project.run("-k", "static and not later")
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(["  error output-added-to-single in get_genre *"])


def test_an_error_of_ours_is_not_hidden(project: Project) -> None:
    """A bug of sigpact is no breach: also in a pending contract it fails, with its traceback."""

    def broken(_: object) -> object:
        raise ZeroDivisionError("oops")

    project.world.contract(f"{APP}status: pending\n", "mobile-app/genre")
    project.world.version("genre/1", GENRE, get_genre=broken)  # type: ignore[arg-type]
    result = project.run("-k", "values")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: oops"])


def test_project_configuration(project: Project) -> None:
    """`[tool.sigpact]` of the root counts where no option does; its mistakes are one failing item."""
    project.pytester.makepyprojecttoml('[tool.sigpact]\nmodels = ["models"]\nrows = 3\n')
    project.run(models=False).assert_outcomes(passed=2)
    project.pytester.makepyprojecttoml('[tool.sigpact]\nmodel = ["models"]\n')
    result = project.run(models=False)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*[[]tool.sigpact] has no key 'model'; did you mean 'models'?"])


@pytest.mark.parametrize(
    "option",
    [
        *[("--sigpact-rows", "-1"), ("--sigpact-seed", "x"), ("--sigpact-rows", "1e9")],
        ("--sigpact-time-budget", "-1"),
    ],
)
def test_options_that_are_wrong(project: Project, option: tuple[str, str]) -> None:
    """Told at once, as pytest tells its own."""
    result = project.run(f"{option[0]}={option[1]}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{option[0]}: '{option[1]}' is not a whole number from 0"])


def test_rows_and_seed_reach_the_engine(project: Project) -> None:
    """As many random rows as were asked for; an option wins over the project's configuration."""
    seen: list[int] = []

    def counting(feeds: object) -> object:
        seen.append(len(feeds["title"].array))  # type: ignore[index]
        return drama(feeds)  # type: ignore[arg-type]

    project.world.version("genre/1", GENRE, get_genre=counting)  # type: ignore[arg-type]
    project.pytester.makepyprojecttoml('[tool.sigpact]\nmodels = ["models"]\nrows = 100\n')
    totals = []
    cut = ("--sigpact-rows=5", "--sigpact-time-budget=0")
    for arguments in ((), ("--sigpact-rows=5",), ("--sigpact-rows=0",), cut):
        seen.clear()
        project.run(*arguments, models=False).assert_outcomes(passed=2)
        totals.append(sum(seen))
    assert (totals[0] - totals[2], totals[1] - totals[2]) == (100, 5)
    assert totals[3] == totals[2], "no time, no random rows"


def test_selecting_items(project: Project) -> None:
    """By words of the id (-k knows no `@`), by markers, one item by its id, up to the first failure."""
    project.world.version("genre/2", SCORED, get_genre=scored)
    project.world.contract(f"{APP}status: pending\n".replace("client: app", "client: later"), "later/genre")
    assert len(project.ids("-k", "get_genre and values")) == 4
    assert len(project.ids("-k", "later")) == 4
    assert len(project.ids("-m", "xfail")) == 4
    assert len(project.ids("-m", "not xfail")) == 4
    one = "contracts/mobile-app/genre.contract.yaml::genre@2::get_genre::static"
    assert project.ids(one) == [one]
    project.run("-x", "-k", "mobile-app").assert_outcomes(passed=2, failed=1, deselected=4)


def test_last_failed(project: Project) -> None:
    """--lf runs what failed, again and again, until it does not."""
    project.world.version("genre/2", GENRE, get_genre=crash)
    project.run().assert_outcomes(passed=3, failed=1)
    project.run("--lf").assert_outcomes(failed=1)
    project.world.version("genre/2", GENRE, get_genre=drama)
    project.run("--lf").assert_outcomes(passed=1)


def test_junit(project: Project) -> None:
    """Names, files and the report as the failure."""
    project.world.version("genre/2", SCORED, get_genre=scored)
    project.run("--junit-xml", "out.xml", "-o", "junit_family=xunit1")
    cases = list(ET.parse(project.pytester.path / "out.xml").iter("testcase"))  # noqa: S314 - our own file
    assert len(cases) == 4
    broken = next(each for each in cases if each.find("failure") is not None)
    assert broken.get("name") == "static"
    assert broken.get("classname") == "contracts.mobile-app.genre.contract.yaml.genre@2.get_genre"
    assert (broken.get("file"), broken.get("line")) == ("contracts/mobile-app/genre.contract.yaml", "5")
    failure = broken.find("failure")
    assert failure is not None
    assert "output-added-to-single" in (failure.text or "")


HAND_WRITTEN = """\
    import pytest

    def test_calls(sigpact_version):
        version = sigpact_version("genre@1")
        assert version["get_genre"](title=["Jaws", "Alien"])["genre"].tolist() == [b"Drama"] * 2
        assert sigpact_version("genre@1").session is version.session

    def test_refused(sigpact_version):
        with pytest.raises(Exception, match="INVALID_ARGUMENT"):
            sigpact_version("genre@1")["get_genre"](titel=["Jaws"])
        with pytest.raises(KeyError, match="has no signature 'other'; it has get_genre"):
            sigpact_version("genre@1")["other"]
"""


def test_versions_for_hand_written_tests(project: Project) -> None:
    """A version's signatures to call by name; each version is loaded once."""
    project.pytester.makepyfile(test_hand=dedent(HAND_WRITTEN))
    project.run("test_hand.py").assert_outcomes(passed=2, failed=1)  # the last: no contract was collected
    project.run("test_hand.py", "contracts").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("genre@9", "no version 'genre@9'; did you mean 'genre@[12]'?"),
        ("x", "no version 'x'; there is genre@1, genre@2"),
        ("genre@2", "genre@2 does not load: "),
    ],
)
def test_versions_that_are_not_there(project: Project, name: str, message: str) -> None:
    """The line of the test and the reason; nothing of our own code."""
    project.world.version("genre/2", GENRE)
    project.pytester.makepyfile(test_hand=f"def test_it(sigpact_version):\n    sigpact_version({name!r})\n")
    result = project.run("test_hand.py", "contracts", "-k", "test_it")
    result.assert_outcomes(failed=1, deselected=4)
    result.stdout.fnmatch_lines([">*sigpact_version(*", f"E*{message}*"])
    assert no_traceback(result)


def test_help(project: Project) -> None:
    """The options stand under a heading of their own."""
    result = project.run("--help", models=False)
    result.stdout.fnmatch_lines(
        ["contracts for the signatures*", "*--sigpact-models*BASE*", "*--sigpact-rows*N*"]
    )


CONFTEST = """\
import sys
from pathlib import Path


def pytest_sessionfinish(session):
    found = sorted(each for each in sys.modules if each.split(".")[0] == "sigpact")
    Path("modules.txt").write_text(" ".join(found))
"""
PATCH = """\
import os
import sys
from pathlib import Path

sys.path.insert(0, ROOT)


def pytest_configure(config):
    import sigpact.runtime.backend as backend
    from sigpact.runtime.fake import FakeBackend
    from tests.engine.world import drama

    class Backend:
        def load(self, export):
            with Path(os.environ["LOADED"]).open("a") as file:
                file.write(f"{Path(export).parent.name}@{Path(export).name}\\n")
            return FakeBackend({export: {"get_genre": drama}}).load(export)

        def close(self):
            pass

    backend.TensorFlowBackend = Backend
""".replace("ROOT", repr(str(ROOT)))


@pytest.fixture
def on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], list[str]]:
    """Let other processes find sigpact, and return what they loaded, line by line."""
    log = tmp_path_factory.mktemp("log") / "loaded.txt"
    log.touch()
    known = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), *([known] if known else [])]))
    monkeypatch.setenv("LOADED", str(log))
    return lambda: log.read_text(encoding="utf-8").splitlines()


@pytest.mark.usefixtures("on_path")
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_run_without_contracts_loads_nothing_of_ours(project: Project, workers: tuple[str, ...]) -> None:
    """Whoever has sigpact installed pays for the plugin's own module, and nothing else."""
    if workers and importlib.util.find_spec("xdist") is None:
        pytest.skip("pytest-xdist is not installed")
    project.pytester.makepyfile(test_a="def test_a(): pass\ndef test_b(): pass")
    project.pytester.makeconftest(CONFTEST)
    result = project.pytester.runpytest_subprocess(*PLUGIN, "test_a.py", *workers)
    result.assert_outcomes(passed=2)
    allowed = {"sigpact", "sigpact.pytest_plugin", *(["sigpact.pytest_xdist"] if workers else [])}
    assert set((project.pytester.path / "modules.txt").read_text().split()) <= allowed


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_under_xdist_each_version_is_loaded_once(project: Project, on_path: Callable[[], list[str]]) -> None:
    """All items of a version go to one worker, whichever contract they come from; other tests are spread."""
    for number in (2, 3, 4):
        project.world.version(f"genre/{number}", GENRE, get_genre=drama)
    project.world.contract(APP.replace("client: app", "client: web"), "web-store/genre")
    project.pytester.makepyfile(
        test_a="import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_a(n): pass"
    )
    arguments = ("contracts", "test_a.py", "--sigpact-models=models", "--sigpact-rows=20", "-n", "2")
    project.pytester.makeconftest(PATCH)
    result = project.pytester.runpytest_subprocess(*PLUGIN, *arguments)
    result.assert_outcomes(passed=4 * 2 * 2 + 8)
    assert sorted(on_path()) == ["genre@1", "genre@2", "genre@3", "genre@4"]
    lines = result.stdout.lines
    told = lines[next(at for at, line in enumerate(lines) if "= sigpact evidence =" in line) + 1 :]
    weak = "  get_genre: weak evidence: 99 rows all had the same answer"
    assert [told[at].partition(":")[0] for at, line in enumerate(told[1:]) if line == weak] == [
        f"{client} with genre@{number}" for client in ("app", "web") for number in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("contracts/a.contract.yaml::genre@3::f::static", "genre@3"),
        ("b.contract.json::genre@3::~relations::a name: with, anything", "genre@3"),
        ("b.contract.yml::genre@-3::f::values", "genre@-3"),
        ("b.contract.yaml::genre@none", None),
        ("b.contract.yaml::~contract", None),
        ("tests/test_a.py::TestA::test_b[genre@3::x]", None),
    ],
)
def test_scopes(nodeid: str, scope: str | None) -> None:
    """A version is one piece; everything else is a piece of its own."""
    schedule = object.__new__(VersionScheduling)
    assert schedule._split_scope(nodeid) == (scope or nodeid)


@pytest.mark.tensorflow
def test_with_tensorflow(pytester: pytest.Pytester) -> None:
    """The real backend from end to end: an export that TensorFlow cannot load is told without a traceback."""
    try:
        TensorFlowBackend().close()
    except RuntimeUnavailableError as error:
        pytest.skip(str(error))
    world = World(pytester.path)
    world.contract(APP, "mobile-app/genre")
    world.version("genre/1", GENRE, get_genre=drama)
    result = Project(pytester, world).run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["  error version-unloadable *"])
    assert no_traceback(result)


def test_contracts_are_judged_for_the_environment(project: Project) -> None:
    """`--sigpact-environment` chooses the server, the header names it, and so does what fails."""
    project.world.version("genre/1", LABELLED, get_genre=labelled)
    project.world.contract(APP.replace("signatures:", "protocol: grpc\nsignatures:"), "mobile-app/genre")
    (project.pytester.path / "pyproject.toml").write_text(
        "[tool.sigpact.environments.production.server]\nbatching = true\n", encoding="utf-8"
    )
    project.run().assert_outcomes(passed=2)
    found = project.run("--sigpact-environment", "production")
    found.assert_outcomes(failed=2)
    found.stdout.fnmatch_lines(["sigpact: environment production", "*output-batch-refused*"])
    found.stdout.fnmatch_lines(["environment production: batching"])


def test_an_unknown_environment_is_told(project: Project) -> None:
    """Nothing is judged for a server that nobody described."""
    found = project.run("--sigpact-environment", "prod")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*has no 'prod'; there is none*"])


LABELLED = signature(
    "get_genre",
    {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]", "labels": "string [12]"}},
)


def labelled(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer a genre for each title, and the names of all."""
    return {**drama(feeds), "labels": value("string", ["x"] * 12)}


def test_what_a_server_serves(project: Project) -> None:
    """`models.config` among the models: `live` and labels bind what it serves, and what it refuses fails."""
    project.world.version("genre/2", SCORED)
    file = project.pytester.path / "models.config"
    base = f'name: "genre" base_path: "{project.world.models}/genre" model_platform: "tensorflow"'
    said = 'model_version_policy { specific { versions: 1 } } version_labels { key: "stable" value: 1 }'
    file.write_text(f"model_config_list {{ config {{ {base} {said} }} }}")
    options = ("--sigpact-models=models.config", "--sigpact-rows=20")
    done = project.run("contracts", *options, models=False)
    done.assert_outcomes(passed=2)
    project.world.contract(APP + "versions: {label: stable}\n", "mobile-app/genre")
    project.run("contracts", *options, models=False).assert_outcomes(passed=2)
    project.world.contract(APP + "versions: {label: canary}\n", "mobile-app/genre")
    done = project.run("contracts", *options, models=False)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["app: Unrecognized servable version label: canary; there is stable"])
    file.write_text("model_config_list { config {")
    done = project.run("contracts", *options, models=False)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["models.config:1:29: the file ends inside ModelConfig: '}' is missing"])


def test_a_bucket_that_cannot_be_reached(project: Project, spy: type[Spy]) -> None:
    """It fails, and says why: nothing was checked."""
    spy.fails["ls", ""] = PermissionError("Access Denied")
    done = project.run("contracts", "--sigpact-models=spy://b/genre", models=False)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["spy://b/genre: cannot be read: PermissionError: Access Denied"])


OTHERWISE = EXAMPLES.replace("[Drama]}}]", "[Comedy]}}]")
UPDATE = "--sigpact-update-examples"


@pytest.mark.parametrize("status", ["active", "pending"])
def test_examples_are_updated_and_that_run_fails(project: Project, status: str) -> None:
    """All versions answer first; the difference stands in the summary; the next run passes, and is silent."""
    project.world.version("genre/2", GENRE, get_genre=drama)
    file = project.world.contract(f"{OTHERWISE}status: {status}\n", "mobile-app/genre")
    found = project.run(UPDATE)
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    failed = {"failed": 2} if status == "active" else {"xfailed": 2, "xpassed": 4}
    found.assert_outcomes(passed=0 if status == "pending" else 4, **failed)
    found.stdout.fnmatch_lines(
        [
            "*sigpact: recorded answers*",
            "rewritten: 1 answer in contracts/mobile-app/genre.contract.yaml; look at the difference, *",
            "--- contracts/mobile-app/genre.contract.yaml",
            "-*outputs: {genre: ?Comedy?}*",
            "+*outputs: {genre: ?Drama?}*",
        ]
    )
    assert file.read_text(encoding="utf-8") == f"{EXAMPLES}status: {status}\n"
    again = project.run(UPDATE)
    assert again.ret == pytest.ExitCode.OK
    again.stdout.no_fnmatch_line("*sigpact: recorded answers*")


def test_a_run_that_is_cut_short_updates_nothing(project: Project) -> None:
    """Not every version has answered then."""
    file = project.world.contract(OTHERWISE, "mobile-app/genre")
    project.run(UPDATE, "-x").stdout.fnmatch_lines(["the run was cut short, *: nothing is rewritten"])
    assert file.read_text(encoding="utf-8") == OTHERWISE


@pytest.mark.parametrize("selected", ["contracts/mobile-app/genre.contract.yaml::genre@2", "--lf"])
def test_versions_that_were_not_selected_have_a_say(project: Project, selected: str) -> None:
    """One of two versions is asked, and answers otherwise: what the other answers is not known."""

    def comedy(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
        return {"genre": value("string", ["Comedy"] * feeds["title"].shape[0])}

    project.world.version("genre/2", GENRE, get_genre=comedy)
    file = project.world.contract(EXAMPLES, "mobile-app/genre")
    project.run().assert_outcomes(passed=5, failed=1)
    found = project.run(UPDATE, selected)
    found.stdout.fnmatch_lines(["*is not rewritten: genre@1 did not answer it, and one example holds *"])
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    assert file.read_text(encoding="utf-8") == EXAMPLES


def test_updating_is_not_for_many_processes(project: Project) -> None:
    """Each sees the answers of some versions alone."""
    found = project.run(UPDATE, "-n", "1")
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    found.stderr.fnmatch_lines(["*needs all answers in one process, and xdist spreads them: add `-n 0`"])
