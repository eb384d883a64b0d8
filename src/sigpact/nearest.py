"""The word that somebody may have meant, for messages about names that are not there."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like another; `None` where none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a run with a mistake pays for it

    return next(iter(get_close_matches(word, list(known), 1)), None)


def hint(word: str, known: Iterable[str]) -> str:
    """Return `did you mean 'minimum'?`, or what there is."""
    names = list(known)
    near = nearest(word, names)
    return f"did you mean {near!r}?" if near else f"there is {', '.join(names) or 'none'}"
