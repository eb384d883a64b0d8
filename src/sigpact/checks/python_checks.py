"""Clauses of `holds`, whichever way they are written: expressions, and Python checks of a project.

The interface of a check is `sigpact.checking`.
"""

import traceback
from pathlib import Path
from typing import Final

import numpy as np

from sigpact.checking import Arrays
from sigpact.checks.related import Answers, Held, Key, held
from sigpact.contract.model import Clause
from sigpact.tensors.dtypes import Kind
from sigpact.wire.arrays import Array, Value

UNDECIDED: Final = "holds-undecided"
_LONGEST: Final = 300


def judged(clause: Clause, answers: Answers) -> Held:
    """Return where a clause holds; a check that cannot say is undecided and breaks nothing."""
    if clause.function is None:
        return held(clause, answers)
    inputs, outputs = _arrays(answers)
    try:
        found = clause.function(inputs, outputs)
    except AssertionError as error:
        return _nowhere(answers.rows, str(error) or _place(error)[1])
    except Exception as error:  # noqa: BLE001 - whatever a project's function raises, the run goes on
        where, _ = _place(error)
        return _unknown(answers.rows, f"raised {type(error).__name__}{where}", str(error))
    return _ruling(found, answers.rows)


def is_judged(clause: Clause) -> bool:
    """Whether anything can judge it: a check whose function nobody looked up is not judged."""
    return clause.tree is not None or clause.function is not None


def about(clause: Clause) -> str:
    """Return what a clause relies on, for a person: the expression, or the check with its first line."""
    document = getattr(clause.function, "__doc__", None) or ""
    first = next(iter(document.strip().splitlines()), "")
    said = clause.text if clause.check is None else f"check {clause.check}" + (f": {first}" if first else "")
    return said if clause.because is None else f"{said} ({clause.because})"


def _arrays(answers: Answers) -> tuple[Arrays, Arrays]:
    """Return inputs and outputs by name; those of a relation have their call in front."""
    inputs: dict[str, Array] = {}
    outputs: dict[str, Array] = {}
    for key, value in answers.values.items():
        call, name = key
        if call is None:
            inputs[name] = _array(key, value, answers)
        else:
            outputs[f"{call}.{name}" if call else name] = _array(key, value, answers)
    return inputs, outputs


def _array(key: Key, value: Value, answers: Answers) -> Array:
    if value.dtype.kind is not Kind.STRING or key in answers.blobs:
        return value.array.copy()
    texts = np.empty(value.array.size, object)
    texts[:] = [each.decode(errors="surrogateescape") for each in value.array.reshape(-1).tolist()]
    return texts.reshape(value.shape)


def _ruling(found: object, rows: int) -> Held:
    """Return what an answer of a check says of the rows."""
    if found is None:
        return Held(np.ones(rows, bool))
    if isinstance(found, str) and found:
        return _nowhere(rows, found)
    try:
        said = np.asarray(found)
    except ValueError:
        said = np.asarray(None)
    if said.dtype == bool and not said.ndim:
        return Held(np.ones(rows, bool)) if said else _nowhere(rows, "it returned False")
    if said.dtype == bool and len(said) == rows:
        by_row: Array = np.asarray(said.all(axis=tuple(range(1, said.ndim))))
        return Held(by_row, problem=None if by_row.all() else "it returned False")
    shape = f" of shape {list(said.shape)}" if said.ndim else ""
    wanted = f"a boolean for each of {rows} {'row' if rows == 1 else 'rows'}, one for all, a text or None"
    return _unknown(rows, f"returned {type(found).__name__}{shape}, expected {wanted}", "")


def _nowhere(rows: int, words: str) -> Held:
    return Held(np.zeros(rows, bool), problem=_line(words), is_whole=True)


def _unknown(rows: int, words: str, message: str) -> Held:
    return Held(np.ones(rows, bool), problem=_line(message), undecided=words)


def _line(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _place(error: BaseException) -> tuple[str, str]:
    """Return where an exception was raised, as ` (checks.py:12)`, and the source of that line."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f" ({Path(last.filename).name}:{last.lineno})", last.line or "an assertion failed"
