"""The body of a predict answer -> values, as the client's language reads it.

JSON is read strictly (RFC 8259) in every language but Python, whose `json` takes `NaN` and `Infinity`;
`any` is as strict as the strictest. No language reads a body that is not UTF-8.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from sigpact.clients.kinds import NOT_FINITE_READERS, RestColumnar, RestRow
from sigpact.clients.literals import Literal, literals
from sigpact.contract.model import SignatureUse, Tensor
from sigpact.wire.answer_values import Fault, Nested, plain_value, to_value
from sigpact.wire.arrays import Value
from sigpact.wire.number_text import NotPlainError, Numbers
from sigpact.wire.plain_json import Content, Leaf, Rows, read_plain


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The client cannot find or shape what it reads; `output` is the one concerned, if it is one."""

    output: str | None
    reason: str


def read_answer(
    kind: RestRow | RestColumnar, use: SignatureUse, body: bytes
) -> Mapping[str, Value] | Unreadable:
    """Read the outputs that the contract declares; what else the answer holds is not looked at.

    A float dtype by name is read with a point (`2.0`, not `2`) by all but Python and JavaScript. A `number`
    becomes float64, an `integer` int64 (uint64 where it must), `text` and `bytes` string,
    `boolean` bool: the dtype of the model is not in the JSON.
    """
    try:
        return _read_plainly(kind, use, read_plain(body))
    except NotPlainError:
        return read_exactly(kind, use, body)


def _read_plainly(
    kind: RestRow | RestColumnar, use: SignatureUse, document: dict[str, Content]
) -> Mapping[str, Value]:
    """Read an answer in which all that is declared stands as it is declared.

    Raises `NotPlainError` rather than to complain.
    """
    leaves = _plain_outputs(kind, use, document)
    for name in leaves.keys() - {tensor.name for tensor in use.outputs}:
        left = leaves[name]
        if isinstance(left, Numbers):
            left.doubles()  # must be JSON as well
    return {tensor.name: plain_value(leaves[tensor.name], tensor, kind.language) for tensor in use.outputs}


def _plain_outputs(
    kind: RestRow | RestColumnar, use: SignatureUse, document: dict[str, Content]
) -> Mapping[str, Leaf]:
    if len(document) != 1:
        raise NotPlainError
    only = use.outputs[0].name if len(use.outputs) == 1 else None
    match kind, document:
        case RestRow(bare_answer=False), {"predictions": Rows(columns)}:
            return _with_all(use, columns)
        case RestColumnar(bare_answer=False), {"outputs": dict(columns)}:
            return _with_all(use, columns)
        case RestRow(bare_answer=True), {"predictions": Numbers() | list() as rows} if only:
            return {only: rows}
        case RestColumnar(bare_answer=True), {"outputs": Numbers() | list() | str() | bool() as tensor} if (
            only
        ):
            return {only: tensor}
        case _:
            raise NotPlainError


def _with_all(use: SignatureUse, columns: Mapping[str, Leaf]) -> Mapping[str, Leaf]:
    if any(tensor.name not in columns for tensor in use.outputs):
        raise NotPlainError
    return columns


def read_exactly(
    kind: RestRow | RestColumnar, use: SignatureUse, body: bytes
) -> Mapping[str, Value] | Unreadable:
    """Read any answer value by value: the one truth of what is read, and of what cannot be."""
    parsed = parse(body)
    if isinstance(parsed, Unreadable):
        return parsed
    document, is_strict = parsed
    found = _outputs(kind, use, document)
    if not is_strict and kind.language not in NOT_FINITE_READERS:
        return not_json(kind.language, found)
    if isinstance(found, Unreadable):
        return found
    values = {}
    for tensor in use.outputs:
        value = to_value(found[tensor.name], tensor, kind.language)
        if isinstance(value, Fault):
            return Unreadable(tensor.name, value.reason)
        values[tensor.name] = value
    return values


