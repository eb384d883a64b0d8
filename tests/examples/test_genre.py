"""What `examples/genre` promises, tried on its exports; TensorFlow runs in a process of its own."""

import importlib.util
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from examples.genre.films import genres_of, read_films

ROOT = Path(__file__).parents[2]
BASE = ROOT / "build" / "models" / "genre"
VERSIONS = ("1", "2", "3", "4")
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]

TITLES = tuple(dict.fromkeys(film.title for film in read_films()))
NASTY = (
    "",
    " ",
    "\t\n\u00a0\u3000",
    "\0",
    "a\0b\0",
    "!!!",
    "'",
    "…?!—",
    "a",
    "A",
    "😀",
    "👨‍👩‍👧‍👦 family",
    "e\u0301te\u0301",
    "İSTANBUL",
    "שלום עולם",
    "\u202eright to left\u202c",
    "七人の侍",
    "\ud7ff\ue000\uffff",
    "\U0010ffff",
    "\u200b\u200d\ufeff",
    "x" * 200,
    "x " * 100,
    "love " * 40,
    "😀" * 200,
    "ﷺ" * 200,
    "İ" * 200,
    "." * 200,
    "\\n \\u0000 </script> %s {}",
)
ALL = (*TITLES, *NASTY)


class Server:
    """The served versions; arrays in, arrays out."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin
        assert process.stdout
        self.to, self.back = process.stdin, process.stdout

    def ask(self, *call: Any) -> Any:
        """One call of `serve.py`."""
        self.to.write(pickle.dumps(call))
        self.to.flush()
        return pickle.load(self.back)  # noqa: S301 - from the process that the fixture started

    def titles(self, version: str, signature: str, titles: tuple[str, ...]) -> dict[str, Any]:
        """The answers of a signature that takes titles."""
        encoded = np.array([title.encode("utf-8", "surrogatepass") for title in titles], dtype=object)
        found: dict[str, Any] = self.ask(version, signature, {"title": encoded})
        return found


def build() -> str:
    """What the build prints; quick where the exports are up to date."""
    command = [sys.executable, "-m", "examples.genre", "--out", str(BASE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """All four versions, built where they are not."""
    build()
    command = [sys.executable, str(Path(__file__).with_name("serve.py")), str(BASE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Server(process)


@pytest.mark.parametrize("version", VERSIONS)
def test_signatures(server: Server, version: str) -> None:
    """Each version has the four signatures, with the names, types and shapes that clients know."""
    title, embedding = {"title": ("string", [None])}, {"embedding": ("float32", [None, 64])}
    genre = {"genre": ("string", [None, 3] if version == "3" else [None])}
    number = ("float32", [None])
    assert server.ask(version) == {
        "get_genre": (title, genre | ({"score": number} if version == "4" else {})),
        "get_genre_with_explanation": (
            title,
            genre | {"confidence": number, "explanation": ("string", [None])},
        ),
        "embed": (title, embedding),
        "get_genre_from_embedding": (embedding, genre),
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_every_way_to_a_genre_is_the_same(server: Server, version: str) -> None:
    """Text, explanation and embedding agree on every title; version 3's three genres differ."""
    genre = server.titles(version, "get_genre", ALL)["genre"]
    embedding = server.titles(version, "embed", ALL)["embedding"]
    assert np.array_equal(genre, server.titles(version, "get_genre_with_explanation", ALL)["genre"])
    assert np.array_equal(
        genre, server.ask(version, "get_genre_from_embedding", {"embedding": embedding})["genre"]
    )
    if version == "3":
        assert all(len(set(row)) == 3 for row in genre)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_row_does_not_depend_on_the_rows_around_it(server: Server, version: str) -> None:
    """Alone, in small batches, among all others and twice over: the same bits."""
    for signature in ("get_genre", "get_genre_with_explanation", "embed"):
        whole = server.titles(version, signature, ALL)
        again = server.titles(version, signature, ALL)
        rows = [*range(0, len(ALL), 97), *range(len(TITLES), len(ALL))]
        for name, values in whole.items():
            assert np.array_equal(values, again[name])
        for size in (1, 3, 64):
            for start in rows:
                part = server.titles(version, signature, ALL[start : start + size])
                for name, values in part.items():
                    assert np.array_equal(values, whole[name][start : start + size]), (ALL[start], size, name)


