"""What a contract says of the elements of a tensor, and on how much that rests: `Said` from `Facts`.

An input is described a little wider than what was sent; an output only where more data would hardly change
it. What is not supported stays unsaid: a note tells what was seen, and how to say it.
"""

from typing import Final

from sigpact.authoring.facts import Facts, Pictures
from sigpact.authoring.ranges import nice, nice_below, outward, within
from sigpact.authoring.yaml_text import Pairs, Yaml, counted, flow, short
from sigpact.frozen import frozen
from sigpact.tensors.dtypes import BY_NAME

MOST_MEMBERS: Final = 60
ENOUGH: Final = 30
"""So many elements, before values are taken for all that there are or answers for typical."""
_ROWS: Final = 5
"""Elements of one row are alike: from fewer rows nothing is taken for what others hold."""
_TIMES: Final = 10
"""So often do members come on average: rows that were sent thrice are no list of all there are."""
_LISTED: Final = 12
"""More whole numbers without a gap are a range, not a list."""
_REPEATED: Final = 3
"""So often comes each member of an `enum`, at least: of others there may be more."""
_FEW: Final = 20
_MANY: Final = 100
_SLICES: Final = 5
_EXACT: Final = 5e-4
_NEAR: Final = 5e-3


@frozen
class Said:
    """The words about one tensor, in order, and notes about them."""

    words: tuple[tuple[str, Yaml], ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: "Said") -> "Said":
        return Said(self.words + other.words, self.notes + other.notes)


NOTHING: Final = Said()


def of_input(facts: Facts, dtype: str | None) -> Said:
    """Return what is said of an input; `dtype` is its TensorFlow dtype, where it is known."""
    if not facts.elements:
        return Said(notes=("only empty tensors were sent: nothing is known of its values",))
    said = _members(facts)
    if said is None:
        match facts.family:
            case "number" | "integer":
                said = _range(facts, dtype)
            case "text" | "bytes":
                said = _lengths(facts)
            case _:
                said = NOTHING
    return said + _finite(facts, "sent") + _sums(facts)


def of_output(facts: Facts) -> Said:
    """Return what is said of an output: only what more answers would hardly change."""
    if not facts.elements:
        return Said(notes=("only empty tensors were answered: nothing is known of its values",))
    said = _members(facts)
    if said is None:
        match facts.family:
            case "number" | "integer":
                said = _answers(facts)
            case "text" | "bytes":
                said = _answered_texts(facts)
            case _:
                said = NOTHING
    return said + _finite(facts, "answered") + _sums(facts) + _order(facts)


def _on(facts: Facts) -> str:
    """Say on how much something rests."""
    rows = counted(facts.rows, "row")
    return rows if facts.rows == facts.elements else f"{counted(facts.elements, 'value')} in {rows}"


def _members(facts: Facts) -> Said | None:
    """Return `enum`, where few values come often and none of them seldom."""
    values = facts.values
    if values is None or facts.family in {"boolean", "bytes"} or not facts.is_finite or facts.rows < _ROWS:
        return None
    if not 0 < len(values) <= MOST_MEMBERS or facts.elements < max(ENOUGH, _TIMES * len(values)):
        return None
    if facts.family == "number" and any(value % 1 for value, _ in values if isinstance(value, int | float)):
        return None
    rarest, times = values[-1]
    if times < _REPEATED:
        return None
    texts = sorted(value for value, _ in values if isinstance(value, str))
    numbers = sorted(value for value, _ in values if isinstance(value, int | float))
    if len(numbers) > _LISTED and facts.family == "integer" and numbers[-1] - numbers[0] == len(numbers) - 1:
        note = f"each whole number from {numbers[0]} to {numbers[-1]} on {_on(facts)}"
        return Said((("minimum", numbers[0]), ("maximum", numbers[-1])), (note,))
    often = f"the rarest ({flow(rarest)}) {counted(times, 'time')}"
    note = f"enum: {counted(len(values), 'value')} on {_on(facts)}, {often}"
    return Said((("enum", (*texts, *numbers)),), (note,))


def _unlisted(facts: Facts) -> tuple[str, ...]:
    """Tell of values that may be all there are, and how to say so."""
    values = facts.values
    if values is None or len(values) > _LISTED or facts.elements < 2 * len(values) or facts.family == "bytes":
        return ()
    shown = flow(tuple(value for value, _ in values))
    return (f"only {len(values)} different on {_on(facts)}; if these are all there are: enum: {shown}",)


def _range(facts: Facts, dtype: str | None) -> Said:
    if facts.least is None or facts.most is None:
        return NOTHING
    low, high = _cut(dtype, *outward(facts.least, facts.most, few=facts.rows < _FEW))
    seen = f"{flow(short(facts.least))} to {flow(short(facts.most))} on {_on(facts)}"
    guess = ", a guess" if facts.rows < _FEW else ""
    note = f"sent {seen}; rounded outward{guess}: say what you may send"
    return Said((("minimum", low), ("maximum", high)), (note, *_unlisted(facts)))


def _cut(dtype: str | None, low: float, high: float) -> tuple[int | float, int | float]:
    found = BY_NAME.get(dtype or "")
    if found is not None and found.is_integer:
        return max(int(low), found.minimum), min(int(high), found.maximum)
    return within(dtype, low, high)