def parse(body: bytes) -> tuple[object, bool] | Unreadable:
    """Return the document, and whether it is JSON without `NaN` and `Infinity`."""
    constants: list[str] = []

    def constant(token: str) -> float:
        constants.append(token)
        return float(token)

    try:
        document = json.loads(body.decode(), parse_constant=constant)
    except UnicodeDecodeError as error:
        near = body[max(error.start - 20, 0) : error.start + 20]
        return Unreadable(None, f"the body is not UTF-8, from byte {error.start} on: {near!r}")
    except (ValueError, RecursionError) as error:
        return Unreadable(None, f"the body is not JSON: {error}")
    return document, not constants


def not_json(language: str, found: Mapping[str, Nested] | Unreadable) -> Unreadable:
    """Say that `NaN` or `Infinity` stands in a body, and in which output."""
    name = None
    if not isinstance(found, Unreadable):
        name = next((each for each, nested in found.items() if _holds_not_finite(nested)), None)
    who = "strict readers of JSON" if language == "any" else f"readers of JSON in {language}"
    where = "" if name is None else f", in {name!r}"
    return Unreadable(name, f"NaN or Infinity stands in the body{where}: {who} refuse all of it")


def _holds_not_finite(nested: Nested) -> bool:
    pending = [nested]
    while pending:
        each = pending.pop()
        if isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, float) and not math.isfinite(each):
            return True
    return False


def _outputs(
    kind: RestRow | RestColumnar, use: SignatureUse, document: object
) -> Mapping[str, Nested] | Unreadable:
    """Find each declared output in the document."""
    key = "predictions" if isinstance(kind, RestRow) else "outputs"
    if not isinstance(document, dict):
        return Unreadable(None, "the body is not a JSON object")
    if key not in document:
        error = document.get("error")
        said = (
            f"the server answered with an error: {error}"
            if error is not None
            else f"there is no `{key}` in it"
        )
        return Unreadable(None, said)
    content = document[key]
    if isinstance(kind, RestRow) and not isinstance(content, list):
        return Unreadable(None, f"`{key}` is not a list")
    if not use.outputs:
        return {}
    rows = content if isinstance(kind, RestRow) else [content]
    found = _bare(use, rows) if kind.bare_answer else _named(use, rows)
    if isinstance(found, Unreadable):
        return found
    return {name: values if isinstance(kind, RestRow) else values[0] for name, values in found.items()}


def _bare(use: SignatureUse, rows: list[Nested]) -> Mapping[str, list[Nested]] | Unreadable:
    """Take each row (or the one tensor) as the only output."""
    if len(use.outputs) > 1:
        return Unreadable(None, f"bare values are one output, and the contract declares {len(use.outputs)}")
    output = use.outputs[0]
    keys = next((sorted(row) for row in rows if isinstance(row, dict) and not _is_value(row, output)), None)
    if keys is not None:
        return Unreadable(
            output.name, f"the answer holds objects ({', '.join(keys)}), the client reads bare values"
        )
    return {output.name: rows}


def _is_value(row: Mapping[str, object], output: Tensor) -> bool:
    return row.keys() == {"b64"} and Literal.BYTES in literals(output.dtypes, output.name)


def _named(use: SignatureUse, rows: list[Nested]) -> Mapping[str, list[Nested]] | Unreadable:
    """Take each declared output from every row (or from the one object)."""
    found: dict[str, list[Nested]] = {tensor.name: [] for tensor in use.outputs}
    for row in rows:
        if not isinstance(row, dict) or (row.keys() == {"b64"} and "b64" not in found):
            wanted = ", ".join(found)
            return Unreadable(
                next(iter(found)) if len(found) == 1 else None,
                f"the answer holds bare values, the client reads objects with {wanted}",
            )
        missing = next((name for name in found if name not in row), None)
        if missing is not None:
            return Unreadable(
                missing, f"it is not in the answer, which holds {', '.join(sorted(row)) or 'nothing'}"
            )
        for name, values in found.items():
            values.append(row[name])
    return found
