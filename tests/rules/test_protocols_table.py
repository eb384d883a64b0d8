"""Every row of the protocols table: the cases that cover it, or the reason why none here can.

The rows are listed here; where the page is at hand (`../shared/design/protocols.md`), that the list is
complete is checked too. The dtype matrices (tables 2 and 3) are tried pair by pair.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sigpact.clients.kinds import Grpc
from sigpact.contract.load import load
from sigpact.rules.effects import effect
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent
from sigpact.rules.pairing import pair
from sigpact.rules.registry import differences
from tests.rules.cases import cases, signature

PAGE = Path(__file__).parents[3] / "shared" / "design" / "protocols.md"


@dataclass(frozen=True)
class Elsewhere:
    """Why a row has no case here, and where it is looked at instead."""

    reason: str


IDS = frozenset(each.id for each in cases())
RUNNING = "the ops decide: verify runs the version"
ROWS: dict[str, tuple[str, ...] | Elsewhere] = {
    "1.1": ("input-required-added/one-to-two", "verb-input-unfit/second-input"),
    "1.2": ("input-required-added/two-to-three",),
    "1.3": ("input-default-added/one-to-two", "verb-input-unfit/second-input-defaulted"),
    "1.4": ("input-default-added/two-to-three",),
    "1.5": ("input-batch-refused/scalar-default",),
    "1.6": ("input-missing/three-to-two",),
    "1.7": ("input-missing/two-to-one",),
    "1.8": ("input-missing/sent-default-removed",),
    "1.9": ("input-missing/last-one", "verb-input-unfit/no-input"),
    "1.10": ("input-missing/renamed", "verb-input-unfit/renamed"),
    "1.11": ("input-missing/one-of-two-renamed",),
    "1.12": ("input-missing/renamed-with-default",),
    "1.13": ("input-missing/reordered",),
    "1.14": ("input-missing/suffix-gained",),
    "1.15": ("input-default-removed/gained",),
    "1.16": ("input-default-removed/required-now", "input-default-removed/always-sent"),
    "1.17": ("input-default-changed/other-value", "input-default-changed/always-sent"),
    "1.18": ("input-default-mistyped/omitted", "input-default-mistyped/always-sent"),
    "1.19": Elsewhere("the error's words alone change, and no contract speaks of those"),
    "1.20": Elsewhere("it is about clients that are not there yet"),
    "2": Elsewhere("MATRIX below, pair by pair"),
    "3": Elsewhere("test_grpc_widens_nothing below, pair by pair"),
    "4.1": ("input-shape-changed/unknown-now",),
    "4.2": ("input-shape-changed/batch-of-one",),
    "4.3": ("input-shape-changed/other-length",),
    "4.4": ("input-shape-changed/rank",),
    "4.5": ("input-shape-changed/rank-unknown",),
    "4.6": ("input-shape-changed/scalar-now",),
    "4.7": ("input-shape-changed/vector-now",),
    "4.8": ("input-batch-refused/one-row-always",),
    "4.9": ("input-shape-changed/verb-fixed", "verb-shape-unfit/batch-baked-in"),
    "5.1": (
        "output-added-to-single/one-to-two",
        "verb-outputs-unfit/classify-second-ignored",
        "verb-outputs-unfit/regress-two",
    ),
    "5.2": ("output-added-to-single/two-to-three", "verb-outputs-unfit/classify-three"),
    "5.3": ("answer-not-encodable/unread-half",),
    "5.4": ("answer-without-batch/unread-scalar",),
    "5.5": ("answer-batch-inconsistent/unread-labels",),
    "5.6": Elsewhere(RUNNING),
    "5.7": (
        "output-missing/three-to-two",
        "output-missing/verb-scores-dropped",
        "output-missing/verb-classes-dropped",
    ),
    "5.8": ("output-missing/unread",),
    "5.9": ("output-removed-to-single/two-to-one", "verb-outputs-unfit/classify-unread-removed"),
    "5.10": ("output-missing/only-one-renamed", "verb-outputs-unfit/regress-renamed"),
    "5.11": ("output-missing/one-of-two-renamed", "verb-outputs-unfit/classify-neither"),
    "5.12": ("output-encoding-changed/suffix-gained", "output-encoding-changed/suffix-lost"),
    "5.13": ("output-missing/suffix-of-number",),
    "5.14": ("input-missing/reordered",),
    "5.15": ("output-tensor-shared/two-names",),
    "5.16": ("answer-without-batch/read", "verb-shape-unfit/scores-scalar"),
    "5.17": (
        "output-shape-changed/column",
        "output-shape-changed/verb-class-count",
        "verb-shape-unfit/regress-column",
        "verb-shape-unfit/regress-two-columns",
        "verb-shape-unfit/scores-vector",
    ),
    "5.18": ("output-shape-changed/batch-lost", "verb-shape-unfit/batch-lost"),
    "5.19": Elsewhere("the export states nothing but the declaration: verify looks at the real tensor"),
    "5.1.1": ("output-dtype-changed/float32-to-float64",),
    "5.1.2": ("output-dtype-changed/int-to-wider",),
    "5.1.3": (
        "output-dtype-changed/float-to-int",
        "output-dtype-changed/float-to-int-python",
        "output-dtype-changed/int-to-float",
    ),
    "5.1.4": ("output-dtype-changed/bool-to-int", "output-dtype-changed/int-to-bool"),
    "5.1.5": ("output-dtype-changed/number-to-string", "output-dtype-changed/string-to-number"),
    "5.1.6": ("answer-not-encodable/read",),
    "5.1.7": Elsewhere("no REST client of the old version could exist"),
    "5.1.8": ("verb-dtype-unfit/classes-int64", "verb-dtype-unfit/scores-float64"),
    "6.1": ("signature-missing/renamed", "signature-missing/verb"),
    "6.2": ("signature-missing/another-removed", "signature-missing/one-more"),
    "6.3": ("signature-missing/default-removed",),
    "6.4": ("signature-missing/default-is-another",),
    "6.5": ("signature-missing/other-case",),
    "6.6": ("signature-missing/method-name", "signature-missing/verb-method"),
    "6.7": ("signature-method-refused/regress", "signature-method-refused/verb"),
    "6.8": ("signature-method-refused/custom",),
    "6.9": ("signature-method-refused/verb",),
    "6.10": (
        "input-not-dense/ragged",
        "input-not-dense/verb",
        "output-not-dense/unread",
        "output-not-dense/verb-read",
    ),
    "6.11": Elsewhere("tests/engine/test_versions_told.py: the version does not load"),
    "6.12": ("feature-dtype-changed/float-to-int", "feature-required-added/one-more"),
    "6.13": ("feature-required-added/no-longer-read", "feature-required-added/with-default"),
}
"""By table and row; the rows of 5.1 (output dtypes) have no numbers and are counted."""


def rows_of(page: str) -> Iterator[str]:
    """Yield the rows of the page's tables 1 to 6, as `ROWS` names them."""
    section, counted = "", 0
    for line in page.splitlines():
        if heading := re.match(r"##+ ([\d.]+)\.? ", line):
            section, counted = heading.group(1).strip("."), 0
            if section in {"2", "3"}:
                yield section
        elif section in {"1", "4", "5", "6"} and (row := re.match(r"\| (\d+) \|", line)):
            yield f"{section}.{row.group(1)}"
        elif section == "5.1" and line.startswith("| ") and not line.startswith("| old ->"):
            counted += 1
            yield f"{section}.{counted}"


