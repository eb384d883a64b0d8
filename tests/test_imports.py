"""The layers: who may import whom, and what the static half must never bring along."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from sigpact.store.place import created
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "sigpact"
LAYERS = (
    *("frozen", "nearest", "findings", "errors", "expressions"),
    *("tensors", "contract", "savedmodel", "serving", "clients", "store", "rules"),
    *("wire", "values", "rows", "runtime", "checking", "checks", "report", "engine", "gate", "authoring"),
    *("strategies", "pytest_xdist", "pytest_gate", "pytest_plugin"),
    *("cli", "__main__"),
)
"""From top to bottom: each may import from those before it, and from itself."""
STATIC_ENGINE = frozenset(
    f"engine.{each}"
    for each in (
        "check",
        "diff",
        "sides",
        "static",
        "selection",
        "options",
        "verdicts",
        "environments",
        "registered",
    )
)
"""The modules of the engine that run without numpy."""
STATIC_AUTHORING = frozenset(
    f"authoring.{each}"
    for each in (
        "sources",
        "facts",
        "agree",
        "ranges",
        "words",
        "dims",
        "draft",
        "generated",
        "yaml_text",
        "render",
        "init",
        "schemas",
        *(
            f"readers.{each}"
            for each in ("model", "names", "naming", "renderer", "runtime", "plan", "languages")
        ),
        *("readers.python", "readers.typescript", "readers.kotlin", "readers.swift"),
        "fmt",
        "lint",
        "layout.nodes",
        "layout.order",
        "layout.json_nodes",
        "layout.json_layout",
        "layout.yaml_nodes",
        "layout.yaml_tokens",
        "layout.yaml_scalars",
        "layout.yaml_layout",
        "lints.registry",
        "lints.examples",
    )
)
"""The modules of authoring that run without numpy: all that an export alone needs."""
NUMPY_LAYERS = frozenset({"wire", "values", "rows", "runtime", "checking", "checks"})
FOREIGN = {
    "contract": {"yaml", "PIL"},  # Pillow is an extra: an example of an image is looked at if it is there
    "savedmodel": {"fsspec"},
    "wire": {"numpy", "orjson", "simdjson"},
    "values": {"numpy", "hypothesis", "PIL"},
    "rows": {"numpy"},
    "runtime": {"numpy", "tensorflow", "ml_dtypes"},  # ml_dtypes comes with TensorFlow
    "checking": {"numpy"},
    "checks": {"numpy", "hypothesis", "jsonschema"},
    "engine": {"numpy", "hypothesis"},
    "authoring": {"numpy", "yaml"},
    "strategies": {"numpy", "hypothesis"},
    "pytest_plugin": {"pytest"},
    "pytest_gate": {"pytest"},
    "pytest_xdist": {"pytest", "xdist"},
}
"""What each layer may import from outside; the others only the standard library."""
HEAVY = frozenset({"numpy", "hypothesis", "PIL", "tensorflow", "google.protobuf", "jsonschema", "fsspec"})


def modules() -> dict[str, str]:
    """Return the source of every module by its dotted name below `sigpact`."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


def imports(source: str) -> Iterator[str]:
    """Yield every absolute name that is imported, at the top or inside functions; types only, not."""
    for node in _executed(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _executed(child)


def layer(module: str) -> str:
    """Return the layer of a module below `sigpact`."""
    return module.partition(".")[0]


def wrong_edges(module: str, source: str, known: frozenset[str]) -> list[str]:
    """Return the imports of a module that its layer does not allow."""
    wrong = []
    for name in imports(source):
        top, _, rest = name.partition(".")
        if top == "sigpact":
            target = rest if rest in known else rest.rpartition(".")[0]
            if not _may(module, target):
                wrong.append(f"{module} imports {target}")
        elif top not in sys.stdlib_module_names and top not in FOREIGN.get(layer(module), set()):
            wrong.append(f"{module} imports {top}")
    return wrong


def _may(module: str, target: str) -> bool:
    if LAYERS.index(layer(target)) > LAYERS.index(layer(module)):
        return False
    static = STATIC_ENGINE | STATIC_AUTHORING
    if layer(module) == "report" or module in static:
        dynamic = layer(target) in {"engine", "authoring"} and target not in static | {"engine", "authoring"}
        return layer(target) not in NUMPY_LAYERS and not dynamic
    return True


def test_every_module_stands_in_a_layer() -> None:
    """A new module has a place in the list before it has an import; an empty package imports nothing."""
    found = modules()
    assert {layer(each) for each in found if each} == set(LAYERS)
    assert list(imports(found[""])) == []


@pytest.mark.parametrize("module", sorted(set(modules()) - {""}))
def test_each_module_imports_only_from_above(module: str) -> None:
    """The layers hold, inside functions too, and packages from outside stay where they belong."""
    found = modules()
    assert wrong_edges(module, found[module], frozenset(found)) == []


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("rules.inputs", "import sigpact.wire.arrays", ["rules.inputs imports wire.arrays"]),
        ("rules.inputs", "from sigpact.wire import arrays", ["rules.inputs imports wire.arrays"]),
        ("rules.inputs", "from sigpact.tensors.unify import Fit", []),
        ("rules.inputs", "def f():\n    import numpy as np", ["rules.inputs imports numpy"]),
        ("report.text", "from sigpact.values.plan import plan", ["report.text imports values.plan"]),
        ("engine.check", "from sigpact.engine.run import Run", ["engine.check imports engine.run"]),
        ("engine.check", "from sigpact.engine.static import compare", []),
        ("engine.run", "from sigpact.checks.breaches import Breach", []),
        ("checks.views", "from sigpact.engine.run import Run", ["checks.views imports engine.run"]),
        ("authoring.words", "import sigpact.authoring.watch", ["authoring.words imports authoring.watch"]),
        ("authoring.traffic", "import sigpact.authoring.watch", []),
        ("cli", "import pytest", ["cli imports pytest"]),
        ("pytest_plugin", "if TYPE_CHECKING:\n    from sigpact.cli import main", []),
        ("pytest_plugin", "from sigpact.cli import main", ["pytest_plugin imports cli"]),
    ],
)
def test_a_wrong_edge_is_seen(module: str, source: str, wrong: list[str]) -> None:
    """The walker itself: what it lets pass and what it does not."""
    assert wrong_edges(module, source, frozenset(modules())) == wrong


