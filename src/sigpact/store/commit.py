"""The commit that a release's files are taken from, as git says."""

import os
import subprocess
from collections.abc import Sequence

from sigpact.frozen import frozen

_OURS = frozenset(["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"])
"""Set in hooks: they would name another repository than the folder's."""


@frozen
class Commit:
    """A commit, if there is one; `dirty`: some of the files are not as it has them."""

    id: str | None = None
    dirty: bool = False


def commit_of(root: str, files: Sequence[str]) -> Commit:
    """Return the commit of the work tree that a folder is in; none without work tree, commit or git."""
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head is None:
        return Commit()
    changed = _git(root, "--literal-pathspecs", "status", "--porcelain", "--ignored", "-uall", "--", *files)
    return Commit(head, changed != "")


def _git(root: str, *arguments: str) -> str | None:
    environment = {key: each for key, each in os.environ.items() if key not in _OURS}
    command = ["git", "-C", root, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - git, asked about a folder
            command, capture_output=True, check=False, env=environment, encoding="utf-8", errors="replace"
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
