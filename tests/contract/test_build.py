"""The builder: every word loads, defaults are resolved, and every mistake of the closed list is found."""

import datetime as dt
import json
import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from sigpact.contract.build import examine
from sigpact.contract.fields import ROOT
from sigpact.contract.forms import Either, Field, Form, ListOf, MapOf, Record, records, types_of
from sigpact.contract.load import load
from sigpact.contract.mistakes import Mistake
from sigpact.contract.model import (
    Around,
    BytesFile,
    Clause,
    Contract,
    Expected,
    ExpectedError,
    Image,
    Labels,
    Latency,
    Optional,
    Property,
    RawExample,
    SignatureUse,
    Tensor,
    TensorExample,
    Tolerance,
    VersionRef,
    Versions,
)
from sigpact.contract.source import read
from sigpact.findings import Span
from sigpact.frozen import replace
from sigpact.tensors.shapes import AnyRank, Fixed, Named, Ranked, Unknown
from tests.contract.documents import CASES, EVERYTHING, HEAD, SHARED, contract, lines, mistakes

MISTAKES = sorted((CASES / "mistakes").glob("*.yaml"))


def use(body: str) -> SignatureUse:
    """Return the only signature of a contract."""
    (found,) = contract(body).signatures
    return found


def tensor(keys: str, head: str = "") -> Tensor:
    """Return the only input of the only signature, of the keys between its braces."""
    return use(f"{head}signatures: {{s: {{body: columnar, inputs: {{x: {{{keys}}}}}}}}}").inputs[0]


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case.stem)
def test_every_mistake_of_a_case_is_found_at_its_place(case: Path) -> None:
    """A case file ends with its mistakes, `# line:column: message`, and these are all that is found."""
    text = case.read_text(encoding="utf-8")
    expected = re.findall(r"(?m)^# (\d+:\d+: .*)$", text)
    _, found = examine(read(case))
    assert lines(found) == expected
    assert Mistake(case.name.split(".")[0]) in found.kinds


def test_the_closed_list_of_mistakes_has_a_case_for_each() -> None:
    """No member without a case file, no case file without a member."""
    assert {case.name.split(".")[0] for case in MISTAKES} == {str(mistake) for mistake in Mistake}


def _used(form: Form, value: Any, found: set[tuple[str, str]]) -> None:
    """Collect (record, key) of every key of the language that a document uses."""
    match form:
        case Record():
            for key, item in value.items():
                found.add((form.name, key))
                _used(form.by_key[key].form, item, found)
        case ListOf(item=item_form):
            for item in value:
                _used(item_form, item, found)
        case MapOf(item=item_form):
            for item in value.values():
                _used(item_form, item, found)
        case Either(forms=forms):
            kind = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else ""
            for each in forms:
                if kind in types_of(each):
                    _used(each, value, found)


def test_the_whole_language_loads() -> None:
    """Every key of the table is used in one of the two documents, and both load.

    What `each`, `types`, inputs, outputs and columns share is asked for once.
    """
    found: set[tuple[str, str]] = set()
    for path in EVERYTHING:
        load(path)
        _used(ROOT, read(path).tree.data, found)
    tensors = {"input", "output", "each", "type", "column"}
    keys = {key for record, key in found if record in tensors}
    missing = [
        (record.name, each.key)
        for record in records(ROOT)
        for each in record.fields
        if (each.key not in keys if record.name in tensors else (record.name, each.key) not in found)
        and record.name != "bytes"
    ]
    assert missing == []


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: path.stem)
def test_yaml_and_json_of_one_document_are_one_contract(path: Path, tmp_path: Path) -> None:
    """The format of the file is no part of the contract."""
    shutil.copytree(CASES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "x.json").write_text(json.dumps(read(path).tree.data, indent=2), encoding="utf-8")
    from_yaml, from_json = load(tmp_path / path.name), load(tmp_path / "x.json")
    assert replace(from_yaml, file="") == replace(from_json, file="")
    assert from_yaml.spans.keys() == from_json.spans.keys()


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: path.stem)
def test_a_contract_is_hashable_and_survives_pickling(path: Path) -> None:
    """Contracts go to workers."""
    loaded = load(path)
    copy = pickle.loads(pickle.dumps(loaded))  # noqa: S301 (made in this line)
    assert copy == loaded
    assert hash(copy) == hash(loaded)
    assert copy.spans == loaded.spans


