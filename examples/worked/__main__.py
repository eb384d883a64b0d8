"""Export the models; nothing is done for those that are there already."""

import argparse
import os
from pathlib import Path


def main() -> None:
    """Build what is missing, and say what is there."""
    parser = argparse.ArgumentParser(prog="python -m examples.worked", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/worked"), help="folder of the base paths")
    out = parser.parse_args().out
    # Before the import: TensorFlow reads them once, and says things at length that are of no use here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    from examples.worked.build import build  # noqa: PLC0415 - it imports TensorFlow

    for folder in build(out):
        print(folder)


if __name__ == "__main__":
    main()
