"""What is said of features, beside TensorFlow: exports made and run just now on real tf.Examples."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigpact.contract.load import load
from sigpact.rules.effects import effect
from sigpact.rules.outcomes import Breaks, Safe
from sigpact.rules.pairing import pair
from sigpact.rules.registry import differences
from sigpact.savedmodel.features import features_of, with_features
from sigpact.savedmodel.reader import read_export, serving_signatures
from sigpact.tensors.specs import Features, Undetermined
from tests import building
from tests.rules.cases import signature

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]
SCRIPT = Path(__file__).with_name("feature_exports.py")

EXPORTS: dict[str, dict[str, str]] = {
    "floats": {"x": "float32 [2]"},
    "integers": {"x": "int64 [2]"},
    "texts": {"x": "string [2]"},
    "longer": {"x": "float32 [3]"},
    "folded": {"x": "float32 [1, 2]"},
    "defaulted": {"x": "float32 [2] = 0.5, 0.5"},
    "sparse": {"x": "float32 sparse"},
    "sparse-integers": {"x": "int64 sparse"},
    "ragged": {"x": "float32 ragged"},
    "ragged-integers": {"x": "int64 ragged"},
    "steps": {"x": "float32 [?]"},
    "double-steps": {"x": "float32 [?, 2]"},
    "one-more": {"x": "float32 [2]", "age": "int64 []"},
    "one-more-defaulted": {"x": "float32 [2]", "age": "int64 [] = 7"},
    "one-more-sparse": {"x": "float32 [2]", "age": "int64 sparse"},
    "another": {"y": "float32 [2] = 0.25, 0.5", "word": "string [1] = none"},
}
PAIR = {"dtype": "number", "shape": [2], "minimum": 0, "maximum": 1}
CLIENTS: dict[str, tuple[dict[str, Any], list[dict[str, list[Any]]]]] = {
    "two-floats": ({"x": PAIR}, [{"x": [0.0, 1.0]}, {"x": [0.5, 0.25]}]),
    "two-integers": ({"x": {**PAIR, "dtype": "integer"}}, [{"x": [0, 1]}]),
    "two-texts": ({"x": {"dtype": "text", "shape": [2]}}, [{"x": ["a", ""]}]),
    "two-booleans": ({"x": {"dtype": "boolean", "shape": [2]}}, [{"x": [1, 0]}]),
    "at-times": ({"x": {**PAIR, "optional": True}}, [{"x": [0.0, 1.0]}, {}]),
    "one-to-three": ({"x": {**PAIR, "shape": ["n"]}}, [{"x": [0.5] * count} for count in (1, 2, 3)]),
    "steps-of-two": ({"x": {**PAIR, "shape": ["n", 2]}}, [{"x": [0.5] * count} for count in (2, 4, 6)]),
    "with-age": (
        {"x": PAIR, "age": {"dtype": "integer", "shape": [1], "minimum": 0, "maximum": 99}},
        [{"x": [0.0, 1.0], "age": [42]}],
    ),
    "nothing-of-it": ({"other": PAIR}, [{"other": [0.5, 0.5]}]),
}
"""The contract's inputs, and examples that go to the borders of what it says."""

ODD: dict[str, str | dict[str, str]] = {
    "one-by-one": "parses in a branch or a loop",
    "in-a-branch": "parses in a branch or a loop",
    "computed-names": "computes the names of features",
    "decoded-first": "computes the text that it parses (by DecodeBase64)",
    "with-lists": "wants lists of features, of which a tf.Example has none",
    "single": "parses with ParseSingleExample, which takes a single example",
    "raw-text": {},
    "twice": {"x": "float32 [2]", "y": "int64 []"},
    "of-a-constant": {"x": "float32 [2]"},
    "unreached": {"x": "float32 [2]"},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all exports and answers, made by one process."""
    root = tmp_path_factory.mktemp("features")
    clients = {name: examples for name, (_, examples) in CLIENTS.items()}
    work = {"exports": EXPORTS, "clients": clients, "styles": {name: styles(name) for name in EXPORTS}}
    (root / "work.json").write_text(json.dumps(work))
    return building.built(SCRIPT, root)


def styles(name: str) -> list[str]:
    """Return the ways an export was made: the first ops know no ragged features, contexts no steps."""
    said = str(EXPORTS[name])
    firsts = [] if "ragged" in said else ["tf1"]
    sequences = [] if "?" in said else ["sequence", *(["sequence1"] if firsts else [])]
    return [*firsts, "tf2", *sequences]


def stated(features: dict[str, str]) -> Features | None:
    """Return features as the cases of the rules write them."""
    return signature("get", {"inputs": {}, "outputs": {}, "features": features}).features


def without_names(features: Features | None) -> Any:
    """Drop how a default is called and shaped: a graph may reshape it after its constant."""
    assert isinstance(features, tuple)
    return [(each.name, str(each), each.default.values if each.default else None) for each in features]


@pytest.mark.parametrize("name", EXPORTS)
def test_features_are_read_as_they_were_written(built: Path, name: str) -> None:
    """Names, dtypes, shapes and defaults come back from either op, inside called functions too."""
    for style in styles(name):
        export = read_export(built / style / name)
        (found,) = serving_signatures(export)
        assert without_names(features_of(export, found)) == without_names(stated(EXPORTS[name])), style


@pytest.mark.parametrize("name", ODD)
def test_graphs_that_parse_otherwise(built: Path, name: str) -> None:
    """What the graph computes is not guessed; what the answer does not depend on does not count."""
    expected = ODD[name]
    for style in ("odd1", "odd2"):
        folder = built / style / name
        if not folder.exists():
            continue
        export = read_export(folder)
        (found,) = serving_signatures(export)
        features = features_of(export, found)
        match expected:
            case str():
                assert isinstance(features, Undetermined)
                assert expected in features.reason, style
            case dict():
                assert without_names(features) == without_names(stated(expected)), style


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", EXPORTS)
def test_what_is_said_is_what_happens(built: Path, name: str, client: str, tmp_path: Path) -> None:
    """Every break is an error of the real parse op, every safe pair is answered; nothing is left open."""
    use = {"verb": "classify", "inputs": CLIENTS[client][0], "outputs": {"scores": {"dtype": "number"}}}
    head = {"contract": 1, "client": "app", "model": "m", "dims": {"n": {"min": 1, "max": 3}}}
    document = {**head, "signatures": {"get": use}}
    path = tmp_path / "app.contract.yaml"
    path.write_text(yaml.safe_dump(document))
    contract = load(path)
    answers = json.loads((built / "answers.json").read_text())
    for style in styles(name):
        export = read_export(built / style / name)
        signatures = tuple(with_features(export, each) for each in serving_signatures(export))
        effects = [effect(each) for each in differences(pair(contract, contract.signatures[0], signatures))]
        assert all(isinstance(each, Breaks | Safe) for each in effects), effects
        error = answers[f"{style}/{name}"][client]
        assert any(isinstance(each, Breaks) for each in effects) == (error is not None), (effects, error)