@pytest.mark.parametrize("name", ["mobile-app", "web-store", "recommender", "analytics"])
def test_the_example_contracts_load(name: str) -> None:
    """The four contracts that the project was given are valid as they are."""
    if not SHARED.is_dir():
        pytest.skip("the shared example contracts are not beside this checkout")
    (path,) = (each for each in (SHARED / name).iterdir() if each.is_file())
    assert load(path).client == name


def test_defaults_of_the_document() -> None:
    """What is not said is REST, any language, live versions, active."""
    made = contract("signatures: {s: {inputs: {x: {dtype: text}}}}")
    assert made == Contract(
        file=made.file,
        client="c",
        models=("m",),
        protocol="rest",
        language="any",
        versions=Versions("live", "live"),
        status="active",
        signatures=made.signatures,
    )


def test_the_document_is_read_in_full() -> None:
    """Owner, description, models, sunset and dims arrive."""
    made = contract(
        "owner: o\ndescription: d\nsunset: 2027-06-30\nstatus: pending\nlanguage: go\n"
        "dims: {b: {min: 1, max: 32}, n: {}}\nsignatures: {s: {inputs: {x: {dtype: text}}}}"
    )
    assert (made.owner, made.description, made.status, made.language) == ("o", "d", "pending", "go")
    assert made.sunset == dt.date(2027, 6, 30)
    assert not made.is_expired(dt.date(2027, 6, 29))
    assert made.is_expired(dt.date(2027, 6, 30))
    assert [(each.name, each.minimum, each.maximum) for each in made.dims] == [
        ("b", 1, 32),
        ("n", None, None),
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("live", Versions("live", "live")),
        ("all", Versions("all", "all")),
        ("3", Versions("3", "number", number=3)),
        ('"3"', Versions("3", "number", number=3)),
        ('">=2, <9"', Versions(">=2, <9", "range", bounds=((">=", 2), ("<", 9)))),
        ('"!=0"', Versions("!=0", "range", bounds=(("!=", 0),))),
        ("{label: stable}", Versions("label stable", "label", label="stable")),
    ],
)
def test_versions(written: str, expected: Versions) -> None:
    """Every form of `versions` has its kind."""
    made = contract(f"versions: {written}\nsignatures: {{s: {{inputs: {{x: {{dtype: text}}}}}}}}")
    assert made.versions == expected


@pytest.mark.parametrize(
    ("written", "fine"),
    [
        (">=2, <3", True),
        (">2, <3", False),
        (">2, <4, !=3", False),
        ("<1", True),
        ("<0", False),
        (">5, !=6, !=7", True),
    ],
)
def test_a_range_admits_a_version_or_is_a_mistake(written: str, *, fine: bool) -> None:
    """A range is refused where no number from 0 on satisfies it."""
    found = mistakes(f'{HEAD}versions: "{written}"\nsignatures: {{s: {{inputs: {{x: {{dtype: text}}}}}}}}')
    assert found == ([] if fine else [f"4:11: no version satisfies {written!r}"])


@pytest.mark.parametrize(
    ("keys", "named", "answer"),
    [
        # one input and one output travel bare
        ("inputs: {a: {dtype: text}}, outputs: {b: {dtype: text}}", False, "bare"),
        ("named: true, inputs: {a: {dtype: text}}, outputs: {b: {dtype: text}}", True, "bare"),
        # several are always named
        ("inputs: {a: {dtype: text}, c: {dtype: text}}, outputs: {b: {dtype: text}}", True, "bare"),
        ("inputs: {a: {dtype: text}}, outputs: {b: {dtype: text}, c: {dtype: text}}", False, "named"),
        # a client that reads one output of several says so
        ("answer: named, inputs: {a: {dtype: text}}, outputs: {b: {dtype: text}}", False, "named"),
        ("inputs: {a: {dtype: text}}", False, "named"),
    ],
)
def test_what_is_on_the_wire_follows_from_what_is_declared(keys: str, answer: str, *, named: bool) -> None:
    """`named` and `answer` are resolved."""
    found = use(f"signatures: {{s: {{{keys}}}}}")
    assert (found.named, found.answer) == (named, answer)


