"""The expression language of contracts: text -> tree, with a position in every node and every message.

One grammar serves dimensions (`(n-400)//160+1`) and clauses (`sum(scores, axis=-1) ~= 1`). Nothing is
evaluated here, and nothing but the names listed below can be called: a contract comes from another team.
"""

import re
from collections.abc import Iterator
from typing import Final

from sigpact.frozen import frozen

FUNCTIONS: Final = frozenset(
    (
        *(
            "abs",
            "min",
            "max",
            "sum",
            "mean",
            "any",
            "all",
            "len",
            "shape",
            "argmax",
            "argmin",
            "sort",
            "unique",
        ),
        *("round", "floor", "ceil", "sqrt", "exp", "log"),
        *("lower", "upper", "strip", "startswith", "endswith", "contains"),
    )
)
MAX_LENGTH: Final = 2_000
MAX_DEPTH: Final = 64
MAX_TOKENS: Final = 500
"""Bounds the depth of a long chain (`a + a + ...`) too, which recursion walks later."""


class ExpressionError(ValueError):
    """The text is no expression. `at` is the offset of the character where reading stopped."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


@frozen
class Number:
    """A number or `true` / `false`."""

    at: int
    value: int | float | bool


@frozen
class Text:
    """A quoted string."""

    at: int
    value: str


@frozen
class Name:
    """An input, output or dimension; in a relation, `call.output`."""

    at: int
    name: str
    call: str | None = None


@frozen
class Unary:
    """`-x` or `not x`."""

    at: int
    operator: str
    operand: "Node"


@frozen
class Binary:
    """Arithmetic, `and`, `or`."""

    at: int
    operator: str
    left: "Node"
    right: "Node"


@frozen
class Compare:
    """`a < b <= c`: one operator fewer than operands."""

    at: int
    operators: tuple[str, ...]
    operands: tuple["Node", ...]


@frozen
class Call:
    """A function of the closed list; `axis` is the only keyword."""

    at: int
    function: str
    arguments: tuple["Node", ...]
    axis: "Node | None" = None


@frozen
class Slice:
    """`start:stop:step` inside brackets."""

    at: int
    start: "Node | None"
    stop: "Node | None"
    step: "Node | None"


@frozen
class Index:
    """`x[0, 1:]`."""

    at: int
    value: "Node"
    indices: tuple["Node", ...]


@frozen
class ListOf:
    """`["Drama", "Comedy"]`."""

    at: int
    items: tuple["Node", ...]


Node = Number | Text | Name | Unary | Binary | Compare | Call | Slice | Index | ListOf


def children(node: Node) -> tuple[Node, ...]:  # noqa: PLR0911 - one return for each kind of node
    """Return the nodes directly below."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Compare(operands=operands):
            return operands
        case Call(arguments=arguments, axis=axis):
            return arguments if axis is None else (*arguments, axis)
        case Slice(start=start, stop=stop, step=step):
            return tuple(part for part in (start, stop, step) if part is not None)
        case Index(value=value, indices=indices):
            return (value, *indices)
        case ListOf(items=items):
            return items
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it, from left to right."""
    yield node
    for child in children(node):
        yield from walk(child)


def names_in(node: Node) -> Iterator[str]:
    """Yield every plain name (not `call.output`) once for each use."""
    for each in walk(node):
        if isinstance(each, Name) and each.call is None:
            yield each.name


_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<operator>==|!=|<=|>=|~=|//|[-+*/%<>()\[\],:.=])
    )""",
    re.VERBOSE,
)
_COMPARISONS: Final = frozenset(["==", "!=", "<", "<=", ">", ">=", "~=", "in"])
_KEYWORDS: Final = frozenset(["and", "or", "not", "in", "true", "false"])
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"', "'": "'"}


