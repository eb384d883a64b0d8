"""Whether one set of shapes lies inside another, against brute force over all small sizes."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.expressions import parse
from sigpact.tensors.shapes import (
    AnyRank,
    Dim,
    Expr,
    Fixed,
    Named,
    Ranked,
    Shape,
    Unknown,
    evaluate,
    names_of,
)
from sigpact.tensors.unify import Fit, Sizes, are_equal, gives, takes

MOST = 4
"""The longest dimension that is tried; names have at most as many lengths."""


def expr(text: str) -> Expr:
    """Return an expression of names."""
    return Expr(text, parse(text))


def shape(*dims: int | str | None, leading: bool = False) -> Ranked:
    """Write a shape as a contract does: `shape("batch", 3, None, "2*n")`."""
    return Ranked(tuple(_dim(each) for each in dims), leading)


def _dim(written: int | str | None) -> Dim:
    match written:
        case None:
            return Unknown()
        case int():
            return Fixed(written)
        case _:
            return Named(written) if written.isidentifier() else expr(written)


def concrete(dims: tuple[Dim, ...], names: Mapping[str, int]) -> Iterator[tuple[int, ...]]:
    """Yield every shape that dimensions stand for once all names have a length; `?` is 0 to `MOST` + 9."""
    choices: list[range | tuple[int, ...]] = []
    for dim in dims:
        match dim:
            case Unknown():
                choices.append(range(MOST + 10))
            case Fixed(size):
                choices.append((size,))
            case Named(name):
                choices.append((names[name],))
            case Expr(_, tree):
                choices.append((evaluate(tree, names),))
    yield from product(*choices)


def assignments(names: set[str], sizes: Mapping[str, Sizes]) -> Iterator[dict[str, int]]:
    """Yield every choice of lengths; a name that nothing bounds has 1 to `MOST` + 9."""
    ordered = sorted(names)
    ranges = []
    for name in ordered:
        found = sizes.get(name, Sizes())
        ranges.append(range(found.least, (MOST + 9 if found.most is None else found.most) + 1))
    yield from (dict(zip(ordered, each, strict=True)) for each in product(*ranges))


def names_in(dims: tuple[Dim, ...]) -> set[str]:
    """Return all names that dimensions speak of."""
    return {name for dim in dims for name in names_of(dim)}


def covers(accepted: Shape, found: tuple[int, ...]) -> bool:
    """Whether a declared shape (lengths and `?`) admits a real one."""
    if isinstance(accepted, AnyRank):
        return True
    return len(accepted.dims) == len(found) and all(
        isinstance(dim, Unknown) or dim == Fixed(size) for dim, size in zip(accepted.dims, found, strict=True)
    )


NAMES = ("a", "b", "k")
WORDS = [*NAMES, "2*a", "a+1", "a*b", "min(a, 2)", "max(a, b)", "a//2", "a - a + 3", "k+1", "a*k", "a%2"]
CLIENT_DIMS = st.sampled_from([None, 0, 1, 2, 3, *WORDS])
EXPORT_DIMS = st.sampled_from([None, None, 0, 1, 2, 3, 4])
RANGES = st.tuples(st.integers(1, MOST), st.integers(0, MOST - 1)).map(
    lambda each: Sizes(each[0], min(MOST, sum(each)))
)
SIZES = st.fixed_dictionaries(dict.fromkeys(NAMES, RANGES))


@given(st.lists(CLIENT_DIMS, max_size=3), st.lists(EXPORT_DIMS, max_size=3), SIZES)
def test_takes_is_what_brute_force_says(
    sent: list[int | str | None], accepted: list[int | None], sizes: dict[str, Sizes]
) -> None:
    """Yes exactly where every shape that the client may send is one that the signature declares."""
    wanted, declared = shape(*sent), shape(*accepted)
    every = [
        found for names in assignments(names_in(wanted.dims), sizes) for found in concrete(wanted.dims, names)
    ]
    expected = Fit.YES if all(covers(declared, each) for each in every) else Fit.NO
    assert takes(wanted, declared, sizes) is expected


@given(
    st.lists(st.sampled_from([None, 0, 1, 2, 3, *(each for each in WORDS if "k" not in each)]), max_size=3),
    st.lists(st.integers(0, 4), max_size=3),
    SIZES,
    st.booleans(),
)
def test_gives_is_what_brute_force_says(
    wanted: list[int | str | None],
    given_: list[int],
    sizes: dict[str, Sizes],
    leading: bool,  # noqa: FBT001 - hypothesis passes arguments by position
) -> None:
    """Of fixed lengths, yes exactly where they are the client's whatever it sends."""
    read = shape(*wanted, leading=leading)
    found = tuple(given_)
    read_rank = found[len(found) - len(read.dims) :] if leading and len(found) >= len(read.dims) else found
    fits = all(
        any(each == read_rank for each in concrete(read.dims, names))
        for names in assignments(names_in(read.dims), sizes)
    )
    fit, learned = gives(read, shape(*given_), sizes, frozenset(NAMES))
    assert fit is (Fit.YES if fits else Fit.NO)
    assert learned == {}


