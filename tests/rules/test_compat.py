"""The effect table against what the server really did: pairs of versions that were executed, and dtypes."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.load import load
from sigpact.contract.model import Contract
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import AnyRank, Fixed, Ranked, Shape, Unknown
from sigpact.tensors.specs import Default, Signature, TensorSpec
from tests.conformance.compat import profile
from tests.rules.cases import CLIENTS, effects

FOLDER = Path(__file__).parent.parent / "cases" / "tfserving"


def data(name: str) -> Any:
    """Read a compressed file of the server's cases."""
    with gzip.open(FOLDER / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)


COMPAT: list[dict[str, Any]] = data("compat_cases")["cases"]
MATRIX: dict[str, str] = data("dtype_matrix_rest")
ROWS = [
    pytest.param(case, client, id=f"{case['case']}: {client}")
    for case in COMPAT
    for client in case["clients"]
]
_NAMES = {"float": "float32", "double": "float64", "half": "float16"}
_SEVERITY = ("safe", "silent", "undecided", "silent-constrained", "breaks-client", "breaks-server")


def dtype_name(written: str) -> str:
    """Return the dtype of `DT_FLOAT`."""
    word = written.removeprefix("DT_").lower()
    return _NAMES.get(word, word)


def read_signature(name: str, written: dict[str, Any]) -> Signature:
    """Read one signature of a case."""
    inputs, outputs = (
        tuple(
            TensorSpec(alias, BY_NAME[dtype_name(spec["dtype"])], _shape(spec["shape"]), f"{alias}:0")
            for alias, spec in sorted(written[side].items())
        )
        for side in ("inputs", "outputs")
    )
    defaults = tuple(_default(alias, value) for alias, value in written["defaults"].items())
    return Signature(name, written["method_name"], inputs, outputs, defaults)


def _default(alias: str, value: float | list[float]) -> Default:
    values = value if isinstance(value, list) else [value]
    shape = (len(values),) if isinstance(value, list) else ()
    return Default(alias, BY_NAME["float32"], shape, tuple(values))


def _shape(written: list[int] | None) -> Shape:
    if written is None:
        return AnyRank()
    return Ranked(tuple(Unknown() if size < 0 else Fixed(size) for size in written))


def old_client(case: dict[str, Any], client: str, folder: Path) -> Contract:
    """Write down what the old client sends and reads, by the old version's signature."""
    words = dict(CLIENTS[client])
    protocol = words.pop("protocol", "rest")
    old = case["old"][case["signature"]]
    inputs = {name: _tensor(old["inputs"][name]) for name in case["sends"]}
    outputs = {name: _tensor(old["outputs"][name]) for name in case["reads"]}
    if words.get("body") == "row":
        # A row carries no scalar: what such a client sends is one number a row.
        for tensor in inputs.values():
            tensor["shape"] = tensor["shape"] or ["batch"]
    use = {**words, "inputs": inputs, "outputs": outputs}
    if protocol == "rest":
        use["answer"] = case["answer"]
    document = {"contract": 1, "client": "old", "model": "m", "protocol": protocol}
    file = folder / "old.contract.yaml"
    file.write_text(yaml.safe_dump({**document, "signatures": {case["signature"]: use}}), encoding="utf-8")
    return load(file)


def _tensor(spec: dict[str, Any]) -> dict[str, Any]:
    tensor: dict[str, Any] = {"dtype": dtype_name(spec["dtype"])}
    if spec["shape"] is not None:
        first, *rest = spec["shape"] or [None]
        dims = [] if first is None else ["batch" if first < 0 else first]
        tensor["shape"] = dims + [None if size < 0 else size for size in rest]
    return tensor


def verdict(contract: Contract, signatures: tuple[Signature, ...], server: ServerProfile = PLAIN) -> str:
    """Return the worst effect of all differences."""
    found = (word for _, word in effects(contract, signatures, server))
    return max(found, key=_SEVERITY.index, default="safe")


def agrees(executed: str, static: str, basis: str) -> bool:
    """Whether a static verdict says what running showed, as the cases define it."""
    if basis == "ops" and static == "undecided":
        return True
    match executed:
        case "safe":
            return static == "safe"
        case "response-differs":
            return static != "safe"
        case _:
            return static.startswith("breaks") or static == "silent-constrained"


@pytest.mark.parametrize(("case", "client"), ROWS)
def test_the_table_agrees_with_the_server(case: dict[str, Any], client: str, tmp_path: Path) -> None:
    """What is called safe was safe, what is called broken broke, for every kind of client."""
    contract = old_client(case, client, tmp_path)
    new = tuple(read_signature(name, written) for name, written in case["new"].items())
    executed = case["clients"][client]["verdict"]
    static = verdict(contract, new, profile(case["flags"]))
    assert agrees(executed, static, case["basis"]), f"executed {executed}, the table says {static}"


