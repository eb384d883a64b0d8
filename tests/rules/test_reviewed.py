"""What a reviewer found that comparing missed, or saw where nothing was."""

from pathlib import Path

import pytest

from sigpact.contract.load import load
from sigpact.findings import Level
from sigpact.rules.judge import judge
from tests.rules.cases import signature

_CONTRACT = """\
contract: 1
client: app
model: m
protocol: {protocol}
dims: {{batch: {{min: 1, max: {most}}}}}
signatures:
  f:
    inputs: {{x: {{dtype: {dtype}, shape: [batch], minimum: 0, maximum: 1}}}}
    outputs: {{y: {{dtype: {read}, shape: [batch]}}, z: {{dtype: {read}, shape: [1]}}}}
"""


def _rules(tmp_path: Path, **words: object) -> set[str]:
    file = tmp_path / "c.contract.yaml"
    file.write_text(_CONTRACT.format(**words), encoding="utf-8")
    contract = load(file)
    found = signature(
        "f", {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]", "z": "float32 [1]"}}
    )
    judged = judge(contract, contract.signatures[0], (found,), "m", "1")
    return {each.rule for each in judged if each.level is Level.ERROR}


@pytest.mark.parametrize(("most", "broken"), [(1, set()), (2, {"answer-batch-inconsistent"})])
def test_one_row_goes_with_an_output_of_one_row(most: int, broken: set[str], tmp_path: Path) -> None:
    """A fixed length of 1 is what each request of one row gets anyway."""
    words = {"protocol": "rest", "dtype": "number", "read": "number", "most": most}
    assert _rules(tmp_path, **words) == broken


@pytest.mark.parametrize(
    ("dtype", "broken"), [("float32", set()), ("[float32, float64]", {"input-dtype-changed"})]
)
def test_each_dtype_of_a_list_is_sent(dtype: str, broken: set[str], tmp_path: Path) -> None:
    """Over gRPC the graph takes one of them and refuses the other."""
    words = {"protocol": "grpc", "dtype": dtype, "read": "float32", "most": 4}
    assert _rules(tmp_path, **words) == broken
