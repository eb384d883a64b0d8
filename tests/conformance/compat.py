"""The form of `compat_cases.json`: two versions, and what each old client met at the new one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sigpact.clients.profile import PLAIN, ServerProfile
from sigpact.frozen import replace
from sigpact.rules.callers import INFERENCE, PREDICT, Caller, Habits, caller, verdict
from sigpact.tensors.dtypes import BY_NAME, DType, by_number
from sigpact.tensors.shapes import AnyRank, Fixed, Ranked, Shape, Unknown
from sigpact.tensors.specs import Default, Encoding, Signature, TensorSpec

Case = Mapping[str, Any]

_AGREES = {
    "safe": {"safe"},
    "breaks-server": {"breaks"},
    "breaks-client": {"breaks"},
    "response-differs": {"silent", "breaks", "undecided"},
}
_FLAGS = {
    "method_name_check": "method_name_check",
    "enable_signature_method_name_check": "method_name_check",
    "batching": "batching",
    "enable_batching": "batching",
}
_DEFAULT_SIGNATURE = "serving_default"


def cases(document: object) -> Sequence[Case] | None:
    """Return the cases of a document, `None` where it has another form."""
    found = document.get("cases") if isinstance(document, dict) else document
    return found if isinstance(found, list) else None


def clients(case: Case) -> dict[str, str]:
    """Return the verdict for each kind of client, from the two signatures alone.

    Kinds that could not call the old version are left out, unless the case names them.
    """
    server = profile(case.get("flags", ()))
    name = case["signature"] or _DEFAULT_SIGNATURE
    old = {each: _signature(each, spec) for each, spec in case["old"].items()}
    new = tuple(_signature(each, spec) for each, spec in case["new"].items())
    made = {each: caller(each, old[name], habits(case)) for each in (*PREDICT, *INFERENCE)}
    named = case.get("clients", {})
    return {
        each: _verdict(found, new, server)
        for each, found in made.items()
        if found is not None and (each in named or found.exists(server))
    }


def profile(flags: Sequence[str]) -> ServerProfile:
    """Return the server that a case's flags make. Raises `KeyError` for a flag that is not known."""
    return replace(PLAIN, **dict.fromkeys((_FLAGS[flag] for flag in flags), True))


def habits(case: Case) -> Habits:
    """Return what the case says of its clients."""
    return Habits(tuple(case["sends"]), tuple(case["reads"]), case["answer"] == "bare")


def _verdict(found: Caller, new: tuple[Signature, ...], server: ServerProfile) -> str:
    # the two signatures alone: what features a graph parses is no matter of theirs
    return verdict(found.meets(new, server))


def difference(case: Case, found: Mapping[str, str]) -> str | None:
    """Say which clients' verdicts disagree with what was executed; `None` where all agree."""
    wrong = []
    for client, met in case["clients"].items():
        expected = met["verdict"] if isinstance(met, dict) else met
        allowed = _AGREES[expected] | ({"undecided"} if case.get("basis") == "ops" else set())
        if found.get(client) not in allowed:
            wrong.append(f"{client}: expected {expected}, got {found.get(client, 'no such client')}")
    return "; ".join(wrong) or None


def _signature(name: str, spec: Case) -> Signature:
    inputs, outputs = (
        tuple(_tensor(alias, spec[side][alias]) for alias in sorted(spec[side]))
        for side in ("inputs", "outputs")
    )
    dtypes = {each.name: each.dtype for each in inputs}
    defaults = tuple(
        _default(alias, value, dtypes.get(alias, BY_NAME["float32"]))
        for alias, value in sorted(spec.get("defaults", {}).items())
    )
    return Signature(name, spec.get("method_name", ""), inputs, outputs, defaults)


def _tensor(alias: str, spec: Case) -> TensorSpec:
    tensor = spec.get("tensor", spec.get("name", ""))
    encoding = Encoding(spec.get("encoding", "dense"))
    return TensorSpec(alias, dtype(spec["dtype"]), _shape(spec.get("shape")), tensor, encoding)


def dtype(written: str | int) -> DType:
    """Return the dtype of `DT_FLOAT` (or of its number)."""
    if isinstance(written, int):
        return by_number(written)
    name = written.removeprefix("DT_").lower()
    if name.endswith("_ref"):
        return by_number(BY_NAME[name.removesuffix("_ref")].number + 100)
    return BY_NAME[name]


def _shape(written: Sequence[int | None] | None) -> Shape:
    if written is None:
        return AnyRank()
    return Ranked(tuple(Unknown() if size is None or size < 0 else Fixed(size) for size in written))


def _default(alias: str, written: Any, declared: DType) -> Default:
    """Read a default as nested lists; its dtype is the input's, unless the values are of another kind."""
    if isinstance(written, dict):
        values = written.get("values", written.get("value"))
        return Default(
            alias, dtype(written.get("dtype", declared.name)), _lengths(values), tuple(_flat(values))
        )
    values = tuple(_flat(written))
    return Default(alias, _own(declared, values), _lengths(written), values)


def _own(declared: DType, values: tuple[Any, ...]) -> DType:
    """Return the dtype that values were written with: JSON tells whole numbers from fractions."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return BY_NAME["bool"]
    if kinds <= {bytes, str} and kinds:
        return BY_NAME["string"]
    if kinds == {int} and declared.kind.value == "float":
        return BY_NAME["int64"]
    if float in kinds and declared.is_integer:
        return BY_NAME["float32"]
    return BY_NAME["float32"] if kinds & {int, float} and declared.name in {"bool", "string"} else declared


def _lengths(nested: Any) -> tuple[int, ...]:
    if not isinstance(nested, list):
        return ()
    return (len(nested), *(_lengths(nested[0]) if nested else ()))


def _flat(nested: Any) -> list[Any]:
    if isinstance(nested, list):
        return [each for part in nested for each in _flat(part)]
    return [nested.encode() if isinstance(nested, str) else nested]


def read(text: str) -> Sequence[Case]:
    """Return the cases of a file: one document, or a case a line."""
    try:
        found = cases(json.loads(text))
    except ValueError:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    return [json.loads(text)] if found is None else found
