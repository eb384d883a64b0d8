"""Shapes of any number of dimensions as sets: reflexive, transitive, and what brute force says."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sigpact.tensors.shapes import AnyRank, Dim, Fixed, Ranked, Shape, Unknown
from sigpact.tensors.unify import ANY_NUMBER, Fit, gives, takes

_DIMS = st.lists(st.sampled_from([Unknown(), Fixed(0), Fixed(1), Fixed(2)]), max_size=2).map(tuple)
_RANKED = st.builds(Ranked, _DIMS, st.booleans())
_EXPORTED = st.one_of(st.just(AnyRank()), st.builds(Ranked, _DIMS))
_RANKS = range(5)
_SIZES = range(4)


def _members(shape: Shape) -> set[tuple[int, ...]]:
    """Return every shape of up to four dimensions of up to three that a declaration stands for."""
    return {each for rank in _RANKS for each in product(_SIZES, repeat=rank) if _admits(shape, each)}


def _admits(shape: Shape, found: tuple[int, ...]) -> bool:
    if isinstance(shape, AnyRank):
        return True
    surplus = len(found) - len(shape.dims)
    if surplus < 0 or (surplus and not shape.leading):
        return False
    return all(_is(dim, size) for dim, size in zip(shape.dims, found[surplus:], strict=True))


def _is(dim: Dim, size: int) -> bool:
    return isinstance(dim, Unknown) or dim == Fixed(size)


@given(_RANKED, st.one_of(_RANKED, st.just(AnyRank())))
def test_takes_is_set_inclusion(sent: Ranked, accepted: Shape) -> None:
    """Yes exactly where each shape that is sent is one that is taken, leading dimensions among them."""
    fits = _members(sent) <= _members(accepted)
    assert takes(sent, accepted, {}) is (Fit.YES if fits else Fit.NO)


@given(_RANKED)
def test_takes_is_reflexive(shape: Ranked) -> None:
    """A shape is taken where it is declared."""
    assert takes(shape, shape, {}) is Fit.YES


@given(*[st.one_of(_RANKED, st.just(AnyRank()))] * 3)
def test_takes_is_transitive(one: Shape, two: Shape, three: Shape) -> None:
    """But for a contract without a shape, which claims nothing and is taken everywhere."""
    known = not isinstance(one, AnyRank) and not isinstance(two, AnyRank)
    if known and takes(one, two, {}) is takes(two, three, {}) is Fit.YES:
        assert takes(one, three, {}) is Fit.YES


@given(st.one_of(_RANKED, st.just(AnyRank())), _EXPORTED)
def test_gives_yes_only_what_is_read(wanted: Shape, given_: Shape) -> None:
    """Yes: each shape that may come is read. No: none is. Unsaid: some are, some are not."""
    fit, _ = gives(wanted, given_, {}, frozenset())
    may_come, read = _members(given_), _members(wanted)
    if fit is Fit.YES:
        assert may_come <= read
    else:
        assert not may_come <= read
    if fit is Fit.NO:
        assert not may_come & read
    if fit is Fit.UNSAID:
        assert may_come & read


@given(*[_EXPORTED] * 3)
def test_gives_is_transitive(one: Shape, two: Shape, three: Shape) -> None:
    """What reads a version reads every version whose answers that one's readers read."""
    if gives(one, two, {}, frozenset())[0] is gives(two, three, {}, frozenset())[0] is Fit.YES:
        assert gives(one, three, {}, frozenset())[0] is Fit.YES


def test_any_number_of_dimensions_takes_and_reads_everything() -> None:
    """`[...]` is any rank, said on purpose: unlike no shape at all it does not fit into less."""
    some = Ranked((Unknown(), Fixed(3)))
    assert takes(some, ANY_NUMBER, {}) is Fit.YES
    assert takes(ANY_NUMBER, AnyRank(), {}) is Fit.YES
    assert takes(ANY_NUMBER, some, {}) is Fit.NO
    assert takes(AnyRank(), some, {}) is Fit.YES
    assert gives(ANY_NUMBER, AnyRank(), {}, frozenset())[0] is Fit.YES
    assert gives(Ranked((), leading=False), AnyRank(), {}, frozenset())[0] is Fit.UNSAID
