"""Rewriting: the values that are to change change, and not a byte beside them."""

import json
import os
import re
import stat
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpact.contract.extents import extents
from sigpact.contract.rewrite import CannotRewriteError, replace_file, rewrite
from sigpact.contract.source import Document, parse
from sigpact.findings import Path
from tests.contract.layouts import DOCUMENTS, VALUES, Layout

Changes = dict[Path, object]


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        # the style of the old text is that of the new
        ("a: Drama # x", "a", "Horror", "a: Horror # x"),
        ("a: 'Drama'", "a", "it's", "a: 'it''s'"),
        ('a: "Drama"', "a", "Horror", 'a: "Horror"'),
        # but for texts that it cannot hold
        ("a: Drama", "a", "yes", 'a: "yes"'),
        ("a: Drama", "a", "1", 'a: "1"'),
        ("a: Drama", "a", "a: b", 'a: "a: b"'),
        ("a: 'Drama'", "a", "two\nlines", r'a: "two\nlines"'),
        ("a: Drama", "a", "\x00\u2028\U000e0001", r'a: "\x00\u2028\U000e0001"'),
        ("a: Drama", "a", "Ärger, 🎬", 'a: "Ärger, 🎬"'),
        ("a: Drama", "a", "Ärger, sehr", "a: Ärger, sehr"),
        ("a: [Drama]", "a.0", "Ärger, sehr", 'a: ["Ärger, sehr"]'),
        # numbers as YAML 1.2 reads them
        ("a: 0.5", "a", 1e-05, "a: 1e-05"),
        ("a: 0.5", "a", float("inf"), "a: .inf"),
        ("a: 0.5", "a", -0.0, "a: -0.0"),
        ("a: true", "a", False, "a: false"),
        ("a: x", "a", None, "a: null"),
        # one element of many
        ("a: [1,   2 , # two\n  3]\n", "a.1", 7, "a: [1,   7 , # two\n  3]\n"),
        ("a:\n- 1\n\n# two\n- 2", "a.1", 7, "a:\n- 1\n\n# two\n- 7"),
        ("a: {b: 1, c: [x]}", "a.c.0", "w", "a: {b: 1, c: [w]}"),
        ('a: {b64: "eA=="}', "a.b64", "eQ==", 'a: {b64: "eQ=="}'),
        # texts over several lines
        ("a: |\n  one\n  two\n\n# c\nb: 1", "a", "three", "a: three\n\n# c\nb: 1"),
        ("a: >-\n  one\n  two\nb: 1", "a", "x\ny", 'a: "x\\ny"\nb: 1'),
        ('a: "one\n  two"\nb: 1', "a", "three", 'a: "three"\nb: 1'),
        ("a: one\n  two\nb: 1", "a", "three", "a: three\nb: 1"),
        # whole lists
        ("a: [1, 2]", "a", [[1], [2]], "a: [[1], [2]]"),
        (
            "a:\n  - 'x'\n  # why\n  - 'y'\n# end\nb: 1",
            "a",
            ["p", "q", "r"],
            "a:\n  - 'p'\n  - 'q'\n  - 'r'\n# end\nb: 1",
        ),
        ("a:\r\n- 1\r\nb: 1\r\n", "a", [2, [3]], "a:\r\n- 2\r\n- [3]\r\nb: 1\r\n"),
        ("a:\n- - 1\n  - 2", "a.0", [3, 4], "a:\n- - 3\n  - 4"),
        ("a:\n- 1", "a", [], "a:\n  []"),
        ("a:\n- 1", "a", "x", "a:\n  x"),
        ("a:\n  b: 1\n  c: 2\nd: 3", "a", {"x": "w"}, "a:\n  {x: w}\nd: 3"),
        # nothing becomes something
        ("a:\nb: 1", "a", 2, "a: 2\nb: 1"),
        ("a:\n-\n- 1", "a.0", 2, "a:\n- 2\n- 1"),
        # an anchor that nothing repeats stays
        ("a: &x 1", "a", 2, "a: &x 2"),
    ],
)
def test_yaml(before: str, path: str, value: object, after: str) -> None:
    """Each layout: the value is replaced where it stands, and what is around it stays."""
    assert rewrite(parse(before, "c.yaml"), {_path(path): value}).text == after


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ('{"a": [1,\t2 ]}\n', "a.1", 7, '{"a": [1,\t7 ]}\n'),
        ('{"a": "x"}', "a", 'ü"', '{"a": "ü\\""}'),
        ('{"a": "\\u00fc"}', "a", "ö", '{"a": "\\u00f6"}'),
        ('{"a":[1,2]}', "a", [[1, 2]], '{"a":[[1,2]]}'),
        ('{"a": [\n  1\n]}', "a", [1, {"b": None}], '{"a": [1, {"b": null}]}'),
    ],
)
def test_json(before: str, path: str, value: object, after: str) -> None:
    """JSON keeps its spaces, and its escapes where it is ASCII by choice."""
    assert rewrite(parse(before, "c.json"), {_path(path): value}).text == after


