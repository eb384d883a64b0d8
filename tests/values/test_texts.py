"""Random and special texts: valid UTF-8, of the right lengths, of every class."""

import tracemalloc
import unicodedata

import numpy as np
import pytest

from sigpact.values.texts import ALPHABETS, LONGEST, MOULDS, draw_blobs, draw_lengths, draw_texts


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 1), (1, 1), (0, 7), (3, 200), (64, 64)])
def test_lengths_lie_within_and_reach_both_ends(low: int, high: int) -> None:
    """Lengths in characters are those that the contract admits; the ends occur."""
    texts = draw_texts(3000, low, high, np.random.default_rng(1))
    lengths = {len(each.decode()) for each in texts}
    assert min(lengths) == low
    assert max(lengths) == high


def test_every_class_of_text_occurs() -> None:
    """A thousand texts have all that preprocessing trips over."""
    texts = [each.decode() for each in draw_texts(1000, 1, 40, np.random.default_rng(2))]
    classes = {
        "upper": any(each.isupper() for each in texts),
        "lower": any(each.islower() for each in texts),
        "mixed": any(any(c.isupper() for c in each) and any(c.islower() for c in each) for each in texts),
        "white space before": any(each[0].isspace() and each[1:].isdigit() for each in texts),
        "white space after": any(each[-1].isspace() and each[:-1].isdigit() for each in texts),
        "digits": any(each.isdigit() for each in texts),
        "ASCII": any(each.isascii() for each in texts),
        "outside ASCII": any(not each.isascii() for each in texts),
        "outside the BMP": any(max(each) > "\uffff" for each in texts),
        "combining": any(unicodedata.combining(c) for each in texts for c in each),
        "right to left": any(unicodedata.bidirectional(c) == "R" for each in texts for c in each),
        "control": any("\x00" in each for each in texts),
    }
    assert [name for name, there in classes.items() if not there] == []


def test_alphabets_have_no_surrogates() -> None:
    """No alphabet holds half a character, and each fits its table."""
    assert all(len(each) <= 256 for each in ALPHABETS)
    assert not any("\ud800" <= character <= "\udfff" for each in ALPHABETS for character in each)


def test_the_same_seed_gives_the_same_texts() -> None:
    """Texts and bytes repeat."""
    for draw in (draw_texts, draw_blobs):
        first, second = (draw(50, 0, 30, np.random.default_rng(3)).tolist() for _ in range(2))
        assert first == second


def test_lengths_may_be_huge_or_none() -> None:
    """No rows give no texts; the range of lengths costs nothing."""
    assert draw_texts(0, 0, 5, np.random.default_rng(0)).tolist() == []
    assert draw_blobs(0, 0, 5, np.random.default_rng(0)).tolist() == []
    assert max(draw_lengths(100, 0, 2**31, np.random.default_rng(0))) <= 2**31


def test_bytes_are_any_bytes() -> None:
    """Bytes reach both lengths, and some are no UTF-8."""
    blobs = draw_blobs(500, 1, 9, np.random.default_rng(4))
    assert {len(each) for each in blobs} == set(range(1, 10))
    assert {byte for each in blobs for byte in each} == set(range(256))


def test_memory_is_a_few_times_the_texts() -> None:
    """Drawing a million characters needs no more than a few times their size."""
    tracemalloc.start()
    texts = draw_texts(10_000, 0, 200, np.random.default_rng(5))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 * sum(map(len, texts))


@pytest.mark.parametrize("mould", [*MOULDS, *LONGEST], ids=lambda mould: mould.label)
def test_moulds_fit_or_say_so(mould: object) -> None:
    """A special text has an admitted length, and what makes it special is there."""
    for low, high in [(0, 0), (0, 1), (1, 1), (2, 2), (3, 5), (20, 30)]:
        text = mould.cast(low, high)  # type: ignore[attr-defined]
        if text is not None:
            assert low <= len(text) <= high
            assert text
            assert text.startswith(mould.head)  # type: ignore[attr-defined]
            assert text.endswith(mould.tail)  # type: ignore[attr-defined]
    assert mould.cast(3, 12) is not None  # type: ignore[attr-defined]
