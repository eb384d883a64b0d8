"""The backend made of functions."""

from collections.abc import Mapping

from sigpact.runtime.fake import FakeBackend, FakeClock, FakeSession
from sigpact.runtime.protocol import Backend, Call, Hung, Outcome, Refused, Session, Timed, Unloadable
from sigpact.wire.arrays import Value, value
from tests.runtime.helpers import plain, signature


def same(feeds: Mapping[str, Value]) -> Mapping[str, Value]:
    """Give back the input under two names."""
    return {"y": feeds["a"], "z": feeds["a"]}


def call(*fetches: str) -> Call:
    """A call of `f`."""
    return Call(signature("a", outputs=("y", "z")), {"a": value("float32", [1.0])}, fetches)


def session(backend: Backend, export: str = "genre/1") -> Session:
    """Load what must load."""
    loaded = backend.load(export)
    assert isinstance(loaded, FakeSession)
    return loaded


def test_a_function_answers_for_its_signature() -> None:
    """All outputs without a filter, those named with one."""
    outcomes = session(FakeBackend({"genre/1": {"f": same}})).run([call(), call("z")])
    assert [plain(each) for each in outcomes] == [{"y": [1.0], "z": [1.0]}, {"z": [1.0]}]


def test_a_function_may_give_any_outcome() -> None:
    """So the layers above are tested with refusals and hangs without causing them."""

    def refuses(_: Mapping[str, Value]) -> Outcome:
        return Refused("INTERNAL", "no")

    def hangs(_: Mapping[str, Value]) -> Outcome:
        return Hung(1.0)

    outcomes = [session(FakeBackend({"genre/1": {"f": each}})).run([call()]) for each in (refuses, hangs)]
    assert outcomes == [[Refused("INTERNAL", "no")], [Hung(1.0)]]


def test_batches_come_back_as_they_were_cut() -> None:
    """`stream` gives a list for each batch."""
    backend = FakeBackend({"genre/1": {"f": same}})
    assert [len(each) for each in session(backend).stream([[call()], [call(), call()], []])] == [1, 2, 0]


def test_a_clock_says_what_passes() -> None:
    """The version's own where it has one; what is not answered has no times."""
    clock = FakeClock(lambda each: float(each.feeds["a"].array[0]), lambda: 0.5)
    timed = session(FakeBackend({"genre/1": {"f": same}}, {"genre/1": clock})).time([call()] * 4, 2.0)
    assert timed == Timed((1.0, 1.0, 1.0), (0.5, 0.5))
    refuses = FakeBackend({"genre/1": {"f": lambda _: Refused("INTERNAL", "no")}})
    assert session(refuses).time([call()], 2.0) == Refused("INTERNAL", "no")


def test_another_path_does_not_load() -> None:
    """What was not given is unloadable, as a missing export."""
    assert FakeBackend({}).load("genre/2") == Unloadable("there is no version in genre/2")


def test_it_says_what_it_is() -> None:
    """The evidence of a test run says that nothing real ran."""
    assert FakeBackend({}).describe() == "functions"
