"""Bodies in great number, from a seed: plain ones, odd ones, and ones that one byte makes wrong."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

_PLAIN = ("0", "1", "-1", "12", "255", "-129", "0.5", "-0.0", "0.1", "1e5", "2.5E+05", "-1e-05", "123456.789")
_NUMBERS = (
    *("-0", "256", "32768", "2147483647", "2147483648", "-2147483649", "4294967296"),
    *("9007199254740993", "-9007199254740993", "9007199254740993.0", "0.10000000149011612"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"),
    *("18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "1e22", "1e23"),
    *("3.4028235e38", "3.4028236e38", "1e-45", "1e-46", "7.006492321624086e-46", "2.4703282292062327e-324"),
    *(
        "1e-400",
        "1e308",
        "1.5e308",
        "1.7976931348623157e308",
        "9e308",
        "1e309",
        "0e308",
        "0e309",
        "0.0E+00400",
    ),
    *("0" + ".0" * 2, "1e99999999999", "1e-99999999999", "0e-999", "0.1e309", "1.00e0000000308"),
    *("1" * 308, "1" * 309, "17976931348623157" + "0" * 292, "17976931348623157" + "0" * 292 + ".0"),
    *("1" + "0" * 309 + ".0e-300", "0." + "0" * 320 + "1", "0." + "3" * 400, "0." + "0" * 310 + "1e310"),
)
_WRONG = (
    *(
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "Inf",
        "-Inf",
        "nan",
        "inf",
        "-",
        "+1",
        ".5",
        "1.",
        "01",
        "-01",
    ),
    *("1e", "1e+", "--1", "0x10", "1_0", "1 2", "1,", ",1", "", "true", "false", "null", "\u0661", "\u00a01"),
    *('"1"', "{}", "[]", "[1]", "[[]]", '{"b64":"aGk="}', '{"x":1}', "]", "[", "}", ":", "\0"),
)
_TEXTS = ('"a"', '""', '"é"', '"1]}, {["', '"\\"\\\\"', '"\\u00e9\\n"', '"\\ud83d\\ude00"', '"😀"', '"\x7f"')
_ODD_TEXTS = (
    '"\\ud83d"',
    '"\\ude00"',
    '"\\u0000"',
    '"\t"',
    '"\\x"',
    '"a',
    "'a'",
    '{"b64":"aGk="}',
    "1",
    "\x80",
)
POOLS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "plain integers": (("0", "1", "-1", "127", "255", "-129"), ("1.0", "1e2", "-0", "256", "2147483648")),
    "plain": (_PLAIN, _NUMBERS),
    "wrong": (_PLAIN, _WRONG),
    "numbers": (_NUMBERS, _WRONG),
    "texts": (_TEXTS, _ODD_TEXTS),
    "flags": (("true", "false"), ("1", "null", "True", '"true"')),
}
"""By a name: the elements that are usual in a tensor, and those that are odd there."""
_SPACES = ("", "", "", " ", "\n", "\t\r ")
_BYTES = tuple(bytes([each]) for each in b'[]{},:"\\ \n\t\0+-.019eEnNxab\x80\xef\xff')


def body(random: Random, keys: tuple[str, str], names: Sequence[str], pool: str) -> bytes:
    """Return a body whose content stands under the first key in rows, under the second in columns.

    It holds a tensor bare, or tensors of mostly these names, with elements of mostly that pool.
    """
    row = random.random() < 0.5
    parts = _Parts(random, names, pool)
    bare = random.random() < (0.8 if len(names) == 1 else 0.1)
    content = parts.tensor(least_rank=row) if bare else parts.rows() if row else parts.columns()
    members = [f'"{keys[not row]}":{content}']
    if random.random() < 0.3:
        members.insert(random.randrange(2), random.choice(_EXTRAS))
    before = random.choice(("",) * 8 + (" \n", "\ufeff", "\xef"))
    after = random.choice(("",) * 8 + (" \n", "\0", " x", "{}", ","))
    space = random.choice(_SPACES)
    text = f"{before}{{{f'{space},{space}'.join(members)}}}{after}"
    return _mutated(random, text.encode())


_EXTRAS = (
    '"signature_name":"s"',
    '"signature_name":""',
    '"signature_name":"\\u00e9"',
    '"signature_name":"x"',
    '"signature_name":5',
    '"instances":[1]',
    '"more":[1,[2,"a"]]',
)


class _Parts:
    def __init__(self, random: Random, names: Sequence[str], pool: str) -> None:
        self.random = random
        odd = random.choice(([], [], [*names[:1]], [*names, "z"], [*names, names[0]], ["b64"]))
        self.names = random.choice(([*names], [*names], [*names], [*reversed(names)], odd or [*names]))
        self.pool = pool
        self.shape = [random.randint(1, 4) for _ in range(3)]
        self.oddness = random.choice((0, 0, 0.05))
        self.raggedness = random.choice((0, 0, 0, 0.05))
        self.space = random.choice(_SPACES)

    def rows(self) -> str:
        """Return rows of objects."""
        rank = self.random.randint(0, 2)
        return f"[{','.join(self.columns(rank) for _ in range(self.shape[0]))}]"

    def columns(self, rank: int | None = None) -> str:
        """Return an object of tensors."""
        members = (f'{self.space}"{name}":{self.space}{self.tensor(rank)}' for name in self.names)
        return f"{{{','.join(members)}}}"

    def tensor(self, rank: int | None = None, *, least_rank: int = 0) -> str:
        """Return nested lists, seldom ragged, seldom with an odd element."""
        if rank is None:
            rank = self.random.randint(least_rank, 3)
        pool = self.random.choice([self.pool] * 19 + [*POOLS])
        return self.nested(self.shape[:rank], *POOLS[pool])

    def nested(self, sizes: Sequence[int], usual: Sequence[str], odd: Sequence[str]) -> str:
        """Return lists of these sizes, of these elements."""
        if not sizes:
            return self.random.choice(odd if self.random.random() < self.oddness else usual)
        count = self.random.choice((0, 1, 2, 5)) if self.random.random() < self.raggedness else sizes[0]
        items = (self.nested(sizes[1:], usual, odd) for _ in range(count))
        return f"[{self.space}{f'{self.space},{self.space}'.join(items)}{self.space}]"


def _mutated(random: Random, text: bytes) -> bytes:
    for _ in range(random.choice((0, 0, 0, 0, 1, 2))):
        text = random.choice(_MUTATIONS)(random, text, random.randrange(len(text)))
    return text


_MUTATIONS: Sequence[Callable[[Random, bytes, int], bytes]] = (
    lambda random, text, at: text[:at] + random.choice(_BYTES) + text[at + 1 :],
    lambda random, text, at: text[:at] + random.choice(_BYTES) + text[at:],
    lambda _, text, at: text[:at] + text[at + 1 :],
    lambda random, text, at: text[:at] + text[at : at + random.randint(1, 9)] + text[at:],
    lambda _, text, at: text[: at + 1],
    lambda _, text, at: text[:at] + bytes([text[at] ^ 1 << at % 8]) + text[at + 1 :],
)
