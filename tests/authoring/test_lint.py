"""Lints: each fires on its case and on no other, says why, and what it takes out changes nothing."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from sigpact.authoring import remarks
from sigpact.authoring.fmt import formatted
from sigpact.authoring.lint import Remark, fixed, lint
from sigpact.authoring.lints.registry import Lint, catalogue
from sigpact.contract.load import load
from sigpact.contract.source import parse, read
from sigpact.errors import ContractError
from sigpact.rules.registry import PARTS
from sigpact.rules.registry import catalogue as rules
from sigpact.values.plan import plan
from sigpact.values.requests import Origin

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "cases" / "lints"
CASES = sorted(FOLDER.glob("*/*.yaml"))
GOOD = [
    *sorted((ROOT / "contracts").rglob("*.contract.*")),
    *sorted((ROOT / "examples").rglob("*.contract.*")),
]
HEAD = "contract: 1\nclient: c\nmodel: m\nowner: o\n"


def said(text: str) -> list[str]:
    """Return the remarks on a contract as `line:column id message`."""
    found = lint(parse(text, "a.yaml"))
    return [f"{each.span.line}:{each.span.column} {each.id} {each.message}" for each in found]


@pytest.mark.parametrize("found", catalogue().values(), ids=list(catalogue()))
def test_every_lint_is_documented(found: Lint) -> None:
    """A kebab-case id, a title, the four parts, and a remedy for the client."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", found.rule.id)
    assert found.rule.title.endswith(".")
    assert set(found.rule.parts) == set(PARTS)
    assert all(found.rule.parts.values())
    assert len(found.rule.mend[1]) > 10


def test_every_lint_has_a_case_folder() -> None:
    """With a contract where it fires, and one beside it where it does not."""
    assert {path.name for path in FOLDER.iterdir()} == set(catalogue())
    assert {path.name for path in CASES} == {"fires.yaml", "silent.yaml"}
    assert len(CASES) == 2 * len(catalogue())


@pytest.mark.parametrize("path", CASES, ids=[f"{each.parent.name}/{each.stem}" for each in CASES])
def test_each_lint_fires_on_its_case_and_on_no_other(path: Path) -> None:
    """All lints run over all cases."""
    wanted = {path.parent.name} if path.stem == "fires" else set()
    assert {each.id for each in lint(read(path))} == wanted


@pytest.mark.parametrize("path", GOOD, ids=[str(each.relative_to(ROOT)) for each in GOOD])
def test_our_own_contracts_are_worth_having(path: Path) -> None:
    """Nothing is to be said of what people copy from."""
    assert [str(each.span) for each in lint(read(path))] == []


def test_a_lint_that_is_a_rule_as_well_says_the_same() -> None:
    """`sigpact check` advises it too, and explains it by the rule."""
    shared = set(rules()) & set(catalogue())
    assert shared == {"domain-undeclared"}
    rule, found = rules()["domain-undeclared"], catalogue()["domain-undeclared"].rule
    assert (rule.title, rule.mend, rule.parts["What it does"]) == (
        found.title,
        found.mend,
        found.parts["What it does"],
    )


def test_a_wrong_contract_is_not_linted() -> None:
    """Its mistakes come first."""
    with pytest.raises(ContractError):
        lint(parse("contract: 1\n", "a.yaml"))


REMARKS = [
    (
        HEAD
        + "signatures:\n  s:\n    inputs: {x: {dtype: text}}\n    outputs:\n      y:\n        dtype: number\n"
        "        minimum: 0.12345\n        columns: [{name: a, maximum: 0.98213}]\n        shape: [1]\n",
        [
            "11:18 bounds-copied minimum 0.12345 of 'y' looks copied from data",
            "12:38 bounds-copied maximum 0.98213 of column 'a' looks copied from data",
        ],
    ),
    (
        HEAD + "language: javascript\nsignatures:\n  s:\n    inputs:\n      x: {dtype: int64, minimum: 0,"
        " maximum: 9007199254740993}\n    outputs: {y: {dtype: text, minLength: 1}}\n",
        ["9:46 value-not-carried maximum 9007199254740993 of 'x' loses digits in JavaScript"],
    ),
    (
        HEAD
        + "signatures:\n  s:\n    inputs: {x: {dtype: text}}\n    outputs: {y: {dtype: number, finite: false,"
        " minimum: 0}}\n",
        ["8:15 value-not-carried 'y' admits NaN or infinities, which a client of any language never reads"],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), REMARKS)
def test_where_and_what(text: str, wanted: list[str]) -> None:
    """Each remark stands at the line that somebody would edit."""
    assert said(text) == wanted


@pytest.mark.parametrize("bound", ["0.0371928", "-0.98213", "1234.567", "0.30000001192092896", "12.3456"])
def test_bounds_that_look_copied(bound: str) -> None:
    """Five digits or more, that are no multiple of what is known."""
    assert bounds(bound) == ["bounds-copied"]


@pytest.mark.parametrize(
    "bound", ["0.5", "0.0001", "0.1235", "30522", "43844.0", "0.99999", "3.14159", "6.2831853", "-1.5707963",
              "2.71828", "0.333333", "0.6666667", "1.41421", "3.4028234663852886e38", "1e-45", "180.5"]
)  # fmt: skip
def test_bounds_that_do_not(bound: str) -> None:
    """What somebody would write by hand, or has its digits for a reason."""
    assert bounds(bound) == []


