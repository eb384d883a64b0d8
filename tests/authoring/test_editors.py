"""In an editor: what `yaml-language-server` makes of the schema, by the modeline alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigpact.contract import schema
from sigpact.contract.fields import INPUT, ROOT
from sigpact.contract.forms import Either, Form, ListOf, MapOf, Record
from sigpact.contract.source import read
from sigpact.findings import Path as At
from tests.authoring.language_server import LanguageServer, installed
from tests.contract.documents import EVERYTHING

pytestmark = pytest.mark.npm
WRITTEN = f"""\
{schema.MODELINE}
contract: 1
client: c
model: m
signatures:
  s:
    inputs:
      x: {{dtype: text, minimun: 1}}
      y:
        dtype: number
        \

"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Contracts with the schema beside them, as the modeline has it."""
    made = tmp_path_factory.mktemp("contracts")
    shutil.copy(schema.FILE, made)
    (made / "a.contract.yaml").write_text(WRITTEN, encoding="utf-8")
    for path in EVERYTHING:
        text = f"{schema.MODELINE}\n{path.read_text(encoding='utf-8')}"
        (made / path.name).write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def server(folder: Path, pytestconfig: pytest.Config) -> Iterator[LanguageServer]:
    """The server, with nothing configured."""
    cache = pytestconfig.cache
    script = installed(cache.mkdir("yaml-language-server")) if cache else "pytest has no cache"
    if isinstance(script, str):
        pytest.skip(script)
    with LanguageServer(script, folder) as running:
        yield running


def test_a_slip_is_warned_of(server: LanguageServer, folder: Path) -> None:
    """Where it stands, and nothing else."""
    (found,) = server.open(folder / "a.contract.yaml")
    assert found["message"] == "Property minimun is not allowed."
    assert (found["range"]["start"]["line"], found["range"]["start"]["character"]) == (7, 23)


def test_keys_and_words_are_completed(server: LanguageServer, folder: Path) -> None:
    """Inside `inputs`: every key of a tensor that is not there, with what it means; and the dtypes."""
    server.open(folder / "a.contract.yaml")
    offered = server.completion(10, 8)
    assert set(offered) == {each.key for each in INPUT.fields} - {"dtype"}
    assert "The least that an element may be." in str(offered["minimum"])
    assert {"text", "integer", "float32"} <= set(server.completion(9, 15))


def keys(data: object, form: Form, path: At) -> Iterator[tuple[At, str]]:
    """Yield every key of the language in a document, with its description."""
    if isinstance(form, Either):
        wanted = (Record, MapOf) if isinstance(data, dict) else ListOf
        form = next((each for each in form.forms if isinstance(each, wanted)), form)
    match data, form:
        case dict(), Record(by_key=by_key):
            for key, value in data.items():
                yield (*path, key), by_key[key].description
                yield from keys(value, by_key[key].form, (*path, key))
        case dict(), MapOf(item=item):
            for key, value in data.items():
                yield from keys(value, item, (*path, key))
        case list(), ListOf(item=item):
            for at, value in enumerate(data):
                yield from keys(value, item, (*path, at))


@pytest.mark.parametrize("name", [path.name for path in EVERYTHING])
def test_every_key_is_explained(name: str, server: LanguageServer, folder: Path) -> None:
    """A contract that uses every key: nothing is wrong with it, and each key says what it means."""
    assert server.open(folder / name) == []
    document = read(folder / name)
    found = list(keys(document.tree.data, ROOT, ()))
    assert len(found) > 100
    for path, description in found:
        span = document.key_span(path)
        told = (
            server.hover(span.line - 1, span.column)
            .replace("\\", "")
            .replace("\n\n", " ")
            .replace("&nbsp;", " ")
        )
        assert description in told, path
