"""A contract made of what a version answered notices when the next one answers otherwise."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Value, value
from tests.authoring.traffics import World, inited
from tests.engine import world as engine
from tests.rules.cases import signature

LABELS = np.array([b"Drama", b"Comedy", b"Western"], object)
MODEL = signature(
    "f",
    {
        "inputs": {"title": "string [?]"},
        "outputs": {"genre": "string [?]", "shares": "float32 [?, 3]", "vector": "float32 [?, 4]"},
    },
)
Outputs = Mapping[str, Value]


def answer(feeds: Mapping[str, Value]) -> dict[str, Value]:
    """Answer by the first letter of a title: a label, its share, a vector of length 1."""
    codes = np.array([sum(title[:3]) for title in feeds["title"].array.tolist()])
    logits = np.stack([np.cos(codes), np.sin(codes * 2.0), np.cos(codes * 3.0)], axis=-1)
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    angles = codes * 0.7
    vector = np.stack([np.cos(angles), np.sin(angles), 0 * angles, 0 * angles], axis=-1)
    return {
        "genre": value("string", LABELS[shares.argmax(axis=-1)]),
        "shares": value("float32", shares),
        "vector": value("float32", vector),
    }


def traffic(folder: Path) -> Path:
    """Write two hundred requests of one to five titles, and what was answered."""
    words = [f"{a}{b} {number}" for number in range(4) for a in "abcdefghij" for b in "klmno"]
    calls = []
    for at in range(200):
        sent = {"title": value("string", [words[(at * 7 + step * 3) % 200] for step in range(1 + at % 5)])}
        calls.append((sent, answer(sent)))
    file = folder / "traffic.jsonl"
    file.write_text(World(MODEL, "row", tuple(calls)).lines(), encoding="utf-8")
    return file


def rules(
    root: Path, text: str, made: Signature, function: Callable[[Mapping[str, Value]], Outputs]
) -> set[str]:
    """Return the rules that a version breaks."""
    place = engine.World(root)
    place.contract(text)
    place.version("m/2", made, f=function)
    return set(engine.rules(place.verify(rows=200)))


Change = Callable[[dict[str, Value]], Outputs]


def with_(name: str, change: Callable[[np.ndarray], object], dtype: str = "float32") -> Change:
    """Return a change of one output."""
    return lambda found: {**found, name: value(dtype, change(found[name].array))}


def once(array: np.ndarray, wrong: object) -> np.ndarray:
    """Replace the first element."""
    array = array.copy()
    array.reshape(-1)[0] = wrong
    return array


FAULTS: list[tuple[str, Change, set[str]]] = [
    ("nothing", lambda found: found, set()),
    (
        "logits for shares",
        with_("shares", np.log),
        {"output-value-outside", "output-sum-outside"},
    ),
    ("percentages", with_("shares", lambda a: a * 100), {"output-value-outside", "output-sum-outside"}),
    ("a new label", with_("genre", lambda a: once(a, "Film Noir"), "string"), {"output-value-outside"}),
    (
        "labels in lower case",
        with_("genre", lambda a: [e.lower() for e in a], "string"),
        {"output-value-outside"},
    ),
    ("NaN", with_("vector", lambda a: once(a, np.nan)), {"answer-unreadable"}),
    ("a vector that is not normed", with_("vector", lambda a: a * 2), {"output-norm-outside"}),
    ("a class more", with_("shares", lambda a: np.pad(a, ((0, 0), (0, 1)))), {"answer-shape-changed"}),
    ("a column of labels", with_("genre", lambda a: a.reshape(-1, 1), "string"), {"answer-shape-changed"}),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `init` makes of the traffic alone."""
    return inited(traffic(tmp_path_factory.mktemp("traffic")))


@pytest.mark.parametrize(
    ("change", "broken"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS]
)
def test_a_fault_is_noticed(tmp_path: Path, written: str, change: Change, broken: set[str]) -> None:
    """The signature is the same each time: it is the answers that tell."""
    assert rules(tmp_path, written, MODEL, lambda feeds: change(answer(feeds))) == broken


def test_an_output_more_breaks_who_reads_bare_answers(tmp_path: Path) -> None:
    """`answer: bare` is taken from the traffic, and a second output makes objects of rows."""
    rows = [{"request": {"instances": [f"t{n}"]}, "response": {"predictions": [n / 50]}} for n in range(50)]
    file = tmp_path / "traffic.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    text = inited(file)
    assert "answer: bare" in text
    one = {"inputs": {"text": "string [?]"}, "outputs": {"score": "float32 [?]"}}
    two = {"inputs": {"text": "string [?]"}, "outputs": {"score": "float32 [?]", "more": "float32 [?]"}}
    broken = []
    for version, tensors in enumerate([one, two], start=1):
        place = engine.World(tmp_path / str(version))
        place.contract(text)
        place.version("m/1", signature("serving_default", tensors))
        broken.append(engine.rules(place.check()))
    assert broken == [[], ["output-added-to-single", "output-missing"]]
