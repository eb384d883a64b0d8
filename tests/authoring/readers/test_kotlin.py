"""Readers in Kotlin: compiled without a warning, and run on the JVM, all cases at once."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from sigpact.authoring.readers import kotlin
from sigpact.authoring.readers.model import Reader
from sigpact.authoring.readers.naming import Names
from sigpact.authoring.readers.plan import plan as planned
from sigpact.contract.load import load
from tests.authoring.readers.cases import check, drawn, keys
from tests.authoring.readers.test_python import GOOD, ODD, WRONG
from tests.authoring.readers.test_typescript import texts
from tests.authoring.readers.toolchains import package, run

DRIVER = """\
import java.io.File
import java.util.Base64

fun quoted(text: String) = "\\"" + text.map { "\\\\u%04x".format(it.code) }.joinToString("") + "\\""

fun field(value: Any, name: String): Any? =
    value.javaClass.getDeclaredField(name).also { it.isAccessible = true }.get(value)

fun plain(value: Any?): String = when (value) {
    null, is Boolean, is Double, is Int -> value.toString()
    is Long, is ULong -> "{\\"big\\": \\"$value\\"}"
    is String -> quoted(value)
    is ByteArray -> "{\\"bytes\\": \\"${Base64.getEncoder().encodeToString(value)}\\"}"
    is List<*> -> value.joinToString(", ", "[", "]") { plain(it) }
    is Enum<*> -> plain(field(value, "json"))
    else -> value.javaClass.declaredFields.joinToString(", ", "{", "}") {
        quoted(it.name) + ": " + plain(field(value, it.name))
    }
}

fun attempt(run: () -> Any?): String = try {
    "{\\"value\\": ${plain(run())}}"
} catch (error: Exception) {
    if (error.javaClass.simpleName != "BodyError") throw error
    "{\\"error\\": ${quoted(error.message ?: "")}}"
}

fun read(at: Int, body: String): Any? = when (at) {
CASES
    else -> throw IllegalArgumentException()
}

fun odd(small: Long) = oddfirst.RankIt.writeRequest(
    listOf(
        oddfirst.RankIt.RequestRow(
            dense_26_0 = listOf(0.5, 1.0, -0.0),
            class_ = oddfirst.RankIt.Class.U_X,
            x_bytes = byteArrayOf(0, -1),
            ids = listOf(Long.MAX_VALUE),
            small = small,
            any = oddfirst.RankIt.Tensor(listOf(2, 1), listOf(1.0, 1e300)),
            flag = false,
        ),
    ),
)