@pytest.mark.parametrize("version", VERSIONS)
def test_bounds(server: Server, version: str) -> None:
    """Norm, confidence and explanation keep their bounds, for blank titles too."""
    embedding = server.titles(version, "embed", ALL)["embedding"]
    assert np.abs(np.linalg.norm(embedding.astype(np.float64), axis=1) - 1).max() < 1e-6
    found = server.titles(version, "get_genre_with_explanation", ALL)
    assert found["confidence"].min() > 1 / 12
    assert found["confidence"].max() <= 1
    for text in found["explanation"]:
        assert 0 < len(text.decode("utf-8")) <= 500


def test_an_explanation_names_words_of_the_title(server: Server) -> None:
    """At most three words, or that there are none."""
    titles = ("Night of the Living Dead", "…", "")
    living, *blank = server.titles("1", "get_genre_with_explanation", titles)["explanation"]
    words = living.decode().split(", ")
    assert len(words) == 3
    assert set(words) < set(titles[0].lower().split())
    assert set(blank) == {b"no words in the title"}


def test_a_batch_may_be_empty_and_bytes_may_be_no_text(server: Server) -> None:
    """Neither is in a contract, and neither brings the model down."""
    for signature in ("get_genre", "get_genre_with_explanation", "embed"):
        assert all(len(values) == 0 for values in server.titles("1", signature, ()).values())
    broken = server.titles("1", "get_genre_with_explanation", ("\ud800", "a\udfffb"))
    assert all(text.decode("utf-8") for text in broken["explanation"])


def test_any_direction_is_an_embedding(server: Server) -> None:
    """Vectors of norm 1 that no title gives: axes, one sign throughout, random."""
    random = np.random.default_rng(0).normal(size=(1000, 64))
    rows = np.concatenate([np.eye(64), -np.eye(64), np.ones((1, 64)), -np.ones((1, 64)), random])
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    whole = server.ask("2", "get_genre_from_embedding", {"embedding": unit})["genre"]
    assert {name.decode() for name in whole} <= set(genres_of(read_films()))
    for start in range(0, len(unit), 50):
        alone = server.ask("2", "get_genre_from_embedding", {"embedding": unit[start : start + 1]})["genre"]
        assert alone[0] == whole[start]


def test_versions(server: Server) -> None:
    """2 is 1 with another head; 3 and 4 are 2, answering otherwise."""
    genre = {version: server.titles(version, "get_genre", TITLES)["genre"] for version in VERSIONS}
    embedding = {version: server.titles(version, "embed", ALL)["embedding"] for version in VERSIONS}
    assert all(np.array_equal(embedding["1"], other) for other in embedding.values())
    assert 0.9 < np.mean(genre["1"] == genre["2"]) < 1
    assert np.array_equal(genre["2"], genre["3"][:, 0])
    assert np.array_equal(genre["2"], genre["4"])
    explained = server.titles("4", "get_genre_with_explanation", ALL)["confidence"]
    assert np.array_equal(server.titles("4", "get_genre", ALL)["score"], explained)


def test_the_clients_example(server: Server) -> None:
    """Versions 1 and 2 give what mobile-app relies on, and know exactly the genres that it shows."""
    path = ROOT / "contracts" / "mobile-app" / "genre.contract.yaml"
    wanted = yaml.safe_load(path.read_text(encoding="utf-8"))["signatures"]["get_genre"]
    assert list(genres_of(read_films())) == wanted["outputs"]["genre"]["enum"]
    for example in wanted["examples"]:
        titles = tuple(example["request"]["instances"])
        for version in ("1", "2"):
            found = server.titles(version, "get_genre", titles)["genre"]
            assert [name.decode() for name in found] == example["response"]["predictions"]


def test_the_report_is_honest() -> None:
    """The build says how good the model is: better than no model by five points, and far from good."""
    printed = build()
    note = json.loads((BASE / "1" / "assets.extra" / "training.json").read_text(encoding="utf-8"))
    right = note["accuracy"]
    assert 0.05 < right["first"] - right["majority"] < 0.15
    assert 0.05 < right["second"] - right["majority"] < 0.15
    for part in right.values():
        assert f"{part:.1%}" in printed
    assert "all there already" in printed
