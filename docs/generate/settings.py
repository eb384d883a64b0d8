"""The keys of `[tool.sigpact]`: which there are, from what reads them; what each means, from here.

A key that is read and not told here, or told and not read, fails the build.
"""

from collections.abc import Collection, Mapping
from typing import Final

from docs.generate.markdown import code, table
from sigpact.clients.demands import TTL_DAYS
from sigpact.engine.environments import GATE_KEYS, SERVER_KEYS
from sigpact.engine.options import DEFAULT_RELATION_ROWS, DEFAULT_ROWS, DEFAULT_SEED, KEYS

_TOP: Final = {
    "contracts": "The contracts, where none are named: files or folders.",
    "models": "The models, where none are named: base paths, folders of such, `name=path`, `models.config`.",
    "store": "Where the gate keeps what is published and live: a folder or a URL.",
    "rows": "How many random rows a signature (default "
    f"{DEFAULT_ROWS:,}) and a relation ({DEFAULT_RELATION_ROWS:,}) get.",
    "seed": f"What rows are drawn from (default {DEFAULT_SEED}): the same seed gives the same rows.",
    "time_budget": "How long the rows of each signature, relation and property may take.",
    "checks": "Python checks that contracts may name in `holds: [{check: NAME}]`.",
    "environments": "A table for each place where versions are served.",
}
_SERVER: Final = {
    "batching": "The server runs with `--enable_batching`: scalars, unequal batches and scalar defaults are"
    " refused.",
    "method_name_check": "The server runs with `--enable_signature_method_name_check`.",
    "version": "The server's release: before 2.14 no defaults are fed, before 2.5 floats that lose digits are"
    " refused. Left out: the newest that is known.",
}
_GATE: Final = {
    "models": "What is served there, for the gate.",
    "evidence": "`full` (default): a yes must rest on a run; `static`: comparing is enough.",
    "rows": "So many rows must have run before a yes is one (default 0).",
    "accept_unchecked": "Clauses that may stay unchecked: those that contain one of these words.",
    "callers": "For a model that no contract names, what a break of its unknown callers does: nothing"
    " (`observe`), a note (`warn`) or a no (`enforce`).",
    "ttl_days": f"After so many days a client's release lapses, unless it is deployed again (default"
    f" {TTL_DAYS}).",
}
_BEGIN: Final = """\
# Settings

sigpact reads the nearest `pyproject.toml` at or above the folder where it is started. Relative paths are
relative to that file. What is said on the command line, or as an option of pytest, counts before it. A key
that is not here is a mistake.

```toml title="pyproject.toml"
[tool.sigpact]
contracts = ["contracts"]
models = ["models"]
store = "sigpact-store"

[tool.sigpact.environments.production]
models = ["serving/models.config"]
rows = 10_000

[tool.sigpact.environments.production.server]
batching = true
version = "2.18"
```
"""


def page() -> str:
    """Return the page. Raises `ValueError` where keys are not told, or told and not there."""
    top = {key: wanted for key, (_, wanted) in KEYS.items()}
    return "\n".join(
        [
            _BEGIN,
            _section("[tool.sigpact]", top, _TOP),
            _section("[tool.sigpact.environments.NAME]", GATE_KEYS, _GATE),
            "`sigpact gate … --to NAME` goes by it.\n",
            _section("[tool.sigpact.environments.NAME.server]", SERVER_KEYS, _SERVER),
            "`--environment NAME`, and `gate --to NAME`, judge for this server.\n",
        ]
    )


def _section(name: str, wanted: Mapping[str, str], means: Mapping[str, str]) -> str:
    _same(name, wanted, means)
    rows = [(code(key), wanted[key], means[key]) for key in wanted]
    return f"## {code(name)}\n\n{table(('key', 'value', 'means'), rows)}"


def _same(name: str, these: Collection[str], those: Collection[str]) -> None:
    if set(these) != set(those):
        raise ValueError(f"{name}: what is read and what is told differ in {sorted(set(these) ^ set(those))}")
