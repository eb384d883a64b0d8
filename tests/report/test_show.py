"""`sigpact show`: a table that fits, and a snapshot."""

import json
import math
from pathlib import Path

import pytest

from sigpact.errors import ConfigurationError
from sigpact.frozen import replace
from sigpact.report.show import plain, render_json, render_text, show
from sigpact.savedmodel.reader import Export, MetaGraph
from sigpact.savedmodel.snapshot import Seen, Snapshot, Unread, from_json
from sigpact.tensors.dtypes import BY_NAME
from sigpact.tensors.shapes import AnyRank, Fixed, Ranked, Unknown
from sigpact.tensors.specs import Default, Encoding, Feature, FeatureKind, Signature, TensorSpec, Undetermined
from tests.rules.cases import signature
from tests.savedmodel.writer import write_export

STRING, FLOAT = BY_NAME["string"], BY_NAME["float32"]
PREDICT = "tensorflow/serving/predict"
BATCH = Ranked((Unknown(),))
TITLE = TensorSpec("title", STRING, BATCH, "title:0")
GENRE = TensorSpec("genre", STRING, Ranked((Unknown(), Fixed(3))), "call:0")
SCORE = TensorSpec("score", FLOAT, BATCH, "call:1")
SHORT = Signature("get_genre", PREDICT, (TITLE,), (GENRE,))
LONG = Signature("explain", PREDICT, (TITLE,), (GENRE, SCORE))


def seen(*signatures: Signature, tags: tuple[str, ...] = ("serve",), note: str | None = None) -> Seen:
    """Make version 3 of genre out of signatures."""
    return Seen("genre", "3", Export("models/genre/3", (MetaGraph(tags, signatures, "2.21.0"),)), note)


def table(*signatures: Signature, width: int = 100) -> list[str]:
    """Return the lines of that version under its title."""
    title, *lines = render_text(Snapshot((seen(*signatures),)), width).splitlines()
    assert title == "genre@3  models/genre/3  serve  TensorFlow 2.21.0"
    return lines


def test_signatures_stand_in_columns() -> None:
    """One tensor a line, inputs and outputs side by side, the arrow once."""
    assert table(SHORT, LONG) == [
        "  get_genre  title string [?]  ->  genre string [?, 3]",
        "  explain    title string [?]  ->  genre string [?, 3]",
        "                                   score float32 [?]",
    ]


def test_more_inputs_than_outputs() -> None:
    """The columns hold whichever side is longer."""
    two = Signature("pair", PREDICT, (SCORE, TITLE), (GENRE,))
    assert table(two) == [
        "  pair  score float32 [?]  ->  genre string [?, 3]",
        "        title string [?]",
    ]


def test_features_stand_below_the_table() -> None:
    """One a line, required ones marked, defaults shown; or why they are not known; nothing where none are."""
    age = Feature("age", BY_NAME["int64"], shape=Ranked(()), default=Default("", BY_NAME["int64"], (), (7,)))
    pixels = Feature("pixels", FLOAT, shape=Ranked((Fixed(784),)))
    tags = Feature("tags", STRING, FeatureKind.SPARSE)
    lines = table(replace(SHORT, features=(age, pixels, tags)))
    assert lines[1:] == [
        "  get_genre parses tf.Examples:",
        "    age     int64 [] = 7",
        "    pixels  float32 [784] (required)",
        "    tags    string sparse",
    ]
    (line,) = table(replace(SHORT, features=Undetermined("the graph hides")))[1:]
    assert line == "  get_genre parses features that cannot be told: the graph hides"
    assert len(table(replace(SHORT, features=()))) == 1


def test_wide_tables_are_stacked() -> None:
    """A table that is one column too wide puts each tensor on a line of its own; at its width it stays."""
    assert len(table(SHORT, width=55)) == len(table(SHORT, width=54)) == 1
    assert table(SHORT, width=53) == ["  get_genre", "       title string [?]", "    -> genre string [?, 3]"]


def test_what_is_unusual_is_said() -> None:
    """Method names other than predict, encodings, ranks, missing inputs and outputs, odd names."""
    assert table(
        Signature("c", "tensorflow/serving/classify", (TensorSpec("x", FLOAT, AnyRank()),), ()),
        Signature("n", "", (), (TensorSpec("s", FLOAT, BATCH, "v:0", Encoding.COO_SPARSE),)),
        Signature("o d", "my/method", (TensorSpec("", FLOAT, Ranked(())),), ()),
        Signature(
            "p", PREDICT, (TITLE,), (TensorSpec("w", BY_NAME["invalid"], AnyRank(), "", Encoding.COMPOSITE),)
        ),
    ) == [
        "  c (classify)        x float32 any shape  ->  (no output)",
        "  n (no method name)  (no input)           ->  s float32 [?] (coo_sparse)",
        '  "o d" (my/method)   "" float32 []        ->  (no output)',
        "  p                   title string [?]     ->  w (composite)",
    ]


