"""Builds one export whose signatures each have a fault that models have, and sound ones beside them.

Run as a script with a folder: pytest itself never imports TensorFlow. `seeded_faults.py` has the table of
what is to be found.
"""

# TensorFlow has no types.

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

Call = Callable[..., Any]
INF = float("inf")
NAN = float("nan")


def _bits(x: Any) -> Any:
    return tf.bitcast(x, tf.int32)


def _row(x: Any) -> Any:
    """Return the number of each row."""
    return tf.range(tf.shape(x)[0])


def _count(x: Any) -> Any:
    return tf.shape(x)[0]


def _last(x: Any) -> Any:
    return tf.equal(_row(x), _count(x) - 1)


def _if(condition: Any, then: Any, otherwise: Any) -> Any:
    """Choose element by element; a condition on the whole call holds for all of them."""
    return tf.where(condition, then, otherwise)


def _asserted(condition: Any, x: Any, words: str) -> Any:
    with tf.control_dependencies([tf.debugging.Assert(condition, [words])]):
        return tf.identity(x)


def _as_rows(x: Any) -> Any:
    """Return the tensor as one of a list of rows, whatever it is: the export says no more."""
    return tf.raw_ops.PlaceholderWithDefault(input=x, shape=tf.TensorShape([None]))


def _centred(x: Any) -> Any:
    return x - tf.reduce_mean(x)


def _first_only(x: Any) -> Any:
    """Answer repeated rows once: a cache in the graph that forgets how many asked."""
    return _as_rows(tf.unique(x)[0])


def _padded_mean(x: Any) -> Any:
    """Take a mean over the places of the longest row beside it."""
    return x / tf.maximum(tf.reduce_max(x), 1e-3)