fun main() {
    val lines = File("bodies.txt").readLines().map { line ->
        val (at, body) = line.split(" ")
        attempt { read(at.toInt(), String(Base64.getDecoder().decode(body))) }
    }
    val words = listOf("a", "b\\n\\"\\u0001")
    val examples = listOf(oddcls.Cls.Example(age = 3, w = words), oddcls.Cls.Example(age = 4))
    val written = listOf(
        attempt { odd(5) },
        attempt { odd(6) },
        attempt { oddcls.Cls.writeRequest(examples, oddcls.Cls.Context("here")) },
    )
    println((lines + written).joinToString(", ", "[", "]"))
}
"""
CASES = drawn(20)
LABELS = [f"label $number {at} of many" for at in range(5000)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Compile all files at once, and run all bodies in one process; what was made of each, in order."""
    library = package("kotlin-compiler", "java") / "lib"
    folder = tmp_path_factory.mktemp("kotlin")
    contract = load(ODD)
    readers = {f"made{at}": case.reader for at, case in enumerate(CASES)}
    readers |= {
        f"odd{'first' if not at else use.name}": planned(contract, use, "sigpact")
        for at, use in enumerate(contract.signatures)
    }
    readers["labels"] = labelled(LABELS)
    lines, cases = [], []
    for at, (name, reader) in enumerate(readers.items()):
        source = kotlin.render(reader).replace("\n\n", f"\n\npackage {name}\n\n", 1)
        (folder / f"{name}.kt").write_text(source, encoding="utf-8")
        cases.append(f"    {at} -> {name}.{Names(reader, 'kotlin').namespace}.readAnswer(body)")
        bodies = [each.text for each in texts(CASES[at])] if at < len(CASES) else []
        lines += [f"{at} {base64.b64encode(each).decode()}" for each in bodies]
    odd = len(CASES)
    lines += [f"{odd} {base64.b64encode(json.dumps(each).encode()).decode()}" for each in odd_bodies()]
    labels = ({"predictions": [each]} for each in (LABELS[4321], LABELS[4321][:-1]))
    lines += [f"{len(readers) - 1} {base64.b64encode(json.dumps(each).encode()).decode()}" for each in labels]
    (folder / "bodies.txt").write_text("\n".join(lines))
    (folder / "driver.kt").write_text(DRIVER.replace("CASES", "\n".join(cases)))
    compiler = ["java", "-Xmx1g", "-XX:TieredStopAtLevel=1", "-cp", f"{library}/*"]
    compiler += ["org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-no-reflect", "-Werror", "-d", "made.jar"]
    run(*compiler, *sorted(each.name for each in folder.glob("*.kt")), cwd=folder)
    path = f"made.jar:{library / 'kotlin-stdlib.jar'}"
    found: list[Any] = json.loads(run("java", "-cp", path, "DriverKt", cwd=folder))
    return found


def odd_bodies() -> list[Any]:
    """Return a right body, and one for each thing that may be wrong."""
    return [{"predictions": [GOOD]}, *({"predictions": [GOOD, GOOD | {key: each}]} for key, each, _ in WRONG)]


def test_answers(told: list[Any]) -> None:
    """What the client reads and the checks pass is read alike; what it cannot read is refused."""
    pairs = [(case, body) for case in CASES for body in texts(case)]
    read = 0
    for (case, body), found in zip(pairs, told, strict=False):
        check(case, body, found, keys(case.reader, "kotlin"))
        read += "value" in found
        if body.read is None:
            assert "error" in found, body
    assert read > len(CASES)


def test_wrong_values_are_told_with_their_place(told: list[Any]) -> None:
    """The place is that of the reader in Python; NaN is no JSON."""
    right, *wrong = told[-5 - len(odd_bodies()) : -5]
    row = right["value"][0]
    assert row.pop("big") == {"big": "-1"}  # a ULong, seen as the JVM holds it
    assert row == {
        "grosse": 0.5,
        "best": {"big": "1"},
        "proto": ["a"],
        "label": "Drama",
        "raw_bytes": [[{"bytes": "YQ=="}], [{"bytes": ""}]],
        "all": {"shape": [1, 2], "values": [1, 2]},
        "yes": True,
        "Mood_": "sad",
        "temper": "gay",
        "Tensor_": {"big": "127"},
    }
    for (_, value, message), found in zip(WRONG, wrong, strict=True):
        if value != value:  # noqa: PLR0124 - NaN
            assert found["error"].startswith("the body: it is not JSON")
        else:
            assert found["error"].partition(": ")[0] == f"predictions[1].{message.partition(': ')[0]}"


def test_requests(told: list[Any]) -> None:
    """Each type is written as JSON that the server reads; one beyond its range is refused."""
    written, refused, classified = told[-3:]
    assert '"dense_26:0": [0.5, 1.0, -0.0]' in written["value"]
    assert json.loads(written["value"]) == {
        "signature_name": "rank it",
        "instances": [
            {
                "dense_26:0": [0.5, 1, 0],
                "class": 'ü$x"',
                "x_bytes": {"b64": "AP8="},
                "ids": [2**63 - 1],
                "small": 5,
                "any": [[1], [1e300]],
                "flag": False,
            }
        ],
    }
    assert refused == {"error": "instances[0].small: the number 6, expected one from 0 to 5"}
    assert json.loads(classified["value"]) == {
        "signature_name": "cls",
        "context": {"place": "here"},
        "examples": [{"age": 3, "w": ["a", 'b\n"\x01']}, {"age": 4}],
    }


def test_members_beyond_a_constant_of_the_jvm(told: list[Any]) -> None:
    """A thousand labels and more are no type, and stand in several texts: none has 65,535 bytes."""
    source = kotlin.render(labelled(LABELS))
    assert "enum class" not in source
    known, unknown = told[-5:-3]
    assert known == {"value": [LABELS[4321]]}
    assert unknown["error"].startswith("predictions[0]: the string")


def labelled(labels: list[str]) -> Reader:
    """Return the reader of a signature that answers with one of these."""
    from tests.clients.drawn_bodies import built  # noqa: PLC0415 - hypothesis comes with it

    outputs = {"y": {"dtype": "text", "shape": ["b"], "enum": labels}}
    uses = {"s": {"inputs": {"x": {"dtype": "text", "shape": ["b"], "maxLength": 1}}, "outputs": outputs}}
    contract, mistakes = built({"contract": 1, "client": "c", "model": "m", "signatures": uses})
    assert contract is not None, mistakes
    return planned(contract, contract.signatures[0], "sigpact")


def test_a_file_begins_with_where_it_comes_from() -> None:
    """Contract, client, model, signature, and the command; nothing that ends a comment, no time of day."""
    contract = load(ODD)
    source = kotlin.render(planned(contract, contract.signatures[0], "sigpact reader kotlin …"))
    first = source.splitlines()[:4]
    assert all(each.startswith("// ") for each in first)
    assert Path(ODD).name in first[0]
    assert first[1] == "//   sigpact reader kotlin …"
    assert 'Client odd, owner odd * / / * """ $x; model m; signature rank it' in first[2]
