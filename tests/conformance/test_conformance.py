"""The server's own cases agree with our codec, and the runner tells when one does not."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import compat
from tests.conformance.__main__ import main
from tests.conformance.running import run, run_compat, text_of

_Case = dict[str, Any]
_CASES = Path(__file__).parents[1] / "cases" / "tfserving"
_VECTORS = _CASES / "rest_vectors.jsonl.gz"
_REVIEWED = _CASES / "reviewed.jsonl.gz"
_PEERS = _CASES / "peer_cases.json.gz"
_PAIRS = _CASES / "compat_cases.json.gz"


@pytest.mark.parametrize(
    ("file", "count", "left_out"), [(_VECTORS, 1400, 0), (_REVIEWED, 904, 0), (_PEERS, 65, 58)]
)
def test_every_kept_case_agrees(file: Path, count: int, left_out: int) -> None:
    """None differs, and none is dropped on the way."""
    result = run(file)
    differing = [f"{each.id}: {each.difference}" for each in result.outcomes if each.difference is not None]
    assert differing == []
    assert (len(result.outcomes), result.left_out) == (count, left_out)


def _vectors() -> list[_Case]:
    return [json.loads(line) for line in text_of(_VECTORS).splitlines()]


def _changed(case: _Case, expect: _Case) -> _Case:
    return {**case, "expect": expect}


def test_cases_that_differ_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a case, the count at the end, and exit code 1."""
    cases = {str(case["id"]): case for case in _vectors()}
    bodies = [case for case in cases.values() if "json" in case["expect"]]
    reads = [case for case in cases.values() if "tensors" in case["expect"]]
    wrong = [
        _changed(bodies[0], {"error": "INVALID_ARGUMENT: no"}),
        _changed(bodies[1], {"json": '{"predictions": [1.0]}'}),
        _changed(reads[0], {"error": "INVALID_ARGUMENT: no"}),
        _changed(reads[1], {**reads[1]["expect"], "format": "other"}),
        _changed(reads[2], {**reads[2]["expect"], "tensors": {}}),
        {**reads[3], "text": "{"},
        {"id": "broken", "kind": "request"},
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in [*wrong, reads[4]]), encoding="utf-8")
    assert main(["rest", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == [each["id"] for each in wrong]
    assert lines[-1] == "8 cases, 7 differ"


def test_number_tokens_count_as_they_are_written(tmp_path: Path) -> None:
    """`1.0` is not `1`, and an element's value counts to the last bit."""
    case = {
        "id": "a",
        "kind": "response",
        "format": "row",
        "outputs": {"y": {"dtype": "float32", "shape": [1], "values": ["0x1.0p+0"]}},
    }
    read = {"id": "b", "kind": "request", "inputs": {"x": {"dtype": "float32"}}, "text": '{"inputs": -0.0}'}
    zero = {"dtype": "float32", "shape": [], "values": ["0x0.0p+0"]}
    answers = [
        ({**case, "expect": {"json": '{"predictions":[1.0]}'}}, 0),
        ({**case, "expect": {"json": '{"predictions":[1]}'}}, 1),
        ({**read, "expect": {"format": "columnar", "signature_name": "", "tensors": {"x": zero}}}, 1),
    ]
    file = tmp_path / "case.jsonl"
    for written, code in answers:
        file.write_text(json.dumps(written), encoding="utf-8")
        assert main(["rest", str(file)]) == code


def test_what_is_dumped_has_the_form_of_what_is_expected(tmp_path: Path) -> None:
    """Put in the place of `expect`, every outcome agrees with itself; ids and order are the file's."""
    dump, again = tmp_path / "dump.jsonl", tmp_path / "again.jsonl.gz"
    assert main(["rest", str(_VECTORS), str(_PEERS), "--dump", str(dump)]) == 0
    came = [json.loads(line) for line in dump.read_text(encoding="utf-8").splitlines()]
    assert len(came) == 1465
    cases = _vectors()
    assert [each["id"] for each in came[: len(cases)]] == [case["id"] for case in cases]
    lines = (
        json.dumps(_changed(case, each["expect"]))
        for case, each in zip(cases, came[: len(cases)], strict=True)
    )
    again.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert main(["rest", str(again)]) == 0


def test_a_file_without_cases_does_not_pass(tmp_path: Path) -> None:
    """Nothing run is no agreement."""
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    assert main(["rest", str(tmp_path / "none.jsonl")]) == 1


def test_every_kept_pair_of_versions_agrees() -> None:
    """All 36 executed pairs, every client that they name."""
    result = run_compat(_PAIRS)
    assert [f"{each.id}: {each.difference}" for each in result.outcomes if each.difference is not None] == []
    assert len(result.outcomes) == 36


def _pairs() -> list[_Case]:
    found: list[_Case] = json.loads(text_of(_PAIRS))["cases"]
    return found


def _met(case: _Case, verdict: str) -> _Case:
    return {**case, "clients": {name: {"verdict": verdict} for name in case["clients"]}}


def test_every_reviewed_pair_of_versions_agrees() -> None:
    """A reviewer's, with the outcome that the documents of the server give."""
    result = run_compat(_CASES / "reviewed_pairs.json.gz")
    assert [each.difference for each in result.outcomes if each.difference is not None] == []
    assert len(result.outcomes) == 412


_EXACT = {
    "164 5.5 add unknown rank": {"row-bare": "undecided", "row-named": "undecided", "grpc": "safe"},
    "258 X classify drop classes, reads scores": {"classify": "safe"},
    "261 X classify scores renamed unread": {"classify": "safe"},
    "000 E1 old [n],[1] unchanged (row client sends 1 row)": {"row-bare": "safe", "row-named": "safe"},
    "004 E3 in [1,3]; out y[1]; adds [-1,2]": {"row-bare": "safe", "row-named": "safe"},
    "005 E4 unread known -> unknown rank": {"row-bare": "undecided", "col-bare": "safe"},
    "010 E9 batching: added unknown rank": {
        "col-bare": "undecided",
        "grpc": "undecided",
        "grpc-filter": "safe",
    },
    "050 E29 added zero-elem half [-1,0]": {"row-bare": "safe", "col-named": "safe"},
}


def test_reviewed_pairs_with_one_right_verdict_have_it() -> None:
    """Where the form of the cases would let undecided pass for safe, or the other way round."""
    found = {each.id: each.expect for each in run_compat(_CASES / "reviewed_pairs.json.gz").outcomes}
    for name, wanted in _EXACT.items():
        met = found[name]
        assert isinstance(met, dict)
        assert {client: met[client] for client in wanted} == wanted, name


def test_pairs_that_differ_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another verdict than the executed one differs; so does a client that cannot be, or a broken case."""
    basis = {"schema": [], "ops": []} | {case["basis"]: [] for case in _pairs()}
    for case in _pairs():
        basis[case["basis"]].append(case)
    schema, ops = basis["schema"], basis["ops"]
    wrong = [
        _met(schema[0], "safe"),
        _met(schema[0], "response-differs") | {"case": "breaks is a difference as well"},
        _met(schema[4], "breaks-server"),
        _met(schema[4], "response-differs") | {"case": "safe is none"},
        {**schema[2], "case": "bare", "clients": {"row-bare": {"verdict": "breaks-server"}}},
        {**schema[0], "case": "flag", "flags": ["unheard_of"]},
        {**ops[0], "case": "undecided agrees here", "clients": {"grpc": {"verdict": "breaks-server"}}},
        {**ops[0], "case": "undecided does not", "basis": "schema"},
        _met(schema[4], "breaks-server") | {"case": "safe does not", "basis": "ops"},
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in wrong), encoding="utf-8")
    assert main(["compat", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    agreeing = {"breaks is a difference as well", "undecided agrees here"}
    expected = [each["case"] for each in wrong if each["case"] not in agreeing]
    assert len(lines) == len(expected) + 1
    assert all(line.startswith(f"{name}: ") for line, name in zip(lines, expected, strict=False))
    assert lines[-1] == "9 cases, 7 differ"


def test_verdicts_are_dumped_for_every_client_that_there_is(tmp_path: Path) -> None:
    """One line a case, in order; kinds that could not call the old version are not there."""
    dump = tmp_path / "dump.jsonl"
    assert main(["compat", str(_PAIRS), "--dump", str(dump)]) == 0
    came = [json.loads(line) for line in dump.read_text(encoding="utf-8").splitlines()]
    assert [each["case"] for each in came] == [case["case"] for case in _pairs()]
    assert came[1]["clients"] == dict.fromkeys(
        ["row-bare", "row-named", "col-bare", "col-named"], "breaks"
    ) | {
        "grpc": "safe",
        "grpc-filter": "safe",
    }
    assert list(came[2]["clients"]) == ["row-named", "col-named", "grpc", "grpc-filter"]


def test_defaults_have_the_dtype_that_they_were_written_with() -> None:
    """A JSON number with a point is no integer, and an explicit dtype counts."""
    shape: dict[str, object] = {"dtype": "DT_FLOAT", "shape": []}
    new = {"inputs": {"x": {"dtype": "DT_FLOAT", "shape": [-1]}, "t": shape}, "outputs": {}}
    old = {"inputs": {"x": {"dtype": "DT_FLOAT", "shape": [-1]}}, "outputs": {}}
    case = {"signature": "", "sends": ["x"], "reads": [], "answer": "bare"}
    for default, verdict in [
        (2.0, "safe"),
        (2, "breaks"),
        ("a", "breaks"),
        (True, "breaks"),
        ([[1.0, 2.0]], "safe"),
        ({"dtype": "DT_DOUBLE", "values": [2.0]}, "breaks"),
        ({"dtype": "DT_FLOAT", "values": 2.0}, "safe"),
    ]:
        versions = {
            "old": {"serving_default": old},
            "new": {"serving_default": {**new, "defaults": {"t": default}}},
        }
        assert compat.clients({**case, **versions})["grpc"] == verdict


def test_what_cannot_be_printed_is_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of a surrogate pair in a case that differs hides neither the line nor the summary."""
    case = {"id": "half", "kind": "request", "inputs": {"x": {"dtype": "float32"}}, "expect": {"error": "x"}}
    file = tmp_path / "cases.jsonl"
    file.write_text(
        json.dumps(case | {"text": '{"signature_name": "\udc00", "instances": [1]}'}), encoding="utf-8"
    )
    assert main(["rest", str(file)]) == 1
    told = capsys.readouterr().out
    assert told.endswith("1 cases, 1 differ\n")
    assert told.encode()


def test_dtypes_that_no_array_carries_are_judged_as_the_server_does(tmp_path: Path) -> None:
    """Quantized numbers and variants: refused in answers and requests, unless there is no element."""
    one, none = {"shape": [1], "values": [1]}, {"shape": [0], "values": []}
    read = {"format": "columnar", "signature_name": ""}
    cases = [
        each | {"id": f"{dtype} {at}"}
        for dtype in ("qint8", "variant", "int4")
        for at, each in enumerate(
            (
                _answer({"dtype": dtype, **one}, {"error": "INVALID_ARGUMENT: Failed to write"}),
                _answer({"dtype": dtype, **none}, {"json": '{"predictions": []}'}),
                _request(dtype, "[1]", {"error": "UNIMPLEMENTED: Conversion"}),
                _request(dtype, "[]", {**read, "tensors": {"x": {"dtype": dtype, **none}}}),
            )
        )
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    assert [each.difference for each in run(file).outcomes if each.difference is not None] == []


def _answer(output: _Case, expect: _Case) -> _Case:
    return {"kind": "response", "format": "row", "outputs": {"y": output}, "expect": expect}


def _request(dtype: str, text: str, expect: _Case) -> _Case:
    inputs = {"x": {"dtype": dtype}}
    return {"kind": "request", "inputs": inputs, "text": f'{{"inputs": {text}}}', "expect": expect}


def test_a_file_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """And another exit code than for cases that differ."""
    assert main(["rest", "not/there.jsonl"]) == 2
    assert capsys.readouterr().err == "not/there.jsonl: No such file or directory\n"