NUMBERS: dict[str, Call] = {
    # the same request, another answer
    "dropout": lambda x: tf.nn.dropout(0.4 + 0.2 * x, 0.5),
    "quiet_dropout": lambda x: tf.nn.dropout(x, 0.5) / 2,
    "rare_dropout": lambda x: _if(tf.random.uniform(tf.shape(x)) < 1e-3, 2.0, x),
    "refused_at_times": lambda x: _asserted(tf.random.uniform([]) < 0.9, x, "no luck"),
    "nan_at_times": lambda x: _if(tf.random.uniform(tf.shape(x)) < 0.05, NAN, x),
    # the same row, another answer beside others
    "batch_norm": _centred,
    "quiet_batch_norm": _centred,
    "last_row": lambda x: _if(_last(x) & (_count(x) > 1), x + 1.5, x),
    "first_row": lambda x: _if((_row(x) == 0) & (_count(x) > 1), x + 1.5, x),
    "full_batch": lambda x: _if((_row(x) == 0) & (_count(x) == 32), x + 1.5, x),
    "from_seven": lambda x: _if((_row(x) >= 6), x + 1.5, x),
    "quiet_odd_batch": lambda x: _if(_last(x) & (_count(x) % 2 == 1) & (_count(x) > 1), tf.roll(x, 1, 0), x),
    "quiet_at_seventeen": lambda x: _if(_last(x) & (_count(x) % 16 == 1) & (_count(x) > 1), 0.5 * x, x),
    "last_of_seventeen": lambda x: _if(_last(x) & (_count(x) == 17), 1.5, x),
    "odd_batch": lambda x: _if((_count(x) % 2 == 1) & (_count(x) > 1) & _last(x), x + 1.5, x),
    "leak": lambda x: tf.concat([x[:1], x[1:] + 1.5 * x[:-1]], 0),
    "padded_mean": _padded_mean,
    "all_alike": lambda x: _if(tf.reduce_all(x == x[:1]) & (_count(x) > 1), NAN, x),
    "sum_too_great": lambda x: _if(tf.reduce_sum(x) >= 31, x + 1.5, x),
    "half_sum": lambda x: x * 0 + tf.cast(tf.reduce_sum(tf.cast(x, tf.float16) * 4000), tf.float32) / 1e6,
    "at_sixteen": lambda x: _if((_count(x) == 16) & (_row(x) == 3), x + 1.5, x),
    "at_most_but_one": lambda x: _if((_count(x) == 31) & _last(x), x + 1.5, x),
    "third_row": lambda x: _if(_row(x) == 2, x + 1.5, x),
    "sorted_by_accident": tf.sort,
    "nan_in_company": lambda x: _if(_count(x) > 1, NAN, x),
    "twins": lambda x: _if(tf.reduce_sum(tf.cast(x[:, None] == x[None, :], tf.int32), 1) > 1, x + 1.5, x),
    # the whole call
    "squeezed": lambda x: _as_rows(tf.squeeze(x + 0.0)),
    "deduplicated": _first_only,
    "too_many": lambda x: _asserted(_count(x) <= 20, x, "at most 20 rows"),
    "not_one": lambda x: _asserted(_count(x) > 1, x, "one row"),
    "cut_short": lambda x: _as_rows(x[:16]),
    "one_more": lambda x: _as_rows(tf.concat([x, x[: tf.cast(_count(x) == 32, tf.int32)]], 0)),
    # edges of the domain
    "nan_at_edge": lambda x: _if(x == 1, NAN, x),
    "inf_at_zero": lambda x: 1 / tf.sqrt(x),
    "subnormal": lambda x: _if((_bits(x) > 0) & (_bits(x) < 0x800000), NAN, x),
    "negative_zero": lambda x: _if(_bits(x) == _bits(tf.constant(-0.0)), NAN, tf.abs(x)),
    "just_below_one": lambda x: _if((x < 1) & (x > 0.9999999), 1.5, x),
    "half_overflow": lambda x: tf.cast(tf.cast(x * 65504 * 1.01, tf.float16), tf.float32) / 65504,
    "one_in_two_thousand": lambda x: _if((_bits(x) * 668265261) % 2000 == 0, 1.5, x),
    "always_wrong_last": lambda x: _if(_last(x), 1.5, x),
    # what takes time, memory or the process
    "endless": lambda x: x + 0 * tf.while_loop(
        lambda i: tf.reduce_any(x > 0.99) & (i >= 0), lambda i: (i + 1,), (tf.constant(0.0),)
    )[0],
    "hog": lambda x: x + 0 * tf.reduce_max(
        tf.fill(tf.reshape(_if(tf.reduce_any(x == 0), tf.constant(1 << 33, tf.int64), 1), [1]), 0.0)
    ),
    "creeping_hog": lambda x: x + 0 * tf.while_loop(
        lambda i, z: tf.reduce_any(x == 1) & (i < 40) & (z[0] > 0),
        lambda i, z: (i + 1, tf.concat([z, z], 0)),
        (tf.constant(0), tf.ones([1 << 16])),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
    )[1][0] * 0,
    "abort": lambda x: x + 0 * tf.cast(
        tf.size(tf.unique(tf.range(_if(tf.reduce_any(x == 1), tf.constant(1 << 23, tf.int64), 1)))[0]),
        tf.float32,
    ),
    # sound
    "sound": lambda x: x,
    "noise_by_size": lambda x: x * 0.5 + tf.cast(_count(x), tf.float32) * 1e-8,
    "noise_each_time": lambda x: x * 0.5 + tf.random.uniform(tf.shape(x)) * 1e-7,
    "clipped": lambda x: tf.clip_by_value(x * 4 - 2, 0, 1),
    "saturated": lambda x: tf.sigmoid(x * 200 - 100),
    "tenth": lambda x: tf.maximum(x, 0.1),
    "centred_of_four": _centred,
    "ranking": tf.nn.softmax,
}  # fmt: skip
"""`x` (a number from 0 to 1 a row) -> `y` (the same, says the contract)."""

