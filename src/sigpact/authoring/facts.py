"""What traffic shows of a signature, as values: counts, ranges, lengths, forms. Nothing here is a guess.

`watch` and `traffic` make them (with numpy); `words` and `dims` decide what of it a contract says.
"""

from collections.abc import Mapping

from sigpact.contract.model import Nested
from sigpact.frozen import field, frozen

Position = tuple[str, str, int]
"""One dimension: `inputs` or `outputs`, the tensor's name, the axis."""


@frozen
class Lengths:
    """The lengths that one dimension had, over all calls."""

    least: int
    most: int
    several: bool
    """Whether there were two at least."""


@frozen
class Facts:
    """What one tensor held in all of its rows.

    `family` is `number`, `integer`, `boolean`, `text` or `bytes`; `dtype` the TensorFlow dtype, where the
    records had one. A row is one entry of the first dimension.
    """

    family: str
    dtype: str | None = None
    calls: int = 0
    rows: int = 0
    elements: int = 0
    least: float | int | None = None
    most: float | int | None = None
    values: tuple[tuple[int | float | bool | str | bytes, int], ...] | None = ()
    """Each value that it had, with how often, the commonest first; `None`: too many to count."""
    shortest: int | None = None
    longest: int | None = None
    forms: tuple[str, ...] = ()
    """What every text is: `date`, `uuid`, …, `digits`."""
    is_finite: bool = True
    sums: float | None = None
    """How far a sum along the last axis was from 1 at most; `None` where it cannot be told."""
    norms: float | None = None
    """The same of the Euclidean norm."""
    slices: int = 0
    """How many slices along the last axis there were, of two elements at least."""
    descends: bool = False
    """Whether all slices of three elements at least go down, and not all of them stay."""
    image: "Pictures | None" = None

    @property
    def distinct(self) -> int | None:
        """How many values it had; `None`: too many to count."""
        return None if self.values is None else len(self.values)


@frozen
class Pictures:
    """What all images of a tensor of bytes are: media type, least and greatest size, colour modes."""

    media: str
    height: tuple[int, int]
    width: tuple[int, int]
    modes: tuple[str, ...]


@frozen
class Shown:
    """One row that was sent, chosen because it is special, and what was answered."""

    why: str
    inputs: tuple[tuple[str, Nested], ...]
    outputs: tuple[tuple[str, Nested], ...] = ()


@frozen
class Traffic:
    """What was seen of one signature.

    `body` is `row`, `columnar`, or None where rows are tensors or records; `named` and `answer_named` say
    whether inputs and outputs stood under their names, `None` where nothing was seen.
    """

    signature: str
    verb: str
    calls: int
    rows: int
    answers: int
    inputs: Mapping[str, Facts] = field(default_factory=dict)
    outputs: Mapping[str, Facts] = field(default_factory=dict)
    body: str | None = None
    named: bool | None = None
    answer_named: bool | None = None
    is_lenient: bool = False
    """Whether answers hold what few readers of JSON take: NaN, infinity, whole numbers beyond 2^53."""
    optional: frozenset[str] = frozenset()
    """Inputs that were not always sent."""
    ranks: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    """How many dimensions each tensor had, by side and name; `None` where not always as many."""
    lengths: Mapping[Position, Lengths] = field(default_factory=dict)
    differ: frozenset[tuple[Position, Position]] = frozenset()
    """Dimensions that had different lengths in some call."""
    varied: frozenset[tuple[Position, Position]] = frozenset()
    """Dimensions that were equally long in every call, at three lengths or more."""
    shown: tuple[Shown, ...] = ()


@frozen
class Seen:
    """All that was read: by signature, and what was passed over."""

    traffic: tuple[Traffic, ...]
    refused: int = 0
    records: bool = False
    """Whether all of it was records of PredictionLog."""

    def of(self, signature: str) -> Traffic | None:
        """Return what was seen of that signature."""
        return next((each for each in self.traffic if each.signature == signature), None)