@given(
    st.lists(st.sampled_from(["k", "k", "a", "k+1", "a*k", 2, None]), min_size=1, max_size=3),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    SIZES,
)
def test_names_that_only_outputs_bind(
    wanted: list[int | str | None], given_: list[int], sizes: dict[str, Sizes]
) -> None:
    """The model chooses `k`, once for all dimensions: it binds where it stands alone."""
    read, found = shape(*wanted), tuple(given_)
    fit, learned = gives(read, shape(*given_), sizes, frozenset({"a", "b"}))
    if len(read.dims) != len(found):
        assert (fit, learned) == (Fit.NO, {})
        return
    plain = [size for dim, size in zip(read.dims, found, strict=True) if dim == Named("k")]
    assert learned == ({"k": plain[0]} if plain else {})
    if not plain:
        kept = [pair for pair in zip(read.dims, found, strict=True) if "k" not in names_of(pair[0])]
        rest = Ranked(tuple(dim for dim, _ in kept)), shape(*(size for _, size in kept))
        assert fit is gives(*rest, sizes, frozenset({"a", "b"}))[0]
        return
    fits = sizes["k"].admits(plain[0]) and all(
        any(each == found for each in concrete(read.dims, {**names, "k": plain[0]}))
        for names in assignments({"a"}, sizes)
    )
    assert fit is (Fit.YES if fits else Fit.NO)


ANY = AnyRank()
BOUND = frozenset({"batch", "n"})
N_TO_5 = {"n": Sizes(1, 5)}

TAKES: list[tuple[Shape, Shape, Mapping[str, Sizes], Fit]] = [
    # nothing is claimed on one of the sides
    (ANY, shape(3), {}, Fit.YES),
    (shape("batch", 3), ANY, {}, Fit.YES),
    (ANY, ANY, {}, Fit.YES),
    # any number of dimensions is more than a declared one
    (shape("batch", leading=True), shape(None), {}, Fit.NO),
    (shape("batch", leading=True), ANY, {}, Fit.YES),
    # a name without bounds has every length
    (shape("batch"), shape(None), {}, Fit.YES),
    (shape("batch"), shape(1), {}, Fit.NO),
    (shape("n"), shape(5), {"n": Sizes(5, 5)}, Fit.YES),
    # null may be anything
    (shape(None), shape(None), {}, Fit.YES),
    (shape(None), shape(3), {}, Fit.NO),
    # many lengths look alike and are not: whatever cannot be tried out in full is not covered
    (shape("(n-1)//100+1"), shape(1), {}, Fit.NO),
    (shape("(n-1)//100+1"), shape(1), {"n": Sizes(1, 100)}, Fit.YES),
    (shape("(n-1)//100+1"), shape(1), {"n": Sizes(1, 101)}, Fit.NO),
    (shape("(n-1)//8000+1"), shape(1), {"n": Sizes(1, 9000)}, Fit.NO),
    # a length that cannot be computed is no length
    (shape("6//(n-1)"), shape(6), {"n": Sizes(1, 2)}, Fit.YES),
    # two contracts compared: the same words
    (shape("n", "2*n"), shape("n", "2*n"), {}, Fit.YES),
    (shape("n"), shape("m"), {}, Fit.NO),
]


@pytest.mark.parametrize(("sent", "accepted", "sizes", "fit"), TAKES)
def test_takes(sent: Shape, accepted: Shape, sizes: Mapping[str, Sizes], fit: Fit) -> None:
    """What brute force does not reach: no bounds, any rank, names on both sides."""
    assert takes(sent, accepted, sizes) is fit


GIVES: list[tuple[Shape, Shape, Mapping[str, Sizes], Fit]] = [
    (ANY, shape(3), {}, Fit.YES),
    (ANY, ANY, {}, Fit.YES),
    # the export promises no number of dimensions
    (shape("batch"), ANY, {}, Fit.UNSAID),
    # another number of dimensions
    (shape("batch"), shape(None, 3), {}, Fit.NO),
    (shape("batch", 3), shape(None), {}, Fit.NO),
    (shape("batch", leading=True), shape(2, 3, None), {}, Fit.YES),
    (shape(2, 3, leading=True), shape(3), {}, Fit.NO),
    # -1 is what a length is declared as that follows the request; of a fixed or computed one it is no promise
    (shape("batch"), shape(None), {}, Fit.YES),
    (shape("2*n"), shape(None), {}, Fit.UNSAID),
    (shape("2*n"), shape(None), {"n": Sizes(4, 4)}, Fit.UNSAID),
    (shape("2*k"), shape(None), {}, Fit.YES),
    (shape(3), shape(None), {}, Fit.UNSAID),
    (shape(None), shape(None), {}, Fit.YES),
    (shape("batch", 3), shape(None, None), {}, Fit.UNSAID),
    # a length of the model's own, with bounds: -1 does not keep them
    (shape("k"), shape(None), {}, Fit.YES),
    (shape("k"), shape(None), {"k": Sizes(1, 3)}, Fit.UNSAID),
    (shape("n"), shape(None), {"n": Sizes(1, 3)}, Fit.YES),
    # a fixed length where the client sends several
    (shape("batch"), shape(1), {}, Fit.NO),
    (shape("n"), shape(5), {"n": Sizes(5, 5)}, Fit.YES),
    # names that no input binds
    (shape("batch", "k"), shape(None, 3), {}, Fit.YES),
    (shape("k", "k"), shape(3, 4), {}, Fit.NO),
    (shape("k", "2*k"), shape(3, 6), {}, Fit.YES),
    (shape("2*k", "k"), shape(6, 3), {}, Fit.YES),
    (shape("k", "2*k"), shape(3, 7), {}, Fit.NO),
    (shape("batch", "2*k"), shape(None, 6), {}, Fit.YES),
    (shape("k"), shape(9), {"k": Sizes(1, 3)}, Fit.NO),
    # too many lengths to try them all out
    (shape("(n-1)//100+1"), shape(1), {}, Fit.UNSAID),
    (shape("(n-1)//100+1"), shape(1), {"n": Sizes(1, 100)}, Fit.YES),
    (shape("n+1"), shape(1), {}, Fit.NO),
]


