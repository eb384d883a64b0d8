"""How long 200 contracts of 60 lines take to load, beside what a user would pick instead.

The alternative is `yaml.safe_load` (PyYAML's own parser, as most people call it) and a `jsonschema`
validator, built once, of the schema that sigpact ships: it finds no mistake that a schema cannot say, and has
no places.

Run: python benchmarks/load_contracts.py
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import yaml

from sigpact.contract.load import find, load
from sigpact.contract.schema import schema

COUNT = 200
LINES = 60

HEAD = """\
contract: 1
client: client-{number}
model: genre
owner: team@example.com
description: One of many clients.
protocol: rest
dims:
  batch: {{min: 1, max: 32}}
types:
  title: {{dtype: text, minLength: 1, maxLength: 200}}
signatures:
"""
SIGNATURE = """\
  genre_{index}:
    body: row
    each: {{shape: [batch]}}
    inputs:
      title: {{type: title}}
    outputs:
      genre:
        dtype: text
        enum: [Drama, Comedy, Action, Western]
      confidence: {{dtype: number, minimum: 0, maximum: 1}}
      scores: {{dtype: number, shape: [batch, 4], sumsTo: {{value: 1, axis: -1}}}}
    holds:
      - confidence >= 0.05
      - {{expr: "sum(scores, axis=-1) ~= 1", because: the app draws a pie chart, share: 0.999}}
    properties: {{deterministic: true, batch_invariant: true}}
    examples:
      - inputs: {{title: ["Two Houses, Both Alike"]}}
        outputs: {{genre: [Drama]}}
"""
TAIL = """\
relations:
  - name: two signatures agree
    inputs: {title: genre_0.title}
    calls:
      one: {signature: genre_0, inputs: {title: title}}
      other: {signature: genre_1, inputs: {title: title}}
    holds:
      - one.genre == other.genre
"""


def text(number: int) -> str:
    """Return a contract of 60 lines."""
    body = HEAD.format(number=number) + "".join(SIGNATURE.format(index=index) for index in range(2)) + TAIL
    missing = LINES - body.count("\n")
    return "# padding\n" * missing + body


def seconds(run: Callable[[str], object], paths: tuple[str, ...]) -> float:
    """Return the CPU seconds of doing something with every file: one thread that waits for nothing."""
    start = time.process_time()
    for path in paths:
        run(path)
    return time.process_time() - start


def main() -> None:
    """Print seconds and ratio."""
    validator = jsonschema.Draft202012Validator(schema())

    def alternative(path: str) -> None:
        validator.validate(yaml.safe_load(Path(path).read_text(encoding="utf-8")))

    with tempfile.TemporaryDirectory() as folder:
        for number in range(COUNT):
            Path(folder, f"{number}.contract.yaml").write_text(text(number), encoding="utf-8")
        paths = find([folder])
        for run in (load, alternative):
            run(paths[0])
        ours = seconds(load, paths)
        few = paths[: COUNT // 20]
        theirs = seconds(alternative, few) * len(paths) / len(few)
    print(f"{len(paths)} contracts of {text(0).count(chr(10))} lines")
    print(f"sigpact.contract.load             {ours:8.2f} s  {ours / len(paths) * 1000:7.2f} ms each")
    print(f"yaml.safe_load and jsonschema     {theirs:8.2f} s  {theirs / len(paths) * 1000:7.2f} ms each")
    print(f"ratio                             {theirs / ours:8.1f} times as fast")


if __name__ == "__main__":
    main()