@pytest.mark.parametrize(("case", "client"), ROWS)
def test_the_old_version_is_safe_for_its_own_client(
    case: dict[str, Any], client: str, tmp_path: Path
) -> None:
    """The contract was made from the old version: nothing may be said against it."""
    contract = old_client(case, client, tmp_path)
    old = tuple(read_signature(name, written) for name, written in case["old"].items())
    expected = {"undecided"} if _sends_scalars(case, client) else {"safe"}
    assert {verdict(contract, old, profile(case["flags"]))} <= expected | {"safe"}


def _sends_scalars(case: dict[str, Any], client: str) -> bool:
    """Whether a row client speaks of a scalar, which rows cannot carry."""
    old = case["old"][case["signature"]]
    return client.startswith("row") and any(old["inputs"][name]["shape"] == [] for name in case["sends"])


def test_all_cases_are_there() -> None:
    """The numbers of the origin: no row was lost on the way."""
    assert len(COMPAT) == 36
    assert {client for case in COMPAT for client in case["clients"]} == set(CLIENTS)
    assert len(MATRIX) == 11 * 15


PAIRS = [tuple(pair.split("->")) for pair in MATRIX]


def sending(folder: Path, old: str, **words: object) -> Contract:
    """Return a REST client that sends rows of one dtype."""
    top = {key: words.pop(key) for key in ("language",) if key in words}
    use = {
        "named": True,
        "inputs": {"x": {"dtype": old, "shape": ["batch"], **words}},
        "outputs": {"y": {"dtype": "float32"}},
    }
    document = {"contract": 1, "client": "old", "model": "m", **top, "signatures": {"f": use}}
    file = folder / "old.contract.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return load(file)


def taking(dtype: str) -> tuple[Signature, ...]:
    """Return a version that takes rows of one dtype."""
    batch = Ranked((Unknown(),))
    inputs = (TensorSpec("x", BY_NAME[dtype], batch, "x:0"),)
    return (Signature("f", "", inputs, (TensorSpec("y", BY_NAME["float32"], batch, "y:0"),)),)


def admitted(executed: str) -> set[str]:
    """Return the static words that agree with what the server did."""
    match executed.split():
        case ["=" | "safe"]:
            return {"safe"}
        case ["depends", "SILENT", *_]:
            return {"silent", "silent-constrained"}
        case _:
            return {"breaks-server"}


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_input_dtypes_agree_with_the_server(old: str, new: str, tmp_path: Path) -> None:
    """What the literals of one dtype meet at an input of another, over the whole range of the dtype."""
    executed = MATRIX[f"{old}->{new}"]
    assert verdict(sending(tmp_path, old), taking(new)) in admitted(executed), executed


def _depending() -> Iterator[tuple[str, str]]:
    """Yield the pairs from an integer where it depends on the values."""
    for pair, executed in MATRIX.items():
        old, new = pair.split("->")
        if executed.startswith("depends") and BY_NAME[old].is_integer:
            yield old, new


@pytest.mark.parametrize(("old", "new"), list(_depending()))
def test_bounds_that_both_dtypes_hold_make_it_safe(old: str, new: str, tmp_path: Path) -> None:
    """Where it depends on the values, the declared domain decides; one value more and it breaks again."""
    narrow = min(BY_NAME[old].maximum, _most(new))
    assert verdict(sending(tmp_path, old, minimum=0, maximum=narrow), taking(new)) == "safe"
    if narrow < BY_NAME[old].maximum:
        wide = sending(tmp_path, old, minimum=0, maximum=narrow + 1)
        assert verdict(wide, taking(new)) != "safe"
    if BY_NAME[old].minimum < 0 and not _least(new):
        assert verdict(sending(tmp_path, old, minimum=-1, maximum=0), taking(new)) != "safe"


def _most(dtype: str) -> int:
    exact = {"float32": 1 << 24, "float64": 1 << 53}
    return exact.get(dtype) or BY_NAME[dtype].maximum


def _least(dtype: str) -> int:
    return -1 if BY_NAME[dtype].name.startswith("float") else BY_NAME[dtype].minimum


WHOLE = [pair for pair, executed in MATRIX.items() if "whole-number" in executed]


@pytest.mark.parametrize("pair", WHOLE)
@pytest.mark.parametrize("language", ["javascript", "go", "swift", "any", "python", "java", "kotlin"])
def test_whole_numbers_without_a_point_are_taken(pair: str, language: str, tmp_path: Path) -> None:
    """A language that writes 1.0 as `1` reaches an integer input, with whole numbers within its range."""
    old, new = pair.split("->")
    whole = sending(tmp_path, old, language=language, multipleOf=1, minimum=0, maximum=100)
    fits = language in {"javascript", "go", "swift"}
    assert verdict(whole, taking(new)) == ("safe" if fits else "breaks-server")
    broken = sending(tmp_path, old, language=language, minimum=0, maximum=100)
    assert verdict(broken, taking(new)) == "breaks-server"