@pytest.mark.parametrize(("wanted", "given_", "sizes", "fit"), GIVES)
def test_gives(wanted: Shape, given_: Shape, sizes: Mapping[str, Sizes], fit: Fit) -> None:
    """What an export promises of each dimension, and where it promises nothing."""
    assert gives(wanted, given_, sizes, BOUND)[0] is fit


def test_lengths_are_known_from_the_outputs_before() -> None:
    """What one output binds counts for the next, and for its expressions."""
    _, known = gives(shape("batch", "k"), shape(None, 3), {}, BOUND)
    assert known == {"k": 3}
    assert gives(shape("batch", "k"), shape(None, 3), {}, BOUND, known) == (Fit.YES, known)
    assert gives(shape("batch", "k"), shape(None, 4), {}, BOUND, known) == (Fit.NO, known)
    assert gives(shape("2*k"), shape(6), {}, BOUND, known) == (Fit.YES, known)
    assert gives(shape("2*k"), shape(8), {}, BOUND, known) == (Fit.NO, known)
    assert gives(shape("m"), shape(8), {}, BOUND, known) == (Fit.YES, {"k": 3, "m": 8})


@given(st.lists(CLIENT_DIMS, max_size=3), SIZES)
def test_reflexive(dims: list[int | str | None], sizes: dict[str, Sizes]) -> None:
    """A shape takes itself, as two contracts are compared, but for `null`, which `null` covers."""
    assert takes(shape(*dims), shape(*dims), sizes) is Fit.YES


@given(*[st.lists(EXPORT_DIMS, min_size=2, max_size=2)] * 3)
def test_transitive(a: list[int | None], b: list[int | None], c: list[int | None]) -> None:
    """What fits into what fits into a third fits into the third."""
    one, two, three = shape(*a), shape(*b), shape(*c)
    if takes(one, two, {}) is Fit.YES and takes(two, three, {}) is Fit.YES:
        assert takes(one, three, {}) is Fit.YES


@given(st.lists(CLIENT_DIMS, max_size=3), st.lists(EXPORT_DIMS, max_size=3), SIZES)
def test_a_wider_declaration_takes_what_a_narrower_took(
    sent: list[int | str | None], accepted: list[int | None], sizes: dict[str, Sizes]
) -> None:
    """Inputs may widen: `-1` for a fixed length breaks nobody."""
    if takes(shape(*sent), shape(*accepted), sizes) is Fit.YES:
        assert takes(shape(*sent), shape(*[None] * len(accepted)), sizes) is Fit.YES


def test_sizes() -> None:
    """A range without an upper end has no single length."""
    assert Sizes(3, 3).single == 3
    assert Sizes(3).single is None
    assert (Sizes(2, 3).admits(1), Sizes(2, 3).admits(2), Sizes(2, 3).admits(4)) == (False, True, False)
    assert Sizes(2).admits(10**9)


_LENGTHS = st.sampled_from([1, 2, None, "n", "m", "2*n", "n+0", "m-n+n", "min(2, n)"])
_BOUNDS = st.dictionaries(
    st.sampled_from(["n", "m"]),
    st.tuples(st.integers(1, 3), st.integers(0, 2)).map(lambda pair: Sizes(pair[0], sum(pair))),
)


@given(_LENGTHS, _LENGTHS, _BOUNDS)
def test_are_equal_is_what_brute_force_says(
    one: int | str | None, other: int | str | None, sizes: dict[str, Sizes]
) -> None:
    """Two lengths are equal if they are under every choice of names; what is not said never surely is."""
    dims = (*shape(one).dims, *shape(other).dims)
    choices = assignments(names_in(dims), sizes)
    expected = None not in {one, other} and all(
        length == beside for names in choices for length, beside in concrete(dims, names)
    )
    assert are_equal(dims[0], dims[1], sizes) is expected
