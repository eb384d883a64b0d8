"""Random texts, many at a time: words, cases, white space, and characters that preprocessing trips over."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sigpact.wire.arrays import Array

_LOWER: Final = "eeeetttaaaooiinnsshhrrddlcumwfgypbvkjxqz"
_SPACED: Final = _LOWER + " " * 8
_DIGITS: Final = "0123456789"
_SIGNS: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_WHITE: Final = " \t\n\r\v\f\u00a0\u2003\u2028\u3000\ufeff"
_LATIN: Final = "àâäãåæçéèêëíîïñóôöõøœßúüÿžšłđğıİŞÀÉÑØÜ"
_OTHER_SCRIPTS: Final = "αβγδωЖдиюяЩ日本語漢字ひらがなカタカナ한국어ไทยहिन्दीქართ"
_BEYOND_BMP: Final = "😀🎬🍕🧑🏽🚀🦄𝒳𝔸𠀀𐍈🇩🇪"
_COMBINING: Final = "ae\u0301o\u0308n\u0303u\u0302c\u0327\u200d\u0323i\u0331"
_RIGHT_TO_LEFT: Final = "שלוםعالمאבגدهذا \u200f\u202e"
_CONTROLS: Final = "\x00\x01\x1b\x7f\u0085abc xyz"

ALPHABETS: Final = (
    _SPACED,
    _SPACED,
    _SPACED,
    _SPACED.upper(),
    _SPACED + _SPACED.upper(),
    _LOWER + _LOWER.upper(),
    _SPACED + _DIGITS + ".,!?'-:",
    _DIGITS + _SIGNS,
    _DIGITS,
    _WHITE + _LOWER,
    _LATIN + _SPACED,
    _OTHER_SCRIPTS + " ",
    _BEYOND_BMP + "ab ",
    _COMBINING,
    _RIGHT_TO_LEFT,
    _CONTROLS,
    _SPACED + _WHITE + _DIGITS + _SIGNS + _LATIN + _OTHER_SCRIPTS + _BEYOND_BMP + _COMBINING + _RIGHT_TO_LEFT,
)
"""What the characters of one text are drawn from; each text has one of these."""

_USUAL: Final = 24
"""How far from the least most lengths are: names, titles, what one types into a search."""
_WIDTH: Final = 256
_TABLE: Final = np.concatenate(
    [np.resize(np.frombuffer(each.encode("utf-32-le"), np.uint32), _WIDTH) for each in ALPHABETS]
)
_WHITES: Final = np.frombuffer(_WHITE.encode("utf-32-le"), np.uint32)


def draw_lengths(count: int, low: int, high: int, rng: np.random.Generator) -> Array:
    """Return lengths from `low` to `high`: most are usual, some of any magnitude, a few the longest.

    A model's time goes with the length: as many even up to 200 would cost four times as much and try less.
    """
    usual = rng.integers(low, min(high, low + _USUAL), count, endpoint=True)
    any_scale = low + np.floor(np.expm1(rng.random(count) * np.log1p(high - low + 1))).astype(np.int64)
    which = rng.random(count)
    lengths: Array = np.select([which < 0.75, which < 0.99], [usual, any_scale], high)
    return np.minimum(lengths, high)


def draw_texts(count: int, low: int, high: int, rng: np.random.Generator) -> Array:
    """Return texts of `low` to `high` characters as UTF-8 in an object array of `count`."""
    lengths = draw_lengths(count, low, high, rng)
    rows = np.repeat(rng.integers(0, len(ALPHABETS), count) * _WIDTH, lengths)
    codes = _TABLE[rows + rng.integers(0, _WIDTH, len(rows), dtype=np.uint8)]
    ends = np.cumsum(lengths)
    _put_white(codes, ends - lengths, lengths, rng)
    _put_white(codes, ends - 1, lengths, rng)
    written = codes.astype("<u4", copy=False).tobytes().decode("utf-32-le").encode()
    return _cut(written, _in_bytes(written, ends))


def _put_white(codes: Array, places: Array, lengths: Array, rng: np.random.Generator) -> None:
    """Put white space at one place of each eighth text that has two characters or more."""
    chosen = places[(rng.random(len(places)) < 0.125) & (lengths >= 2)]
    codes[chosen] = _WHITES[rng.integers(0, len(_WHITES), len(chosen))]


def _in_bytes(written: bytes, ends: Array) -> Array:
    """Return after how many bytes of UTF-8 those numbers of characters end."""
    firsts = np.flatnonzero((np.frombuffer(written, np.uint8) & 0xC0) != 0x80)
    past = ends == len(firsts)
    return np.where(past, len(written), firsts[np.where(past, 0, ends)]) if len(firsts) else ends


def _cut(joined: bytes, ends: Array) -> Array:
    """Return the pieces that end at these places, in an object array."""
    stops = ends.tolist()
    pieces = np.empty(len(stops), object)
    pieces[:] = [joined[start:end] for start, end in zip([0, *stops[:-1]], stops, strict=False)]
    return pieces


def draw_blobs(count: int, low: int, high: int, rng: np.random.Generator) -> Array:
    """Return any bytes, `low` to `high` of them, in an object array of `count`."""
    ends = np.cumsum(draw_lengths(count, low, high, rng))
    return _cut(rng.bytes(int(ends[-1])) if count else b"", ends)


@dataclass(frozen=True, slots=True)
class Mould:
    """A special text of any length: `head`, then `body` as often as it takes, then `tail`."""

    label: str
    head: str
    body: str
    tail: str

    def cast(self, low: int, high: int) -> str | None:
        """Return the text with the length nearest to 8 within the bounds; None where it does not fit."""
        least = len(self.head) + len(self.tail) + (not self.head + self.tail)
        length = max(low, min(high, 8), least)
        if length > high:
            return None
        filler = length - len(self.head) - len(self.tail)
        return self.head + (self.body * filler)[:filler] + self.tail


MOULDS: Final = (
    Mould("white space before", " ", "word", ""),
    Mould("white space after", "", "word", " "),
    Mould("a line feed after", "", "word", "\n"),
    Mould("white space alone", "", " ", ""),
    Mould("a tab alone", "", "\t", ""),
    Mould("white space inside", "a", "  b\t", "c"),
    Mould("lower case", "", "lower case ", ""),
    Mould("upper case", "", "UPPER CASE ", ""),
    Mould("mixed case", "", "MiXeD CaSe ", ""),
    Mould("digits", "", "0123456789", ""),
    Mould("punctuation", "", "\"'\\/,;<>&%{}[]$#", ""),
    Mould("outside ASCII", "", "éßñøžıİ", ""),
    Mould("another script", "", "日本語漢字", ""),
    Mould("outside the BMP", "", "😀𐍈🎬𠀀", ""),
    Mould("combining marks", "", "e\u0301o\u0308", ""),
    Mould("a combining mark alone", "", "\u0301", ""),
    Mould("right to left", "", "שלום عالم ", ""),
    Mould("a NUL inside", "a", "\x00", "b"),
    Mould("controls", "", "\x1b\x7f\u0085", ""),
    Mould("line breaks of two characters", "a", "\r\n", "b"),
    Mould("a link", "http://a.b/?", "c=d&", ""),
    Mould("mark-up", "<b>&amp;</b>", ".", ""),
)
"""The special texts that boundaries are made of, besides the empty and the longest."""

LONGEST: Final = (
    Mould("the longest text", "", "word ", ""),
    Mould("the longest text, outside the BMP", "", "😀", ""),
    Mould("the longest text, one word", "", "abcdefghijklmnopqrstuvwxyz", ""),
)