def test_own_keys_go_before_the_type_and_the_type_before_each() -> None:
    """`each` is under everything, a type under the tensor's own keys."""
    found = use(
        "types: {t: {dtype: text, shape: [n], maxLength: 9}}\n"
        "signatures: {s: {each: {shape: [batch], minLength: 2, dtype: string}, inputs: {"
        "a: {type: t, maxLength: 5}, b: {minLength: 3}, c: {type: t, shape: [batch, 2]}}}}".replace(
            "signatures: {s: {", "signatures: {s: {body: columnar, "
        )
    )
    a, b, c = found.inputs
    assert (a.shape, a.dtypes, a.domain.min_length, a.domain.max_length) == (
        Ranked((Named("n"),)),
        ("text",),
        2,
        5,
    )
    assert (b.shape, b.dtypes, b.domain.min_length) == (Ranked((Named("batch"),)), ("string",), 3)
    assert c.shape == Ranked((Named("batch"), Fixed(2)))


def test_each_gives_outputs_only_what_outputs_may_have() -> None:
    """`optional`, `samples` and `from` of `each` speak of inputs alone, `scores` of outputs."""
    found = contract(
        "protocol: grpc\nsignatures: {s: {each: {dtype: string, optional: true, scores: p}, "
        "inputs: {a: {}}, outputs: {b: {}, p: {scores: b}}}}"
    ).signatures[0]
    assert found.inputs[0].optional == Optional()
    assert found.inputs[0].scores is None
    assert [each.optional for each in found.outputs] == [None, None]
    assert [each.scores for each in found.outputs] == ["p", "b"]


def test_an_enum_written_here_replaces_the_one_inherited() -> None:
    """`enum`, `enum_from` and `const` say one thing: the nearest wins."""
    assert tensor("type: t, const: a", "types: {t: {dtype: text, enum: [b, c]}}\n").domain.enum == ("a",)


@pytest.mark.parametrize(
    ("keys", "enum"),
    [
        ("dtype: text, const: no", ("no",)),
        ("dtype: text, enum: [no, da, 1e, 2027-01-01]", ("no", "da", "1e", "2027-01-01")),
        ("dtype: text, enum_from: labels.txt", ("Drama", "Comedy")),
        ("dtype: integer, enum: [1.0, 2]", (1, 2)),
        ("dtype: boolean, enum: [true]", (True,)),
        ('dtype: bytes, enum: [{b64: "AAE="}]', (b"\x00\x01",)),
        ("dtype: bytes, enum: [{file: golden/cat.jpg}]", (BytesFile(str(CASES / "golden/cat.jpg")),)),
    ],
)
def test_enum(keys: str, enum: tuple[object, ...]) -> None:
    """Members come from the list, from a file, from `const`, and have the tensor's type."""
    found = tensor(keys).domain.enum
    assert found == enum
    assert [type(each) for each in found or ()] == [type(each) for each in enum]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("[]", Ranked(())),
        ("[3, null]", Ranked((Fixed(3), Unknown()))),
        ("[..., batch]", Ranked((Named("batch"),), leading=True)),
        ('["..."]', Ranked((), leading=True)),
        ("[(batch)]", Ranked((Named("batch"),))),
        ('["4 // 2", "12"]', Ranked((Fixed(2), Fixed(12)))),
    ],
)
def test_shape(shape: str, expected: Ranked) -> None:
    """Lengths, names, null, a leading `...`; an expression without names is a length."""
    assert tensor(f"dtype: text, shape: {shape}").shape == expected


def test_an_expression_keeps_its_text() -> None:
    """A computed dimension is shown as it was written."""
    found = tensor('dtype: text, shape: [n, "2*n", "min(20, n)"]').shape
    assert isinstance(found, Ranked)
    assert list(map(str, found.dims)) == ["n", "2*n", "min(20, n)"]


def test_no_shape_is_any_rank() -> None:
    """Saying nothing is not saying scalar."""
    assert tensor("dtype: text").shape == AnyRank()


def test_dtypes_have_their_tensorflow_names() -> None:
    """Aliases are resolved; kinds stay."""
    assert tensor("dtype: float").dtypes == ("float32",)
    assert tensor("dtype: [double, half]").dtypes == ("float64", "float16")
    assert tensor("dtype: number").dtypes == ("number",)


def test_whole_tensor_words() -> None:
    """`finite`, `unique`, `sorted`, `sumsTo`, `norm`, `labels`, `static`, `sensitive`, `samples` arrive."""
    found = tensor(
        "dtype: number, shape: [batch, 2], finite: false, unique: -1, sorted: descending, static: true, "
        "sumsTo: {value: 1, axis: 0}, norm: {value: 2, atol: 0.5}, labels: {from: labels.txt}, "
        "sensitive: true, samples: [1, [2, 3]]"
    )
    assert (found.finite, found.unique, found.sorted, found.static) == (False, -1, "descending", True)
    assert (found.sums_to, found.norm) == (Around(1.0, 0, None), Around(2.0, -1, 0.5))
    assert found.labels == Labels(("Drama", "Comedy"), -1)
    assert (found.samples, found.sensitive) == ((1, (2, 3)), True)


