"""How processes end, and what they say last."""

import io

import pytest

from sigpact.runtime.processes import Ending, last_words


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("", ""),
        ("one\n\ntwo  \n", "one | two"),
        ("1\n2\n3\n4\n5\n", "3 | 4 | 5"),
        (
            "F0000 shape.cc:7] Check failed: x\n*** Check failure stack trace: ***\n    @     0x7f  abort\n",
            "F0000 shape.cc:7] Check failed: x",
        ),
        ("early\n" + "x" * 9000 + "\nlate\n", "x" * 160 + " | late"),
        ("\udcff\n", "\ufffd"),
    ],
)
def test_last_words_are_one_line_without_stack_frames(printed: str, words: str) -> None:
    """The last three lines say what a person can use."""
    assert last_words(io.BytesIO(printed.encode(errors="surrogateescape"))) == words


def test_what_was_printed_before_the_last_reply_is_not_told() -> None:
    """Warnings of the load do not explain the crash of a call."""
    assert last_words(io.BytesIO(b"warning\ncrash\n"), len(b"warning\n")) == "crash"


@pytest.mark.parametrize(
    ("ending", "signal", "text"),
    [
        (Ending(-11, ""), "SIGSEGV", "was ended by SIGSEGV"),
        (Ending(-6, "what(): std::bad_alloc"), "SIGABRT", "was ended by SIGABRT: what(): std::bad_alloc"),
        (Ending(3, ""), None, "ended with exit code 3"),
        (Ending(None, ""), None, "ended"),
    ],
)
def test_an_ending_names_the_signal(ending: Ending, signal: str | None, text: str) -> None:
    """Signals by name, exit codes by number, and neither where nobody knows."""
    assert (ending.signal, str(ending)) == (signal, text)
