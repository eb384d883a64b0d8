"""Readers in Swift: the files for people to read; parsed by a grammar, compiled where Swift is."""

import shutil
import sys
from pathlib import Path

import pytest

from sigpact.authoring.readers import swift
from sigpact.authoring.readers.plan import plan as planned
from sigpact.contract.load import load
from sigpact.contract.model import SignatureUse
from tests.authoring.readers.cases import drawn
from tests.authoring.readers.test_kotlin import labelled
from tests.authoring.readers.toolchains import grammar, run

ODD = Path(__file__).parents[2] / "cases" / "readers" / "odd.contract.yaml"
CONTRACT = load(ODD)
PARSE = """\
import sys
from pathlib import Path
import tree_sitter, tree_sitter_swift
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_swift.language()))
def wrong(node):
    if node.is_error or node.is_missing:
        return [node.start_point]
    return [at for each in node.children for at in wrong(each)]
for file in sorted(Path().glob("*.swift")):
    found = wrong(parser.parse(file.read_bytes()).root_node)
    assert not found, (file, found)
"""
MAIN = '''\
import Foundation

let body = Data(#"""
    {"predictions": [{"best": 1, "größe": 0.5, "__proto__": ["a"], "label": "Drama", "yes": true,
     "raw_bytes": [[{"b64": "YQ=="}], [{"b64": ""}]], "big": 18446744073709551615, "all": [[1, 2]],
     "Mood": "sad", "temper": "gay", "Tensor": 127}]}
    """#.utf8)
let row = try RankIt.readAnswer(body)[0]
precondition(row.best == .v1 && row.label == .drama && row.big == UInt64.max && row.all.shape == [1, 2])
precondition(row.Mood_ == .sad && row.temper == .gay && row.Tensor_ == 127)
precondition(row.raw_bytes == [[Data("a".utf8)], [Data()]])
do {
    _ = try RankIt.readAnswer(Data(#"{"predictions": ["a"]}"#.utf8))
    preconditionFailure()
} catch let error as RankIt.BodyError {
    precondition(error.place == "predictions[0]")
}
'''


@pytest.mark.parametrize("use", CONTRACT.signatures, ids=[each.name for each in CONTRACT.signatures])
def test_files_are_as_reviewed(use: SignatureUse) -> None:
    """No compiler looks at them here, so a person does: a change of a template shows as a change of these."""
    file = ODD.with_name(f"{use.name.replace(' ', '_')}.swift")
    made = swift.render(planned(CONTRACT, use, f"sigpact reader swift odd.contract.yaml '{use.name}'"))
    head, _, content = made.partition("\n")
    assert head.endswith("do not edit. To generate it again:")
    assert content == file.read_text(encoding="utf-8").partition("\n")[2]


def test_they_are_swift(tmp_path: Path) -> None:
    """A grammar of Swift finds nothing that it does not know, in random ones either."""
    folder = grammar()
    readers = [each.reader for each in drawn(60)]
    readers += [planned(CONTRACT, use, "sigpact") for use in CONTRACT.signatures]
    for at, reader in enumerate([*readers, labelled(["a", "self", "rawValue", "", "A"])]):
        (tmp_path / f"made{at}.swift").write_text(swift.render(reader), encoding="utf-8")
    run(sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{PARSE}", cwd=tmp_path)


def test_they_compile_and_run(tmp_path: Path) -> None:
    """Where there is a Swift: all of the contract in one program, which reads an answer."""
    if shutil.which("swiftc") is None:
        pytest.skip("swiftc is not installed, and no package of npm, PyPI or Debian brings it")
    for use in CONTRACT.signatures:
        name = use.name.replace(" ", "_")
        (tmp_path / f"{name}.swift").write_text(
            swift.render(planned(CONTRACT, use, "sigpact")), encoding="utf-8"
        )
    (tmp_path / "main.swift").write_text(MAIN, encoding="utf-8")
    run("swiftc", *sorted(each.name for each in tmp_path.glob("*.swift")), "-o", "made", cwd=tmp_path)
    run("./made", cwd=tmp_path)
