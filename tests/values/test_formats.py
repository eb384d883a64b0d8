"""Formats: what is one, what is none, and pools that hold what they promise."""

import datetime as dt
import ipaddress
import urllib.parse
import uuid

import numpy as np
import pytest

from sigpact.values.formats import FORMATS, format_pool, has_format
from sigpact.values.plan import plan
from tests.values.builders import contract, tensor

CASES = [
    ("date", "2024-02-29", True),
    ("date", "2023-02-29", False),
    ("date", "20240229", False),
    ("date", "2024-2-9", False),
    ("date", "2024-02-29\n", False),
    ("date", "٢٠٢٤-٠٢-٢٩", False),
    ("date-time", "2024-02-29T23:59:60Z", True),
    ("date-time", "2024-02-29t23:59:59.123456789+05:45", True),
    ("date-time", "2024-02-29 23:59:59Z", False),
    ("date-time", "2024-02-30T00:00:00Z", False),
    ("date-time", "2024-02-29T24:00:00Z", False),
    ("date-time", "2024-02-29T00:00:00", False),
    ("email", "first.last+tag@mail.example", True),
    ("email", "nobody", False),
    ("email", "a@b@c", False),
    ("email", "@b", False),
    ("uri", "urn:isbn:0451450523", True),
    ("uri", "https://a.example/b?c=%20#d", True),
    ("uri", "/relative", False),
    ("uri", "http://a b", False),
    ("uri", "http://a/%zz", False),
    ("uuid", "00000000-0000-0000-0000-00000000000F", True),
    ("uuid", "00000000000000000000000000000000", False),
    ("ipv4", "255.255.255.255", True),
    ("ipv4", "256.0.0.1", False),
    ("ipv4", "01.2.3.4", False),
    ("ipv4", "1.2.3", False),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES)
def test_texts_have_formats(name: str, text: str, *, expected: bool) -> None:
    """Each format takes what its RFC takes, and the whole text must be of it."""
    assert has_format(name, text) is expected


@pytest.mark.parametrize("name", FORMATS)
def test_pools_are_of_their_format(name: str) -> None:
    """Every example is of the format, they differ, and the same seed gives the same."""
    pool = format_pool(name, np.random.default_rng(7))
    assert len(set(pool)) == len(pool) >= 150
    assert all(has_format(name, each) for each in pool)
    assert pool == format_pool(name, np.random.default_rng(7))


def test_pools_satisfy_the_standard_library() -> None:
    """Second readers take the examples too."""
    rng = np.random.default_rng(1)
    assert all(dt.date.fromisoformat(each) for each in format_pool("date", rng))
    assert all(str(uuid.UUID(each)) == each for each in format_pool("uuid", rng))
    assert all(ipaddress.IPv4Address(each) for each in format_pool("ipv4", rng))
    assert all(urllib.parse.urlsplit(each).scheme for each in format_pool("uri", rng))
    assert all(dt.datetime.fromisoformat(each) for each in format_pool("date-time", rng))


def test_a_pattern_and_a_format_together() -> None:
    """Texts of the format that the pattern admits."""
    made = tensor("x", "text", "batch", format="date", pattern="^(19|20)[0-9]{2}-02")
    planned = plan(*contract(made), rows=50, seed=0)
    assert planned.undrawable == ()
    sent = {each for request in planned.requests for each in request.values["x"].array.tolist()}
    assert len(sent) > 3
    assert all(has_format("date", each.decode()) and each[4:7] == b"-02" for each in sent)
