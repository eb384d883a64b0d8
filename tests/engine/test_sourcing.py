"""Inputs with `from:`: the other signature runs on its own domain, and what the client read of it is sent."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sigpact.findings import Answer, Verdict
from sigpact.runtime.fake import Function
from sigpact.runtime.protocol import Refused
from sigpact.wire.arrays import Value, value
from tests.engine.world import World, only, rules
from tests.rules.cases import signature

Feeds = Mapping[str, Value]

EMBED = signature("embed", {"inputs": {"title": "string [?]"}, "outputs": {"e": "float32 [?, 2]"}})
RANK = signature("rank", {"inputs": {"e": "float32 [?, 2]"}, "outputs": {"y": "float32 [?]"}})
CONTRACT = """\
contract: 1
client: shop
model: m
PROTOCOL
dims: {batch: {min: 1, max: 8}}
signatures:
  rank:
    inputs: {e: {dtype: float32, shape: [batch, 2], from: embed.eWORDS}}
    outputs: {y: {dtype: float32, shape: [batch], minimum: 0, maximum: 1000}}
  embed:
    inputs: {title: {dtype: DTYPE, shape: [batch], minLength: 0, maxLength: 9}}
    outputs: {e: {dtype: float32, shape: [batch, 2]}}
"""


def contract(*, grpc: bool = True, words: str = "") -> str:
    """Return the contract of a client that ranks what it embedded."""
    text = CONTRACT.replace("PROTOCOL", "protocol: grpc" if grpc else "protocol: rest")
    return text.replace("WORDS", words).replace("DTYPE", "string" if grpc else "text")


def embed(feeds: Feeds) -> Feeds:
    """Give the length of each title, and a tenth of it: fractions that JSON shortens."""
    lengths = np.asarray([len(each.decode()) for each in feeds["title"].array.tolist()], np.float32)
    return {"e": value("float32", np.stack([lengths, lengths * np.float32(0.1)], axis=-1))}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world."""
    return World(tmp_path)


def seen_by(world: World, text: str, source: Function = embed) -> tuple[np.ndarray, Verdict]:
    """Verify, and return every row that `rank` was fed, and the verdict."""
    fed: list[np.ndarray] = []

    def rank(feeds: Feeds) -> Feeds:
        fed.append(feeds["e"].array)
        return {"y": value("float32", feeds["e"].array.sum(axis=-1))}

    world.contract(text, "shop")
    world.version("m/1", EMBED, RANK, embed=source, rank=rank)
    (verdict,) = world.verify(rows=60).verdicts
    return np.concatenate(fed) if fed else np.zeros((0, 2)), verdict


def test_a_source_is_sent_its_real_rows(world: World) -> None:
    """What was answered to them is sent on, beside what is made up."""
    folder = world.root / "contracts"
    folder.mkdir()
    (folder / "rows.jsonl").write_text('{"inputs": {"title": ["four"]}}\n', encoding="utf-8")

    def known(feeds: Feeds) -> Feeds:
        found = [[77.0 if each == b"four" else 1.0, 0.0] for each in feeds["title"].array.tolist()]
        return {"e": value("float32", np.asarray(found, np.float32).reshape(-1, 2))}

    text = contract().replace("maxLength: 9}}", "maxLength: 9}}\n    rows_from: rows.jsonl")
    rows, verdict = seen_by(world, text, known)
    assert set(rows[:, 0].tolist()) == {1.0, 77.0}
    assert verdict.verdict is Answer.YES


@pytest.mark.parametrize("grpc", [True, False], ids=["grpc", "rest"])
def test_only_what_was_answered_is_sent(world: World, grpc: object) -> None:
    """Bit by bit, through JSON as well; the boundaries of the source's domain among it; counted."""
    rows, verdict = seen_by(world, contract(grpc=bool(grpc)))
    lengths = np.arange(10, dtype=np.float32)
    answers = {(each, float(each * np.float32(0.1))) for each in lengths.tolist()}
    sent = set(map(tuple, rows.astype(np.float64).tolist()))
    assert sent <= {(one, float(np.float32(other))) for one, other in answers}
    # The empty and the longest title are boundaries of `embed`.
    assert {0.0, 9.0} <= {one for one, _ in sent}
    assert verdict.verdict is Answer.YES
    assert verdict.not_checked == ()
    assert dict(verdict.evidence.rows)["random"] == 120
    (note,) = (each for each in verdict.evidence.notes if "from embed.e" in each)
    assert note.startswith("rank: e from embed.e: ")
    assert "rows that embed answered" in note
    assert "of them on the boundaries of its domain" in note


def test_what_breaks_on_an_answer_is_found(world: World) -> None:
    """A rare answer of the source breaks the second signature, and the witness is that answer whole."""

    def rank(feeds: Feeds) -> Feeds:
        return {"y": value("float32", np.where(feeds["e"].array[:, 0] == 9, -1, 1))}

    world.contract(contract(), "shop")
    world.version("m/1", EMBED, RANK, embed=embed, rank=rank)
    found = only(world.verify(rows=60))
    assert found.rule == "output-value-outside"
    assert found.witness is not None
    assert found.witness.request == "rank(e=[[9.0, 0.9000000357627869]])"


def test_the_declared_domain_is_kept(world: World) -> None:
    """Answers outside of it are not sent, and counted."""
    rows, verdict = seen_by(world, contract(words=", minimum: 0, maximum: 3"))
    assert rows[:, 0].max() == 3
    assert any(
        "lie outside of the declared domain and are not sent" in each for each in verdict.evidence.notes
    )


