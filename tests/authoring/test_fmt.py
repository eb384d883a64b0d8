"""`fmt`: one order and layout that changes nothing that is said, loses no comment, and is final."""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sigpact.authoring.fmt import formatted
from sigpact.authoring.layout.yaml_tokens import comments
from sigpact.contract.build import build
from sigpact.contract.fields import CONTRACT, ROOT
from sigpact.contract.forms import records
from sigpact.contract.source import Document, parse, read
from sigpact.errors import ContractError
from tests.authoring.texts import TEXTS, Writer
from tests.contract.documents import CASES, EVERYTHING

REPOSITORY = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("contracts", "examples", "tests/cases/contracts")
    for pattern in ("*.yaml", "*.json")
    for path in (REPOSITORY / folder).rglob(pattern)
    if "contract" in path.name or "mistakes" in path.parts or path in EVERYTHING
)
WORDS = sorted({each.key for record in records(ROOT) for each in record.fields})
KEYS = st.sampled_from(WORDS) | st.sampled_from(["zz", "a, b", "x: y", "# k", "-"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 10**20) | st.sampled_from([0.5, 1e-5, -2e300]) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
DATA = st.dictionaries(st.sampled_from([*(each.key for each in CONTRACT.fields), "zz"]), VALUES, min_size=1)
WHOLE: list[Any] = [read(path).tree.data for path in EVERYTHING]
QUICK = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
FEW = settings(QUICK, max_examples=20)


def same(document: Document, text: str) -> bool:
    """Whether a text says what a document says; the order of keys apart."""
    made = parse(text, document.file).tree.data
    return json.dumps(made, sort_keys=True) == json.dumps(document.tree.data, sort_keys=True)


def laid(text: str) -> str:
    """Return a YAML text in the layout."""
    return formatted(parse(text, "made.yaml"))


@QUICK
@given(st.randoms(use_true_random=True), DATA)
def test_any_layout_of_anything(random: Random, value: dict[str, Any]) -> None:
    """The same data, every comment once, and nothing more to do."""
    writer = Writer(random)
    document = parse(writer.document(value), "any.yaml")
    assume(document.tree.data == value)
    made = formatted(document)
    assert same(document, made)
    assert Counter(comments(made)) == Counter(writer.comments) == Counter(comments(document.text))
    assert laid(made) == made


@FEW
@given(st.randoms(use_true_random=True), st.sampled_from(WHOLE))
def test_any_layout_of_the_whole_language(random: Random, value: Any) -> None:
    """A contract that uses every key is the same contract after, however it was written before."""
    writer = Writer(random)
    document = parse(writer.document(value), str(CASES / "any.yaml"))
    made = parse(formatted(document), document.file)
    assert build(made) == build(document)
    assert Counter(comments(made.text)) == Counter(writer.comments)
    assert formatted(made) == made.text


@FEW
@given(st.randoms(use_true_random=True), st.sampled_from(WHOLE))
def test_the_layout_is_one(random: Random, value: Any) -> None:
    """Without comments, empty lines and choices of quotes, it does not matter how a contract was written."""
    shuffled = {key: value[key] for key in random.sample(list(value), len(value))}
    indent = random.choice([None, 1, 4])
    first = laid(json.dumps(value, indent=2, ensure_ascii=False))
    assert laid(json.dumps(shuffled, indent=indent, ensure_ascii=False)) == first


@pytest.mark.parametrize("path", FILES, ids=[str(each.relative_to(REPOSITORY)) for each in FILES])
def test_every_contract_of_the_repository(path: Path) -> None:
    """They mean the same after; those that are contracts load as the same value."""
    try:
        document = read(path)
        made = parse(formatted(document), document.file)
    except ContractError:
        assert "mistakes" in path.parts
        return
    assert same(document, made.text)
    assert formatted(made) == made.text
    if "mistakes" not in path.parts:
        assert build(made) == build(document)


@pytest.mark.parametrize(
    "path", [each for each in FILES if {"contracts", "examples"} & {*each.relative_to(REPOSITORY).parts[:1]}]
)
def test_our_own_contracts_are_in_the_layout(path: Path) -> None:
    """What people copy from is as it should be."""
    document = read(path)
    assert formatted(document) == document.text


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own parser has the same marks as libyaml, as far as they count here."""
    texts = []
    for seed in range(8):
        writer = Writer(Random(seed))  # noqa: S311 - layouts, no secrets
        texts.append(writer.document(WHOLE[seed % len(WHOLE)]))
    before = [laid(text) for text in texts]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert [laid(text) for text in texts] == before


CASES_OF_COMMENTS = [
    ("above a key that moves", "model: m\n# who\nclient: c\n", "# who\nclient: c\nmodel: m\n"),
    ("beside a key that moves", "model: m # it\nclient: c # who\n", "client: c  # who\nmodel: m  # it\n"),
    (
        "the head stays, up to its empty line",
        "# yaml-language-server: $schema=x\n\n# m\nmodel: m\nclient: c\n",
        "# yaml-language-server: $schema=x\n\nclient: c\n# m\nmodel: m\n",
    ),
    ("the end stays", "model: m\nclient: c\n\n# the end\n", "client: c\nmodel: m\n\n# the end\n"),
    (
        "in brackets",
        "dims: {b: {max: 3, # most\n  # least\n  min: 1}} # of b\n",
        "dims:  # of b\n  b:\n    # least\n    min: 1\n    max: 3  # most\n",
    ),
    (
        "after an opening bracket, before a closing one",
        "model: [ # here\n a, b\n # no more\n]\n",
        "model:  # here\n  - a\n  - b\n  # no more\n",
    ),
    (
        "between items",
        "regressions:\n# one\n- name: a\n\n# two\n-   # dash\n  name: b\n",
        "regressions:\n  # one\n  - name: a\n\n  # two\n  # dash\n  - name: b\n",
    ),
    (
        "further in than what follows: the end of what went before",
        "dims:\n  a: {}\n  # no more dims\ntypes: {}\n",
        "dims:\n  a: {}\n  # no more dims\n\ntypes: {}\n",
    ),
    (
        "between a key and its value",
        "client:  # one\n  # two\n  c # three\nmodel: m\n",
        "# one\n# two\nclient: c  # three\nmodel: m\n",
    ),
    (
        "behind the header of a block",
        "description: | # why\n    a\n     b\n# next\nprotocol: rest\n",
        "description: |  # why\n  a\n   b\n# next\nprotocol: rest\n",
    ),
    ("beside an anchor", "model: &m # here\n  [a]\nclient: c\n", "client: c\nmodel: &m [a]  # here\n"),
    (
        "below a list that is not further in than its key",
        "model:\n- a\n# who\nowner: x\n",
        "model: [a]\n# who\nowner: x\n",
    ),
    ("in nothing", "dims: { # none\n}\n", "dims: {}  # none\n"),
    ("one that looks like a key", "#model: x\n#\nclient: c\n", "#model: x\n#\nclient: c\n"),
]


@pytest.mark.parametrize(
    ("text", "wanted"), [each[1:] for each in CASES_OF_COMMENTS], ids=[each[0] for each in CASES_OF_COMMENTS]
)
def test_comments_stay_with_what_they_speak_of(text: str, wanted: str) -> None:
    """Before a key, at a line's end, in brackets, between items, at the end."""
    assert laid(text) == wanted
    assert laid(wanted) == wanted


LONG = "model: [" + ", ".join(f"number-{each:02}" for each in range(12)) + "]\n"
LAYOUTS = [
    ("order, unknown keys last", "zz: 1\nmodel: m\ncontract: 1\n", "contract: 1\nmodel: m\nzz: 1\n"),
    (
        "names of the user's own stay in their order",
        "types: {z: {}, a: {}}\n",
        "types:\n  z: {}\n  a: {}\n",
    ),
    (
        "what fits stands on one line",
        "types:\n   t:\n     shape:\n     - a\n     dtype: text\n",
        "types:\n  t: {dtype: text, shape: [a]}\n",
    ),
    (
        "what does not, has a line for each key",
        "types: {t: {pattern: " + "a" * 80 + ", dtype: text}}\n",
        "types:\n  t:\n    dtype: text\n    pattern: " + "a" * 80 + "\n",
    ),
    (
        "lists of scalars fill lines",
        LONG,
        "model:\n  ["
        + ", ".join(f"number-{each:02}" for each in range(8))
        + ",\n   "
        + ", ".join(f"number-{each:02}" for each in range(8, 12))
        + "]\n",
    ),
    (
        "clauses stand on lines, without quotes of brackets",
        "signatures: {s: {holds: [a < b, 'max(a, b) > 0']}}\n",
        "signatures:\n  s:\n    holds:\n      - a < b\n      - 'max(a, b) > 0'\n",
    ),
    (
        "into brackets with quotes",
        "signatures:\n  s:\n    holds:\n      - expr: max(a, b) > 0\n",
        'signatures:\n  s:\n    holds:\n      - {expr: "max(a, b) > 0"}\n',
    ),
    ("quotes stay", "client: \"1\"\nmodel: 'no'\n", "client: \"1\"\nmodel: 'no'\n"),
    ("numbers stay as they are written", "rows: [1.0e-4, 1e-4, 0x1F]\n", "rows: [1.0e-4, 1e-4, 0x1F]\n"),
    ("nothing is null", "owner:\nmodel: ~\n", "model: ~\nowner: null\n"),
    (
        "texts over several lines keep them",
        "description: a long\n   text\n\n   of lines\n",
        "description: a long\n  text\n\n  of lines\n",
    ),
    ("folded as well", "description: >-\n     a\n     b\n", "description: >-\n  a\n  b\n"),
    (
        "blank lines that are kept",
        "description: |+\n  a\n\n\nowner: x\n",
        "owner: x\ndescription: |+\n  a\n\n\n",
    ),
    ("a block that begins with blanks", "owner: |3\n     a\n   b\n", "owner: |2\n    a\n  b\n"),
    ("a last line without its end", "description: |\n  a", "description: |-\n  a\n"),
    (
        "blank lines that are kept, with more to come",
        "description: |+\n  a\n\nprotocol: rest\n",
        "description: |+\n  a\n\nprotocol: rest\n",
    ),
    ("an escaped blank at a line's end", 'owner: "a\\ \n    b"\n', 'owner: "a\\ \n  b"\n'),
    ("a question in brackets", "model:\n  - what?\n", 'model: ["what?"]\n'),
    ("a separator of lines", 'owner: "a\u2028 b"\n', 'owner: "a\\u2028b"\n'),
    ("an explicit key", "? client\n: c\n", "client: c\n"),
    (
        "the mark of a document goes, its version stays",
        "%YAML 1.1\n---\na: 1\n...\n",
        "%YAML 1.1\n---\na: 1\n",
    ),
    ("one empty line at most", "client: c\n\n\n\nmodel: m\n", "client: c\n\nmodel: m\n"),
    ("sections are set off", "model: m\ndims: {a: {min: 1}}\n", "model: m\n\ndims:\n  a: {min: 1}\n"),
    (
        "anchors and aliases",
        "types: {a: &t {dtype: text}, b: *t}\n",
        "types:\n  a: &t {dtype: text}\n  b: *t\n",
    ),
    (
        "an alias never comes before its anchor",
        "signatures: {s: {outputs: &o {x: {dtype: text}}, inputs: *o}}\n",
        "signatures:\n  s:\n    inputs: &o\n      x: {dtype: text}\n    outputs: *o\n",
    ),
    (
        "an anchor of an item in lines",
        "relations: [&r {name: a, holds: [b]}, *r]\n",
        "relations:\n  - &r\n    name: a\n    holds:\n      - b\n  - *r\n",
    ),
]


@pytest.mark.parametrize(
    ("text", "wanted"), [each[1:] for each in LAYOUTS], ids=[each[0] for each in LAYOUTS]
)
def test_the_layout(text: str, wanted: str) -> None:
    """One order, one rule for what stands on one line."""
    assert laid(text) == wanted
    assert laid(wanted) == wanted


def test_line_ends_are_those_of_the_file() -> None:
    """A file of CRLF stays one, its comments and blocks too."""
    text = "model: m  # it\r\nclient: c\r\ndescription: |\r\n  a\r\n  b\r\n"
    made = laid(text)
    assert made == "client: c\r\nmodel: m  # it\r\ndescription: |\r\n  a\r\n  b\r\n"


def test_json_stays_json() -> None:
    """The same order and the same rule, in JSON; numbers and escapes as they are written."""
    text = '{"model":"m","types":{"t":{"shape":["b"],"dtype":"text"}},"zz":[1.0e-4,"\\u00e9"],"client":"c"}'
    made = formatted(parse(text, "a.json"))
    assert made == (
        '{\n  "client": "c",\n  "model": "m",\n  "types": {\n'
        '    "t": {"dtype": "text", "shape": ["b"]}\n  },\n'
        '  "zz": [1.0e-4, "\\u00e9"]\n}\n'
    )
    assert formatted(parse(made, "a.json")) == made


def refusal(text: str) -> str:
    """Return why a text is not brought into the layout."""
    with pytest.raises(ContractError) as caught:
        laid(text)
    return str(caught.value)


def test_what_is_left_as_it_is() -> None:
    """Where keys cannot be told apart, or anchors, nothing is moved."""
    assert (
        refusal("model: m\nmodel: n\n")
        == "made.yaml:2:1: 'model' is written twice, first on line 1: remove one"
    )
    assert refusal("- a\n") == "made.yaml:1:1: a contract is a mapping; it begins with 'contract: 1'"
    assert refusal("a: &x 1\nb: &x 2\nc: *x\n") == (
        "made.yaml:1:1: the anchor '&x' is written twice; give one another name"
    )


@pytest.mark.parametrize("broken", ["a: 2\n# c\n", "a: 1\n", "a: [\n"])
def test_a_layout_that_would_say_something_else_is_never_written(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in here: another value, a lost comment, a text that is no YAML."""
    monkeypatch.setattr("sigpact.authoring.layout.yaml_layout.laid_out", lambda _: broken)
    assert "without changing what it says" in refusal("a: 1 # c\n")
