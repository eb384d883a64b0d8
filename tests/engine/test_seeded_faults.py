"""Faults that models have, seeded into one export: each is found, told for what it is, with a small request.

Sound models that look suspicious are beside them, and nothing of theirs is called broken.
"""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sigpact.engine.cases import read
from sigpact.engine.options import Options
from sigpact.engine.verify import verify
from sigpact.findings import Answer, Finding, Level
from sigpact.report.model import Report
from sigpact.runtime.backend import TensorFlowBackend
from sigpact.runtime.limits import Limits
from tests.building import built

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]

LIMITS = Limits(call=1.5, memory=512 << 20)
"""What takes seconds and gigabytes elsewhere shows here in less."""

UNIT = "minimum: 0, maximum: 1"
MANY_ROWS = "    rows: 10000\n"
NUMBER = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch], {UNIT}}}}}
    outputs: {{y: {{dtype: float32, shape: [batch], {UNIT}}}}}
"""
REAL = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch], {UNIT}}}}}
    outputs: {{y: {{dtype: float32, shape: [batch], minimum: -1, maximum: 1}}}}
"""
NARROW = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch], {UNIT}}}}}
    outputs: {{y: {{dtype: float32, shape: [batch], minimum: -0.3, maximum: 0.3}}}}
"""
SIGNED = """\
    inputs: {x: {dtype: float32, shape: [batch], minimum: -1, maximum: 1}}
    outputs: {y: {dtype: float32, shape: [batch], minimum: -1, maximum: 1}}
"""
GENRE = """\
    inputs: {t: {dtype: text, shape: [batch], maxLength: 40}}
    outputs: {genre: {dtype: text, shape: [batch], enum: [Drama, Comedy]}}
"""
ECHO = """\
    inputs: {t: {dtype: text, shape: [batch], minLength: 1, maxLength: 40}}
    outputs: {echo: {dtype: text, shape: [batch]}}
"""
SAME = f"{ECHO}    holds: [echo == t]\n"
SCORES = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch, 3], {UNIT}}}}}
    outputs:
      scores: {{dtype: float32, shape: [batch, 3], {UNIT}, sumsTo: {{value: 1, axis: -1}}}}
      label: {{dtype: text, shape: [batch], enum: [a, b, c], scores: scores}}
"""
LABELLED = f"{SCORES}    holds: ['(label == \"a\") == (argmax(scores, axis=-1) == 0)']\n"
INTEGER = """\
    inputs: {n: {dtype: int32, shape: [batch], minimum: 0, maximum: 2147483647}}
    outputs: {m: {dtype: int32, shape: [batch], minimum: 0}}
"""
THOUSAND = """\
    inputs: {n: {dtype: int32, shape: [batch], minimum: 0, maximum: 1000}}
    outputs: {m: {dtype: int32, shape: [batch], minimum: 0, maximum: 1000}}
"""
MANY = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch], {UNIT}}}}}
    outputs:
{"".join(f"      y{at:02}: {{dtype: float32, shape: [batch], {UNIT}}}" + chr(10) for at in range(40))}"""

DETERMINISTIC = "    properties: {deterministic: true}\n"
INVARIANT = "    properties: {deterministic: true, batch_invariant: true}\n"
PAIR = f"""\
    inputs:
      x: {{dtype: float32, shape: [batch], {UNIT}}}
      by: {{dtype: float32, shape: [batch], {UNIT}}}
    outputs: {{y: {{dtype: float32, shape: [batch], {UNIT}}}}}
"""
MEAN = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch], {UNIT}}}}}
    outputs:
      y: {{dtype: float32, shape: [batch], {UNIT}}}
      mean: {{dtype: float32, shape: [], minimum: 0, maximum: 0.4}}
"""
RANKING = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch], {UNIT}}}}}
    outputs: {{y: {{dtype: float32, shape: [batch], minimum: 0.9, maximum: 1, sumsTo: {{value: 1, axis: 0}}}}}}