DEFAULTS: list[tuple[Default, str]] = [
    (Default("title", FLOAT, (), (3.5,)), "title string [?] = 3.5"),
    (Default("title", STRING, (2,), (b"a", "é\n".encode())), 'title string [?] = ["a", "é\\n"]'),
    (Default("title", STRING, (), (b"\xff",)), 'title string [?] = "\\\\xff"'),
    (Default("title", FLOAT, (0,), ()), "title string [?] = []"),
    (Default("title", FLOAT, (9,), (1.0,) * 9), "title string [?] = [1.0, 1.0, 1.0, 1.0, 1.…"),
    (Default("title", FLOAT, (), (0.10000000149011612,)), "title string [?] = 0.1"),
    (Default("title", FLOAT, (), (3.4028234663852886e38,)), "title string [?] = 3.4028235e+38"),
    (Default("title", FLOAT, (2,), (math.inf, math.nan)), "title string [?] = [Infinity, NaN]"),
    (Default("title", BY_NAME["float64"], (), (0.1,)), "title string [?] = 0.1"),
    (Default("title", BY_NAME["int64"], (2,), (1, -2)), "title string [?] = [1, -2]"),
    (Default("title", BY_NAME["bool"], (), (True,)), "title string [?] = true"),
    (
        Default("title", BY_NAME["half"], (2,), None),
        "title string [?] = (a float16 of shape [2], not decoded)",
    ),
]


@pytest.mark.parametrize(("default", "cell"), DEFAULTS)
def test_defaults_stand_beside_their_input(default: Default, cell: str) -> None:
    """Short values are shown, long ones cut, what is not decoded is said."""
    assert table(Signature("f", PREDICT, (TITLE,), (), (default,))) == [f"  f  {cell}  ->  (no output)"]


def test_a_default_without_an_input_is_shown() -> None:
    """The server does not mind it, and it changes what it checks."""
    found = table(Signature("f", PREDICT, (TITLE,), (), (Default("t", FLOAT, (), (1.0,)),)))
    assert found[1] == "     t (a default 1.0 without an input)"


def test_versions_that_are_not_served_say_so() -> None:
    """Other tags, no signatures, an export that cannot be read, notes on folders."""
    graph = MetaGraph(("serve",), (), None)
    shown = Snapshot(
        (
            seen(SHORT, tags=("gpu", "serve"), note="odd"),
            Seen("genre", "4", Unread("models/genre/4", "models/genre/4: holds no saved_model.pb")),
            Seen("genre", "5", Export("models/genre/5", (MetaGraph((), ()), graph))),
        ),
        ("models/docs holds no version",),
    )
    assert render_text(shown) == (
        "genre@3  models/genre/3  gpu,serve  TensorFlow 2.21.0\n"
        "  get_genre  title string [?]  ->  genre string [?, 3]\n"
        "  note: the server does not load it: no meta graph has exactly the tag 'serve'\n"
        "  note: odd\n"
        "\n"
        "genre@4  models/genre/4\n"
        "  cannot be read: models/genre/4: holds no saved_model.pb\n"
        "\n"
        "genre@5  models/genre/5  (no tag)\n"
        "  no signatures\n"
        "genre@5  models/genre/5  serve\n"
        "  no signatures\n"
        "\n"
        "note: models/docs holds no version\n"
    )


def test_an_export_cannot_steer_the_terminal() -> None:
    """Escape sequences, line ends and broken surrogates in names are shown, not obeyed."""
    assert plain("a\x1b[2J\nb\udcff é…") == "a\\x1b[2J\\nb\\udcff é…"
    evil = Signature("f\x1b[31m", "m\x1b", (TensorSpec("i\n", STRING, BATCH),), ())
    text = render_text(
        Snapshot((Seen("g\x07", "1", Export("p\x1b", (MetaGraph(("t\x1b",), (evil,), "v\x1b"),)), "n\x1b"),))
    )
    assert not [each for each in text if not (each.isprintable() or each == "\n")]


def test_show_reads_base_paths_and_json_comes_back(tmp_path: Path) -> None:
    """From folders to a snapshot, to JSON and back."""
    write_export(tmp_path / "genre" / "3", [SHORT])
    found = show([str(tmp_path)])
    assert [(each.model, each.version) for each in found.versions] == [("genre", "3")]
    assert from_json(json.loads(render_json(found))) == found
    assert render_json(found).isascii()
    with pytest.raises(ConfigurationError, match="does not exist"):
        show([str(tmp_path / "nowhere")])


def test_what_the_graph_says_otherwise_is_shown() -> None:
    """A tensor that is not there, and a placeholder of another dtype."""
    odd = signature("f", {"inputs": {"x": "float32>int32 [?]"}, "outputs": {"y": "float32 [?] @-y:0"}})
    export = Export("", (MetaGraph(("serve",), (odd,)),))
    text = render_text(Snapshot((Seen("m", "1", export),)))
    assert "x float32 [?] (the graph takes int32)" in text
    assert "y float32 [?] (not in the graph)" in text
