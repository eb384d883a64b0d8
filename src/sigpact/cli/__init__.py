"""The command line: a thin front end. Reports go to stdout, progress and complaints to stderr.

`entry` is where it begins; `arguments` has what several commands take, the other modules the commands of
one kind each.
"""

from sigpact.cli.entry import command_line, main

__all__ = ["command_line", "main"]
