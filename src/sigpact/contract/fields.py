"""The words of the contract language: one table, from which everything about keys is made.

`forms.admit` reads it for the builder's errors, `schema` writes the JSON Schema from it; the order of the
fields is the order in which a contract is written.
"""

from typing import Final

from sigpact.contract.forms import (
    BYTES,
    Boolean,
    Choice,
    Const,
    Either,
    Field,
    Form,
    Integer,
    Json,
    ListOf,
    MapOf,
    Nested,
    Null,
    Number,
    Record,
    Text,
)
from sigpact.tensors.dtypes import BY_NAME

KINDS: Final = ("number", "integer", "text", "boolean", "bytes")
DTYPES: Final = tuple(name for name in BY_NAME if name not in {"invalid", "resource", "variant"})

_SCALAR: Final = Either((Number(), Text(0), Boolean(), BYTES))
_RANGE: Final = ListOf(Integer(1, 1 << 16), 2, 2)
_SHARE: Final = Field(
    "share", Number(above=0, most=1), "The share of rows for which it must hold.", (0.99,), 1
)
_RTOL: Final = Field(
    "rtol", Number(0), "How far apart two floats may be, relative to the greater.", (1e-5,), 1e-5
)
_ATOL: Final = Field("atol", Number(0), "How far apart two floats may be, absolutely.", (1e-6,), 1e-6)
_EXACT: Final = Field("exact", Boolean(), "Equal means equal bits.", (True,), default=False)
_TOLERANCE: Final = (_RTOL, _ATOL, _EXACT, _SHARE)
_LABEL: Final = Record(
    "label", (Field("label", Text(), "A version label of the server.", ("stable",), required=True),)
)
_REF: Final = Either(
    (Text(1, r"^(previous|[0-9]+)$(?!\n)", "'previous' or a version number"), Integer(0), _LABEL)
)
_WHERE: Final = "The live version (`previous`), a version number, or a label."

ELEMENT: Final = (
    Field("minimum", Number(), "The least that an element may be.", (0,)),
    Field("maximum", Number(), "The most that an element may be.", (1,)),
    Field("exclusiveMinimum", Number(), "Every element is above this.", (0,)),
    Field("exclusiveMaximum", Number(), "Every element is below this.", (1,)),
    Field("multipleOf", Number(above=0), "Every element is a whole multiple of this.", (0.5,)),
    Field("enum", ListOf(_SCALAR, 1), "The only values that an element may have.", (["Drama", "Comedy"],)),
    Field(
        "enum_from",
        Text(),
        "A file inside the contract's folder with the values, one a line.",
        ("labels.txt",),
    ),
    Field("const", _SCALAR, "The only value that an element may have.", ("en",)),
    Field("minLength", Integer(0), "The fewest characters of a text; of bytes, bytes.", (1,)),
    Field("maxLength", Integer(0), "The most characters of a text; of bytes, bytes.", (200,)),
    Field(
        "pattern",
        Text(0),
        "A regular expression that is found in every text; anchor it with ^ and $.",
        ("^[a-z]+$",),
    ),
    Field(
        "format",
        Choice(("date", "date-time", "email", "uri", "uuid", "ipv4")),
        "What every text is written as.",
        ("date",),
    ),
    Field(
        "image",
        Record(
            "image",
            (
                Field(
                    "media",
                    Choice(("image/jpeg", "image/png", "image/gif", "image/bmp", "image/webp")),
                    "The media type of the images.",
                    ("image/jpeg",),
                    required=True,
                ),
                Field(
                    "height",
                    _RANGE,
                    "The least and the greatest height in pixels.",
                    ([100, 4000],),
                    [1, 4096],
                ),
                Field(
                    "width", _RANGE, "The least and the greatest width in pixels.", ([100, 4000],), [1, 4096]
                ),
                Field(
                    "mode",
                    ListOf(Choice(("RGB", "L", "RGBA", "LA", "CMYK", "P", "1")), 1),
                    "The colour modes of the images; RGB, of GIF P.",
                    (["RGB", "L"],),
                    ["RGB"],
                ),
            ),
        ),
        "Bytes that are real images.",
        ({"media": "image/jpeg", "height": [100, 4000], "width": [100, 4000], "mode": ["RGB", "L"]},),
    ),
)
"""JSON Schema's own keywords for every element, and images."""

