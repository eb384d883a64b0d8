"""A model that shows everything, with a contract that says everything and one that says little."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sigpact.authoring.strength.measuring import _scenes, strength
from sigpact.authoring.strength.playing import Playing
from sigpact.authoring.strength.scene import Scene
from sigpact.engine.options import Options
from sigpact.engine.run import Run
from sigpact.engine.selection import select
from sigpact.report.strength import Addition, Measured, Strength
from sigpact.wire.arrays import Value, value
from tests.engine.world import World
from tests.rules.cases import signature

FILMS = signature(
    "judge",
    {
        "inputs": {"title": "string [?]", "year": "float32 [?]"},
        "outputs": {
            "genre": "string [?]",
            "chances": "float32 [?, 3]",
            "index": "int64 [?]",
            "place": "float32 [?, 2]",
            "note": "string [?]",
        },
    },
)
OTHER = signature("other", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})

GENRES = (b"Action", b"Comedy", b"Drama")

WEAK: dict[str, Any] = {
    "contract": 1,
    "client": "app",
    "model": "films",
    "protocol": "grpc",
    "signatures": {
        "judge": {
            "inputs": {
                "title": {"dtype": "string", "shape": ["batch"], "maxLength": 12},
                "year": {"dtype": "float32", "shape": ["batch"], "minimum": 0, "maximum": 1},
            },
            "outputs": {
                "genre": {"dtype": "string"},
                "chances": {"dtype": "float32", "shape": ["batch", None]},
                "index": {"dtype": "int64"},
                "place": {"dtype": "float32"},
                "note": {"dtype": "string"},
            },
        }
    },
}
"""A gRPC client that names what it sends and reads, and says nothing else of answers."""

STRONG: dict[str, Any] = {
    **WEAK,
    "signatures": {
        "judge": {
            **WEAK["signatures"]["judge"],
            "outputs": {
                "genre": {"dtype": "string", "shape": ["batch"], "enum": ["Action", "Comedy", "Drama"]},
                "chances": {
                    "dtype": "float32", "shape": ["batch", 3], "exclusiveMinimum": 0, "maximum": 1,
                    "sumsTo": {"value": 1, "axis": -1},
                },
                "index": {"dtype": "int64", "shape": ["batch"], "minimum": 1, "maximum": 3},
                "place": {"dtype": "float32", "shape": ["batch", 2], "norm": {"value": 1, "axis": -1}},
                "note": {"dtype": "string", "shape": ["batch"], "minLength": 1},
            },
            "properties": {"deterministic": True, "batch_invariant": True},
            "latency": {"batch": 1, "p95_ms": 50, "enforce": True},
            "holds": ["index == 1 + argmax(chances, axis=-1)"],
            "examples": [
                {
                    "name": "two films",
                    "inputs": {"title": ["Jaws", "Up"], "year": [0.5, 0.25]},
                    "outputs": {},  # filled below, by the model itself
                }
            ],
        }
    },
}  # fmt: skip
"""The same client, which says all that the model keeps."""


def judge(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Judge films: each row by itself, always alike."""
    titles, years = feeds["title"].array.tolist(), feeds["year"].array.astype(np.float64)
    kinds = np.asarray([sum(each) % 3 for each in titles], int)
    scores = np.stack([np.where(kinds == at, 2.0 + years, 0.3 * at) for at in range(3)], axis=-1)
    chances = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    angle = 1 + years + kinds
    return {
        "genre": value("string", [GENRES[at] for at in kinds]),
        "chances": value("float32", chances.astype(np.float32)),
        "index": value("int64", kinds + 1),
        "place": value("float32", np.stack([np.cos(angle), np.sin(angle)], axis=-1).astype(np.float32)),
        "note": value("string", [b"about " + each for each in titles]),
    }


def _filled(contract: dict[str, Any]) -> dict[str, Any]:
    (example,) = contract["signatures"]["judge"]["examples"]
    feeds = {
        "title": value("string", example["inputs"]["title"]),
        "year": value("float32", example["inputs"]["year"]),
    }
    for name, found in judge(feeds).items():
        plain = [each.decode() if isinstance(each, bytes) else each for each in found.array.tolist()]
        example["outputs"][name] = {"approx": plain} if found.array.dtype.kind == "f" else plain
    return contract


_filled(STRONG)


@dataclass
class Films:
    """A world with the model, whose contract is given as data."""

    world: World

    def write(self, contract: Mapping[str, Any], name: str = "app") -> Path:
        """Write the contract as YAML."""
        return self.world.contract(yaml.safe_dump(dict(contract), sort_keys=False), name)

    def measure(self, contract: Mapping[str, Any] | None = None, rows: int = 60) -> Strength:
        """Measure the contracts that are there, or this one."""
        if contract is not None:
            self.write(contract)
        options = Options(rows=rows, cases=None)
        world = self.world
        return strength([world.contracts], [world.models], options, lambda: world.backend, world.said.append)

    def scene(self, contract: Mapping[str, Any]) -> Iterator[Scene]:
        """Yield the scene of the contract's one use."""
        self.write(contract)
        run = Run(Options(rows=60, cases=None), lambda: Playing(self.world.backend))
        selection = select([self.world.contracts], [self.world.models], Options().today)
        scenes = _scenes(run, selection.bindings[0])
        assert not isinstance(scenes, str)
        yield scenes[0]
        run.close()


def only(found: Strength) -> Measured:
    """Return the one contract that was measured."""
    (measured,) = found.contracts
    return measured


def added(contract: Mapping[str, Any], clause: Addition) -> dict[str, Any]:
    """Return a contract with the line that was suggested, as a person adds it."""
    made: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(contract)))
    place: Any = made
    for key in clause.path:
        place = place[key]
    line = yaml.safe_load(clause.text)
    if isinstance(line, list):
        place.extend(line)
    else:
        assert not line.keys() & place.keys(), "it overwrites what the contract says"
        place.update(line)
    return made


def films(root: Path) -> Films:
    """Return the world with version 1 of the model."""
    world = World(root)
    world.version("films/1", FILMS, OTHER, judge=judge, other=lambda feeds: {"y": feeds["x"]})
    return Films(world)


def over_rest(contract: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same contract of a REST client."""
    kinds = {"string": "text", "float32": "number", "int64": "integer"}
    made: dict[str, Any] = yaml.safe_load(yaml.safe_dump({**contract, "protocol": "rest"}))
    for side in ("inputs", "outputs"):
        for tensor in made["signatures"]["judge"][side].values():
            tensor["dtype"] = kinds[tensor["dtype"]]
    return made


BOTH = (("weak", WEAK), ("strong", STRONG))
SHARED: dict[str, Any] = {
    **WEAK,
    "signatures": {
        "judge": {
            **WEAK["signatures"]["judge"],
            "holds": [{"expr": "index == 1 + argmax(chances, axis=-1)", "share": 0.9}],
            "examples": [
                {
                    "name": "a note",
                    "inputs": {"title": ["Jaws"], "year": [0.5]},
                    "outputs": {"note": ["about Jaws"]},
                }
            ],
        }
    },
}
"""The client that says little, but for a clause that a share of rows may break and an example."""

ALL = (
    *BOTH,
    ("a share", SHARED),
    ("weak over REST", over_rest(WEAK)),
    ("strong over REST", over_rest(STRONG)),
)