def loaded(code: str, folder: Path) -> set[str]:
    """Run code in a fresh interpreter and return the names of all modules that it has then."""
    tail = "\nimport json, sys\nsys.stderr.write('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", dedent(code) + tail],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(names)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a contract, a model that satisfies it, and one that does not."""
    genre = {"inputs": {"title": "string [?]"}, "outputs": {"genre": "string [?]"}}
    write_export(tmp_path / "models" / "genre" / "1", [signature("get_genre", genre)])
    write_export(tmp_path / "models" / "genre" / "2", [signature("other", genre)])
    created(str(tmp_path / "store"))
    (tmp_path / "app.contract.yaml").write_text(
        "contract: 1\nclient: app\nmodel: genre\nsignatures:\n  get_genre:\n"
        "    inputs: {title: {dtype: text, shape: [batch], pattern: '^[a-z]+$'}}\n"
        "    outputs: {genre: {dtype: text, shape: [batch]}}\n",
        encoding="utf-8",
    )
    return tmp_path


COMMANDS: list[tuple[list[str], int]] = [
    (["check", "app.contract.yaml", "--models", "models"], 1),
    (["check", "app.contract.yaml", "--models", "models", "--format", "json"], 1),
    (["show", "models"], 0),
    (["show", "models", "--format", "json"], 0),
    (["rules"], 0),
    (["deployed", "genre@1", "--to", "production", "--models", "models", "--store", "store"], 0),
    (["store", "show", "--store", "store"], 0),
    (["explain", "input-missing"], 0),
    (["reader", "kotlin", "app.contract.yaml"], 0),
    (["init", "models", "--client", "app"], 0),
    (["fmt", "app.contract.yaml", "--check"], 1),
    (["lint", "app.contract.yaml"], 1),
    (["explain", "owner-missing"], 0),
    (["schema", "contract"], 0),
    (["schema", "request", "app.contract.yaml", "get_genre"], 0),
]


@pytest.mark.parametrize(("arguments", "code"), COMMANDS)
def test_static_commands_load_nothing_heavy(project: Path, arguments: list[str], code: int) -> None:
    """These start in a tenth of a second, `init` from an export too, so they must stay light."""
    names = loaded(f"from sigpact.cli import main\nassert main({arguments!r}) == {code}", project)
    assert names & (HEAVY | {"tempfile"}) == set()
    assert not {each for each in names if each.startswith("sigpact.") and layer(each[8:]) in NUMPY_LAYERS}


def test_jsonschema_waits_for_a_raw_example(tmp_path: Path) -> None:
    """It takes as long to import as numpy, and few contracts have an answer that it reads."""
    assert "jsonschema" not in loaded("import sigpact.engine.verify, sigpact.checks.body_schema", tmp_path)


def test_the_plugin_loads_nothing_but_itself(tmp_path: Path) -> None:
    """Everybody who has sigpact installed imports the plugin in every run of pytest."""
    names = loaded("import sigpact.pytest_plugin", tmp_path)
    assert names & (HEAVY | {"yaml"}) == set()
    assert {each for each in names if each.startswith("sigpact")} == {"sigpact", "sigpact.pytest_plugin"}


def test_a_base_path_loads_no_reader_of_configurations(project: Path) -> None:
    """Nor fsspec, nor what copies need: who names a folder pays for none of it."""
    names = loaded("from sigpact.serving.given import given\nassert given(['models']).models", project)
    assert names & {"sigpact.serving.config", "sigpact.serving.proto_text", "fsspec", "tempfile"} == set()