_AXIS: Final = Field("axis", Integer(), "The axis; -1 is the last.", (-1,), -1)


def _around(name: str) -> Record:
    value = Field("value", Number(), "What every slice comes to.", (1,), required=True)
    return Record(name, (value, _AXIS, _ATOL))


_BEGIN: Final = (
    Field(
        "dtype",
        Either(
            (
                Choice((*KINDS, *DTYPES), f"a TensorFlow dtype or one of {', '.join(KINDS)}"),
                ListOf(Choice(DTYPES, "a TensorFlow dtype"), 1),
            )
        ),
        "A TensorFlow dtype, a list of them, or over REST a kind: number, integer, text, boolean, bytes.",
        ("text", "number", "float32", ["float32", "float64"]),
    ),
    Field(
        "shape",
        ListOf(Either((Integer(0), Text(), Null()))),
        'Dimensions: a length, a name, an expression of names, null for any; a leading "..." is any number '
        "of them. [] is a scalar; no shape is any rank.",
        (["batch"], ["batch", 128], ["batch", "2*tokens", None], ["...", 3], []),
    ),
    Field(
        "static", Boolean(), "The client needs the export to fix these dimensions.", (True,), default=False
    ),
)
_WHOLE: Final = (
    Field(
        "columns",
        ListOf(
            Record(
                "column",
                (
                    Field("name", Text(), "What this position is called.", ("age",), required=True),
                    *(each for each in ELEMENT if each.key != "image"),
                ),
            ),
            1,
        ),
        "Each position of the last axis has a domain of its own.",
        ([{"name": "age", "minimum": 17, "maximum": 90}],),
    ),
    Field(
        "finite",
        Boolean(),
        "No NaN and no infinity; false on an input sends them too.",
        (False,),
        default=True,
    ),
    Field("unique", Integer(), "The axis along which no value comes twice.", (-1,)),
    Field("sorted", Choice(("ascending", "descending")), "The order along the last axis.", ("descending",)),
    Field(
        "sumsTo", _around("sumsTo"), "What the values along an axis add up to.", ({"value": 1, "axis": -1},)
    ),
    Field(
        "norm",
        _around("norm"),
        "The Euclidean norm along an axis.",
        ({"value": 1, "axis": -1, "atol": 1e-4},),
    ),
    Field(
        "labels",
        Record(
            "labels",
            (
                Field("from", Text(), "A file with one label a line.", ("labels.txt",), required=True),
                _AXIS,
            ),
        ),
        "What each position along an axis means.",
        ({"from": "labels.txt", "axis": -1},),
    ),
    Field("sensitive", Boolean(), "Never printed or stored: a digest stands for it.", (True,), default=False),
)
_OF_INPUTS: Final = (
    Field(
        "optional",
        Either(
            (
                Boolean(),
                Record(
                    "optional",
                    (Field("default", Nested(), "What counts where it is not sent.", (0.5,)),),
                ),
            )
        ),
        "The client does not always send it; with the default that then counts.",
        (True, {"default": 0.5}),
        default=False,
    ),
    Field("samples", ListOf(Nested(), 1), "Values to draw as well.", (["Amélie"],)),
    Field(
        "from",
        Text(1, r"^.+\..+$(?!\n)", "SIGNATURE.OUTPUT"),
        "Drawn as this output of another signature.",
        ("embed.embedding",),
    ),
)
_OF_OUTPUTS: Final = (
    Field(
        "scores",
        Text(),
        "The output whose last axis decides this label: near ties are no breach.",
        ("scores",),
    ),
)
_TYPE: Final = Field("type", Text(), "A tensor of 'types', with the keys written here over it.", ("title",))

INPUT: Final = Record(
    "input",
    (_TYPE, *_BEGIN, *_OF_INPUTS, *ELEMENT, *_WHOLE),
    hints=tuple((each.key, "it belongs to outputs") for each in _OF_OUTPUTS),
)
OUTPUT: Final = Record(
    "output",
    (_TYPE, *_BEGIN, *ELEMENT, *_WHOLE, *_OF_OUTPUTS),
    hints=tuple((each.key, "it belongs to inputs") for each in _OF_INPUTS),
)
_ANY: Final = (*_BEGIN, *_OF_INPUTS, *ELEMENT, *_WHOLE, *_OF_OUTPUTS)
EACH: Final = Record("each", (_TYPE, *_ANY))
TYPE: Final = Record("type", _ANY, hints=(("type", "a type is written out, it does not refer to another"),))

