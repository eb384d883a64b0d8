"""A small world for tests: exports written without TensorFlow, versions that are functions, contracts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sigpact.engine.check import check
from sigpact.engine.options import Options
from sigpact.engine.verify import verify
from sigpact.findings import Finding
from sigpact.report.model import Report
from sigpact.runtime.fake import FakeBackend, FakeClock, Function
from sigpact.runtime.protocol import Crashed
from sigpact.tensors.specs import Signature
from sigpact.wire.arrays import Value, value
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export

GENRE = signature("get_genre", {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]"}})
"""One text in, one text out, a row each."""

SCORED = signature(
    "get_genre",
    {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]", "score": "float32 [?]"}},
)
"""The same with a second output."""

NUMBER = signature("f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}})
"""One number in, one number out, a row each."""

APP = """\
contract: 1
client: app
model: genre
owner: app@example.com
signatures:
  get_genre:
    inputs:
      title: {dtype: text, shape: [batch], minLength: 1, maxLength: 20}
    outputs:
      genre: {dtype: text, shape: [batch], enum: [Drama, Comedy]}
"""
"""A REST client of `GENRE` that sends bare rows and reads a bare answer."""

ROWS = f"{APP}    rows_from: rows.jsonl\n"
"""The same with real rows, beside the contract."""

OPEN = """\
contract: 1
client: app
model: m
protocol: grpc
signatures:
  f:
    inputs: {x: {dtype: float32, shape: [batch]}}
    outputs: {y: {dtype: float32, shape: [batch]}}
    rows_from: rows.jsonl
"""
"""A gRPC client of `NUMBER` that says nothing of its numbers and has real ones."""

NUMBERS = """\
contract: 1
client: app
model: m
protocol: grpc
signatures:
  f:
    inputs:
      x: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}
    outputs:
      y: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}
"""
"""A gRPC client of `NUMBER`."""


def drama(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer every title alike: `GENRE`."""
    return {"genre": value("string", ["Drama"] * len(feeds["title"].array))}


def scored(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Answer with a score besides: `SCORED`."""
    return {**drama(feeds), "score": value("float32", [0.5] * len(feeds["title"].array))}


def same(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Give the number back: `NUMBER`."""
    return {"y": feeds["x"]}


def crash(_: Mapping[str, Value]) -> Crashed:
    """End the process."""
    return Crashed("SIGSEGV", "in op MatMul")


@dataclass
class World:
    """Folders `models` and `contracts` below a root, and what runs."""

    root: Path
    functions: dict[str, Mapping[str, Function]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    clocks: dict[str, FakeClock] = field(default_factory=dict)

    @property
    def models(self) -> str:
        """The folder of all base paths."""
        return str(self.root / "models")

    @property
    def contracts(self) -> str:
        """The folder of all contracts."""
        return str(self.root / "contracts")

    @property
    def backend(self) -> FakeBackend:
        """What runs the versions that were given functions; the others do not load."""
        return FakeBackend(self.functions, self.clocks)

    def version(self, place: str, *signatures: Signature, **functions: Function) -> Path:
        """Export signatures as `genre/1`, say, each run by a function; without functions it does not load."""
        folder = write_export(self.root / "models" / place, signatures)
        if functions:
            self.functions[str(folder)] = functions
        return folder

    def contract(self, text: str, name: str = "app") -> Path:
        """Write a contract."""
        file = self.root / "contracts" / f"{name}.contract.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def verify(self, rows: int = 20, *, keep: bool = False, **options: Any) -> Report:
        """Verify all contracts against all models."""
        cases = str(self.root / ".sigpact" / "cases") if keep else None
        chosen = Options(rows=rows, cases=cases, **options)
        return verify([self.contracts], [self.models], chosen, lambda: self.backend, self.said.append)

    def check(self, **options: Any) -> Report:
        """Compare all contracts with all models."""
        return check([self.contracts], [self.models], Options(**options))


def rules(report: Report, level: str = "error") -> list[str]:
    """Return the rules of the findings of one level, in the report's order."""
    return [each.rule for each in report.findings if each.level == level]


def verdicts(report: Report) -> dict[tuple[str, str], str]:
    """Return the verdicts by client and version."""
    return {(each.client, each.version): str(each.verdict) for each in report.verdicts}


def only(report: Report) -> Finding:
    """Return the one error of a report."""
    (found,) = (each for each in report.findings if each.level == "error")
    return found


def texts_of(report: Report) -> Iterator[str]:
    """Yield every text that stands in the findings of a report."""
    for each in report.findings:
        yield from (each.message, each.expected, each.received, each.why, each.change)
        if each.witness is not None:
            yield from (each.witness.request, each.witness.answer, each.witness.curl or "")


def answering(**outputs: Sequence[object] | object) -> Callable[[Mapping[str, Value]], Mapping[str, Value]]:
    """Make a function that always gives these outputs: `answering(y=("float32", [1.0]))`."""
    made = {name: value(*pair) for name, pair in outputs.items()}  # type: ignore[misc]
    return lambda _: made
