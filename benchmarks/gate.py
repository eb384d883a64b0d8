"""The gate with all evidence at hand; the matrix of 10 models, 100 versions and 20 clients from the store.

    python -m benchmarks.gate

Beside the first stands `sigpact verify` of the same version for the same contracts, which a user would run
instead; beside the second the bare reading of the same files with `json.loads`.
"""

import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sigpact.contract.load import load
from sigpact.engine.options import Options
from sigpact.engine.selection import Binding
from sigpact.engine.verdicts import Part
from sigpact.findings import Evidence
from sigpact.gate.evidence import Known, Needed, result_payload
from sigpact.gate.gathering import Counted, digest
from sigpact.gate.settings import settings
from sigpact.savedmodel.versions import VersionDir
from sigpact.store.acts import append
from sigpact.store.place import created
from sigpact.store.records import Owner, OwnerKind, Result

MODELS: Final = 10
VERSIONS: Final = 100
CLIENTS: Final = 20
TURNS: Final = 5
EXAMPLE: Final = Path("build/models/genre")

_CONTRACT: Final = """\
contract: 1
client: client{client}
model: [{models}]
signatures:
  get_genre:
    inputs: {{title: {{dtype: text, shape: [batch], maxLength: 20}}}}
    outputs: {{genre: {{dtype: text, shape: [batch]}}}}
"""


def seconds(command: Sequence[str], folder: Path) -> float:
    """Return the shortest time of a command over several runs."""
    return min(_once(command, folder) for _ in range(TURNS))


def _once(command: Sequence[str], folder: Path) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    took = time.perf_counter() - start
    if done.returncode not in {0, 1}:  # a matrix with a no is one as well; a mistake is not what is measured
        raise SystemExit(f"{' '.join(command)}: {done.returncode}: {done.stdout}{done.stderr}")
    return took


def sigpact(*arguments: str) -> list[str]:
    """Return a command of sigpact."""
    return [sys.executable, "-m", "sigpact", *arguments]


def known_gate(folder: Path) -> tuple[float, float]:
    """Return how long the gate takes when all evidence is at hand, and how long verifying the same does."""
    for name in ("contracts", "models"):
        target = Path("contracts" if name == "contracts" else "build/models").resolve()
        (folder / name).symlink_to(target, target_is_directory=True)
    (folder / "pyproject.toml").write_text(
        '[tool.sigpact]\ncontracts = ["contracts"]\nmodels = ["models/genre"]\nstore = "store"\n'
    )
    asked = sigpact("gate", "genre@2", "--to", "production")
    _once(sigpact("store", "init"), folder)
    _once(sigpact("deployed", "genre@1", "--to", "production"), folder)
    _once(asked, folder)
    return seconds(asked, folder), _once(sigpact("verify", "--models", "models/genre/2"), folder)


def filled(folder: Path) -> None:
    """Write the contracts and the results of 10 models, 100 versions and 20 clients."""
    (folder / "contracts").mkdir()
    names = [f"model{each}" for each in range(MODELS)]
    contracts = []
    for each in range(CLIENTS):
        file = folder / "contracts" / f"client{each}.contract.yaml"
        file.write_text(_CONTRACT.format(client=each, models=", ".join(names)))
        contracts.append(load(file))
    counted = [Counted(each, "branch", digest(each)) for each in contracts]
    place = created(str(folder / "store"))
    here = settings(Options())
    evidence = Evidence(proved=60, rows=(("boundaries", 90), ("random", 10_000)), seed=1)
    now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
    for model in names:
        for version in range(1, VERSIONS + 1):
            bindings = [
                Binding(each.contract, model, VersionDir(version, str(version), "")) for each in counted
            ]
            found = [
                (Needed(each, binding, f"{at:064x}"), Known(Part(binding, (), evidence), "full"))
                for at, (each, binding) in enumerate(zip(counted, bindings, strict=True))
            ]
            payload = result_payload(here, {str(version): f"sha256:{version:064x}"}, found)
            append(place, Result(Owner(OwnerKind.MODEL, model), now, payload))


def bare(folder: Path) -> float:
    """Return how long it takes to read the same files and parse them, and nothing else."""
    files = "pathlib.Path(sys.argv[1]).rglob('*.json')"
    code = f"import json, pathlib, sys; [json.loads(file.read_bytes()) for file in {files}]"
    return seconds([sys.executable, "-c", code, str(folder / "store")], folder)


def main() -> None:
    """Print both, each with what stands beside it."""
    with tempfile.TemporaryDirectory() as name:
        gate, verify = known_gate(Path(name))
    print(f"gate, all evidence at hand: {gate:.2f} s, {gate / verify:.1%} of verifying it ({verify:.1f} s)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder)
        asked = sigpact("matrix", "--to", "production", "--contracts", "contracts", "--store", "store")
        found, read = seconds(asked, folder), bare(folder)
        done = subprocess.run([*asked, "--format", "json"], cwd=folder, capture_output=True, check=True)
        cells = sum(each["verdict"] == "yes" for each in json.loads(done.stdout)["verdicts"])
    told = f"{MODELS} models, {VERSIONS} versions, {CLIENTS} clients ({cells:,} cells)"
    print(f"matrix of {told}: {found:.2f} s, {found / read:.1f} times the bare reading ({read:.2f} s)")


if __name__ == "__main__":
    main()