def test_columns_and_images() -> None:
    """A column has a domain of its own; an image has ranges."""
    found = tensor("dtype: number, columns: [{name: age, minimum: 17}, {name: sex, enum: [0, 1]}]").columns
    assert [(each.name, each.domain.minimum, each.domain.enum) for each in found] == [
        ("age", 17, None),
        ("sex", None, (0, 1)),
    ]
    image = tensor("dtype: bytes, image: {media: image/png, height: [1, 9], mode: [L]}").domain.image
    assert image == Image("image/png", (1, 9), (1, 4096), ("L",))


def test_an_input_may_be_drawn_as_an_output_with_dots_in_its_name() -> None:
    """`from: a.b.c` is cut where the contract has a signature and an output."""
    made = contract(
        "signatures:\n  a.b: {inputs: {x: {dtype: text}}, outputs: {c.d: {dtype: number}}}\n"
        "  t: {inputs: {y: {dtype: number, from: a.b.c.d}}}"
    )
    assert made.signatures[1].inputs[0].source == ("a.b", "c.d")


def test_clauses() -> None:
    """An expression has a tree, a check a name; both may say why and how near."""
    found = use(
        "signatures: {s: {inputs: {x: {dtype: number}}, holds: [x > 1, {expr: x < 2, because: so, "
        "share: 0.5, atol: 1}, {check: perm, rtol: 2, exact: true}]}}"
    ).holds
    path = ("signatures", "s", "holds")
    assert found == (
        Clause("x > 1", (*path, 0), found[0].tree),
        Clause("x < 2", (*path, 1), found[1].tree, because="so", tolerance=Tolerance(atol=1, share=0.5)),
        Clause("perm", (*path, 2), check="perm", tolerance=Tolerance(rtol=2, exact=True)),
    )
    assert found[0].tree is not None
    assert found[1].tree is not None


@pytest.mark.parametrize(
    "clause",
    [
        # dimensions meet from the last
        "a > b",
        "b + a > one",
        "sum(a, axis=-1) <= rows",
        "sum(a, axis=0) <= b",
        "max(a, axis=1) == rows",
        "a[0] > rows",
        "sum(a) > 1",
        "min(a, b) > batch",
        "-abs(a) <= 0 and not (a > 2 * cand)",
        "name in ['x'] or startswith(lower(name), 'y') or len(name) > 1",
        "any(name == 'x') and flag",
        "flag == true",
        "shape(a)[0] == batch",
        "a[0:2, -1] ~= 0.5",
        "argmax(a, axis=-1) == rows",
        "sort(name) == unique(name)",
        "all(round(a) > 1)",
    ],
)
def test_a_clause_that_can_be_computed_is_no_mistake(clause: str) -> None:
    """Types, dimensions and axes that fit are not told."""
    body = (
        "signatures: {s: {inputs: {a: {dtype: number, shape: [batch, cand]}, "
        "b: {dtype: number, shape: [cand]}, one: {dtype: number, shape: [batch, 1]}, "
        "rows: {dtype: number, shape: [batch]}, "
        "name: {dtype: text, shape: [batch]}, flag: {dtype: boolean, shape: [batch]}}, body: columnar, "
        f"holds: [{json.dumps(clause)}]}}}}"
    )
    assert mistakes(HEAD + body) == []


def test_properties() -> None:
    """Each property has its dimension: said, or for batches the first of the inputs."""
    found = use(
        "signatures: {s: {inputs: {x: {dtype: number, shape: [batch, hist]}}, properties: {"
        "deterministic: true, batch_invariant: {atol: 1}, equivariant: [hist, batch], "
        "padding_invariant: {hist: -1}}}}"
    ).properties
    path = ("signatures", "s", "properties")
    assert found == (
        Property("deterministic", (*path, "deterministic")),
        Property("batch_invariant", (*path, "batch_invariant"), "batch", tolerance=Tolerance(atol=1)),
        Property("equivariant", (*path, "equivariant", 0), "hist"),
        Property("equivariant", (*path, "equivariant", 1), "batch"),
        Property("padding_invariant", (*path, "padding_invariant", "hist"), "hist", -1),
    )