TEXTS: dict[str, Call] = {
    "new_label": lambda t: {"genre": _if(tf.strings.to_hash_bucket_fast(t, 400) == 7, "Western", "Drama")},
    "empty_text": lambda t: {
        "genre": _asserted(tf.reduce_all(t != ""), tf.fill(tf.shape(t), "Drama"), "empty")
    },
    "blank_text": lambda t: {
        "genre": _asserted(tf.reduce_all(tf.strings.strip(t) != ""), tf.fill(tf.shape(t), "Drama"), "blank")
    },
    "trims": lambda t: {"echo": tf.strings.strip(t)},
    "lowers": lambda t: {"echo": tf.strings.lower(t)},
    "cuts_bytes": lambda t: {"echo": tf.strings.substr(t, 0, 5)},
    "first_word": lambda t: {"genre": tf.strings.split(t, " ").to_tensor("")[:, 0]},
    "cuts_at_nul": lambda t: {"echo": tf.strings.regex_replace(t, "(?s)\\x00.*", "")},
    "refuses_emoji": lambda t: {
        "genre": _asserted(
            ~tf.reduce_any(tf.strings.regex_full_match(t, "(?s).*[\\x{10000}-\\x{10FFFF}].*")),
            tf.fill(tf.shape(t), "Drama"),
            "beyond the BMP",
        )
    },
    "refuses_the_longest": lambda t: {
        "genre": _asserted(
            tf.reduce_all(tf.strings.length(t, "UTF8_CHAR") < 40), tf.fill(tf.shape(t), "Drama"), "too long"
        )
    },
    "two_blanks": lambda t: {"echo": tf.strings.regex_replace(t, "  +", " ")},
    "numbers_only": lambda t: {"genre": tf.where(tf.strings.regex_full_match(t, "[0-9]+"), "7", "Drama")},
    "shouting": lambda t: {
        "genre": tf.where(tf.strings.regex_full_match(t, "[A-Z ]*[A-Z][A-Z ]*"), "LOUD", "Drama")
    },
    "stray_words": lambda t: {
        "genre": tf.gather(
            tf.constant(["Drama", "Comedy"]),
            tf.minimum(tf.cast(tf.strings.split(t).to_tensor("")[:, 0] == "", tf.int32), 1),
        )
    },
    "normalises": lambda t: {"echo": tf.strings.lower(tf.strings.strip(t), encoding="utf-8")},
    "padded_words": lambda t: {"words": tf.strings.split(t).to_tensor("")},
}
"""`title` -> what is named."""


def _scores(logits: Call, label: Call | None = None) -> Call:
    def call(x: Any) -> Any:
        scores = logits(x)
        named = tf.gather(tf.constant(["a", "b", "c"]), tf.argmax(scores if label is None else label(x), -1))
        return {"scores": scores, "label": named}

    return call


def _noisy(x: Any) -> Any:
    return x * 0 + 0.5 + tf.random.uniform(tf.shape(x)) * 1e-8


SCORES: dict[str, Call] = {
    "logits": _scores(lambda x: 4 * x - 1),
    "wrong_axis": _scores(lambda x: tf.nn.softmax(x, axis=0)),
    "sigmoids": _scores(tf.sigmoid),
    "other_label": _scores(tf.nn.softmax, lambda x: _if(x == 1, -1.0, x)),
    "unit": _scores(lambda x: x / tf.reduce_sum(x, -1, keepdims=True)),
    "two_at_most": _scores(lambda x: _if(((x[:, 0] == 1) & (x[:, 2] == 1))[:, None], NAN, tf.nn.softmax(x))),
    "one_at_most": _scores(lambda x: _if((x[:, 1] == 1)[:, None], NAN, tf.nn.softmax(x))),
    "second_class": _scores(
        # The label is that of the scores: of x it would be another where scores are equal once rounded.
        tf.nn.softmax,
        lambda x: tf.nn.softmax(_if(_last(x)[:, None] & (_count(x) > 1), -x, x)),
    ),
    "softmax": _scores(tf.nn.softmax),
    "ties": _scores(_noisy),
}
"""`x` ([batch, 3]) -> `scores` ([batch, 3]) and `label`."""