"""
OUTSIDE = "output-value-outside"
CHANCE = "answer-not-deterministic"
COMPANY = "batch-not-invariant"
REFUSED = "request-refused"
NOT_FINITE = "output-not-finite"


@dataclass(frozen=True)
class Fault:
    """A signature, what the contract says of it, the one rule that is broken, and how many rows show it.

    `rows` is the most that the request may have; `least` is the least size of a batch in the contract.
    """

    signature: str
    contract: str
    rule: str
    rows: int = 1
    protocol: str = "grpc"
    least: int = 1
    said: str = ""
    """Words that the message must have."""


FAULTS = [
    Fault("dropout", NUMBER, CHANCE, said="times that the same request was sent"),
    Fault("quiet_dropout", NUMBER + DETERMINISTIC, CHANCE),
    Fault("rare_dropout", NUMBER + MANY_ROWS, CHANCE, 32),
    Fault("refused_at_times", NUMBER, CHANCE, 32),
    Fault("nan_at_times", NUMBER, CHANCE, 32),
    Fault("each_seventh", NUMBER, CHANCE),
    Fault("after_forty", NUMBER, CHANCE),
    Fault("batch_norm", NARROW, COMPANY, 2, said="alone is answered y=[0.0]"),
    Fault("quiet_batch_norm", REAL + INVARIANT, COMPANY, 2),
    Fault("last_row", NUMBER, COMPANY, 2),
    Fault("first_row", NUMBER, COMPANY, 2),
    Fault("full_batch", NUMBER, COMPANY, 32),
    Fault("from_seven", NUMBER, COMPANY, 7),
    Fault("odd_batch", NUMBER, COMPANY, 3),
    Fault("leak", NUMBER, COMPANY, 2),
    Fault("twins", NUMBER, COMPANY, 2),
    Fault("all_alike", NUMBER, COMPANY, 2),
    Fault("sum_too_great", NUMBER, COMPANY, 32),
    Fault("half_sum", NUMBER, COMPANY, 32),
    Fault("at_sixteen", NUMBER, COMPANY, 16),
    Fault("at_most_but_one", NUMBER, COMPANY, 31),
    Fault("third_row", NUMBER, COMPANY, 3),
    Fault("sorted_by_accident", NUMBER + "    holds: [y == x]\n", COMPANY, 2),
    Fault("sorted_by_accident", NUMBER + INVARIANT, COMPANY, 2),
    Fault("nan_in_company", NUMBER, COMPANY, 2),
    Fault("nan_in_company", NUMBER, "answer-unreadable", 2, "rest"),
    Fault("last_row", NUMBER, COMPANY, 2, "rest"),
    Fault("squeezed", NUMBER, "answer-shape-changed"),
    Fault("deduplicated", NUMBER, "answer-shape-changed", 2),
    Fault("too_many", NUMBER, REFUSED, 21, said="21 rows are the fewest"),
    Fault("not_one", NUMBER, REFUSED),
    Fault("cut_short", NUMBER, "answer-shape-changed", 17, said="17 rows are the fewest"),
    Fault("one_more", NUMBER, "answer-shape-changed", 32),
    Fault("nan_at_edge", NUMBER, NOT_FINITE),
    Fault("nan_at_edge", NUMBER, "answer-unreadable", 1, "rest"),
    Fault("inf_at_zero", REAL.replace("minimum: -1, maximum: 1", "minimum: 0"), NOT_FINITE),
    Fault("subnormal", NUMBER, NOT_FINITE),
    Fault("negative_zero", SIGNED, NOT_FINITE),
    Fault("just_below_one", NUMBER, OUTSIDE),
    Fault("half_overflow", NUMBER.replace("y: {dtype: float32, shape: [batch], minimum: 0, maximum: 1}",
                                          "y: {dtype: float32, shape: [batch], maximum: 2}"), NOT_FINITE),
    Fault("one_in_two_thousand", NUMBER + MANY_ROWS, OUTSIDE),
    Fault("always_wrong_last", NUMBER, OUTSIDE),
    Fault("endless", NUMBER, "model-hung"),
    Fault("hog", NUMBER, REFUSED),
    Fault("creeping_hog", NUMBER, REFUSED),
    Fault("abort", NUMBER, "model-crashed"),
    Fault("new_label", GENRE, OUTSIDE, protocol="rest"),
    Fault("empty_text", GENRE, REFUSED, protocol="rest"),
    Fault("blank_text", GENRE.replace("maxLength", "minLength: 1, maxLength"), REFUSED, protocol="rest"),
    Fault("first_word", GENRE.replace(", enum: [Drama, Comedy]", ", minLength: 1").replace(
        "maxLength", "minLength: 1, maxLength"), OUTSIDE, protocol="rest"),
    Fault("trims", SAME, "holds-broken", protocol="rest"),
    Fault("lowers", SAME, "holds-broken", protocol="rest"),
    Fault("cuts_at_nul", SAME, "holds-broken", protocol="rest"),
    Fault("two_blanks", SAME, "holds-broken", protocol="rest"),
    Fault("refuses_emoji", GENRE, REFUSED, protocol="rest"),
    Fault("refuses_the_longest", GENRE, REFUSED, protocol="rest"),
    Fault("numbers_only", GENRE, OUTSIDE, protocol="rest"),
    Fault("shouting", GENRE, OUTSIDE, protocol="rest"),
    Fault("stray_words", GENRE, REFUSED, protocol="rest"),
    Fault("cuts_bytes", ECHO, "answer-unreadable", protocol="rest"),
    Fault("cuts_bytes", ECHO, "output-text-undecodable"),
    Fault("logits", SCORES.replace(f"{UNIT}, sums", "sums"), "output-sum-outside"),
    Fault("logits", SCORES.replace(", sumsTo: {value: 1, axis: -1}", ""), OUTSIDE),
    Fault("wrong_axis", SCORES, "output-sum-outside"),
    Fault("sigmoids", SCORES, "output-sum-outside", protocol="rest"),
    Fault("other_label", LABELLED, "holds-broken"),
    Fault("unit", SCORES.replace(f"{UNIT}, sums", "sums"), NOT_FINITE),
    Fault("two_at_most", SCORES, NOT_FINITE),
    Fault("one_at_most", SCORES, NOT_FINITE),
    Fault("second_class", LABELLED, COMPANY, 2),
    Fault("wraps_at_16", INTEGER, OUTSIDE),
    Fault("through_float", INTEGER.replace("minimum: 0}}\n", "minimum: -2147483648}}\n").replace("minimum: 0, maximum: 2", "minimum: 0, maximum: 2") + "    holds: [m == n]\n", "holds-broken"),
    Fault("not_zero", INTEGER, OUTSIDE),
    Fault("squares", THOUSAND.replace("maximum: 1000}}\n    o", "maximum: 46341}}\n    o").replace(
        "m: {dtype: int32, shape: [batch], minimum: 0, maximum: 1000", "m: {dtype: int32, shape: [batch], minimum: 0"),
        OUTSIDE),
    Fault("overflow", INTEGER, OUTSIDE),
    Fault("overflow", INTEGER, OUTSIDE, protocol="rest"),
    Fault("divides", THOUSAND, REFUSED),
    Fault("gathers", THOUSAND, REFUSED),
    Fault("many", MANY, OUTSIDE),
    Fault("pair", PAIR, OUTSIDE),
    Fault("mean", MEAN, OUTSIDE, 2),
    Fault("ranking", RANKING, OUTSIDE, 2),
    Fault("centred_of_four", NARROW, OUTSIDE, 4, least=4),
]  # fmt: skip

WORDS = """\
    inputs: {t: {dtype: text, shape: [batch], maxLength: 40}}
    outputs: {words: {dtype: text, shape: [batch, null]}}