@pytest.mark.parametrize(
    ("text", "path", "value", "told"),
    [
        ("a: &x Drama\nb: *x", "a", "Horror", "a YAML alias repeats it"),
        ("a: &x Drama\nb: *x", "b", "Horror", "a YAML alias repeats it"),
        ("a: &x [1, 2]\nb: *x", "b.0", 3, "a YAML alias repeats it"),
        ("a: &x {c: [1]}\nb: *x", "a.c", [2], "a YAML alias repeats it"),
        ("a: [&x 1]\nb: *x", "a", [2], "could not be read any more"),
        ('{"a": 1}', "a", float("nan"), "not finite"),
    ],
)
def test_what_cannot_be_replaced(text: str, path: str, value: object, told: str) -> None:
    """Rather than to change another place, nothing is changed."""
    name = "c.json" if text.startswith("{") else "c.yaml"
    with pytest.raises(CannotRewriteError, match=told):
        rewrite(parse(text, name), {_path(path): value})


def _path(written: str) -> Path:
    return tuple(int(each) if each.isdigit() else each for each in written.split("."))


@given(st.data())
def test_the_law_in_yaml(data: st.DataObject) -> None:
    """In any layout: extents are where values were written, and only they change, to what they are to be."""
    content = data.draw(DOCUMENTS)
    layout = Layout(data.draw)
    document = parse(layout.document(content), "c.yaml")
    assert repr(document.tree.data) == repr(content)
    found = extents(document)
    assert {path: (each.start, each.end) for path, each in found.items()} == layout.places
    _check(document, data.draw(_changes(content)))


@given(st.data(), st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_the_law_in_json(data: st.DataObject, indent: int | str | None, ascii_only: bool) -> None:  # noqa: FBT001
    """The same in JSON with any indentation."""
    content = data.draw(DOCUMENTS)
    text = json.dumps(content, indent=indent, ensure_ascii=ascii_only)
    _check(parse(text, "c.json"), data.draw(_changes(content)))


@st.composite
def _changes(draw: st.DrawFn, content: dict[str, Any]) -> Changes:
    """Draw other values for some places, none inside another."""
    changes: Changes = {}

    def visit(value: object, path: Path) -> None:
        if path and draw(st.integers(0, 3)) == 0:
            changes[path] = draw(VALUES)
            return
        pairs = (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        )
        for key, below in pairs:
            visit(below, (*path, key))

    visit(content, ())
    return changes


def _check(document: Document, changes: Changes) -> None:
    made = rewrite(document, changes)
    again = rewrite(made, {})
    assert again.text == made.text
    expected = json.loads(json.dumps(document.tree.data))
    for path, value in changes.items():
        inner = expected
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    assert repr(parse(made.text, document.file).tree.data) == repr(expected)
    places = sorted((each.start, each.end) for path, each in extents(document).items() if path in changes)
    pieces = [
        document.text[end:start]
        for (_, end), (start, _) in zip([(0, 0), *places], [*places, (None, 0)], strict=True)
    ]
    assert re.fullmatch(".*".join(map(re.escape, pieces)), made.text, re.DOTALL)


def test_a_file_is_replaced_with_its_permissions_and_mark(tmp_path: File) -> None:
    """A link stays a link, a byte order mark a byte order mark, and no other file is left."""
    real = tmp_path / "real.yaml"
    real.write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    real.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(real)
    replace_file(str(link), "a: 1\r\n", "ä: 2\r\n")
    assert real.read_bytes() == b"\xef\xbb\xbf" + "ä: 2\r\n".encode()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.yaml", "real.yaml"]


def test_a_write_that_fails_leaves_the_file(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file is whole, and the new one that did not come to be is gone."""
    file = tmp_path / "c.yaml"
    file.write_text("a: 1", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(str(file), "a: 1", "a: 2")
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["a: 1"]


@pytest.mark.parametrize(
    ("mode", "content", "reason"),
    [(0o444, "a: 1", "it is read-only"), (0o644, "a: 3", "it has changed since it was read: run again")],
)
def test_what_may_not_be_replaced_is_left(tmp_path: File, mode: int, content: str, reason: str) -> None:
    """A file that its owner protects, or that somebody else wrote meanwhile."""
    file = tmp_path / "c.yaml"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    with pytest.raises(OSError, match=reason):
        replace_file(str(file), "a: 1", "a: 2")
    assert file.read_text(encoding="utf-8") == content