def _lengths(facts: Facts) -> Said:
    shortest, longest = facts.shortest or 0, facts.longest or 0
    unit = "byte" if facts.family == "bytes" else "character"
    if facts.image is not None and facts.rows:
        return _image(facts.image, facts)
    form = _form(facts)
    if form.words:
        return form
    most = max(int(nice(longest)), 1)
    words: list[tuple[str, Yaml]] = [("maxLength", most)]
    if shortest:
        words.insert(0, ("minLength", 1))
    note = f"sent {shortest} to {counted(longest, unit)} on {_on(facts)}; rounded outward"
    return Said(tuple(words), (note, *_unlisted(facts)))


def _form(facts: Facts) -> Said:
    """Return `format` or `pattern`, where every one of many different texts has an obvious shape."""
    many = facts.distinct is None or facts.distinct >= _FEW
    if not many or not facts.forms or facts.elements < ENOUGH or facts.rows < _ROWS:
        return NOTHING
    note = f"every one of {_on(facts)}"
    form = facts.forms[0]
    if form != "digits":
        return Said((("format", form),), (f"{form}: {note}",))
    shortest, longest = facts.shortest or 0, facts.longest or 0
    if shortest == longest:
        return Said((("pattern", f"^[0-9]{{{longest}}}$"),), (f"{longest} digits: {note}",))
    most = int(nice(longest))
    return Said(
        (("maxLength", most), ("pattern", "^[0-9]+$")), (f"digits: {note}, {shortest} to {longest} of them",)
    )


def _image(image: Pictures, facts: Facts) -> Said:
    def sizes(seen: tuple[int, int]) -> tuple[int, int]:
        least, most = max(nice_below(seen[0]), 1), int(nice(seen[1]))
        return seen if seen[0] == seen[1] and facts.rows >= ENOUGH else (min(least, 65536), min(most, 65536))

    word = Pairs(
        (
            ("media", image.media),
            ("height", sizes(image.height)),
            ("width", sizes(image.width)),
            ("mode", image.modes),
        )
    )
    note = f"every one of {_on(facts)} is {image.media}, {image.height[0]} to {image.height[1]} high"
    return Said((("image", word),), (note,))


def _answers(facts: Facts) -> Said:
    """Return bounds of numbers that were answered, where they are natural ones.

    Any other range is as wide as the answers to what was sent: what else is sent leaves it.
    """
    if facts.least is None or facts.most is None:
        return NOTHING
    seen = f"answered {flow(short(facts.least))} to {flow(short(facts.most))} on {_on(facts)}"
    is_enough = facts.elements >= _FEW and facts.rows >= _ROWS
    if facts.family == "number" and facts.least >= 0 and facts.most <= 1 and is_enough:
        return Said((("minimum", 0), ("maximum", 1)), (f"{seen}: shares or probabilities",))
    if _is_unit(facts):
        return Said(notes=(seen,))
    low, high = outward(facts.least, facts.most, few=True)
    hint = f"minimum: {flow(low)}, maximum: {flow(high)}"
    return Said(notes=(f"{seen}; if your code relies on a range, say it, as {hint}", *_unlisted(facts)))


def _answered_texts(facts: Facts) -> Said:
    form = _form(facts)
    if form.words:
        return form
    shortest, longest = facts.shortest or 0, facts.longest or 0
    unit = "byte" if facts.family == "bytes" else "character"
    most = int(nice(2 * max(longest, 1)))
    seen = f"answered {shortest} to {counted(longest, unit)} on {_on(facts)}"
    note = f"{seen}; if your code relies on a length, say it, as maxLength: {most}"
    words: tuple[tuple[str, Yaml], ...] = (("minLength", 1),) if shortest and facts.rows >= _MANY else ()
    return Said(words, (note, *_unlisted(facts)))


def _finite(facts: Facts, did: str) -> Said:
    if facts.is_finite:
        return NOTHING
    return Said((("finite", False),), (f"NaN or infinity was {did}",))


def _is_unit(facts: Facts) -> bool:
    """Whether every slice along the last axis has the length 1."""
    return (
        facts.family == "number"
        and facts.slices >= _SLICES
        and facts.norms is not None
        and facts.norms <= _NEAR
    )


def _sums(facts: Facts) -> Said:
    """Return what every slice along the last axis comes to."""
    if facts.slices < _SLICES:
        return NOTHING
    on = f"every one of {counted(facts.slices, 'slice')} along the last axis"
    if facts.sums is not None and facts.sums <= _NEAR:
        return Said((("sumsTo", _one(facts.sums)),), (f"{on} sums to 1",))
    if _is_unit(facts) and facts.norms is not None:
        return Said((("norm", _one(facts.norms)),), (f"{on} has length 1",))
    return NOTHING


def _order(facts: Facts) -> Said:
    """Return `sorted`, where many slices of several values go down, as the best of something do."""
    if not facts.descends or facts.slices < ENOUGH or not facts.is_finite:
        return NOTHING
    note = f"every one of {counted(facts.slices, 'slice')} along the last axis goes down"
    return Said((("sorted", "descending"),), (note,))


def _one(off: float) -> Yaml:
    return Pairs((("value", 1), ("axis", -1), ("atol", 0.001 if off <= _EXACT else 0.01)))
