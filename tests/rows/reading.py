"""Contracts with files of rows beside them, for tests: what is read of a file, and what is told."""

from dataclasses import dataclass
from pathlib import Path

from sigpact.contract.load import load
from sigpact.contract.model import Contract, SignatureUse
from sigpact.rows.mistakes import Seen
from sigpact.rows.real import real_requests
from sigpact.values.requests import Request

HEAD = "contract: 1\nclient: app\nmodel: m\nprotocol: {}\n"
TITLES = """\
dims: {batch: {max: 4}}
signatures:
  get_genre:
    inputs: {title: {dtype: text, shape: [batch], minLength: 1, maxLength: 20}}
    outputs: {genre: {dtype: text, shape: [batch]}}
    rows_from: rows.jsonl
"""
NUMBERS = """\
dims: {batch: {max: 4}}
signatures:
  f:
    inputs:
      x: {dtype: float32, shape: [batch, n], minimum: 0, maximum: 1}
      k: {dtype: int8, shape: [batch]}
    outputs: {y: {dtype: float32, shape: [batch]}}
    rows_from: rows.jsonl
"""


@dataclass(frozen=True)
class Read:
    """What reading the rows of the first signature gave."""

    contract: Contract
    use: SignatureUse
    requests: list[Request]
    seen: Seen

    @property
    def told(self) -> list[str]:
        """The mistakes, without the folder."""
        folder = str(Path(self.contract.file).parent)
        return [str(each).replace(f"{folder}/", "") for each in self.seen.mistakes]


def read(folder: Path, signatures: str, content: str | bytes, protocol: str = "grpc") -> Read:
    """Write a contract and its `rows.jsonl`, and read the rows."""
    (folder / "rows.jsonl").write_bytes(content.encode() if isinstance(content, str) else content)
    file = folder / "app.contract.yaml"
    file.write_text(HEAD.format(protocol) + signatures, encoding="utf-8")
    contract = load(file)
    use, seen = contract.signatures[0], Seen()
    return Read(contract, use, list(real_requests(contract, use, seen)), seen)
