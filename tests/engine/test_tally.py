"""Thousands of rows, few troubles: what is counted, and which request is kept."""

from sigpact.checks.breaches import Breach
from sigpact.engine.journey import Garbled
from sigpact.engine.tally import Tally, failure
from sigpact.runtime.protocol import Crashed, Hung, Refused
from sigpact.values.requests import Origin, Request
from sigpact.wire.arrays import value
from sigpact.wire.client_writes import CannotWrite
from tests.values.builders import contract, tensor


def request(*texts: str) -> Request:
    """Return a request of these rows."""
    return Request(Origin.RANDOM, {"x": value("string", list(texts))}, {"batch": len(texts)}, len(texts))


def breach(
    rule: str = "output-value-outside", row: int | None = 0, count: int = 1, change: str = "maximum"
) -> Breach:
    """Return a breach of one row."""
    return Breach(rule, ("outputs", "y"), row, "at most 1", "2", count, 4, change)


def test_rows_are_counted_by_kind_of_trouble() -> None:
    """As many as have it, never more than the request has; all of them where the whole answer is wrong."""
    tally = Tally()
    tally.add([breach(count=2)], request("a", "b", "c"))
    tally.add([breach(count=9)], request("a", "b", "c"))
    tally.add([breach(row=None)], request("a", "b"))
    tally.add([breach(change="minimum")], request("a"))
    tally.add([breach("example-mismatch")], None)
    assert {(key[0], key[2]): each.rows for key, each in tally.troubles.items()} == {
        ("output-value-outside", "maximum"): 2 + 3 + 2,
        ("output-value-outside", "minimum"): 1,
        ("example-mismatch", "maximum"): 1,
    }


def test_the_row_that_is_easiest_to_read_is_kept() -> None:
    """The failing row counts, not the request around it; of equals the first."""
    tally = Tally()
    for each, row in [
        (request("a long title"), 0),
        (request("\t", "abc"), 1),
        (request("ab"), 0),
        (request("xy"), 0),
        (request("\t"), 0),
    ]:
        tally.add([breach(row=row)], each)
    (trouble,) = tally.troubles.values()
    assert trouble.request is not None
    assert trouble.request.values["x"].array.tolist() == [b"ab"]
    assert trouble.rows == 5


def test_how_a_call_ended_is_said_in_the_words_of_the_protocol() -> None:
    """HTTP statuses over REST, status names over gRPC."""
    rest, use = contract(tensor("x", "text", "batch"), client="row")
    grpc, _ = contract(tensor("x", "text", "batch"))
    refused = Refused("INVALID_ARGUMENT", "no")
    assert failure(rest, use, refused).received == "400 no"
    assert failure(grpc, use, refused).received == "INVALID_ARGUMENT: no"
    told: list[tuple[Garbled | CannotWrite | Crashed | Hung, str, tuple[str, ...], str]] = [
        (Garbled("y", "NaN", b""), "answer-unreadable", ("outputs", "y"), "NaN"),
        (Garbled(None, "NaN", b""), "answer-unreadable", ("outputs",), "NaN"),
        (CannotWrite("no NaN"), "request-not-writable", (), "no NaN"),
        (Crashed("SIGSEGV", "op"), "model-crashed", (), "the process ended (SIGSEGV): op"),
        (Crashed(None, ""), "model-crashed", (), "the process ended"),
        (Hung(2.5), "model-hung", (), "none within 2.5 seconds"),
    ]
    for arrival, rule, at, received in told:
        found = failure(rest, use, arrival)
        assert (found.rule, found.at, found.received) == (rule, at, received)


def test_a_sensitive_call_ends_with_a_digest() -> None:
    """The status and the signal stay, the words that may quote a value go."""
    made, use = contract(tensor("x", "text", "batch", sensitive=True), client="row")
    ends: list[Garbled | Refused | CannotWrite | Crashed | Hung] = [
        Refused("INTERNAL", "Jaws"),
        Crashed("SIGABRT", "Jaws"),
        Garbled("y", "Jaws", b""),
        CannotWrite("Jaws"),
    ]
    said = [failure(made, use, each).received for each in ends]
    assert not [each for each in said if "Jaws" in each]
    assert said[0].startswith("500 sha256:")
    assert said[1].startswith("the process ended (SIGABRT): sha256:")
