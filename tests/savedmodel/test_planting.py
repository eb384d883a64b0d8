"""Copies of exports without some signatures: bad in just that, and readable."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.savedmodel.planting import without_signatures
from sigpact.savedmodel.reader import FILE, read_export, serving_signatures
from sigpact.savedmodel.wire import WireError
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export

NAMES = ("a", "b", "c")
SIGNATURES = [
    signature(name, {"inputs": {"x": "float32 [?]"}, "outputs": {"y": "float32 [?]"}}) for name in NAMES
]
REAL = sorted(Path(__file__).parents[1].joinpath("cases", "savedmodel").glob("*/saved_model.pb"))


@given(st.sets(st.sampled_from([*NAMES, "d"])))
def test_the_named_signatures_go_and_the_others_stay(
    tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    """Brute force over what may go; of a name that is not there nothing goes."""
    folder = write_export(tmp_path_factory.mktemp("export"), SIGNATURES)
    file = folder / FILE
    file.write_bytes(without_signatures(file.read_bytes(), names))
    left = serving_signatures(read_export(folder))
    assert left == tuple(each for each in SIGNATURES if each.name not in names)


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.parent.name)
def test_exports_of_tensorflow(file: Path, tmp_path: Path) -> None:
    """Nothing but the signature changes; without a name not a byte does."""
    data = file.read_bytes()
    assert without_signatures(data, set()) == data
    before = serving_signatures(read_export(file.parent))
    (tmp_path / FILE).write_bytes(without_signatures(data, {before[0].name}))
    assert serving_signatures(read_export(tmp_path)) == before[1:]


def test_what_is_no_export_is_refused() -> None:
    """Cut off in the middle, or no protobuf at all."""
    with pytest.raises(WireError):
        without_signatures(b"\x12\x05ab", {"a"})