def refuses(_: Feeds) -> Refused:
    """Refuse everything."""
    return Refused("INTERNAL", "no")


def unbounded(text: str) -> str:
    """Take the source's own domain away."""
    return text.replace(
        "dtype: string, shape: [batch], minLength: 0, maxLength: 9", "dtype: float32, shape: [batch]"
    )


OUTSIDE = contract(words=", minimum: 50, maximum: 60")
OTHER_SHAPE = contract(words=", shape: [batch, 3]").replace("shape: [batch, 2], from", "from")


@pytest.mark.parametrize(
    ("text", "source", "reason"),
    [
        (contract(), refuses, "`from: embed.e`: embed answered nothing on its own domain"),
        (OUTSIDE, embed, "that embed answered lies in the declared domain"),
        (unbounded(contract()), embed, "embed does not fit: input-dtype-changed"),
        (OTHER_SHAPE, embed, "go with what embed answered"),
    ],
    ids=["refused", "outside", "misfit", "shape"],
)
def test_a_source_that_cannot_be_had_is_told(world: World, text: str, source: Function, reason: str) -> None:
    """Nothing is made up instead."""
    rows, verdict = seen_by(world, text, source)
    assert len(rows) == 0
    assert any(reason in each for each in verdict.not_checked), verdict.not_checked
    assert verdict.verdict is not Answer.YES


def test_sources_have_sources(world: World) -> None:
    """A chain of three signatures: each runs on what the one before answered."""
    text = """\
contract: 1
client: shop
model: m
protocol: grpc
signatures:
  c:
    inputs: {z: {dtype: float32, shape: [batch], from: b.y}}
    outputs: {w: {dtype: float32, shape: [batch]}}
  b:
    inputs: {y: {dtype: float32, shape: [batch], from: a.y}}
    outputs: {y: {dtype: float32, shape: [batch]}}
  a:
    inputs: {x: {dtype: float32, shape: [batch], minimum: 1, maximum: 2}}
    outputs: {y: {dtype: float32, shape: [batch]}}
"""
    fed: list[float] = []

    def plus(name: str, out: str, step: float) -> Function:
        def add(feeds: Feeds) -> Feeds:
            if out == "w":
                fed.extend(feeds[name].array.tolist())
            return {out: value("float32", feeds[name].array + step)}

        return add

    signatures = [
        signature(each, {"inputs": {into: "float32 [?]"}, "outputs": {out: f"float32 [?] @{each}_out:0"}})
        for each, into, out in (("a", "x", "y"), ("b", "y", "y"), ("c", "z", "w"))
    ]
    world.contract(text, "shop")
    world.version("m/1", *signatures, a=plus("x", "y", 10), b=plus("y", "y", 100), c=plus("z", "w", 0))
    report = world.verify(rows=30)
    assert rules(report) == []
    assert (min(fed), max(fed)) == (111.0, 112.0)


@pytest.mark.parametrize("pad", ["", "batch, "], ids=["wholes", "rows"])
def test_inputs_of_one_source_are_of_one_answer(world: World, pad: str) -> None:
    """Tokens and their mask belong together, and so do their lengths: row by row, else whole answers."""
    text = """\
contract: 1
client: shop
model: m
protocol: grpc
signatures:
  encode:
    inputs:
      n: {dtype: int64, shape: [batch], minimum: 0, maximum: 5}
      pad: {dtype: int64, shape: [PADtokens], enum: [0]}
    outputs:
      ids: {dtype: int64, shape: [batch, tokens]}
      mask: {dtype: int64, shape: [batch, tokens]}
  run:
    inputs:
      ids: {dtype: int64, shape: [batch, tokens], from: encode.ids}
      mask: {dtype: int64, shape: [batch, tokens], from: encode.mask}
    outputs: {y: {dtype: int64, shape: [batch], enum: [1]}}
"""
    encode = signature("encode", {
        "inputs": {"n": "int64 [?]", "pad": f"int64 [{'?, ?' if pad else '?'}]"},
        "outputs": {"ids": "int64 [?, ?]", "mask": "int64 [?, ?]"},
    })  # fmt: skip
    run = signature(
        "run", {"inputs": {"ids": "int64 [?, ?]", "mask": "int64 [?, ?]"}, "outputs": {"y": "int64 [?]"}}
    )
    widths: set[int] = set()
    seen: set[tuple[int, ...]] = set()

    def encoding(feeds: Feeds) -> Feeds:
        places = np.arange(feeds["pad"].shape[-1])
        mask = (places < feeds["n"].array[:, np.newaxis]).astype(np.int64)
        return {"ids": value("int64", mask * 7), "mask": value("int64", mask)}

    def belongs(feeds: Feeds) -> Feeds:
        widths.add(feeds["ids"].shape[1])
        seen.update(map(tuple, feeds["mask"].array.tolist()))
        right = (feeds["ids"].array == 7 * feeds["mask"].array).all(axis=-1)
        return {"y": value("int64", right.astype(np.int64))}

    world.contract(text.replace("PAD", pad), "shop")
    world.version("m/1", encode, run, encode=encoding, run=belongs)
    report = world.verify(rows=80)
    assert rules(report) == []
    assert len(widths) > 1
    assert len(seen) > 10
    assert dict(report.verdicts[0].evidence.rows)["random"] >= 160