@pytest.mark.skipif(not PAGE.exists(), reason="the page of the protocols is not beside the repository")
def test_the_rows_are_those_of_the_page() -> None:
    """No row of the page is left out, and none is made up."""
    assert sorted(rows_of(PAGE.read_text(encoding="utf-8"))) == sorted(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_cases_or_a_reason(row: str) -> None:
    """The cases exist; a row without any says why."""
    match ROWS[row]:
        case Elsewhere(reason=reason):
            assert len(reason) > 10
        case named:
            assert named
            assert set(named) <= IDS


MATRIX = """
old     float32 float64 half int8 int16 int32 int64 uint8 uint32 uint64 bool string
float32 =       safe    X    X    X     X     X     X     X      X      X    X
float64 !s      =       X    X    X     X     X     X     X      X      X    X
int8    safe    safe    X    =    safe  safe  safe  !s    !e     !e     X    X
int16   safe    safe    X    !s   =     safe  safe  !s    !e     !e     X    X
int32   !s      safe    X    !s   !s    =     safe  !s    !e     !e     X    X
int64   !s      !s      X    !e   !e    !e    =     !e    !e     !e     X    X
uint8   safe    safe    X    !s   safe  safe  safe  =     safe   safe   X    X
uint32  !s      safe    X    !e   !e    !e    safe  !e    =      safe   X    X
uint64  !s      !s      X    !e   !e    !e    !e    !e    !e     =      X    X
bool    X       X       X    X    X     X     X     X     X      X      =    X
string  X       X       X    X    X     X     X     X     X      X      X    =
"""
"""Table 2, over the whole range of the old dtype; `!e, !s` of the page is `!e` here."""
RANGES = {
    "float32": "minimum: -1.0e+38, maximum: 1.0e+38",
    "float64": "minimum: -1.0e+300, maximum: 1.0e+300",
}
NEW = MATRIX.split("\n")[1].split()[1:]
PAIRS = [
    (line.split()[0], new, word)
    for line in MATRIX.strip().split("\n")[1:]
    for new, word in zip(NEW, line.split()[1:], strict=True)
]


def judged(folder: Path, old: str, new: str, client: str) -> list[Effect]:
    """Return what changing an input's dtype does to a client that sends all of the old one's values."""
    path = folder / "app.contract.yaml"
    bounds = f", {RANGES[old]}" if old in RANGES else ""
    protocol, _, words = client.partition(";")
    top = f"contract: 1\nclient: app\nmodel: m\n{protocol}\n"
    use = f"signatures: {{get: {{{words}inputs: {{x: {{dtype: {old}, shape: [n]{bounds}}}}}}}}}"
    path.write_text(top + use, encoding="utf-8")
    contract = load(path)
    found = signature("get", {"inputs": {"x": f"{new} [?]"}, "outputs": {}})
    paired = pair(contract, contract.signatures[0], (found,))
    assert isinstance(paired.kind, Grpc) == ("grpc" in client)
    return [effect(each) for each in differences(paired)]


@pytest.mark.parametrize("client", ["protocol: rest;", "protocol: rest;body: columnar, "])
@pytest.mark.parametrize(("old", "new", "word"), PAIRS)
def test_rest_dtypes(tmp_path: Path, old: str, new: str, word: str, client: str) -> None:
    """Table 2: the literals of the old dtype, at an input of the new one."""
    effects = judged(tmp_path, old, new, client)
    loud = [each for each in effects if not isinstance(each, Safe)]
    match word:
        case "=" | "safe":
            assert loud == []
        case "!s":
            assert [type(each) for each in loud] == [Silent]
        case _:
            assert [type(each) for each in loud] == [Breaks]


@pytest.mark.parametrize(("old", "new", "word"), PAIRS)
def test_grpc_widens_nothing(tmp_path: Path, old: str, new: str, word: str) -> None:
    """Table 3: every other dtype is refused."""
    loud = [each for each in judged(tmp_path, old, new, "protocol: grpc;") if not isinstance(each, Safe)]
    assert [type(each) for each in loud] == ([] if word == "=" else [Breaks])


@pytest.mark.parametrize(
    ("listed", "new", "rest"),
    [
        ("[float32, float64]", "float32", []),
        ("[float32, float64]", "float64", []),
        ("[int32, int64]", "int32", []),
        ("[int32, int64]", "uint32", [Breaks]),
        ("[int32, int64]", "int64", []),
        ("[int32, float32]", "int32", []),
        ("[int32, float32]", "uint8", [Breaks]),
    ],
)
def test_of_a_list_of_dtypes_each_may_be_sent(
    tmp_path: Path, listed: str, new: str, rest: list[type[Effect]]
) -> None:
    """Over gRPC no version takes two dtypes; over REST one of those listed is what the literals become."""
    for protocol, expected in (("rest", rest), ("grpc", [Breaks])):
        effects = judged(tmp_path, listed, new, f"protocol: {protocol};")
        assert [type(each) for each in effects if not isinstance(each, Safe)] == expected
