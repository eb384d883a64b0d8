"""Files of rows: which format it is, one line at a time, and what is hostile or torn told in one line."""

from pathlib import Path

import pytest

from sigpact.rows import files
from sigpact.rows.files import Entry, UnreadableFileError, entries
from tests.rows.logs import frame
from tests.rows.reading import TITLES, read

ROW = '{"inputs": {"title": ["Jaws"]}}'


def found(folder: Path, content: bytes) -> list[Entry]:
    """Return the entries of a file with this content."""
    file = folder / "rows"
    file.write_bytes(content)
    return list(entries(str(file)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # Line numbers are the editor's: blank lines count.
        (b'{"a": 1}\n{"b": 2}\n', [(1, b'{"a": 1}'), (2, b'{"b": 2}')]),
        (b'\n\n  {"a": 1}  \r\n\r\n{"b": 2}', [(3, b'{"a": 1}'), (5, b'{"b": 2}')]),
        (b'\xef\xbb\xbf{"a": 1}\n\xef\xbb\xbf{}', [(1, b'{"a": 1}'), (2, b"\xef\xbb\xbf{}")]),
        (b"", []),
        (b"\r\n \n", []),
        (b"no JSON", [(1, b"no JSON")]),
    ],
)
def test_lines(tmp_path: Path, content: bytes, expected: list[tuple[int, bytes]]) -> None:
    """CRLF, a byte order mark at the beginning and blank lines are no part of a row."""
    assert found(tmp_path, content) == [Entry(number, line, is_record=False) for number, line in expected]


def test_records(tmp_path: Path) -> None:
    """A TFRecord is told by its first checksum, whatever the file is called; even where it begins as JSON."""
    assert found(tmp_path, frame(b"") + frame(b"x" * 0x7B)) == [
        Entry(1, b"", is_record=True),
        Entry(2, b"x" * 0x7B, is_record=True),
    ]
    assert found(tmp_path, frame(b"x" * 0x7B))[0].is_record


HOSTILE = [
    # (content, line or record, the reason)
    (b"\x1f\x8b\x08\0\0\0\0\0", 0, "it is compressed with gzip: unpack it"),
    (b'\xff\xfe{\0"\0', 0, "it is UTF-16; JSON Lines are UTF-8: save it as UTF-8"),
    (b"\x01\0\0\0\0\0\0\0abcdx", 1, "it is neither JSON Lines nor a TFRecord: the checksum of its first"),
    (frame(b"abc")[:8], 1, "it is neither JSON Lines nor a TFRecord"),
    (frame(b"abc") + frame(b"abc")[:-2], 2, "it has 3 bytes, of which 5 are there"),
    (frame(b"abc", 1 << 60), 1, "it has 1,152,921,504,606,846,976 bytes"),
]


@pytest.mark.parametrize(("content", "number", "reason"), HOSTILE)
def test_what_is_no_file_of_rows(tmp_path: Path, content: bytes, number: int, reason: str) -> None:
    """One clear reason, with the record where it is one."""
    with pytest.raises(UnreadableFileError) as told:
        found(tmp_path, content)
    assert told.value.number == number
    assert told.value.reason.startswith(reason)


def test_a_line_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as far as a line may go, and no further."""
    monkeypatch.setattr(files, "MAX_LINE", 1 << 20)
    with pytest.raises(UnreadableFileError, match="the line is over 1 MiB"):
        found(tmp_path, b"{}\n" + b"[" * ((1 << 20) + 1))


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """A file that was there when the contract was loaded may be gone."""
    with pytest.raises(UnreadableFileError, match="it cannot be read: No such file"):
        list(entries(str(tmp_path / "gone")))


TOLD = [
    # (the file, what is told of it, and how many requests it gave all the same)
    (b"\x1f\x8b\x08\0\0\0\0\0\0", "rows.jsonl:1:1: it is compressed with gzip", 0),
    (b"", "rows.jsonl:1:1: the file has no row for 'get_genre': it has none at all", 0),
    (b"\n\n", "rows.jsonl:1:1: the file has no row for 'get_genre': it has none at all", 0),
    (f"{ROW}\n[1]\n".encode(), "rows.jsonl:2:1: a row is a JSON object, found a list", 1),
    (f"{ROW}\n{ROW[:-1]}\n".encode(), "rows.jsonl:2:31: not JSON: expecting ',' delimiter", 1),
    (f"{ROW} {ROW}\n".encode(), "rows.jsonl:1:33: not JSON: extra data: one row a line", 0),
    (f"{ROW}\n".encode() + b'{"inputs": "\xff"}', "rows.jsonl:2:13: byte 0xff is not UTF-8", 1),
    (b"[" * 100_000, "rows.jsonl:1:1: lists and objects are nested too deep", 0),
    (b'{"inputs": {"title": ' + b"[" * 100_000, "rows.jsonl:1:1: lists and objects are nested too deep", 0),
    (
        b'{"inputs": {"title": ' + b"[" * 40 + b"]" * 40 + b"}}",
        "rows.jsonl:1:1: 'title' has lists over 32 deep",
        0,
    ),
    (b'{"inputs": {"title": [' + b"1" * 5000 + b"]}}", "rows.jsonl:1:1: not JSON: Exceeds the limit", 0),
    (
        b'{"inputs": {"title": ["a"], "title": ["b"]}}',
        "rows.jsonl:1:1: not JSON: 'title' is written twice",
        0,
    ),
    (b'{"inputs": {"title": ["\\ud800"]}}', "rows.jsonl:1:1: 'title' has half of a surrogate pair", 0),
    (frame(b"\xff" * 9), "rows.jsonl:1:1: record 1: no PredictionLog: ", 0),
]


@pytest.mark.parametrize(("content", "told", "requests"), TOLD)
def test_what_is_wrong_with_a_file_is_told_in_one_line(
    tmp_path: Path, content: bytes, told: str, requests: int
) -> None:
    """With its place; the rows before it are there."""
    made = read(tmp_path, TITLES, content)
    (line,) = made.told
    assert line.startswith(told)
    assert len(made.requests) == requests


def test_a_file_with_a_thousand_mistakes_tells_twenty(tmp_path: Path) -> None:
    """And how many more there are."""
    made = read(tmp_path, TITLES, '{"inputs": {}}\n' * 1000)
    assert len(made.told) == 21
    assert made.told[0] == "rows.jsonl:1:1: the row does not send title"
    assert made.told[-1] == "rows.jsonl:20:1: 980 more rows are wrong"
