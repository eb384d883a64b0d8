"""Reading files: what cannot be read has one line, and every value has its place."""

import os
import sys
from pathlib import Path

import pytest

from sigpact.contract.source import MAX_BYTES, parse, read
from sigpact.errors import ContractError
from sigpact.findings import Span
from tests.contract.documents import loading_error


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "c.yaml:1:1: the file is empty; a contract begins with 'contract: 1'"),
        (b"# only a comment\n", "c.yaml:1:1: the file is empty; a contract begins with 'contract: 1'"),
        (b"a: 1\nbc: \xff\n", "c.yaml:2:5: byte 0xff is not UTF-8: save the file as UTF-8"),
        (b"\xef\xbb\xbf\xc3\xa9\xff", "c.yaml:1:2: byte 0xff is not UTF-8: save the file as UTF-8"),
        ("a: 1".encode("utf-16"), "c.yaml:1:1: the file is UTF-16; a contract is UTF-8: save it as UTF-8"),
        (
            b"#" * (MAX_BYTES + 1),
            "c.yaml:1:1: the file is over 1 MiB; a contract is smaller: keep rows in files of their own",
        ),
        (b"- a\n", "c.yaml:1:1: the document wants a mapping, found a list"),
        (b"text", "c.yaml:1:1: the document wants a mapping, found 'text'"),
    ],
)
def test_a_file_that_is_no_contract_has_one_line(tmp_path: Path, data: bytes, expected: str) -> None:
    """Whatever the bytes are, the message names the place and what to do."""
    path = tmp_path / "c.yaml"
    path.write_bytes(data)
    assert loading_error(path) == expected


def test_what_is_no_file_has_one_line(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe."""
    assert loading_error(tmp_path / "x") == "x:1:1: the file cannot be read: No such file or directory"
    (tmp_path / "d").mkdir()
    assert loading_error(tmp_path / "d") == "d:1:1: this is a folder; a contract is a file"
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "p")
        assert loading_error(tmp_path / "p") == "p:1:1: this is no regular file; a contract is a file"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """Columns count from the first character after it."""
    for name, text in (("x.yaml", "a: 1"), ("x.json", '{"a": 1}')):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        document = read(tmp_path / name)
        assert document.tree.data == {"a": 1}
        assert document.span(("a",)).column == text.index("1") + 1


def test_columns_count_characters_and_lines_all_line_breaks() -> None:
    """Characters outside the BMP are one; CR LF is one line break, U+2028 none."""
    document = parse("a: 1\r\nb: '\U0001f600\u2028'\r\n'é\U0001f600': [x, y]\n", "f.yaml")
    assert document.tree.data == {"a": 1, "b": "\U0001f600\u2028", "é\U0001f600": ["x", "y"]}
    assert document.span(("é\U0001f600", 1)) == Span("f.yaml", 3, 11)
    assert document.key_span(("é\U0001f600",)) == Span("f.yaml", 3, 1)


@pytest.mark.parametrize(
    ("text", "at", "place"),
    [
        ("k: abc", 1, (1, 5)),
        ('k: "abc"', 1, (1, 6)),
        # an escape is one character, however long it is written
        ('k: "\\x41\\u00e9\\U0001F600\\tb"', 4, (1, 27)),
        ("k: 'a''b'", 2, (1, 8)),
        # and each kind of quotes has its own
        ("k: \"a''b\"", 3, (1, 8)),
        ("k: 'a\\nb'", 3, (1, 8)),
        # the beginning stands for text of several lines
        ("k: |\n  abc\n", 1, (1, 4)),
        ("k: >-\n  abc\n", 1, (1, 4)),
        ("k: ab\n  cd", 4, (1, 4)),
        ("k: 'ab\n  cd'", 4, (1, 4)),
        ("k: &x abc", 1, (1, 8)),
    ],
)
def test_a_place_inside_a_scalar(text: str, at: int, place: tuple[int, int]) -> None:
    """A message about a character of an expression points at it in the file."""
    span = parse(text, "f.yaml").span_inside(("k",), at)
    assert (span.line, span.column) == place


def test_a_place_inside_a_json_text() -> None:
    """A surrogate pair is one character."""
    document = parse('{"k": "\\ud83d\\ude00\\u0041/x"}', "f.json")
    assert document.tree.data == {"k": "\U0001f600A/x"}
    assert document.span_inside(("k",), 3).column == 27


def test_an_unknown_path_is_its_nearest_ancestor() -> None:
    """A collection stands at its key, a scalar at itself."""
    document = parse("a:\n  b: {c: 1}\n", "f.yaml")
    assert document.span(("a", "b", "x", 3)) == Span("f.yaml", 2, 3)
    assert document.span(("a", "b", "c")) == Span("f.yaml", 2, 10)
    assert document.span(("x",)) == Span("f.yaml", 1, 1)
    assert document.spans()["a", "b", "c"] == Span("f.yaml", 2, 10)


def test_all_that_was_found_before_reading_stopped_is_told() -> None:
    """A duplicate key above a syntax error is not lost."""
    with pytest.raises(ContractError) as raised:
        parse("a: 1\na: 2\nb: [", "f.yaml")
    assert raised.value.problems[0].span.line == 2
    assert len(raised.value.problems) == 2
