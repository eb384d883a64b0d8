"""The cases of the rules: data under `tests/cases/rules/<rule>/`, read into signatures and uses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.contract.load import load
from sigpact.contract.model import Contract
from sigpact.rules.effects import effect
from sigpact.rules.outcomes import Breaks, Effect, Safe, Silent, Undecided
from sigpact.rules.pairing import pair
from sigpact.rules.registry import differences
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import AnyRank, Dim, Fixed, Ranked, Shape, Unknown
from sigpact.tensors.specs import (
    Default,
    Encoding,
    Feature,
    FeatureKind,
    Features,
    Signature,
    TensorSpec,
    Undetermined,
)

FOLDER = Path(__file__).parent.parent / "cases" / "rules"

CLIENTS: Mapping[str, Mapping[str, object]] = {
    "row-bare": {"body": "row", "named": False},
    "row-named": {"body": "row", "named": True},
    "col-bare": {"body": "columnar", "named": False},
    "col-named": {"body": "columnar", "named": True},
    "grpc": {"protocol": "grpc"},
    "grpc-filter": {"protocol": "grpc", "filter": True},
}
"""Every kind of client of predict, as the words of a contract that make it."""
VERB_CLIENTS: Mapping[str, Mapping[str, object]] = {"verb-rest": {}, "verb-grpc": {"protocol": "grpc"}}
"""The clients of a case that has a `verb`, classify or regress."""


@dataclass(frozen=True)
class Case:
    """One pair of versions and what the change does to each kind of client."""

    id: str
    old: tuple[Signature, ...]
    new: tuple[Signature, ...]
    use: dict[str, Any]
    top: dict[str, Any]
    fires: dict[str, dict[str, str]]
    server: ServerProfile
    fits_old: bool
    """Whether nothing is said of the old version: a server's flags may break what no version changed."""


def cases() -> list[Case]:
    """Read all cases, sorted by id."""
    return [_case(path) for path in sorted(FOLDER.glob("*/*.yaml"))]


def _case(path: Path) -> Case:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Case(
        id=f"{path.parent.name}/{path.stem}",
        old=tuple(signature(name, spec) for name, spec in data["old"].items()),
        new=tuple(signature(name, spec) for name, spec in data["new"].items()),
        use=data["contract"],
        top=data.get("top", {}),
        fires=data["fires"],
        server=_profile(data.get("server", {})),
        fits_old=data.get("fits_old", True),
    )


def _profile(said: Mapping[str, Any]) -> ServerProfile:
    return ServerProfile(**{**said, "version": tuple(said.get("version", ()))})


def signature(name: str, spec: Mapping[str, Any]) -> Signature:
    """Read `{inputs: {title: "string [?]"}, outputs: …, defaults: …, method: …, features: …}`."""
    defaults = tuple(_default(key, value) for key, value in spec.get("defaults", {}).items())
    inputs, outputs = (
        tuple(sorted((_spec(alias, text) for alias, text in spec[side].items()), key=lambda each: each.name))
        for side in ("inputs", "outputs")
    )
    method = spec.get("method", "tensorflow/serving/predict")
    return Signature(name, method, inputs, outputs, defaults, _features(spec.get("features")))


def _features(said: Mapping[str, str] | str | None) -> Features | None:
    """Read `{x: "float32 [2] = 1, 2", v: string sparse, q: "float32 [?, 2]"}`, or why there are none."""
    if isinstance(said, str):
        return Undetermined(said)
    return None if said is None else tuple(_feature(name, said[name]) for name in sorted(said))


def _feature(name: str, text: str) -> Feature:
    text, has_default, default = text.partition(" = ")
    word, _, rest = text.partition(" ")
    dtype = BY_NAME[word]
    if rest in {"sparse", "ragged"}:
        return Feature(name, dtype, FeatureKind(rest))
    shape = _shape(rest)
    assert isinstance(shape, Ranked)
    if Unknown() in shape.dims:
        return Feature(name, dtype, FeatureKind.SEQUENCE, shape)
    values = tuple(_value(word, each) for each in default.split(", ") if has_default)
    sizes = tuple(dim.size for dim in shape.dims if isinstance(dim, Fixed))
    made = Default("", dtype, sizes, values) if has_default else None
    return Feature(name, dtype, FeatureKind.DENSE, shape, made)