"""
SOUND = [
    Fault("sound", NUMBER + INVARIANT, ""),
    Fault("sound", NUMBER + INVARIANT, "", protocol="rest"),
    Fault("noise_by_size", NUMBER + INVARIANT, ""),
    Fault("noise_each_time", NUMBER + INVARIANT, ""),
    Fault("clipped", NUMBER, "", protocol="rest"),
    Fault("saturated", NUMBER, "", protocol="rest"),
    Fault("tenth", NUMBER.replace("batch], minimum: 0, maximum: 1}}\n    out", "batch], minimum: 0, maximum: 1}}\n    out")
          .replace("y: {dtype: float32, shape: [batch], minimum: 0", "y: {dtype: number, shape: [batch], minimum: 0.1"),
          "", protocol="rest"),
    Fault("half", NUMBER.replace("y: {dtype: float32, shape: [batch], minimum: 0",
                                 "y: {dtype: float16, shape: [batch], minimum: 0.1"), ""),
    Fault("normalises", ECHO + "    holds: ['lower(echo) == echo']\n", "", protocol="rest"),
    Fault("softmax", LABELLED + INVARIANT, ""),
    Fault("softmax", LABELLED + INVARIANT, "", protocol="rest"),
    Fault("ties", LABELLED.replace(", sumsTo: {value: 1, axis: -1}", "").split("    holds")[0] + INVARIANT, ""),
    Fault("ranking", RANKING.replace("minimum: 0.9", "minimum: 0") + "    properties: {equivariant: batch}\n", ""),
    Fault("padded_words", WORDS, "", protocol="grpc"),
    Fault("thousand", f"""\
    inputs: {{x: {{dtype: float32, shape: [batch, 3], {UNIT}}}}}
    outputs: {{scores: {{dtype: float32, shape: [batch, 1000], {UNIT}, sumsTo: {{value: 1, axis: -1}}}}}}
""", "", protocol="rest"),
    Fault("identity", INTEGER, "", protocol="rest"),
    Fault("centred_of_four", REAL, "", least=4),
    Fault("mean", MEAN.replace("0.4", "1"), ""),
]  # fmt: skip

RELATIONS = """\
relations:
  - name: explained
    inputs: {title: plain.title}
    calls:
      plain: {signature: plain, inputs: {title: title}}
      explained: {signature: EXPLAINED, inputs: {title: title}}
    holds: [plain.genre == explained.genre]