_CLAUSE: Final = Record(
    "clause",
    (
        Field("expr", Text(), "An expression that must hold.", ("confidence >= 0.05",)),
        Field(
            "check",
            Text(),
            "A Python check that the project running the checks registered.",
            ("is_permutation",),
        ),
        Field("because", Text(), "Why the client relies on it.", ("the app draws a pie chart",)),
        *_TOLERANCE,
    ),
    one_of=("expr", "check"),
)
_CLAUSES: Final = ListOf(Either((Text(says="an expression"), _CLAUSE)))

_TOLERATED: Final = Record("tolerance", _TOLERANCE)
_OVER: Final = Field("over", Text(), "The dimension.", ("batch",))
_OVER_TOLERATED: Final = Record("over", (_OVER, *_TOLERANCE))
_EQUIVARIANT: Final = Record(
    "equivariant", (Field("over", Text(), "The dimension.", ("cand",), required=True), *_TOLERANCE)
)

PROPERTIES: Final = Record(
    "properties",
    (
        Field(
            "deterministic",
            Either((Boolean(), _TOLERATED)),
            "The same request has the same answer.",
            (True, {"rtol": 1e-5}),
        ),
        Field(
            "batch_invariant",
            Either((Boolean(), _OVER_TOLERATED)),
            "A row's answer does not depend on the rows beside it.",
            (True, {"over": "batch", "atol": 1e-5}),
        ),
        Field(
            "equivariant",
            Either((Text(), _EQUIVARIANT, ListOf(Text(), 1))),
            "Permuting along this dimension permutes the answer.",
            ("cand",),
        ),
        Field(
            "padding_invariant",
            MapOf(_SCALAR, 1),
            "Padding along a dimension with this value changes nothing.",
            ({"hist": -1},),
        ),
    ),
)

LATENCY: Final = Record(
    "latency",
    (
        Field("batch", Integer(1), "The rows of one request.", (1,), 1),
        Field("p50_ms", Number(above=0), "Half of the calls take at most so many milliseconds.", (20,)),
        Field("p95_ms", Number(above=0), "95 % of the calls take at most so many milliseconds.", (50,)),
        Field("p99_ms", Number(above=0), "99 % of the calls take at most so many milliseconds.", (80,)),
        Field("against", _REF, f"Compared with another version. {_WHERE}", ("previous",)),
        Field("at_most", Number(above=0), "How many times as long as that version.", (1.3,)),
        Field("enforce", Boolean(), "A breach blocks; else it is only reported.", (True,), default=False),
    ),
)

EXAMPLE: Final = Record(
    "example",
    (
        Field("name", Text(), "What the example shows.", ("a tragedy is a drama",)),
        Field("inputs", MapOf(Nested()), "Tensors by input name.", ({"title": ["Two Houses, Both Alike"]},)),
        Field(
            "outputs",
            MapOf(
                Either(
                    (
                        Number(),
                        Text(0),
                        Boolean(),
                        ListOf(Nested()),
                        Record(
                            "wanted",
                            (
                                *BYTES.fields,
                                Field("approx", Nested(), "Near these values.", ([0.91],)),
                                *_TOLERANCE,
                            ),
                            one_of=("b64", "file", "approx"),
                        ),
                    )
                ),
                1,
            ),
            "What the answer has, by output name: equal values, or approx.",
            ({"genre": ["Drama"], "confidence": {"approx": [0.91], "atol": 0.05}},),
        ),
        Field(
            "request", Json(), "The raw REST body, as the client sends it.", ({"instances": ["Two Houses"]},)
        ),
        Field("response", Json(), "What the body of the answer must have.", ({"predictions": ["Drama"]},)),
        Field(
            "error",
            Record(
                "error",
                (
                    Field("status", Integer(100, 599), "The HTTP status.", (400,)),
                    Field("contains", Text(), "What the message contains.", ("JPEG",)),
                ),
            ),
            "The server refuses this request.",
            ({"status": 400, "contains": "JPEG"},),
        ),
        *_TOLERANCE,
    ),
    one_of=("inputs", "request"),
)

_FILES: Final = Either((Text(), ListOf(Text(), 1)))

