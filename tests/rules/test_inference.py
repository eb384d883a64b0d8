"""Pairing for classify and regress, and counts of values: what the cases of the rules do not reach."""

from pathlib import Path

import pytest
import yaml

from sigpact.contract.load import load
from sigpact.rules.pairing import pair
from sigpact.tensors.counts import counts
from sigpact.tensors.shapes import Fixed, Named, Ranked, Unknown
from sigpact.tensors.unify import Sizes
from tests.rules.cases import signature

FOUND = signature(
    "get",
    {
        "inputs": {"inputs": "string [?]"},
        "outputs": {"scores": "float32 [?, 3]"},
        "features": {"x": "int64 []"},
    },
)


def test_a_feature_is_no_input(tmp_path: Path) -> None:
    """One that is called as the input is not paired with it: the server puts whole examples there."""
    use = {
        "verb": "classify",
        "inputs": {"inputs": {"dtype": "text"}},
        "context": {"x": {"dtype": "integer"}},
    }
    path = tmp_path / "app.contract.yaml"
    path.write_text(
        yaml.safe_dump({"contract": 1, "client": "app", "model": "m", "signatures": {"get": use}})
    )
    contract = load(path)
    paired = pair(contract, contract.signatures[0], (FOUND,))
    assert paired.inputs == ()
    assert [each.name for each in paired.sent_features] == ["inputs", "x"]
    assert [each.name for each in paired.features] == ["x"]


@pytest.mark.parametrize(
    ("shape", "sizes", "expected"),
    [
        (Ranked(()), {}, {1}),
        (Ranked((Fixed(2), Fixed(3))), {}, {6}),
        (Ranked((Fixed(2), Named("n"))), {"n": Sizes(1, 3)}, {2, 4, 6}),
        # one name has one length
        (Ranked((Named("n"), Named("n"))), {"n": Sizes(2, 3)}, {4, 9}),
        (Ranked((Fixed(0), Named("n"))), {}, {0}),
        (Ranked((Fixed(2),), leading=True), {}, set(range(2, 40_002, 2))),
        (Ranked((Unknown(),)), {}, set(range(1, 20_001))),
    ],
)
def test_counts_of_values(shape: Ranked, sizes: dict[str, Sizes], expected: set[int]) -> None:
    """All that a client may send; of what has no bounds, the first many."""
    assert counts(shape, sizes) == expected
