"""`--format json`: real reports of many shapes against the schema that the package publishes."""

import datetime as dt
import importlib.util
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sigpact.frozen import replace
from sigpact.report.data import as_data, render
from sigpact.report.model import Report
from sigpact.runtime.protocol import Refused
from tests.engine.world import APP, GENRE, NUMBER, NUMBERS, SCORED, World, answering, drama, same, scored

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads(
    resources.files("sigpact.report").joinpath("report.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        for each in schema.values():
            yield from _objects(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _objects(each)


def test_the_schema_is_a_schema_and_leaves_nothing_open() -> None:
    """Every object lists all of its keys, wants all of them (but kinds of rows), and admits no other."""
    VALIDATOR.check_schema(SCHEMA)
    objects = list(_objects(SCHEMA))
    assert len(objects) == 23
    for each in objects:
        assert each["additionalProperties"] is False
        if "random" not in each["properties"]:
            assert set(each["required"]) == set(each["properties"])


def broken(world: World) -> Report:
    """A static break with a witness and a kept case, beside a version that is fine."""
    world.contract(APP)
    world.version("genre/1", GENRE, get_genre=drama)
    world.version("genre/2", SCORED, get_genre=scored)
    return world.verify(keep=True)


def compared(world: World) -> Report:
    """The same by comparing alone."""
    world.contract(APP)
    world.version("genre/2", SCORED)
    return world.check()


def mistaken(world: World) -> Report:
    """Mistakes in one contract, and a break of another, of which nothing is kept."""
    world.contract(APP)
    world.contract("contract: 2\nclient: x\n", "bad")
    world.version("genre/1", SCORED, get_genre=scored)
    return world.verify()


def expired(world: World) -> Report:
    """A contract of yesterday."""
    world.contract(f"{APP}sunset: 2020-01-01\n")
    world.version("genre/1", GENRE, get_genre=drama)
    return world.verify(today=dt.date(2021, 1, 1))


def unbound(world: World) -> Report:
    """A contract for a model that is not there."""
    world.contract(APP.replace("model: genre", "model: gender"))
    world.version("genre/1", GENRE, get_genre=drama)
    return world.verify()


def incomplete(world: World) -> Report:
    """A run that was not completed."""
    return replace(broken(world), incomplete="out of memory")


def grpc(world: World) -> Report:
    """A breach over gRPC, without an owner; the whole answer is wrong."""
    world.contract(NUMBERS)
    world.version("m/1", NUMBER, f=answering(y=("float32", [[float("nan")]])))
    world.version("m/-2", NUMBER, f=lambda _: Refused("INTERNAL", "no"))
    world.version("m/3", NUMBER)
    return world.verify(keep=True)


def rewritten(world: World) -> Report:
    """Examples that were updated."""
    world.contract(f"{APP}    examples: [{{inputs: {{title: [x]}}, outputs: {{genre: [Comedy]}}}}]\n")
    world.version("genre/1", GENRE, get_genre=drama)
    return world.verify(update_examples=True)


def example(world: World) -> Report:
    """Examples, and a pending contract without a domain."""
    text = NUMBERS.replace(", minimum: 0, maximum: 1}\n    outputs", "}\n    outputs")
    world.contract(f"{text}    examples: [{{name: one, inputs: {{x: [1]}}}}]\nstatus: pending\n")
    world.version("m/1", NUMBER, f=same)
    return world.verify()


SHAPES: list[tuple[Callable[[World], Report], str, int]] = [
    (broken, "no", 1),
    (compared, "no", 1),
    (mistaken, "no", 2),
    (expired, "unknown", 3),
    (unbound, "unknown", 3),
    (incomplete, "no", 4),
    (grpc, "no", 1),
    (rewritten, "no", 1),
    (example, "unknown", 3),
]


@pytest.mark.parametrize(("make", "answer", "code"), SHAPES)
def test_reports_follow_the_schema(
    make: Callable[[World], Report], answer: str, code: int, tmp_path: Path
) -> None:
    """Whatever a run finds, its JSON is what the schema says, and says what the report says."""
    report = make(World(tmp_path))
    data = json.loads(render(report))
    VALIDATOR.validate(data)
    assert data == as_data(report)
    assert (data["answer"], data["exit_code"]) == (answer, code)
    assert len(data["findings"]) == len(report.findings)


def test_the_shapes_cover_every_part_of_the_form(tmp_path: Path) -> None:
    """The reports above fill every list and every value that may be null: none of the schema goes untried."""
    reports = [as_data(make(World(tmp_path / make.__name__))) for make, _, _ in SHAPES]
    findings = [each for report in reports for each in report["findings"]]
    for key in ("versions", "verdicts", "findings", "problems", "expired", "notes"):
        assert any(report[key] for report in reports), key
    for key in ("owner", "signature", "witness"):
        assert {each[key] is None for each in findings} == {True, False}, key
    witnesses = [each["witness"] for each in findings if each["witness"]]
    for key in ("curl", "case"):
        assert {each[key] is None for each in witnesses} == {True, False}, key
    assert {each["level"] for each in findings} >= {"error", "advice"}
    assert {each["scope"] for each in reports} == {"static", "full"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.pop("scope"),
        lambda data: data.update(more=1),
        lambda data: data["verdicts"][0].update(verdict="maybe"),
        lambda data: data["verdicts"][0]["evidence"].update(proved=-1),
        lambda data: data["verdicts"][0]["evidence"]["rows"].update(guessed=1),
        lambda data: data["findings"][0].update(line=0),
        lambda data: data["findings"][0].update(version=3),
        lambda data: data["findings"][0]["witness"].update(case="../x"),
    ],
)
def test_the_schema_refuses_what_is_no_report(damage: Callable[[Any], object], tmp_path: Path) -> None:
    """A schema that admits everything would prove nothing."""
    data = as_data(broken(World(tmp_path)))
    VALIDATOR.validate(data)
    damage(data)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(data)


def test_json_is_ascii(tmp_path: Path) -> None:
    """Any terminal, pipe and file takes it, whatever stands in names."""
    world = World(tmp_path)
    world.contract(APP.replace("owner: app@example.com", "owner: Zoë 😀"))
    world.version("genre/2", SCORED)
    text = render(world.check())
    assert text.isascii()
    assert json.loads(text)["findings"][0]["owner"] == "Zoë 😀"


def test_the_wheel_holds_schemas_and_the_typing_mark(tmp_path: Path) -> None:
    """What is installed has everything that the sources have: code, schemas, py.typed."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed, so no wheel can be built")
    build = "import sys, hatchling.build; hatchling.build.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("sigpact/")}
    sources = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "sigpact").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == sources
    assert {each for each in packed if not each.endswith(".py")} == {
        "sigpact/py.typed",
        "sigpact/contract/contract.schema.json",
        *(
            f"sigpact/authoring/readers/runtime/{language}.{kind}"
            for language in ("kotlin", "python", "swift", "typescript")
            for kind in ("txt", "words")
        ),
        "sigpact/report/diff.schema.json",
        "sigpact/report/report.schema.json",
        "sigpact/report/strength.schema.json",
        "sigpact/savedmodel/snapshot.schema.json",
    }
