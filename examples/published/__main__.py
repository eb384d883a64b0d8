"""Fetch the exports inside the packages `guesslang` and `basic-pitch`; nothing is done where they are there.

    python -m examples.published [--out build/published]

Nothing of a package is installed or imported: the wheel is downloaded as pip is configured to, its digest
compared, and the folder of the export unpacked.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Published:
    """A release, its only wheel's SHA-256, the export's folder inside, and the version it becomes here."""

    requirement: str
    sha256: str
    folder: str
    version: str


PUBLISHED: Final = (
    Published(
        "guesslang==2.0.3",
        "c573ec9da4f56b5713e8e49dd0c1193ab1832a433dcc2b25bbf518812582c6fa",
        "guesslang/data/model/",
        "guesslang/1",
    ),
    Published(
        "guesslang==2.2.1",
        "36bd12130515ee0e637f7255340ba92ea919d53423743f4c1b0c73727a5499cb",
        "guesslang/data/model/",
        "guesslang/2",
    ),
    Published(
        "basic-pitch==0.4.0",
        "738adb503aae7fdfc7d1e1511aa0ce35052315f260a19531ef4c356708425db0",
        "basic_pitch/saved_models/icassp_2022/nmp/",
        "basic_pitch/1",
    ),
)


class NotFetchedError(Exception):
    """A wheel could not be had: the registry cannot be reached, or what it sent has another digest."""


def fetch(published: Published, out: Path) -> Path:
    """Return the folder of an export below `out`, fetched where it is missing; whole or not at all.

    Raises `NotFetchedError`.
    """
    target = out / published.version
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch:
        with zipfile.ZipFile(_wheel(published, Path(scratch))) as wheel:
            names = [name for name in wheel.namelist() if name.startswith(published.folder)]
            wheel.extractall(scratch, names)
        shutil.move(Path(scratch, published.folder), target)
    return target


def _wheel(published: Published, folder: Path) -> Path:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{published.requirement} --hash=sha256:{published.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    # Only files are wanted: what the packages need, and which Python, does not matter.
    command += ["--no-deps", "--ignore-requires-python", "--require-hashes"]
    command += ["--requirement", str(wanted), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all from above
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise NotFetchedError(f"{published.requirement} could not be fetched: {last}")
    return next(folder.glob("*.whl"))


def main() -> int:
    """Fetch all, and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m examples.published", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/published"), help="folder of the base paths")
    out = parser.parse_args().out
    for each in PUBLISHED:
        try:
            print(f"{each.requirement:20} {fetch(each, out)}")
        except NotFetchedError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
