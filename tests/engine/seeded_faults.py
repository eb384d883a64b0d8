"""The table of seeded faults: a signature of `seeded_exports.py`, a contract, and what is to be found."""

from dataclasses import dataclass

UNIT = "minimum: 0, maximum: 1"
SUMS = "sumsTo: {value: 1, axis: -1}"
LINES = "minLength: 1, maxLength: 40"
LABELS = "enum: [Drama, Comedy]"
MANY_ROWS = "rows: 10000"
DETERMINISTIC = "properties: {deterministic: true}"
INVARIANT = "properties: {deterministic: true, batch_invariant: true}"

OUTSIDE = "output-value-outside"
CHANCE = "answer-not-deterministic"
COMPANY = "batch-not-invariant"
REFUSED = "request-refused"
NOT_FINITE = "output-not-finite"
SHAPE = "answer-shape-changed"
HOLDS = "holds-broken"
RELATION = "relation-broken"
UNREADABLE = "answer-unreadable"
SUM = "output-sum-outside"


@dataclass(frozen=True)
class Fault:
    """A signature, what the contract says of it, the one rule that is broken (none: it is sound).

    `rows` is the most that the request may have which shows it, `least` the least batch that the client
    sends; `said` stands in a message.
    """

    signature: str
    contract: str
    rule: str = ""
    rows: int = 1
    protocol: str = "grpc"
    least: int = 1
    said: str = ""


def _body(*lines: str) -> str:
    return "".join(f"    {line}\n" for line in lines)


def number(x: str = UNIT, y: str = UNIT, *more: str, dtype: str = "float32") -> str:
    """Say what is sent and read of one number a row."""
    return _body(
        f"inputs: {{x: {{dtype: float32, shape: [batch], {x}}}}}",
        f"outputs: {{y: {{dtype: {dtype}, shape: [batch], {y}}}}}",
        *more,
    )


def text(output: str, said: str = "", *more: str, sent: str = LINES) -> str:
    """Say what is sent and read of one text a row."""
    return _body(
        f"inputs: {{t: {{dtype: text, shape: [batch], {sent}}}}}",
        f"outputs: {{{output}: {{dtype: text, shape: [batch]{said and f', {said}'}}}}}",
        *more,
    )


def scores(said: str = f"{UNIT}, {SUMS}", *more: str) -> str:
    """Say what is sent and read of three scores and a label a row."""
    return _body(
        f"inputs: {{x: {{dtype: float32, shape: [batch, 3], {UNIT}}}}}",
        "outputs:",
        f"  scores: {{dtype: float32, shape: [batch, 3], {said}}}",
        "  label: {dtype: text, shape: [batch], enum: [a, b, c], scores: scores}",
        *more,
    )


def integer(n: int, m: str, *more: str) -> str:
    """Say what is sent and read of one integer a row, from 0 to `n`."""
    return _body(
        f"inputs: {{n: {{dtype: int32, shape: [batch], minimum: 0, maximum: {n}}}}}",
        f"outputs: {{m: {{dtype: int32, shape: [batch], {m}}}}}",
        *more,
    )


def others(inputs: dict[str, str], outputs: dict[str, str]) -> str:
    """Say what is sent and read by name."""
    lines = ["inputs:", *(f"  {name}: {{{said}}}" for name, said in inputs.items())]
    lines += ["outputs:", *(f"  {name}: {{{said}}}" for name, said in outputs.items())]
    return _body(*lines)


def relation(first: str, second: str, sent: str, read: str, domain: str) -> str:
    """Say of two signatures that they answer alike."""
    return _body(
        f"inputs: {{{sent}: {{shape: [batch], {domain}}}}}",
        f"outputs: {{{read}: {{dtype: {'text' if read == 'genre' else 'float32'}, shape: [batch]}}}}",
    ) + (
        "relations:\n"
        "  - name: alike\n"
        f"    inputs: {{{sent}: {first}.{sent}}}\n"
        "    calls:\n"
        f"      one: {{signature: {first}, inputs: {{{sent}: {sent}}}}}\n"
        f"      other: {{signature: {second}, inputs: {{{sent}: {sent}}}}}\n"
        f"    holds: [one.{read} == other.{read}]\n"
    )


