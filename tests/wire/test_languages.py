"""Doubles as each language writes them. The tables were taken from the languages themselves."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.wire.languages import _WRITERS, double_tokens

_TABLE = [
    # number, python, java, javascript, go, swift
    (1.0, "1.0", "1.0", "1", "1", "1"),
    (0.0, "0.0", "0.0", "0", "0", "0"),
    (-0.0, "-0.0", "-0.0", "0", "-0", "-0"),
    (0.1, "0.1", "0.1", "0.1", "0.1", "0.1"),
    (-12.5, "-12.5", "-12.5", "-12.5", "-12.5", "-12.5"),
    (0.001, "0.001", "0.001", "0.001", "0.001", "0.001"),
    (0.0001, "0.0001", "1.0E-4", "0.0001", "0.0001", "0.0001"),
    (1.5e-05, "1.5e-05", "1.5E-5", "0.000015", "0.000015", "1.5e-05"),
    (1e-06, "1e-06", "1.0E-6", "0.000001", "0.000001", "1e-06"),
    (1e-07, "1e-07", "1.0E-7", "1e-7", "1e-7", "1e-07"),
    (9999999.0, "9999999.0", "9999999.0", "9999999", "9999999", "9999999"),
    (1e7, "10000000.0", "1.0E7", "10000000", "10000000", "10000000"),
    (12345678.5, "12345678.5", "1.23456785E7", "12345678.5", "12345678.5", "12345678.5"),
    (1e15, "1000000000000000.0", "1.0E15", "1000000000000000", "1000000000000000", "1000000000000000"),
    (1e16, "1e+16", "1.0E16", "10000000000000000", "10000000000000000", "10000000000000000"),
    (1e17, "1e+17", "1.0E17", "100000000000000000", "100000000000000000", "1e+17"),
    (1e21, "1e+21", "1.0E21", "1e+21", "1e+21", "1e+21"),
    (1.25e-100, "1.25e-100", "1.25E-100", "1.25e-100", "1.25e-100", "1.25e-100"),
]
_COLUMNS = ("python", "java", "javascript", "go", "swift")


@pytest.mark.parametrize("row", _TABLE, ids=[str(row[0]) for row in _TABLE])
def test_double_text(row: tuple[float, str, str, str, str, str]) -> None:
    """With or without a point, plain or with an exponent: as the language's own writer has it."""
    number, *expected = row
    found = [double_tokens(language, np.array([number]))[0].decode() for language in _COLUMNS]
    assert found == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_comes_back(number: float) -> None:
    """Each text is JSON and names the same double; only JavaScript loses the sign of zero."""
    for language in ("any", "kotlin", *_COLUMNS):
        token = double_tokens(language, np.array([number]))[0]
        assert float(json.loads(token)) == number
        is_negative = token.startswith(b"-")
        assert is_negative == (math.copysign(1, number) < 0) or (language == "javascript" and not number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_who_writes_a_point(number: float) -> None:
    """Python, Java, Kotlin and `any` never write an integer literal for a double."""
    for language in ("any", "python", "java", "kotlin"):
        assert isinstance(json.loads(double_tokens(language, np.array([number]))[0]), float)
    for language in ("javascript", "go", "swift"):
        is_integer = isinstance(json.loads(double_tokens(language, np.array([number]))[0]), int)
        assert not is_integer or number.is_integer()


@pytest.mark.parametrize("language", ["any", "kotlin", *_COLUMNS])
def test_arrays_are_written_as_each_number_is(language: str) -> None:
    """The shortest digits of whole arrays are those of `repr`, in the language's layout."""
    rng = np.random.default_rng(5)
    doubles = rng.standard_normal(2000) * 10.0 ** rng.integers(-6, 10, 2000)
    bits = np.frombuffer(rng.bytes(8 * 2000))
    edges = np.array([1e-4, 1e-3, 1e6, 1e7, 1e16, 2.0**53, -0.0, 0.0])
    near = np.concatenate([edges, np.nextafter(edges, 0), np.nextafter(edges, np.inf)])
    for numbers in (doubles, doubles.astype(np.float32).astype(np.float64), np.rint(doubles), near, bits):
        finite = numbers[np.isfinite(numbers)]
        expected = [_WRITERS[language](each).encode() for each in finite.tolist()]
        assert double_tokens(language, finite) == expected
