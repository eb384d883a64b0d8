"""`Watch`: what one tensor holds, gathered call by call; no row is kept."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sigpact.authoring.facts import Facts, Pictures
from sigpact.authoring.pictures import merged, picture
from sigpact.values.formats import FORMATS, has_format
from sigpact.values.membership import is_sorted, norms, sums
from sigpact.wire.arrays import Array

MOST_VALUES: Final = 256
"""Values are counted until there are more."""
_NUMBERS: Final = frozenset({"number", "integer"})

Element = int | float | bool | str | bytes


@dataclass(slots=True)
class Numbers:
    """The range of all finite numbers."""

    least: float | int | None = None
    most: float | int | None = None
    is_finite: bool = True

    def add(self, array: Array) -> None:
        """Take in a tensor of numbers."""
        finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
        self.is_finite &= finite.size == array.size
        if finite.size:
            low, high = finite.min().item(), finite.max().item()
            self.least = low if self.least is None else min(self.least, low)
            self.most = high if self.most is None else max(self.most, high)


@dataclass(slots=True)
class Slices:
    """What is true of every slice along the last axis, of tensors of two dimensions or more."""

    count: int = 0
    sums: float | None = 0.0
    norms: float | None = 0.0
    descends: bool = True
    moves: bool = False
    """Whether some slice is not all one value."""

    def add(self, array: Array) -> None:
        """Take in a tensor of numbers."""
        if not array.size:
            return
        if array.ndim < 2 or array.shape[-1] < 2:
            self.sums = self.norms = None
            self.descends = False
            return
        self.count += array.size // array.shape[-1]
        self.sums = _farthest(self.sums, sums(array, -1))
        self.norms = _farthest(self.norms, norms(array, -1))
        self.descends &= array.shape[-1] > 2 and bool(is_sorted(array, "descending").all())
        self.moves |= bool(np.any(array[..., :-1] != array[..., 1:]))


def _farthest(before: float | None, found: Array) -> float | None:
    """Return how far from 1 the values are at most; `None` once one is no finite number."""
    if before is None or not np.isfinite(found).all():
        return None
    return max(before, float(np.abs(found.astype(np.float64) - 1).max()))


@dataclass(slots=True)
class Texts:
    """Lengths, and what every text or image is."""

    characters: Numbers = field(default_factory=Numbers)
    octets: Numbers = field(default_factory=Numbers)
    forms: list[str] = field(default_factory=lambda: [*FORMATS, "digits"])
    pictures: Pictures | None = None
    are_pictures: bool = True

    def add(self, flat: list[str | bytes]) -> None:
        """Take in texts, or bytes."""
        if flat:
            self.characters.add(np.asarray([len(each) for each in flat]))
            octets = [len(each.encode() if isinstance(each, str) else each) for each in flat]
            self.octets.add(np.asarray(octets))
        for each in flat:
            if isinstance(each, str):
                self.forms = [form for form in self.forms if _is(form, each)]
                self.are_pictures = False
            elif self.are_pictures:
                self.pictures = merged(self.pictures, picture(each))
                self.are_pictures = self.pictures is not None


def _is(form: str, text: str) -> bool:
    if form == "digits":
        return text.isascii() and text.isdigit()
    # A URI of any scheme is found in too much: `Drama:2` is one.
    return has_format(form, text) and (form != "uri" or "://" in text)


@dataclass(slots=True)
class Watch:
    """What is known of one tensor so far."""

    family: str
    dtype: str | None = None
    calls: int = 0
    rows: int = 0
    elements: int = 0
    values: Counter[Element] | None = field(default_factory=Counter)
    numbers: Numbers = field(default_factory=Numbers)
    slices: Slices = field(default_factory=Slices)
    texts: Texts = field(default_factory=Texts)

    def widen(self, family: str) -> None:
        """Say that a call holds another family of values than those before.

        Raises `ValueError` where no one dtype holds both.
        """
        match {self.family, family}:
            case found if found == {"integer", "number"}:
                self.family = "number"
            case found if found == {"text", "bytes"} and self.dtype is not None:
                self.family, self.values = "bytes", None
            case _:
                raise ValueError(f"holds {family} here and {self.family} before")

    def add(self, array: Array) -> None:
        """Take in one call's tensor: numbers, booleans, or objects that are `str` or `bytes`."""
        self.calls += 1
        self.rows += array.shape[0] if array.ndim else 1
        self.elements += array.size
        if self.family in _NUMBERS:
            self.numbers.add(array)
            self.slices.add(array)
        elif self.family != "boolean":
            self.texts.add(array.reshape(-1).tolist())
        if self.values is not None:
            self.values.update(_counts(array))
            self.values = self.values if len(self.values) <= MOST_VALUES else None

    @property
    def facts(self) -> Facts:
        """What it comes to."""
        numbers, slices, texts = self.numbers, self.slices, self.texts
        sizes = texts.octets if self.family == "bytes" else texts.characters
        return Facts(
            family=self.family,
            dtype=self.dtype,
            calls=self.calls,
            rows=self.rows,
            elements=self.elements,
            least=numbers.least,
            most=numbers.most,
            values=None if self.values is None else tuple(self.values.most_common()),
            shortest=None if sizes.least is None else int(sizes.least),
            longest=None if sizes.most is None else int(sizes.most),
            forms=tuple(texts.forms) if self.family == "text" and self.elements else (),
            is_finite=numbers.is_finite,
            sums=slices.sums if slices.count else None,
            norms=slices.norms if slices.count else None,
            slices=slices.count,
            descends=slices.descends and slices.moves,
            image=texts.pictures if texts.are_pictures else None,
        )


def _counts(array: Array) -> dict[Element, int]:
    if array.dtype == object or array.dtype.kind == "b":
        return Counter(array.reshape(-1).tolist())
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    found, counts = np.unique(finite, return_counts=True)
    few = slice(0, MOST_VALUES + 1)
    return dict(zip(found[few].tolist(), counts[few].tolist(), strict=True))