SIGNATURE: Final = Record(
    "signature",
    (
        Field(
            "verb",
            Choice(("predict", "classify", "regress")),
            "The API that the client calls.",
            ("predict",),
            "predict",
        ),
        Field(
            "body",
            Choice(("row", "columnar")),
            'REST: row ("instances") or columnar ("inputs").',
            ("row",),
            "row",
        ),
        Field(
            "named",
            Boolean(),
            "REST, one input: {name: value} instead of bare values.",
            (True,),
            default=False,
        ),
        Field(
            "answer",
            Choice(("bare", "named")),
            'REST: the client reads bare values ["Drama"] or named ones [{"genre": "Drama"}]; '
            "by default bare where one output is declared.",
            ("bare",),
        ),
        Field(
            "filter",
            Boolean(),
            "gRPC: output_filter names the outputs declared here.",
            (True,),
            default=False,
        ),
        Field(
            "each",
            EACH,
            "Keys that every tensor below has unless it says otherwise.",
            ({"shape": ["batch"]},),
        ),
        Field(
            "inputs",
            MapOf(INPUT),
            "What the client sends, by input name.",
            ({"title": {"dtype": "text", "shape": ["batch"]}},),
        ),
        Field(
            "context",
            MapOf(INPUT),
            "Context features of classify and regress.",
            ({"country": {"dtype": "text", "shape": [1]}},),
        ),
        Field(
            "outputs",
            MapOf(OUTPUT),
            "What the client reads, by output name.",
            ({"genre": {"dtype": "text", "shape": ["batch"]}},),
        ),
        Field(
            "together",
            ListOf(Either((Text(), ListOf(Text(), 2))), 1),
            "Optional inputs that are sent all or none; several groups are a list of lists.",
            (["lat", "lon"],),
        ),
        Field("given", _CLAUSES, "What the client makes sure of, over inputs and dims alone.", (["a <= b"],)),
        Field(
            "holds",
            _CLAUSES,
            "What the client relies on, between tensors of one call.",
            (["confidence >= 0.05"],),
        ),
        Field("properties", PROPERTIES, "How answers relate to each other.", ({"deterministic": True},)),
        Field("latency", LATENCY, "How soon the answer comes.", ({"batch": 1, "p95_ms": 50},)),
        Field(
            "rows_from",
            _FILES,
            "Files with real rows, a name or a glob: JSON Lines of REST bodies or of tensors, TFRecords of "
            "PredictionLog. They are sent first; a row with its answer is an example as well.",
            ("golden/*.jsonl",),
        ),
        Field("rows", Integer(0), "How many random rows are drawn.", (10000,), 10000),
        Field(
            "examples",
            ListOf(EXAMPLE),
            "Requests with what must come back.",
            ([{"inputs": {"title": ["Up"]}}],),
        ),
    ),
)

CALL: Final = Record(
    "call",
    (
        Field("signature", Text(), "The signature that is called.", ("get_genre",), required=True),
        Field("version", _REF, _WHERE, ("previous",)),
        Field(
            "inputs",
            MapOf(Text()),
            "By input name: a name drawn above, or CALL.OUTPUT of a call before.",
            ({"title": "title", "embedding": "stored.embedding"},),
            required=True,
        ),
    ),
)

RELATION: Final = Record(
    "relation",
    (
        Field(
            "name", Text(), "What must hold.", ("the explanation does not change the answer",), required=True
        ),
        Field(
            "inputs",
            MapOf(Text(1, r"^.+\..+$(?!\n)", "SIGNATURE.INPUT"), 1),
            "Drawn once, from the domain of SIGNATURE.INPUT.",
            ({"title": "get_genre.title"},),
            required=True,
        ),
        Field(
            "calls",
            MapOf(CALL, 1),
            "The calls, by a name for each.",
            ({"plain": {"signature": "get_genre", "inputs": {"title": "title"}}},),
            required=True,
        ),
        Field(
            "holds",
            ListOf(_CLAUSES.item, 1),
            "Over CALL.OUTPUT.",
            (["plain.genre == explained.genre"],),
            required=True,
        ),
    ),
)


def _of_output(name: str, *fields: Field) -> Record:
    return Record(
        name, (Field("output", Text(), "The output that is compared.", ("genre",), required=True), *fields)
    )


