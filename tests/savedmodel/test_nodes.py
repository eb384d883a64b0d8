"""Names in a graph, found in its bytes."""

import pytest

from sigpact.savedmodel.nodes import has_node
from sigpact.savedmodel.wire import Message, whole


def _graph(*names: str) -> Message:
    nodes = [b"\x0a" + bytes([len(name)]) + name.encode() for name in names]
    return whole(b"".join(b"\x0a" + bytes([len(each)]) + each for each in nodes))


@pytest.mark.parametrize(
    ("tensor", "there"),
    [("a:0", True), ("scope/b:1", True), ("b:0", False), ("scope/bb:0", False), (":0", False), ("", False)],
)
def test_a_node_is_there_or_not(tensor: str, there: bool) -> None:  # noqa: FBT001 - a column of the table
    """By its whole name; the number of its output is no part of it."""
    assert has_node(_graph("a", "scope/b"), tensor) is there


def test_a_graph_without_nodes_says_nothing() -> None:
    """Nothing is called absent where nothing is there to compare with."""
    assert has_node(_graph(), "a:0")
    assert has_node(whole(b"\x22\x02\x08\x01"), "a:0")