def bounds(bound: str) -> list[str]:
    """Return the ids of what is said of an output that is at least so much."""
    outputs = f"outputs: {{y: {{dtype: number, minimum: {bound}}}}}"
    return [
        each.id
        for each in lint(
            parse(f"{HEAD}signatures: {{s: {{inputs: {{x: {{dtype: text}}}}, {outputs}}}}}\n", "a.yaml")
        )
    ]


def allowed(comment: str) -> list[str]:
    """Return the ids of what is said of a generated name with a comment above it."""
    text = f"{HEAD}signatures:\n  s:\n    inputs: {{x: {{dtype: text}}}}\n    outputs:\n      {comment}\n"
    return [
        each.id for each in lint(parse(f"{text}      dense_1: {{dtype: text, minLength: 1}}\n", "a.yaml"))
    ]


def test_what_is_allowed() -> None:
    """A comment on the line, or above it, that names the lint; a reason may follow."""
    assert allowed("# it is so") == ["name-generated"]
    assert allowed("# sigpact: allow owner-missing") == ["name-generated"]
    assert allowed("# sigpact: allow name-generated") == []
    assert allowed("# sigpact: allow owner-missing, name-generated: until autumn") == []
    assert allowed("# sigpact: allow name-generated\n      # and more") == []
    beside = HEAD.replace("owner: o\n", "").replace("client: c", "client: c  # sigpact: allow owner-missing")
    rest = "signatures: {s: {inputs: {x: {dtype: text}}, outputs: {y: {dtype: text, minLength: 1}}}}\n"
    assert said(beside + rest) == []


def test_what_is_allowed_stays_so_when_fmt_breaks_the_line() -> None:
    """A comment beside something, or above it, is one for all that stands in it; none is for the file."""
    long = "x: {dtype: number, shape: [batch], minimum: 0.0132134, maximum: 0.987123, multipleOf: 0.0001}"
    text = (
        f"# sigpact: allow owner-missing\n\n{HEAD}signatures:\n  s:\n    inputs:\n"
        f"      {long.replace('}', ', static: false}')}  # sigpact: allow bounds-copied\n"
        "    outputs: {y: {dtype: text}, z: {dtype: text, minLength: 1}}"
        "  # sigpact: allow output-unconstrained\n"
    )
    assert said(text) == []
    laid_out = formatted(parse(text, "a.yaml"))
    assert "x:  # sigpact: allow bounds-copied\n" in laid_out
    assert said(laid_out) == []
    other = "# sigpact: allow output-unconstrained\n" + HEAD
    rest = "signatures: {s: {inputs: {x: {dtype: text}}, outputs: {y: {dtype: text}}}}\n"
    assert len(said(other + rest)) == 1


FIXED = {
    "type-unused": "types:\n  year: {dtype: integer",
    "enum-repeats": "enum: [Drama, Comedy]}",
    "example-repeated": "      - name: one\n        inputs: {x: [a]}\n        outputs: {y: [b]}\n",
}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_what_fix_takes_out(name: str) -> None:
    """What is superfluous goes; the contract is the same without it, and in the layout."""
    path = FOLDER / name / "fires.yaml"
    document = read(path)
    before = lint(document)
    text = fixed(document, before)
    made = parse(text, str(path))
    left = lint(made)
    if name in FIXED:
        assert left == ()
        assert FIXED[name] in text
    else:
        assert [each.message for each in left] == [each.message for each in before]
        assert text == document.text


def test_fix_leaves_what_is_spoken_of() -> None:
    """A comment, an anchor: whoever wrote it may want it."""
    text = f"{HEAD}types:\n  # for later\n  a: {{dtype: text}}\n  b: &b {{dtype: text, minLength: 1}}\n"
    text += "  c: {dtype: text}\n"
    text += "signatures: {s: {inputs: {x: *b}, outputs: {y: *b}}}\n"
    document = parse(text, "a.yaml")
    made = fixed(document, lint(document))
    assert [each.path[-1] for each in lint(parse(made, "a.yaml"))] == ["a", "b"]
    assert "# for later" in made


def test_how_remarks_are_told() -> None:
    """As text with reason and remedy, and as data with the same."""
    path = FOLDER / "type-unused" / "fires.yaml"
    found: tuple[Remark, ...] = lint(read(path))
    text = remarks.render_text(found, 1)
    assert text.startswith(
        f"{path}:7:3: type-unused: no tensor has the type 'title'\n    why     It breaks nothing;"
    )
    assert text.endswith("\n1 remark on 1 contract, 1 of which --fix takes out\n")
    (data,) = json.loads(remarks.render_json(found))
    assert (data["lint"], data["line"], data["path"]) == ("type-unused", 7, ["types", "title"])
    assert data["fixable"] is True
    assert data["why"] in text
    assert data["mend"] in text


def test_examples_at_bounds_are_sent_anyway() -> None:
    """What the lint says of them is true: the boundaries of that domain have the very row."""
    contract = load(FOLDER / "example-at-bounds" / "fires.yaml")
    rows = {
        value
        for request in plan(contract, contract.signatures[0], rows=0, seed=0).requests
        if request.origin is Origin.BOUNDARY
        for value in np.ravel(request.values["x"].array).tolist()
    }
    assert {0, 9} <= rows