def test_what_is_false_is_not_claimed() -> None:
    """`deterministic: false` says nothing; a batch without a name has none."""
    found = use(
        "signatures: {s: {inputs: {x: {dtype: text}}, "
        "properties: {deterministic: false, batch_invariant: true}}}"
    )
    assert [(each.name, each.over) for each in found.properties] == [("batch_invariant", None)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{batch: 1, p95_ms: 50}", {"batch": 1, "p95_ms": 50}),
        ("{against: previous, at_most: 1.3}", {"against": VersionRef(), "at_most": 1.3}),
        ("{at_most: 2, enforce: true}", {"against": VersionRef(), "at_most": 2, "enforce": True}),
        ("{against: 3, at_most: 2}", {"against": VersionRef(number=3), "at_most": 2}),
        ("{against: '3', at_most: 2}", {"against": VersionRef(number=3), "at_most": 2}),
        ("{against: {label: x}, at_most: 2}", {"against": VersionRef(label="x"), "at_most": 2}),
    ],
)
def test_latency(written: str, expected: dict[str, Any]) -> None:
    """Milliseconds at a batch, or a factor against a version: the live one by default."""
    found = use(f"signatures: {{s: {{inputs: {{x: {{dtype: text}}}}, latency: {written}}}}}").latency
    assert found == Latency(("signatures", "s", "latency"), **expected)


def test_examples() -> None:
    """Tensors become tuples, raw bodies JSON texts, and tolerances reach the outputs."""
    found = use(
        "signatures: {s: {inputs: {x: {dtype: bytes}}, outputs: {y: {dtype: number}, z: {dtype: text}}, "
        "examples: ["
        '{inputs: {x: [{b64: "AAE="}]}, outputs: {y: {approx: [0.5], atol: 1}, z: [é]}}, '
        '{name: raw, request: {signature_name: s, instances: [{b64: "AAE="}]}, response: {a: [1.0, é]}, '
        "rtol: 2}, "
        "{name: refused, inputs: {}, error: {status: 400, contains: no}}, "
        '{name: near, inputs: {x: [{b64: "AAE"}]}, outputs: {y: [1]}, rtol: 0.5}]}}'
    ).examples
    path = ("signatures", "s", "examples")
    assert found == (
        TensorExample(
            "example 1",
            (*path, 0),
            (("x", (b"\x00\x01",)),),
            (
                Expected("z", ("é",), (*path, 0, "outputs", "z")),
                Expected("y", (0.5,), (*path, 0, "outputs", "y"), approx=True, tolerance=Tolerance(atol=1)),
            ),
        ),
        RawExample(
            "raw",
            (*path, 1),
            '{"signature_name": "s", "instances": [{"b64": "AAE="}]}',
            '{"a": [1.0, "é"]}',
            Tolerance(rtol=2),
        ),
        TensorExample("refused", (*path, 2), (), error=ExpectedError(400, "no")),
        TensorExample(
            "near",
            (*path, 3),
            (("x", (b"\x00\x01",)),),
            (Expected("y", (1,), (*path, 3, "outputs", "y"), approx=True, tolerance=Tolerance(rtol=0.5)),),
        ),
    )


@pytest.mark.parametrize(
    "name", ["golden/*.jsonl", "**/*.jsonl", "golden/**.jsonl", "gold*/b*", "golden/[b]*"]
)
def test_globs(name: str) -> None:
    """Stars, brackets and `**` find files of the folder, on every Python."""
    found = use(f"signatures: {{s: {{inputs: {{x: {{dtype: text}}}}, rows_from: '{name}'}}}}").rows_from
    assert found[0] == str(CASES / "golden/bodies.jsonl")


def test_files_are_absolute_and_in_order() -> None:
    """A glob is sorted, a file that two names find is there once."""
    found = use(
        "signatures: {s: {inputs: {x: {dtype: text}}, rows_from: [golden/get_genre.jsonl, 'golden/*.jsonl']}}"
    )
    assert found.rows_from == (str(CASES / "golden/get_genre.jsonl"), str(CASES / "golden/bodies.jsonl"))


def test_relations_and_regressions() -> None:
    """The document of the language page has its relations and regressions in the contract."""
    made = load(EVERYTHING[0])
    relation = made.relations[1]
    assert relation.inputs == (("title", ("embed", "title")),)
    assert [(call.name, call.signature, call.version, call.inputs) for call in relation.calls] == [
        ("stored", "embed", VersionRef(), (("title", "title"),)),
        ("genre", "get_genre_from_embedding", None, (("embedding", "stored.embedding"),)),
        ("text", "get_genre", None, (("title", "title"),)),
    ]
    assert relation.holds[0].tolerance == Tolerance(share=0.99)
    (regression,) = made.regressions
    assert regression.over == (str(CASES / "golden/get_genre.jsonl"),)
    assert (regression.agreement, regression.negative_flips) == (("genre", 0.95), ("genre", 0.01))
    assert regression.drift == ("confidence", Tolerance(atol=0.1, share=0.99))


