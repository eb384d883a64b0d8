"""Plain data written as YAML in every layout that people use, with the place of each value in the text."""

import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from sigpact.findings import Path

_PLAIN = re.compile(r"[A-Za-z][A-Za-z ]{0,8}[A-Za-z]")
TEXTS = st.one_of(
    st.sampled_from(
        ["Drama", "it's", 'a "b"', "Übermut", "null", "no", "1", "a: b", "a, b", "# x", "🎬", ""]
    ),
    st.text(st.characters(codec="utf-8"), max_size=6),
)
SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), TEXTS
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["contract", "x", "y", "z"]), VALUES, min_size=1)

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Layout:
    """Writes one value; every choice is drawn. `places` are (start, end) by path."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._end = draw(st.sampled_from(["\n", "\r\n"]))
        self.text: str = draw(st.sampled_from(["", "# a comment\n", "---\n"]))
        self.places: dict[Path, tuple[int, int]] = {}

    def document(self, data: dict[str, Any]) -> str:
        """Return the text of a document, whose root is in lines."""
        self._block(data, (), 0)
        if self._yes():
            self.text += self._draw(st.sampled_from([self._end, f"{self._end}# the end", " # the end"]))
        return self.text

    def _yes(self) -> bool:
        return bool(self._draw(st.booleans()))

    def _line(self, column: int) -> None:
        comment = self._draw(st.sampled_from(["", "", " # here", f"{self._end}# above", self._end]))
        self.text += f"{comment}{self._end}{' ' * column}"

    def _block(self, value: Any, path: Path, column: int) -> None:
        start = len(self.text)
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        for at, (key, below) in enumerate(pairs):
            if at:
                self._line(column)
            in_list = isinstance(key, int)
            self.text += "- " if in_list else f"{key}: "
            if isinstance(below, list | dict) and below and self._yes():
                if in_list:
                    inner = column + 2
                else:
                    inner = column + self._draw(st.integers(0 if isinstance(below, list) else 1, 3))
                    self._line(inner)
                self._block(below, (*path, key), inner)
            else:
                self._flow(below, (*path, key), column)
        self.places[path] = (start, len(self.text))

    def _gap(self, column: int) -> None:
        self.text += self._draw(
            st.sampled_from(
                ["", " ", f"{self._end}{' ' * (column + 2)}", f" # in{self._end}{' ' * (column + 1)}"]
            )
        )

    def _flow(self, value: Any, path: Path, column: int) -> None:
        start = len(self.text)
        if not isinstance(value, list | dict):
            self.text += self._scalar(value)
        else:
            pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
            self.text += "{" if isinstance(value, dict) else "["
            for at, (key, below) in enumerate(pairs):
                self.text += "," if at else ""
                self._gap(column)
                self.text += "" if isinstance(key, int) else f"{key}: "
                self._flow(below, (*path, key), column)
            self._gap(column)
            self.text += "}" if isinstance(value, dict) else "]"
        self.places[path] = (start, len(self.text))

    def _scalar(self, value: Any) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        written = [_double(value)]
        if value.isascii() and value.isprintable():
            written.append("'" + value.replace("'", "''") + "'")
        if _PLAIN.fullmatch(value) and value.lower() not in {"null", "true", "false"}:
            written.append(value)
        return str(self._draw(st.sampled_from(written)))


def _double(text: str) -> str:
    """Return a text in double quotes, as YAML escapes it: no pairs of surrogates."""
    return (
        '"'
        + "".join(
            each if each.isascii() and each.isprintable() and each not in '"\\' else f"\\U{ord(each):08x}"
            for each in text
        )
        + '"'
    )