def _value(word: str, text: str) -> float | bytes:
    return {"float32": float, "int64": int}[word](text) if word != "string" else text.encode()


def _default(alias: str, written: float | str | list[float]) -> Default:
    """Read a default: a number with a point is a float32, a whole one an int64, a text a string."""
    values = tuple(written) if isinstance(written, list) else (written,)
    kind = {int: "int64", float: "float32", str: "string"}[type(values[0])]
    shape = (len(values),) if isinstance(written, list) else ()
    flat = tuple(each.encode() if isinstance(each, str) else each for each in values)
    return Default(alias, BY_NAME[kind], shape, flat)


def _spec(alias: str, written: str) -> TensorSpec:
    text, _, tensor = written.partition(" @")
    word, _, shape = text.partition(" ")
    encoding = Encoding(word) if word in {"composite", "coo_sparse", "absent"} else Encoding.DENSE
    dtype = BY_NAME["float32" if encoding is not Encoding.DENSE else word]
    return TensorSpec(alias, dtype, _shape(shape), tensor or f"{alias}:0", encoding)


def _shape(text: str) -> Shape:
    if not text:
        return AnyRank()
    dims = [each.strip() for each in text.strip("[]").split(",") if each.strip()]
    return Ranked(tuple(_dim(each) for each in dims))


def _dim(text: str) -> Dim:
    return Unknown() if text == "?" else Fixed(int(text))


def contract(case: Case, client: str, folder: Path) -> Contract | None:
    """Write and load the contract of one kind of client; `None` where that kind cannot exist."""
    clients = VERB_CLIENTS if "verb" in case.use else CLIENTS
    if client not in clients:
        return None
    words = dict(clients[client])
    top = {
        "contract": 1,
        "client": "app",
        "model": "m",
        "protocol": words.pop("protocol", "rest"),
        **case.top,
    }
    use = {**case.use, **words}
    rest = top["protocol"] == "rest"
    if not rest:
        top.pop("language", None)
    if use.get("body") == "row" and any(tensor.get("shape") == [] for tensor in use["inputs"].values()):
        return None
    firsts = {str(shape[0]) for tensor in use["inputs"].values() if (shape := tensor.get("shape"))}
    if use.get("body") == "row" and len({each for each in firsts if each.isidentifier()}) > 1:
        return None
    if use.get("named") is False and len(use["inputs"]) != 1:
        return None
    if not rest or client.startswith("verb-"):
        use = {key: value for key, value in use.items() if key not in {"answer", "body", "named"}}
    if not rest:
        _as_dtypes(use)
    elif client.startswith("verb-"):
        pass
    elif any(tensor.get("optional") for tensor in use["inputs"].values()):
        return None
    name = top.pop("signature", "get")
    path = folder / f"{client}.contract.yaml"
    path.write_text(yaml.safe_dump({**top, "signatures": {name: use}}), encoding="utf-8")
    return load(path)


def _as_dtypes(use: dict[str, Any]) -> None:
    """Say dtypes where REST says kinds: gRPC knows no kinds but text and bytes."""
    dtypes = {"number": "float32", "integer": "int64", "boolean": "bool"}
    for side in {"inputs", "outputs", "context"} & use.keys():
        use[side] = {
            name: {**tensor, "dtype": dtypes.get(tensor["dtype"], tensor["dtype"])}
            if isinstance(tensor["dtype"], str)
            else tensor
            for name, tensor in use[side].items()
        }


def effects(
    contract: Contract, signatures: tuple[Signature, ...], server: ServerProfile = PLAIN
) -> Iterator[tuple[str, str]]:
    """Yield (rule, effect) of every difference that is not safe."""
    for use in contract.signatures:
        for difference in differences(pair(contract, use, signatures, server)):
            word = spoken(effect(difference))
            if word != "safe":
                yield difference.rule, word


def spoken(outcome: Effect) -> str:
    """Say an effect in a word, as the cases do."""
    match outcome:
        case Safe():
            return "safe"
        case Breaks(who):
            return f"breaks-{who}"
        case Silent(constrained=constrained):
            return "silent-constrained" if constrained else "silent"
        case Undecided():
            return "undecided"
