"""Plain data as YAML in every layout that people use: comments of their own in every place that has room."""

import json
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st

PLAIN = [
    "Drama",
    "get_genre",
    "a - b",
    "it's",
    "http://x/y",
    "a:b",
    "a,b",
    "f(x, y)",
    "a [b]",
    "{c",
    "x?",
    "-x",
    "2*n",
    "é",
    "🎬",
    "b#c",
]
TEXTS = st.one_of(
    st.sampled_from(
        [*PLAIN, "null", "no", "1", "1e-5", "a: b", "# x", "", " ", "- x", "a\nb\n", "  a\n\n\nb"]
    ),
    st.text(st.sampled_from("ab \n:#-,'\"\\é"), max_size=9),
    st.text(st.characters(codec="utf-8"), max_size=4),
)


class Writer:
    """Writes one document; every choice is drawn. `comments` are those that it wrote."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._end = random.choice(["\n", "\n", "\r\n"])
        self._is_open = False
        """Whether an empty line would be part of the block scalar that was written last."""
        self._is_literal = False
        """Whether the last value is one, so that a comment further to the right would be part of it."""
        self.comments: list[str] = []
        self.anchored: list[tuple[str, Any]] = []

    def document(self, data: dict[str, Any]) -> str:
        """Return the text of a mapping."""
        head = self._pick("", "", "---\n", "%YAML 1.1\n---\n") + self._lines_above(0)
        body = f"{self._flow(data, 1)}\n" if self._odds(8) else "".join(self._block(data, 0))
        return (head + body + self._lines_above(0)).replace("\n", self._end)

    def _pick(self, *options: str) -> str:
        return self._random.choice(options)

    def _odds(self, of: int) -> bool:
        return self._random.randrange(of) == 0

    def _comment(self) -> str:
        text = self._pick("#", "# ", "#  ", "# a: [") + f"c{len(self.comments)}"
        self.comments.append(text)
        return text

    def _lines_above(self, column: int) -> str:
        """Return lines with comments, or empty ones, in front of what stands at a column."""
        lines = ""
        while self._odds(4):
            indent = (
                column
                if self._is_literal
                else max(column + self._random.choice([0, 0, 0, 2, -2, -column]), 0)
            )
            if not self._odds(3):
                lines += f"{' ' * indent}{self._comment()}\n"
            elif not self._is_open:
                lines += self._pick("\n", "\n" if self._is_literal else "  \n")
            self._is_open = self._is_open and not lines
        return lines

    def _beside(self) -> str:
        return f"{self._pick(' ', '   ')}{self._comment()}" if self._odds(4) else ""

    def _block(self, data: Any, column: int) -> list[str]:
        """Return the lines of a collection, each with its end, that begins at a column."""
        lines = []
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            lines.append(self._lines_above(column))
            lead = "-" if isinstance(data, list) else f"{self._key(str(key))}:"
            if lead.startswith("? "):
                lead = f"{lead[:-1]}{self._beside()}\n{' ' * column}:"
            lines.append(" " * column + lead + self._under(value, column, in_list=isinstance(data, list)))
        return lines

    def _under(self, value: Any, column: int, *, in_list: bool) -> str:
        """Return a value behind its key or dash, and the end of its line."""
        self._is_open = self._is_literal = False
        alias = self._alias(value)
        if alias is not None:
            return f" {alias}{self._beside()}\n"
        anchor = self._anchor(value)
        if not isinstance(value, list | dict) or not value or self._odds(3):
            return self._inline(value, anchor, column)
        step = self._random.randint(1, 4)
        if isinstance(value, list) and not in_list:
            step = self._random.randint(0, 4)
        inside = "".join(self._block(value, column + step))
        body = inside.lstrip(" ")
        if in_list and not anchor and not body.startswith(("#", "\n", "? ")) and step > 1 and self._odds(2):
            return " " * (step - 1) + body
        return f"{anchor}{self._beside()}\n{inside}"

    def _inline(self, value: Any, anchor: str, column: int) -> str:
        if isinstance(value, str) and self._odds(3):
            literal = self._literal(value, column)
            if literal is not None:
                return f"{anchor} {literal}"
        if self._odds(8):
            above = self._beside() + "\n" + self._lines_above(column + 1)
            return f"{anchor}{above}{' ' * (column + 1)}{self._flow(value, column + 1)}{self._beside()}\n"
        return f"{anchor} {self._flow(value, column + 1)}{self._beside()}\n"

    def _literal(self, value: str, column: int) -> str | None:
        """Return a text as a block scalar, if it can be one."""
        body = value.rstrip("\n")
        if not body or not all(each.isprintable() for each in body.split("\n")) or "\ufeff" in body:
            return None
        indent = self._random.randint(1, 4)
        first = next(each for each in body.split("\n") if each)
        mark = str(indent) if first.startswith(" ") or self._odds(3) else ""
        breaks = len(value) - len(body)
        chomp = "-" if breaks == 0 else "+" if breaks > 1 else self._pick("", "+")
        lines = [f"{' ' * (column + indent)}{each}" if each else "" for each in body.split("\n")]
        lines += [""] * (breaks - 1)
        self._is_open = chomp == "+"
        self._is_literal = True
        if self._odds(2) and "\n" not in body and not body.startswith(" "):
            return f">{mark}{chomp}{self._beside()}\n" + "\n".join(lines) + "\n"
        return f"|{mark}{chomp}{self._beside()}\n" + "\n".join(lines) + "\n"

    def _alias(self, value: Any) -> str | None:
        if isinstance(value, list | dict | str) and self._odds(3):
            for name, known in self.anchored:
                if json.dumps(known) == json.dumps(value):
                    return f"*{name}"
        return None

    def _anchor(self, value: Any) -> str:
        if not self._odds(6):
            return ""
        # Not yet to be named: an alias may not stand inside its own anchor.
        name = f"a{len(self.anchored)}"
        self.anchored.append((name, object() if isinstance(value, list | dict) and value else value))
        if isinstance(value, list | dict) and value:
            self.anchored[-1] = (name, "\0never")
        return f" &{name}"

    def _gap(self, column: int) -> str:
        if self._odds(5):
            return f"{self._beside()}\n{self._lines_above(column)}{' ' * (column + 1)}"
        return self._pick("", " ")

    def _flow(self, value: Any, column: int) -> str:
        if not isinstance(value, list | dict):
            return self._scalar(value, column)
        parts = []
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            lead = (
                "" if isinstance(value, list) else f"{self._quoted_key(str(key))}:{self._gap(column) or ' '}"
            )
            if lead and not lead[-1:].isspace():
                lead += " "
            parts.append(f"{self._gap(column)}{lead}{self._flow(below, column)}{self._gap(column)}")
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        comma = "," if parts and self._odds(6) else ""
        return f"{opening}{','.join(parts)}{comma}{self._gap(column)}{closing}"

    def _key(self, key: str) -> str:
        return f"? {self._quoted_key(key)}:"[:-1] if self._odds(15) else self._quoted_key(key)

    def _quoted_key(self, key: str) -> str:
        return key if key.isidentifier() and self._odds(2) else double(key)

    def _scalar(self, value: Any, column: int) -> str:
        if value is None:
            return self._pick("null", "~", "Null")
        if not isinstance(value, str):
            return json.dumps(value)
        forms = [double(value)]
        if value.isprintable() and "\ufeff" not in value:
            forms.append("'" + value.replace("'", "''") + "'")
        if is_plain(value):
            forms.append(value)
            if " " in value and "#" not in value:
                forms.append(value.replace(" ", f"\n{' ' * (column + 1)}", 1))
        return self._random.choice(forms)


def is_plain(text: str) -> bool:
    """Whether a text may stand without quotes, in brackets as well."""
    if not text.isprintable() or "\ufeff" in text:
        return False
    try:
        read: Any = yaml.load(f"[{text}]", Loader=yaml.BaseLoader)  # noqa: S506 - the loader of texts alone
        scalar = [each for each in yaml.parse(f"k: {text}") if isinstance(each, yaml.ScalarEvent)][1:]
    except yaml.YAMLError:
        return False
    numbers = text[:1].isdigit() or text.lower() in {"null", "true", "false", "~"} or text[:1] in "+-."
    return read == [text] and len(scalar) == 1 and scalar[0].value == text and not numbers


def double(text: str) -> str:
    """Return a text in double quotes, as YAML escapes it."""
    said = (
        each if each.isascii() and each.isprintable() and each not in '"\\' else f"\\U{ord(each):08x}"
        for each in text
    )
    return '"' + "".join(said) + '"'