def test_spans_point_at_the_line_to_edit() -> None:
    """A scalar has its own place, a tensor that of its name, a clause of a list its own."""
    made = contract(
        "signatures:\n  s:\n    inputs:\n      x:\n        dtype: number\n        minimum: 0\n"
        "    holds:\n      - x > 1\n"
    )
    at = ("signatures", "s")
    assert [
        (span.line, span.column)
        for span in (
            made.span((*at, "inputs", "x")),
            made.span((*at, "inputs", "x", "minimum")),
            made.span((*at, "holds", 0)),
            made.span((*at, "outputs", "y")),
        )
    ] == [(7, 7), (9, 18), (11, 9), (5, 3)]
    assert made.span(("nothing",)) == Span(made.file, 1, 1)


def test_all_mistakes_come_at_once_and_in_order() -> None:
    """Source, forms and builder report together, sorted by place."""
    found = mistakes(
        "contract: 1\nclient: App\nmodel: m\nmodel: n\nsignatures:\n  s:\n    inputs:\n"
        "      x: {dtype: text, minimun: 007, shape: [b, 2*c]}\n    holds: [y > 1]\n"
    )
    assert found == [
        "2:9: 'client' wants a name of a-z, 0-9, '.', '_' and '-', found 'App'",
        "4:1: 'model' is written twice, first on line 3: remove one",
        "8:24: unknown key 'minimun': did you mean 'minimum'?",
        "8:33: 007 has a leading zero: quote it if it is a text, else remove the zero",
        (
            "8:51: 'c' in 2*c is bound by no shape of this signature: an expression only uses names that "
            "stand alone elsewhere"
        ),
        "9:13: 'y' is no input, output or dimension here: there are b, x",
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        # a tensor of the wrong form, or with a misspelled dtype, is still a tensor with that name
        ("inputs: {x: 5}, holds: [x > 1]", ["4:30: 'x' wants a mapping, found 5"]),
        ("inputs: {x: {dtpye: text}}, holds: [x > 1]", ["4:31: unknown key 'dtpye': did you mean 'dtype'?"]),
        (
            "inputs: {x: {dtype: txet}}, holds: [x > 1]",
            [
                (
                    "4:38: 'dtype' wants a TensorFlow dtype or one of number, integer, text, boolean, bytes, "
                    "found 'txet': did you mean 'text'?"
                ),
            ],
        ),
        ("inputs: {x: {type: t}}", ["4:37: 't' is not under 'types': there are none"]),
    ],
)
def test_one_mistake_does_not_cause_another(keys: str, expected: list[str]) -> None:
    """What follows from a mistake already told is not told."""
    assert mistakes(f"{HEAD}signatures: {{s: {{{keys}}}}}") == expected


def test_what_is_broken_is_told_and_the_rest_still_checked() -> None:
    """Items of the wrong form leave their neighbours' places alone."""
    found = mistakes(
        HEAD + "dims: {a: 5}\ntypes: {t: 5}\nsignatures:\n  s:\n    inputs: {x: {"
        "dtype: number, columns: [5, {name: c, minLength: 1}]}}\n"
        "    holds: [5, z > 1]\n    examples: [5, {inputs: {x: {}, y: 1}}]\n    together: x\n"
        "    properties: {padding_invariant: {n: [1]}}\n"
        "relations: [5, {name: r, inputs: {a: 5}, calls: {c: 5}, holds: [d.x == 1]}]\nregressions: [5]\n"
    )
    assert len(found) == 17
    assert [line.split(": ")[0] for line in found] == sorted(
        (line.split(": ")[0] for line in found), key=lambda place: tuple(map(int, place.split(":")))
    )


def _fields(form: Form) -> list[Field]:
    return [each for record in records(form) for each in record.fields]


def test_every_key_is_described_and_shown() -> None:
    """Editors hover over keys: each has a sentence, and an example."""
    assert [each.key for each in _fields(ROOT) if not each.description.endswith(".")] == []
    assert [each.key for each in _fields(ROOT) if not each.examples] == []