"""
PLAIN = f"""\
    inputs: {{title: {{dtype: text, shape: [batch], minLength: 1, maxLength: 40}}}}
    outputs: {{genre: {{dtype: text, shape: [batch]}}}}
{RELATIONS}"""
THRESHOLD = f"""\
    inputs: {{x: {{dtype: float32, shape: [batch], {UNIT}, multipleOf: 0.125}}}}
    outputs: {{y: {{dtype: float32, shape: [batch], {UNIT}}}}}
relations:
  - name: thresholds
    inputs: {{x: at_least.x}}
    calls:
      one: {{signature: at_least, inputs: {{x: x}}}}
      other: {{signature: above, inputs: {{x: x}}}}
    holds: [one.y == other.y]
"""
BETWEEN = [
    Fault("plain", PLAIN.replace("EXPLAINED", "explained_beyond"), "relation-broken", protocol="rest"),
    Fault("plain", PLAIN.replace("EXPLAINED", "explained_longest"), "relation-broken", protocol="rest"),
    Fault("at_least", THRESHOLD, "relation-broken"),
    Fault("plain", PLAIN.replace("EXPLAINED", "explained_company"), COMPANY, 2, protocol="rest"),
    Fault("plain", PLAIN.replace("EXPLAINED", "explained_by_chance"), CHANCE, 32, protocol="rest"),
]
SOUND += [Fault("plain", PLAIN.replace("EXPLAINED", "explained"), "", protocol="rest")]
EVERY = [*FAULTS, *BETWEEN, *SOUND]


def client(fault: Fault) -> str:
    """Return the name of the client whose contract this is."""
    return f"c{EVERY.index(fault):02}-{fault.signature.replace('_', '-')}-{fault.protocol}"


def _written(fault: Fault) -> str:
    return (
        f"contract: 1\nclient: {client(fault)}\nmodel: m\nprotocol: {fault.protocol}\n"
        f"dims: {{batch: {{min: {fault.least}, max: 32}}}}\n"
        f"signatures:\n  {fault.signature}:\n{fault.contract}"
    )


@dataclass(frozen=True)
class Verified:
    """What verifying every contract against the export said, and where cases were kept."""

    report: Report
    cases: Path

    def errors(self, fault: Fault) -> list[Finding]:
        """Return what is broken for one client."""
        mine = [each for each in self.report.findings if each.client == client(fault)]
        return [each for each in mine if each.level is Level.ERROR]

    def answer(self, fault: Fault) -> Answer:
        """Return the verdict of one client."""
        (verdict,) = (each for each in self.report.verdicts if each.client == client(fault))
        return verdict.verdict


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """One run over all contracts."""
    root = tmp_path_factory.mktemp("seeded")
    built(Path(__file__).with_name("seeded_exports.py"), root)
    contracts = root / "contracts"
    contracts.mkdir()
    for fault in EVERY:
        (contracts / f"{client(fault)}.contract.yaml").write_text(_written(fault), encoding="utf-8")
    cases = root / "cases"
    options = Options(rows=1_000, cases=str(cases))
    report = verify(
        [str(contracts)], [str(root / "m")], options, lambda: TensorFlowBackend(LIMITS), lambda _: None
    )
    return Verified(report, cases)


def names(faults: list[Fault]) -> Iterator[str]:
    """Yield a name for each case of a table."""
    yield from map(client, faults)


@pytest.mark.parametrize("fault", [*FAULTS, *BETWEEN], ids=names([*FAULTS, *BETWEEN]))
def test_each_fault_is_told_for_what_it_is(verified: Verified, fault: Fault) -> None:
    """By its one rule, with no more rows than it takes."""
    found = verified.errors(fault)
    assert {each.rule for each in found} == {fault.rule}
    assert verified.answer(fault) is Answer.NO
    shown = [each for each in found if each.witness is not None]
    assert any(fault.said in each.message for each in shown), [each.message for each in shown]
    for each in shown:
        assert each.witness is not None
        if each.witness.case is None:
            continue
        request = read(verified.cases, each.witness.case).request
        assert request is not None
        assert request.rows <= fault.rows, each.message


@pytest.mark.parametrize("sound", SOUND, ids=names(SOUND))
def test_nothing_sound_is_called_broken(verified: Verified, sound: Fault) -> None:
    """Whatever it looks like."""
    assert [each.message for each in verified.errors(sound)] == []
    assert verified.answer(sound) is Answer.YES
