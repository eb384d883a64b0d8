"""The JSON Schema: current, valid, and of one mind with the builder about keys, types and forms."""

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpact.contract import schema
from sigpact.contract.admit import admit
from sigpact.contract.build import examine
from sigpact.contract.fields import ROOT
from sigpact.contract.forms import records
from sigpact.contract.mistakes import Mistakes
from sigpact.contract.source import read
from tests.contract.documents import EVERYTHING, document

VALIDATOR = jsonschema.Draft202012Validator(schema.schema())
DOCUMENTS: list[dict[str, Any]] = [read(path).tree.data for path in EVERYTHING]  # type: ignore[misc] # mappings
WORDS = sorted({each.key for record in records(ROOT) for each in record.fields})


def accepts(data: object) -> bool:
    """Whether the builder finds the keys, types and forms of a document right."""
    found = Mistakes(document(data))
    admit(ROOT, document(data).tree.data, (), found)
    return found.problems == ()


def test_the_shipped_schema_is_current() -> None:
    """Else: python -m sigpact.contract.schema."""
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()


def test_the_schema_is_one_of_draft_2020_12() -> None:
    """It validates against the metaschema, and every reference leads somewhere."""
    made = schema.schema()
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(made)
    references = {part.split('"')[0] for part in schema.text().split('"#/$defs/')[1:]}
    assert references == made["$defs"].keys()


def _parts(made: object) -> list[dict[str, Any]]:
    if isinstance(made, dict):
        here = [made] if "description" in made and "properties" not in made else []
        return here + [part for each in made.values() for part in _parts(each)]
    return []


def test_the_examples_of_the_schema_are_valid() -> None:
    """What an editor shows as an example is right."""
    made = schema.schema()
    for part in _parts(made):
        for example in part.get("examples", []):
            if example != {"get_genre": {}}:
                wanted = {**part, "$defs": made["$defs"]}
                assert jsonschema.Draft202012Validator(wanted).is_valid(example), (part, example)


@pytest.mark.parametrize("data", DOCUMENTS, ids=[path.stem for path in EVERYTHING])
def test_both_accept_the_whole_language(data: object) -> None:
    """The documents that use every key are valid for both."""
    VALIDATOR.validate(data)
    assert accepts(data)


def _paths(data: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below: list[tuple[str | int, ...]] = []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        below += [(*path, key), *_paths(value, (*path, key))]
    return below


PATHS = [(index, path) for index, data in enumerate(DOCUMENTS) for path in _paths(data)]
_LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(
        [0.5, 1.0, 2.0, -1.0, 1e300, 10**30, 600, "", "live", "x.y", "a\n", "previous\n", "12", "APP"]
    )
)
_VALUES = st.recursive(
    _LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*WORDS, "b64", "file", "", "zz"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_CHANGES = st.one_of(
    st.tuples(st.just("replace"), _VALUES),
    st.tuples(st.just("remove"), st.none()),
    st.tuples(st.just("rename"), st.sampled_from([*WORDS, "", "minimun"])),
    st.tuples(st.just("add"), st.tuples(st.sampled_from(WORDS), _VALUES)),
)


def _changed(data: dict[str, Any], path: tuple[str | int, ...], change: tuple[str, Any]) -> dict[str, Any]:
    data = copy.deepcopy(data)
    parent: Any = data
    for step in path[:-1]:
        parent = parent[step]
    match change:
        case ("replace", value):
            parent[path[-1]] = value
        case ("remove", _):
            del parent[path[-1]]
        case ("rename", key) if isinstance(parent, dict):
            parent[key] = parent.pop(path[-1])
        case ("add", (key, value)) if isinstance(parent, dict):
            parent[key] = value
    return data


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PATHS), _CHANGES)
def test_builder_and_schema_agree(place: tuple[int, tuple[str | int, ...]], change: tuple[str, Any]) -> None:
    """A changed document is right for both or wrong for both; and nothing makes the builder stumble."""
    index, path = place
    data = _changed(DOCUMENTS[index], path, change)
    examine(document(data))
    # only what was changed differs, so the part below one top-level key says it all, and sooner
    small: dict[str, Any] = {
        key: data[key] for key in ("contract", "client", "model", "signatures") if key in data
    }
    small["signatures"] = (
        {"s": {}} if path[0] != "signatures" and "signatures" in small else small.get("signatures")
    )
    if path[0] in data:
        small[str(path[0])] = data[path[0]]
    if change[0] in {"rename", "add"} and len(path) == 1:
        small = data
    assert accepts(small) == VALIDATOR.is_valid(json.loads(json.dumps(small)))
