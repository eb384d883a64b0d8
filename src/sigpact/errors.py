"""The exceptions of sigpact, one class for each way to fail.

* SigpactError                the base: `except SigpactError` catches all of them
  + ContractError             a contract file is wrong; carries all problems of the file
  + ConfigurationError        an option or `[tool.sigpact]` is wrong
  + ExportError               an export cannot be read: damaged, foreign or empty; no server loads it
    + UnsupportedExportError  ... cannot be read *here* (proto-splitter, text format): unknown, not no
  + StorageError              what lies behind a URL, or in the store, cannot be reached, read or written
  + RuntimeUnavailableError   what was asked for needs TensorFlow, which is not installed

What a *version* does wrong is never an exception: it is a `Finding`.
"""

from sigpact.findings import Problem


class SigpactError(Exception):
    """Base of all exceptions that sigpact raises on purpose."""


class ContractError(SigpactError):
    """A contract file is wrong. `problems` has all of its mistakes, in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class ConfigurationError(SigpactError):
    """An option, or a key of `[tool.sigpact]`, is wrong. The message names it and the remedy."""


class ExportError(SigpactError):
    """An export cannot be read. `path` is the file or folder, `reason` one clause."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class UnsupportedExportError(ExportError):
    """An export that a server may well load cannot be read here: nothing is known about it."""


class StorageError(SigpactError):
    """What lies behind a URL, or in the store, cannot be reached, read or written: nothing is known.

    `url` is what was asked for (of a store here, its path), `reason` a clause.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


class RuntimeUnavailableError(SigpactError):
    """TensorFlow (or an extra) is needed and not installed. The message has the command that installs it."""