@frozen
class _Token:
    at: int
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    found, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            raise ExpressionError(at, f"{text[at]!r} is not part of an expression")
        found.append(_Token(match.start(match.lastgroup), match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return [*found, _Token(len(text), "end", "the end")]


def parse(text: str) -> Node:
    """Read an expression.

    Raises `ExpressionError` with the offset of the first thing that does not belong.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            MAX_LENGTH, f"an expression has at most {MAX_LENGTH} characters, this has {len(text)}"
        )
    tokens = _tokens(text)
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(tokens[MAX_TOKENS].at, f"an expression has at most {MAX_TOKENS} words")
    return _Parser(tokens).whole()


class _Parser:
    """Recursive descent, one method a level of precedence, loosest first."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        tree = self._or()
        if self._peek.kind != "end":
            raise ExpressionError(self._peek.at, f"{self._peek.text!r} is one word too many")
        return tree

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> _Token | None:
        token = self._peek
        if token.kind in {"text", "end"} or token.text not in texts:
            return None
        self._next += 1
        return token

    def _expect(self, text: str) -> None:
        if self._take(text) is None:
            raise ExpressionError(self._peek.at, f"expected {text!r}, found {self._peek.text}")

    def _or(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(self._peek.at, f"an expression nests at most {MAX_DEPTH} levels")
        left = self._and()
        while token := self._take("or"):
            left = Binary(token.at, "or", left, self._and())
        self._depth -= 1
        return left

    def _and(self) -> Node:
        left = self._not()
        while token := self._take("and"):
            left = Binary(token.at, "and", left, self._not())
        return left

    def _not(self) -> Node:
        denials = []
        while token := self._take("not"):
            denials.append(token)
            if len(denials) > MAX_DEPTH:
                raise ExpressionError(token.at, f"an expression nests at most {MAX_DEPTH} levels")
        node = self._comparison()
        for token in reversed(denials):
            node = Unary(token.at, "not", node)
        return node

    def _comparison(self) -> Node:
        first = self._sum()
        operators, operands = [], [first]
        while token := self._take(*_COMPARISONS):
            operators.append(token.text)
            operands.append(self._sum())
        return Compare(first.at, tuple(operators), tuple(operands)) if operators else first

    def _sum(self) -> Node:
        left = self._term()
        while token := self._take("+", "-"):
            left = Binary(token.at, token.text, left, self._term())
        return left

    def _term(self) -> Node:
        left = self._unary()
        while token := self._take("*", "/", "//", "%"):
            left = Binary(token.at, token.text, left, self._unary())
        return left

    def _unary(self) -> Node:
        signs = []
        while token := self._take("-"):
            signs.append(token)
            if len(signs) > MAX_DEPTH:
                raise ExpressionError(token.at, f"an expression nests at most {MAX_DEPTH} levels")
        node = self._indexed()
        for token in reversed(signs):
            node = Unary(token.at, "-", node)
        return node

    def _indexed(self) -> Node:
        node = self._primary()
        while token := self._take("["):
            indices = [self._slice()]
            while self._take(","):
                indices.append(self._slice())
            self._expect("]")
            node = Index(token.at, node, tuple(indices))
        return node

    def _slice(self) -> Node:
        at = self._peek.at
        parts: list[Node | None] = [None]
        colons = 0
        while True:
            if self._take(":"):
                colons += 1
                if colons > 2:
                    raise ExpressionError(self._peek.at, "a slice has at most two colons")
                parts.append(None)
            elif parts[-1] is None and self._peek.text not in {",", "]"}:
                parts[-1] = self._or()
            else:
                break
        if not colons:
            if parts[0] is None:
                raise ExpressionError(at, f"expected an index, found {self._peek.text}")
            return parts[0]
        start, stop, step = (*parts, None)[:3]
        return Slice(at, start, stop, step)

    def _primary(self) -> Node:
        token = self._peek
        self._next += token.kind != "end"
        if token.kind == "number":
            whole = token.text.isdigit()
            return Number(token.at, int(token.text) if whole else float(token.text))
        if token.kind == "text":
            return Text(token.at, _unquote(token))
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            inner = self._or()
            self._expect(")")
            return inner
        if token.text == "[":
            return self._list(token)
        raise ExpressionError(token.at, f"expected a name, a number or a text, found {token.text}")

    def _named(self, token: _Token) -> Node:
        if token.text in {"true", "false"}:
            return Number(token.at, token.text == "true")
        if token.text in _KEYWORDS:
            raise ExpressionError(token.at, f"expected a name, a number or a text, found {token.text!r}")
        if self._take("("):
            return self._call(token)
        if self._take("."):
            attribute = self._peek
            if attribute.kind != "name":
                raise ExpressionError(attribute.at, f"expected an output's name, found {attribute.text}")
            self._next += 1
            if self._peek.text == "(" and self._peek.kind == "operator":
                raise ExpressionError(token.at, "there are no methods; functions are written f(x)")
            return Name(token.at, attribute.text, token.text)
        return Name(token.at, token.text)

    def _list(self, token: _Token) -> Node:
        items: list[Node] = []
        while not self._take("]"):
            if items:
                self._expect(",")
            items.append(self._or())
        return ListOf(token.at, tuple(items))

    def _call(self, token: _Token) -> Node:
        if token.text not in FUNCTIONS:
            raise ExpressionError(
                token.at, f"{token.text!r} is not a function; there are {', '.join(sorted(FUNCTIONS))}"
            )
        arguments: list[Node] = []
        axis: Node | None = None
        while not self._take(")"):
            if arguments or axis:
                self._expect(",")
            keyword = self._peek
            if keyword.kind == "name" and self._tokens[self._next + 1].text == "=":
                if keyword.text != "axis" or axis is not None:
                    raise ExpressionError(
                        keyword.at, f"'axis' is the only keyword, once; found {keyword.text!r}"
                    )
                self._next += 2
                axis = self._or()
            else:
                arguments.append(self._or())
        if not arguments:
            raise ExpressionError(token.at, f"{token.text}() wants an argument")
        return Call(token.at, token.text, tuple(arguments), axis)


def _unquote(token: _Token) -> str:
    def escape(match: re.Match[str]) -> str:
        character = match.group(1)
        if character not in _ESCAPES:
            raise ExpressionError(token.at + match.start() + 1, f"\\{character} is not an escape")
        return _ESCAPES[character]

    return re.sub(r"\\(.)", escape, token.text[1:-1], flags=re.DOTALL)
