"""Which calls may run side by side, and that nobody sees a difference."""

from collections.abc import Iterator

import pytest

from sigpact.runtime import company
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.company import is_independent
from sigpact.runtime.library import StatusError
from sigpact.runtime.limits import Limits
from sigpact.runtime.plans import plan
from sigpact.runtime.protocol import Call, Crashed, Hung
from sigpact.runtime.worker import Plan
from tests.runtime.helpers import Exports, loaded, number, plain, sent

pytestmark = pytest.mark.tensorflow

STATEFUL = b"\x88\x01\x01"
"""`is_stateful: true` of an OpDef."""
BY_REFERENCE = b"\x12\x03\x80\x01\x01"
"""One input argument with `is_ref: true`."""


@pytest.fixture(scope="module")
def pairs(exports: Exports) -> Iterator[TensorFlowBackend]:  # noqa: ARG001 - skips where absent
    """A backend that runs two calls at once, however many processors there are."""
    with TensorFlowBackend(Limits(at_once=2, call=3.0, memory=256 << 20)) as made:
        yield made


@pytest.mark.parametrize(
    ("export", "signature", "independent"),
    [
        ("plain", "text", True),
        ("plain", "matmul", True),  # reads a variable
        ("plain", "lookup", True),  # reads a table
        ("plain", "loop", True),
        ("plain", "scaled", True),
        ("plain", "add", False),  # keeps a sum
        ("plain", "hog", False),  # random numbers come one after the other
        ("plain", "noisy", False),  # what is printed has an order
        ("tf1", "double", True),
    ],
)
def test_only_what_keeps_nothing_runs_side_by_side(
    pairs: TensorFlowBackend, exports: Exports, export: str, signature: str, *, independent: bool
) -> None:
    """By what the outputs depend on, inside functions too, and TensorFlow's own word about each op."""
    session = loaded(pairs, exports, export)
    assert session._ask(fetched(exports, export, signature)) is independent
    session.close()


@pytest.mark.parametrize(
    ("definition", "independent"), [(b"", True), (STATEFUL, False), (BY_REFERENCE, False), (None, False)]
)
def test_an_op_that_keeps_something_or_is_unknown_is_no_company(
    exports: Exports, definition: bytes | None, *, independent: bool
) -> None:
    """Stateful, or given a variable by reference, or not to be found: each runs alone."""

    class Ops:
        def definition(self, op: str) -> bytes:
            if definition is None:
                raise StatusError("NOT_FOUND", op)
            return definition

    assert is_independent(Ops(), exports.path("plain"), fetched(exports, "plain", "text")) is independent


class Stateless:
    """Knows every op as one that keeps nothing."""

    def definition(self, op: str) -> bytes:  # noqa: ARG002 - see `Ops`
        """See `Ops.definition`."""
        return b""


def test_what_cannot_be_read_or_is_too_large_runs_alone(
    exports: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No graph, nothing known of it; a large one keeps the processor busy with one call."""
    text = fetched(exports, "plain", "text")
    assert not is_independent(Stateless(), exports.path("garbage"), text)
    assert not is_independent(Stateless(), "/nowhere", text)
    monkeypatch.setattr(company, "_MOST", 1)
    assert not is_independent(Stateless(), exports.path("plain"), text)


def test_answers_come_in_order_and_are_those_of_calls_alone(
    pairs: TensorFlowBackend, exports: Exports
) -> None:
    """Two at once or one at a time, the stream is the same, element by element."""
    titles = [["x" * length, "y" * (length % 30)] for length in range(120)]
    calls = [exports.call("plain", "text", title=sent(each)) for each in titles]
    batches = [calls[:5], *(calls[at : at + 23] for at in range(5, 120, 23))]
    session = loaded(pairs, exports)
    beside = [plain(each) for outcomes in session.stream(batches) for each in outcomes]
    assert session._independent == {fetched(exports, "plain", "text"): True}
    assert beside == [plain(each) for each in session.run(calls)]
    assert [each["length"] for each in beside] == [[len(one) for one in each] for each in titles]


def test_what_keeps_a_sum_sees_its_calls_in_order(pairs: TensorFlowBackend, exports: Exports) -> None:
    """A second run gives the same totals."""
    add = exports.call("plain", "add", n=number(1))
    batches = loaded(pairs, exports).stream([[add] * 20] * 5)
    totals = [plain(each)["total"] for outcomes in batches for each in outcomes]
    assert totals == list(range(1, 101))


def test_in_company_too_it_is_known_which_call_crashed_and_which_hung(
    pairs: TensorFlowBackend, exports: Exports
) -> None:
    """They are run again by themselves, and every other call is answered."""

    def call(name: str, n: int) -> Call:
        return exports.call("plain", name, n=number(n))

    batches = [
        [call("loop", 2)],
        [call("loop", 4), call("unique", 1 << 24), call("loop", 6)],
        [call("loop", 8), call("loop", 7), call("loop", 10)],
    ]
    _, crashing, hanging = loaded(pairs, exports).stream(batches)
    assert [isinstance(each, Crashed) for each in crashing] == [False, True, False]
    assert [plain(crashing[at])["y"] for at in (0, 2)] == [4, 6]
    assert hanging[1] == Hung(3.0)
    assert [plain(hanging[at])["y"] for at in (0, 2)] == [8, 10]


def fetched(exports: Exports, export: str, signature: str) -> tuple[str, ...]:
    """The tensors that a call of a signature fetches."""
    planned = plan(exports.call(export, signature, **{each: number(0) for each in ARGUMENT[signature]}))
    assert isinstance(planned, Plan)
    return planned.fetches


ARGUMENT = {
    **dict.fromkeys(("loop", "add", "hog", "noisy", "unique"), ("n",)),
    **dict.fromkeys(("matmul", "double"), ("x",)),
    "text": ("title",),
    "lookup": ("word",),
    "scaled": ("x", "by"),
}
"""The inputs of each signature."""
