"""classify and regress on real exports: what verify says of a version is what TensorFlow's parse op does."""

from pathlib import Path

import pytest

from sigpact.engine.options import Options
from sigpact.engine.verify import verify
from sigpact.findings import Finding
from sigpact.report.model import Report
from sigpact.runtime.backend import TensorFlowBackend

pytestmark = pytest.mark.tensorflow

DECLARED = """\
contract: 1
client: CLIENT
model: m
protocol: CLIENT
versions: "VERSION"
dims: {batch: {min: 1, max: 4}}
signatures:
  c:
    verb: classify
    inputs:
      x: {dtype: float32, shape: [2], minimum: 0, maximum: 0.5}
      word: {dtype: text, shape: [], maxLength: 5, optional: true}
    context:
      age: {dtype: int64, shape: [], minimum: 0, maximum: 99, optional: true}
    outputs:
      classes: {dtype: text, shape: [batch, 2], enum: ["no", "yes", empty]}
      scores: {dtype: float32, shape: [batch, 2], minimum: 0, maximum: 1}
    examples:
      - name: sure
        inputs: {x: [[0.5, 0.5], [0.0, 0.0]], word: [a, b]}
        outputs: {classes: [["no", "yes"], ["no", "yes"]], scores: [[0.0, 1.0], [1.0, 0.0]]}
  r:
    verb: regress
    inputs:
      x: {dtype: float32, shape: [2], minimum: 0, maximum: 0.5}
      age: {dtype: int64, shape: [], minimum: 0, maximum: 9, optional: {default: 7}}
    outputs:
      outputs: {dtype: float32, shape: [batch], minimum: 0, maximum: 10}
    examples:
      - {name: default, inputs: {x: [[0.25, 0.25]]}, outputs: {outputs: [7.5]}}
"""
"""A client of both APIs. It leaves `word` and `age` out at times; `age` is sent once for all, to `c`."""

RAW = """\
      - name: raw
        request:
          signature_name: r
          context: {age: 1}
          examples: [{x: [0.25, 0.25]}, {x: [0.5, 0.0], age: 2}]
        response: {results: [1.5, 2.5]}
"""


def verified(root: Path, executed: Path, version: str, client: str) -> Report:
    """Verify one client against one version."""
    text = DECLARED.replace("CLIENT", client).replace("VERSION", version)
    file = root / "app.contract.yaml"
    file.write_text(text + (RAW if client == "rest" else ""), encoding="utf-8")
    options = Options(rows=40, cases=None)
    return verify([str(file)], [f"m={executed / 'm'}"], options, TensorFlowBackend, lambda _: None)


def errors(report: Report) -> set[tuple[str | None, str]]:
    """Return the signatures and rules of what is broken, examples aside."""
    found = [each for each in report.findings if each.level == "error"]
    return {(each.signature, each.rule) for each in found if each.rule != "example-mismatch"}


BROKEN: dict[str, set[tuple[str | None, str]]] = {
    # version, what is wrong with it: signature and rule
    "1": set(),
    # a feature is renamed: told by comparing
    "2": {("c", "feature-required-added"), ("r", "feature-required-added")},
    # the labels are gone: every label comes back empty
    "3": {("c", "output-missing")},
    # scores lose their second dimension, and the export does not say so
    "4": {("c", "verb-shape-unfit"), ("c", "request-refused")},
    # the export does not say the shapes, and they are right
    "5": set(),
    "6": {("c", "output-value-outside")},
    # each example is parsed for itself: comparing cannot tell, running can
    "7": set(),
    "8": {(name, rule) for name in "cr" for rule in ("feature-undetermined", "request-refused")},
    # as many labels as classes, and twice as many scores; two numbers for each example
    "9": {(name, rule) for name in "cr" for rule in ("verb-shape-unfit", "request-refused")},
    # scores are doubles; one number for all examples
    "10": {("c", "verb-dtype-unfit"), ("r", "verb-shape-unfit"), ("r", "request-refused")},
    # labels are no UTF-8; infinities
    "11": {("c", "answer-unreadable"), ("r", "output-not-finite")},
}
OVER_REST: dict[str, set[tuple[str | None, str]]] = {
    "11": {("c", "answer-unreadable"), ("r", "answer-unreadable")}
}
"""Infinity is no JSON, so a REST client does not get as far."""


@pytest.mark.parametrize("client", ["grpc", "rest"])
@pytest.mark.parametrize("version", list(BROKEN))
def test_what_is_said_is_what_happens(tmp_path: Path, executed: Path, version: str, client: str) -> None:
    """Every break is found, nothing else is; and rows were run wherever comparing left something to run."""
    report = verified(tmp_path, executed, version, client)
    expected = OVER_REST.get(version, BROKEN[version]) if client == "rest" else BROKEN[version]
    assert errors(report) == expected
    (verdict,) = report.verdicts
    assert verdict.verdict == ("no" if expected else "yes")
    by_comparing = {name for name, rule in expected if rule in COMPARED}
    assert verdict.not_checked == tuple(
        f"{name}: examples and values (the signature does not fit)" for name in "cr" if name in by_comparing
    )
    rows = dict(verdict.evidence.rows)
    if len(by_comparing) < 2:
        assert rows["random"] >= 40
        assert rows["boundaries"] > 10
        assert rows["examples"] >= 1
    if not expected:
        assert (verdict.evidence.through_rest == verdict.evidence.total_rows) == (client == "rest")