def explained(by: str) -> str:
    """Say that the explanation does not change the answer."""
    return relation("plain", by, "title", "genre", f"dtype: text, {LINES}")


INT_MOST = 2147483647
LEAST = "minimum: -2147483648"
LABELLED = scores(f"{UNIT}, {SUMS}", "holds: ['(label == \"a\") == (argmax(scores, axis=-1) == 0)']")
SAME = text("echo", "", "holds: [echo == t]")
ANY_TEXT = "maxLength: 40"
FLOATS = f"dtype: float32, shape: [batch], {UNIT}"
RANKED = "maximum: 1, sumsTo: {value: 1, axis: 0}"

THOUSAND = others(
    {"x": f"dtype: float32, shape: [batch, 3], {UNIT}"},
    {"scores": f"dtype: float32, shape: [batch, 1000], {UNIT}, {SUMS}"},
)

BY_CHANCE = [
    Fault("dropout", number(), CHANCE, said="times that the same request was sent"),
    Fault("quiet_dropout", number(UNIT, UNIT, DETERMINISTIC), CHANCE),
    Fault("rare_dropout", number(UNIT, UNIT, MANY_ROWS), CHANCE, 32),
    Fault("refused_at_times", number(), CHANCE, 32),
    Fault("nan_at_times", number(), CHANCE, 32),
    Fault("each_seventh", number(), CHANCE),
    Fault("after_forty", number(), CHANCE, said="and not in a fresh process"),
    Fault("ages", number(UNIT, UNIT, DETERMINISTIC), CHANCE),
]
IN_COMPANY = [
    Fault("batch_norm", number(UNIT, "minimum: -0.3, maximum: 0.3"), COMPANY, 2, said="is answered y=[0.0]"),
    Fault("quiet_batch_norm", number(UNIT, "minimum: -1, maximum: 1", INVARIANT), COMPANY, 2),
    Fault("last_row", number(), COMPANY, 2, said="row 1 alone is answered y=[0.0]"),
    Fault("last_row", number(), COMPANY, 2, "rest"),
    Fault("first_row", number(), COMPANY, 2),
    Fault("third_row", number(), COMPANY, 3),
    Fault("from_seven", number(), COMPANY, 7),
    Fault("odd_batch", number(), COMPANY, 3),
    Fault("quiet_odd_batch", number(UNIT, UNIT, INVARIANT), COMPANY, 3),
    Fault("quiet_at_seventeen", number(UNIT, UNIT, INVARIANT), COMPANY, 17),
    Fault("last_of_seventeen", number(), COMPANY, 17),
    Fault("at_sixteen", number(), COMPANY, 16),
    Fault("at_most_but_one", number(), COMPANY, 31),
    Fault("full_batch", number(), COMPANY, 32),
    Fault("leak", number(), COMPANY, 2),
    Fault("twins", number(), COMPANY, 2),
    Fault("all_alike", number(), COMPANY, 2),
    Fault("sum_too_great", number(), COMPANY, 32),
    Fault("half_sum", number(), COMPANY, 32),
    Fault("sorted_by_accident", number(UNIT, UNIT, "holds: [y == x]"), COMPANY, 2),
    Fault("sorted_by_accident", number(UNIT, UNIT, INVARIANT), COMPANY, 2),
    Fault("nan_in_company", number(), COMPANY, 2),
    Fault("second_class", LABELLED, COMPANY, 2),
]
WHOLE_CALLS = [
    Fault("nan_in_company", number(), UNREADABLE, 2, "rest", said="2 rows are the fewest"),
    Fault("squeezed", number(), SHAPE),
    Fault("not_one", number(), REFUSED),
    Fault("deduplicated", number(), SHAPE, 2),
    Fault("too_many", number(), REFUSED, 21, said="21 rows are the fewest"),
    Fault("cut_short", number(), SHAPE, 17, said="17 rows are the fewest"),
    Fault("one_more", number(), SHAPE, 32),
    Fault(
        "mean",
        others({"x": FLOATS}, {"y": FLOATS, "mean": "dtype: float32, shape: [], maximum: 0.4"}),
        OUTSIDE,
        2,
    ),
    Fault("ranking", number(UNIT, f"minimum: 0.9, {RANKED}"), OUTSIDE, 2),
    Fault("centred_of_four", number(UNIT, "minimum: -0.3, maximum: 0.3"), OUTSIDE, 4, least=4),
]
EDGES = [
    Fault("nan_at_edge", number(), NOT_FINITE),
    Fault("nan_at_edge", number(), UNREADABLE, protocol="rest"),
    Fault("inf_at_zero", number(UNIT, "minimum: 0"), NOT_FINITE),
    Fault("subnormal", number(), NOT_FINITE),
    Fault("negative_zero", number("minimum: -1, maximum: 1", "minimum: -1, maximum: 1"), NOT_FINITE),
    Fault("just_below_one", number(), OUTSIDE),
    Fault("half_overflow", number(UNIT, "maximum: 2"), NOT_FINITE),
    Fault("one_in_two_thousand", number(UNIT, UNIT, MANY_ROWS), OUTSIDE),
    Fault("always_wrong_last", number(), OUTSIDE),
    Fault("pair", others({"x": FLOATS, "by": FLOATS}, {"y": FLOATS}), OUTSIDE),
    Fault("many", others({"x": FLOATS}, {f"y{at:02}": FLOATS for at in range(40)}), OUTSIDE),
    Fault("overflow", integer(INT_MOST, "minimum: 0"), OUTSIDE),
    Fault("overflow", integer(INT_MOST, "minimum: 0"), OUTSIDE, protocol="rest"),
    Fault("wraps_at_16", integer(INT_MOST, "minimum: 0"), OUTSIDE),
    Fault("through_float", integer(INT_MOST, LEAST, "holds: [m == n]"), HOLDS),
    Fault("not_zero", integer(INT_MOST, "minimum: 0"), OUTSIDE),
    Fault("squares", integer(46341, "minimum: 0"), OUTSIDE),
    Fault("divides", integer(1000, "minimum: 0"), REFUSED),
    Fault("gathers", integer(1000, "minimum: 0"), REFUSED),
]
SCORED = [
    Fault("logits", scores(SUMS), SUM),
    Fault("logits", scores(UNIT), OUTSIDE),
    Fault("sigmoids", scores(), SUM, protocol="rest"),
    Fault("wrong_axis", scores(), SUM),
    Fault("other_label", LABELLED, HOLDS),
    Fault("unit", scores(SUMS), NOT_FINITE),
    Fault("one_at_most", scores(), NOT_FINITE),
    Fault("two_at_most", scores(), NOT_FINITE),
]
COSTLY = [
    Fault("endless", number(), "model-hung"),
    Fault("hog", number(), REFUSED, said="RESOURCE_EXHAUSTED"),
    Fault("creeping_hog", number(), REFUSED, said="RESOURCE_EXHAUSTED"),
    Fault("abort", number(), "model-crashed", said="its memory may grow by"),
]
TEXTS = [
    Fault("new_label", text("genre", LABELS), OUTSIDE, protocol="rest"),
    Fault("empty_text", text("genre", LABELS, sent=ANY_TEXT), REFUSED, protocol="rest"),
    Fault("blank_text", text("genre", LABELS), REFUSED, protocol="rest"),
    Fault("stray_words", text("genre", LABELS, sent=ANY_TEXT), REFUSED, protocol="rest"),
    Fault("refuses_emoji", text("genre", LABELS), REFUSED, protocol="rest"),
    Fault("refuses_the_longest", text("genre", LABELS), REFUSED, protocol="rest"),
    Fault("numbers_only", text("genre", LABELS), OUTSIDE, protocol="rest"),
    Fault("shouting", text("genre", LABELS), OUTSIDE, protocol="rest"),
    Fault("first_word", text("genre", "minLength: 1"), OUTSIDE, protocol="rest"),
    Fault("trims", SAME, HOLDS, protocol="rest"),
    Fault("lowers", SAME, HOLDS, protocol="rest"),
    Fault("two_blanks", SAME, HOLDS, protocol="rest"),
    Fault("cuts_at_nul", SAME, HOLDS, protocol="rest"),
    Fault("cuts_bytes", text("echo"), UNREADABLE, protocol="rest"),
    Fault("cuts_bytes", text("echo"), "output-text-undecodable"),
]
BETWEEN = [
    Fault("plain", explained("explained_beyond"), RELATION, protocol="rest"),
    Fault("plain", explained("explained_longest"), RELATION, protocol="rest"),
    Fault("plain", explained("explained_company"), COMPANY, 2, "rest", said="it holds for row 1 alone"),
    Fault("plain", explained("explained_by_chance"), CHANCE, 32, "rest"),
    Fault(
        "at_least",
        relation("at_least", "above", "x", "y", f"dtype: float32, {UNIT}"),
        RELATION,
    ),
]
THRESHOLDS = [
    Fault("at_least", relation("at_least", "above", "x", "y", f"dtype: float32, {each}"), RELATION)
    for each in ("minimum: -10, maximum: 10", "minimum: 0, maximum: 5")
]
FAULTS = [
    *(*BY_CHANCE, *IN_COMPANY, *WHOLE_CALLS, *EDGES, *SCORED),
    *(*COSTLY, *TEXTS, *BETWEEN, *THRESHOLDS),
]
SOUND = [
    Fault("sound", number(UNIT, UNIT, INVARIANT)),
    Fault("sound", number(UNIT, UNIT, INVARIANT), protocol="rest"),
    Fault("noise_by_size", number(UNIT, UNIT, INVARIANT)),
    Fault("noise_each_time", number(UNIT, UNIT, INVARIANT)),
    Fault("clipped", number(), protocol="rest"),
    Fault("saturated", number(), protocol="rest"),
    Fault("tenth", number(UNIT, "minimum: 0.1, maximum: 1", dtype="number"), protocol="rest"),
    Fault("half", number(UNIT, "minimum: 0.1, maximum: 1", dtype="float16")),
    Fault("normalises", text("echo", "", "holds: [lower(echo) == echo]"), protocol="rest"),
    Fault("padded_words", others({"t": f"dtype: text, shape: [batch], {ANY_TEXT}"},
                                 {"words": "dtype: text, shape: [batch, null]"})),
    Fault("softmax", LABELLED + _body(INVARIANT)),
    Fault("softmax", LABELLED + _body(INVARIANT), protocol="rest"),
    Fault("ties", scores(UNIT, INVARIANT)),
    Fault("ranking", number(UNIT, f"minimum: 0, {RANKED}", "properties: {equivariant: batch}")),
    Fault("thousand", THOUSAND, protocol="rest"),
    Fault("identity", integer(INT_MOST, "minimum: 0"), protocol="rest"),
    Fault("centred_of_four", number(UNIT, "minimum: -1, maximum: 1"), least=4),
    Fault("mean", others({"x": FLOATS}, {"y": FLOATS, "mean": "dtype: float32, shape: [], maximum: 1"})),
    Fault("plain", explained("explained"), protocol="rest"),
]  # fmt: skip
EVERY = [*FAULTS, *SOUND]


def client(fault: Fault) -> str:
    """Return the name of the client whose contract this is."""
    return f"c{EVERY.index(fault):03}-{fault.signature.replace('_', '-')}-{fault.protocol}"


def written(fault: Fault) -> str:
    """Return the contract of one client."""
    return (
        f"contract: 1\nclient: {client(fault)}\nmodel: m\nprotocol: {fault.protocol}\n"
        f"dims: {{batch: {{min: {fault.least}, max: 32}}}}\n"
        f"signatures:\n  {fault.signature}:\n{fault.contract}"
    )