INTEGERS: dict[str, Call] = {
    "overflow": lambda n: {"m": n + 1},
    "divides": lambda n: {"m": 1000 // n},
    "gathers": lambda n: {"m": tf.gather(tf.range(1000), n)},
    "wraps_at_16": lambda n: {"m": tf.cast(tf.cast(n, tf.int16), tf.int32)},
    "through_float": lambda n: {"m": tf.cast(tf.cast(n, tf.float32), tf.int32)},
    "not_zero": lambda n: {"m": _if(n == 0, -1, n)},
    "squares": lambda n: {"m": n * n},
    "identity": lambda n: {"m": tf.identity(n)},
}
"""`n` (int32) -> `m`."""


class Counting(tf.Module):  # type: ignore[misc]
    """Versions that remember how often they were called."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = tf.Variable(0, dtype=tf.int32)
        self.asked = tf.Variable(0, dtype=tf.int32)
        self.heard = tf.Variable(0, dtype=tf.int32)

    def each_seventh(self, x: Any) -> Any:
        """Fail each seventh call."""
        return {"y": _if(self.calls.assign_add(1) % 7 == 0, x + 1.5, x)}

    def after_forty(self, x: Any) -> Any:
        """Fail from the fortieth call on."""
        return {"y": _if(self.asked.assign_add(1) > 40, x + 1.5, x)}

    def ages(self, x: Any) -> Any:
        """Answer a little less from call to call, by much once it is old; within the contract."""
        age = tf.cast(tf.maximum(self.heard.assign_add(1) - 200, 0), tf.float32)
        return {"y": x / (1 + age)}


def _named(name: str) -> Call:
    """Wrap what gives the one output of a signature over numbers."""
    call = NUMBERS[name]
    return lambda x: {"y": call(x)}


def _many(x: Any) -> Any:
    """Give forty outputs, each outside of its domain."""
    return {f"y{at:02}": x + 1.5 for at in range(40)}


def _thousand(x: Any) -> Any:
    weights = tf.sin(tf.reshape(tf.range(3000.0), [3, 1000])) * 8
    return {"scores": tf.nn.softmax(x @ weights)}


def _half(x: Any) -> Any:
    return {"y": tf.maximum(tf.cast(x, tf.float16), tf.cast(0.1, tf.float16))}


def _mean(x: Any) -> Any:
    return {"y": x, "mean": tf.reduce_mean(x) * tf.cast(_count(x) > 1, tf.float32)}


def _pair(x: Any, by: Any) -> Any:
    """Fail where both inputs are at their greatest."""
    return {"y": _if((x == 1) & (by == 1), 1.5, x * by)}


def _plain(title: Any) -> Any:
    return {"genre": tf.strings.as_string(tf.strings.to_hash_bucket_fast(title, 5))}


def _explained(changed: Call) -> Call:
    return lambda title: {"genre": _plain(changed(title))["genre"], "explanation": title}


def _beyond(title: Any) -> Any:
    return tf.strings.regex_replace(title, "[\\x{10000}-\\x{10FFFF}]", "?")


def _longest(title: Any) -> Any:
    return _if(
        tf.strings.length(title, "UTF8_CHAR") >= 40, tf.strings.substr(title, 0, 39, "UTF8_CHAR"), title
    )


def _company(title: Any) -> Any:
    return _if(_last(title) & (_count(title) > 1), "", title)


def _by_chance(title: Any) -> Any:
    return _if(tf.random.uniform(tf.shape(title)) < 0.02, "", title)


def main(folder: Path) -> None:
    """Export everything as version 1 of `m`."""
    number = tf.TensorSpec([None], tf.float32, name="x")
    text = tf.TensorSpec([None], tf.string, name="title")
    counting = Counting()
    calls: dict[str, tuple[Call, list[Any]]] = {
        **{name: (_named(name), [number]) for name in NUMBERS},
        **{name: (call, [tf.TensorSpec([None], tf.string, name="t")]) for name, call in TEXTS.items()},
        **{name: (call, [tf.TensorSpec([None, 3], tf.float32, name="x")]) for name, call in SCORES.items()},
        **{name: (call, [tf.TensorSpec([None], tf.int32, name="n")]) for name, call in INTEGERS.items()},
        "each_seventh": (counting.each_seventh, [number]),
        "after_forty": (counting.after_forty, [number]),
        "ages": (counting.ages, [number]),
        "many": (_many, [number]),
        "thousand": (_thousand, [tf.TensorSpec([None, 3], tf.float32, name="x")]),
        "half": (_half, [number]),
        "mean": (_mean, [number]),
        "pair": (_pair, [number, tf.TensorSpec([None], tf.float32, name="by")]),
        "plain": (_plain, [text]),
        "explained": (_explained(tf.identity), [text]),
        "explained_beyond": (_explained(_beyond), [text]),
        "explained_longest": (_explained(_longest), [text]),
        "explained_company": (_explained(_company), [text]),
        "explained_by_chance": (_explained(_by_chance), [text]),
        "at_least": (lambda x: {"y": tf.cast(x >= 0.5, tf.float32)}, [number]),
        "above": (lambda x: {"y": tf.cast(x > 0.5, tf.float32)}, [number]),
    }
    functions = {name: tf.function(call, input_signature=specs) for name, (call, specs) in calls.items()}
    counting.functions = list(functions.values())
    tf.saved_model.save(counting, str(folder / "m" / "1"), signatures=functions)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