COMPARED = {"feature-required-added", "output-missing", "verb-dtype-unfit"}
"""What comparing shows: the signature is not run then."""


def only(report: Report, rule: str) -> Finding:
    """Return the first finding of a rule."""
    return next(each for each in report.findings if each.rule == rule)


SHOWN = [
    # client, version, rule, request, answer
    (
        "rest",
        "6",
        "output-value-outside",
        '{"signature_name": "c", "examples": [{"x": [0.0, 0.0]}]}',
        '{"results": [[["no", 1.0], ["maybe", 0.0]]]}',
    ),
    (
        "rest",
        "4",
        "request-refused",
        '{"signature_name": "c", "examples": [{"x": [0.0, 0.0]}]}',
        '400 {"error": "Expected Tensor shape: [batch_size num_classes] but got [1]"}',
    ),
    (
        "grpc",
        "10",
        "request-refused",
        "r(x=[[0.0, 0.0], [0.0, 0.0]])",
        "INVALID_ARGUMENT: Input batch size did not match output batch size: 2 vs. 1",
    ),
    ("grpc", "11", "output-not-finite", "r(x=[[0.0, 0.0]], age=[9])", "outputs=[inf]"),
    ("grpc", "11", "answer-unreadable", "c(x=[[0.0, 0.0]])", "the label b'\\xff' is not UTF-8"),
]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: " ".join(shown[:3]))
def test_the_smallest_request_is_shown(
    tmp_path: Path, executed: Path, shown: tuple[str, str, str, str, str]
) -> None:
    """As few examples as fail, without what may be left out, with the simplest values."""
    client, version, rule, request_, answer = shown
    found = only(verified(tmp_path, executed, version, client), rule).witness
    assert found is not None
    assert found.request == request_
    assert found.answer.startswith(answer)
    if client == "rest":
        assert found.curl is not None
        assert f"/v1/models/m/versions/{version}:classify -d" in found.curl


def test_a_language_without_points_sends_integers(tmp_path: Path, executed: Path) -> None:
    """JavaScript writes 0 for 0.0, which the server takes for an int64 feature: the graph refuses it."""
    file = tmp_path / "app.contract.yaml"
    text = DECLARED.replace("CLIENT", "rest").replace("VERSION", "1")
    file.write_text(text.replace("protocol: rest", "protocol: rest\nlanguage: javascript"), encoding="utf-8")
    options = Options(rows=10, cases=None)
    report = verify([str(file)], [f"m={executed / 'm'}"], options, TensorFlowBackend, lambda _: None)
    assert errors(report) == {("c", "feature-dtype-changed"), ("r", "feature-dtype-changed")}
    found = only(report, "feature-dtype-changed").witness
    assert found is not None
    assert found.answer.startswith("400 ")


CLAUSES = """\
contract: 1
client: app
model: m
versions: "1"
dims: {batch: {min: 1, max: 4}}
signatures:
  c:
    verb: classify
    inputs: {x: {dtype: number, shape: [2], minimum: 0, maximum: 0.5}}
    outputs: {scores: {dtype: number, shape: [batch, 2]}}
    given: [x >= 0.25]
    holds: ["sum(x, axis=-1) ~= scores[:, 1]", "scores[:, 1] >= 0.5"]
    properties: {deterministic: true, batch_invariant: true}
  r:
    verb: regress
    inputs: {x: {dtype: number, shape: [2], minimum: 0, maximum: 0.5}}
    outputs: {outputs: {dtype: number, shape: [batch]}}
relations:
  - name: both
    inputs: {x: c.x}
    calls:
      one: {signature: c, inputs: {x: x}}
      two: {signature: r, inputs: {x: x}}
    holds: ["one.scores[:, 1] + 7 ~= two.outputs", two.outputs > 7.8]
"""
"""What is sent, what comes back and what two calls have to do with each other; one clause does not hold."""


def test_clauses_and_relations_speak_of_features(tmp_path: Path, executed: Path) -> None:
    """`given` shapes what is drawn, `holds` sees features beside answers, relations send them to two APIs."""
    file = tmp_path / "app.contract.yaml"
    file.write_text(CLAUSES, encoding="utf-8")
    options = Options(rows=40, cases=None)
    report = verify([str(file)], [f"m={executed / 'm'}"], options, TensorFlowBackend, lambda _: None)
    assert [(each.rule, each.expected) for each in report.findings if each.level == "error"] == [
        ("relation-broken", "two.outputs > 7.8")
    ]
    assert report.verdicts[0].not_checked == ()