REGRESSION: Final = Record(
    "regression",
    (
        Field(
            "name", Text(), "What may not change.", ("retraining may not flip what was right",), required=True
        ),
        Field("signature", Text(), "The signature that is called.", ("get_genre",), required=True),
        Field("against", _REF, _WHERE, ("previous",), "previous"),
        Field("over", _FILES, "Files with real rows, a name or a glob.", ("golden/get_genre.jsonl",)),
        Field(
            "agreement",
            _of_output(
                "agreement",
                Field("at_least", Number(0, most=1), "The share of rows.", (0.95,), required=True),
            ),
            "The share of rows with the same answer.",
            ({"output": "genre", "at_least": 0.95},),
        ),
        Field(
            "negative_flips",
            _of_output(
                "negative_flips",
                Field("at_most", Number(0, most=1), "The share of rows.", (0.01,), required=True),
            ),
            "The share of rows that were right before and are wrong now.",
            ({"output": "genre", "at_most": 0.01},),
        ),
        Field(
            "drift",
            _of_output("drift", *_TOLERANCE),
            "How far an output may move.",
            ({"output": "confidence", "atol": 0.1, "share": 0.99},),
        ),
    ),
)

CONTRACT: Final = Record(
    "contract",
    (
        Field(
            "contract",
            Const(1, "1, the version of the language that this sigpact reads"),
            "The version of the contract language: 1.",
            (1,),
            required=True,
        ),
        Field(
            "client",
            Text(1, r"^[a-z0-9][a-z0-9._-]*$(?!\n)", "a name of a-z, 0-9, '.', '_' and '-'"),
            "Who relies on the model: a name of a-z, 0-9, '.', '_' and '-'.",
            ("mobile-app",),
            required=True,
        ),
        Field(
            "model",
            Either((Text(), ListOf(Text(), 1))),
            "The served model's name, or a list of names.",
            ("genre",),
            required=True,
        ),
        Field("owner", Text(), "Who to talk to when it breaks.", ("mobile@example.com",)),
        Field(
            "description",
            Text(0),
            "What the client does with the answers.",
            ("Shows one genre beside each film.",),
        ),
        Field("protocol", Choice(("rest", "grpc")), "How the client calls the server.", ("rest",), "rest"),
        Field(
            "language",
            Choice(("any", "python", "javascript", "java", "kotlin", "swift", "go")),
            "REST: what writes and reads the JSON; any is the strictest.",
            ("any",),
            "any",
        ),
        Field(
            "versions",
            Either((Text(), Integer(0), _LABEL)),
            "The versions that it binds: live, all, a number, a range, or a label.",
            ("live", "all", "3", ">=2, <9", {"label": "stable"}),
            "live",
        ),
        Field(
            "status",
            Choice(("active", "pending")),
            "A breach of a pending contract is reported and does not block.",
            ("active",),
            "active",
        ),
        Field("sunset", Text(), "From this day on the contract no longer binds.", ("2027-06-30",)),
        Field(
            "dims",
            MapOf(
                Record(
                    "dim",
                    (
                        Field("min", Integer(0), "The least length.", (1,)),
                        Field("max", Integer(0), "The greatest length.", (32,)),
                    ),
                )
            ),
            "Named dimensions, and what is claimed of them.",
            ({"batch": {"min": 1, "max": 32}},),
        ),
        Field(
            "types",
            MapOf(TYPE),
            "Tensors by name, for reuse.",
            ({"title": {"dtype": "text", "minLength": 1}},),
        ),
        Field(
            "signatures",
            MapOf(SIGNATURE, 1),
            "The signatures that the client calls, by name.",
            ({"get_genre": {}},),
            required=True,
        ),
        Field(
            "relations",
            ListOf(RELATION),
            "What must hold between calls.",
            (
                [
                    {
                        "name": "the explanation does not change the answer",
                        "inputs": {"title": "get_genre.title"},
                        "calls": {
                            "plain": {"signature": "get_genre", "inputs": {"title": "title"}},
                            "explained": {"signature": "explain", "inputs": {"title": "title"}},
                        },
                        "holds": ["plain.genre == explained.genre"],
                    }
                ],
            ),
        ),
        Field(
            "regressions",
            ListOf(REGRESSION),
            "What may change between versions.",
            (
                [
                    {
                        "name": "history stays comparable",
                        "signature": "get_genre",
                        "over": "golden/titles.jsonl",
                        "agreement": {"output": "genre", "at_least": 0.95},
                    }
                ],
            ),
        ),
    ),
)
"""The document."""

ROOT: Final[Form] = CONTRACT
