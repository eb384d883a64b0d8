"""What only running can find about a whole output, or its text: the documentation of those rules."""

from sigpact.rules.registry import documented

documented(
    "output-text-undecodable",
    """An output that the client reads as text is not valid UTF-8.

    What it does
        Decodes every string of an output declared `text`, and over REST of every string without `_bytes`.
    Why it breaks
        JSON and most languages hold characters: the client raises, or shows replacement characters.
    Example
        `tf.strings.substr` with `unit='BYTE'` cuts an accented letter in two.
    How to mend it
        Model: cut characters (`unit='UTF8_CHAR'`), or clean up with `tf.strings.unicode_transcode`.
        Client: declare `bytes` if it reads bytes.
    """,
)
documented(
    "output-value-repeated",
    """An output has a value twice where the contract says `unique`.

    What it does
        Compares the values of every slice along the axis of `unique` with each other.
    Why it breaks
        The client uses them as keys, or shows the same suggestion twice.
    Example
        The ten recommended films hold one of them twice.
    How to mend it
        Model: drop repeats before the best are taken.
        Client: drop `unique` if it copes with repeats.
    """,
)
documented(
    "output-order-changed",
    """An output is not sorted as the contract says.

    What it does
        Compares neighbours along the last axis with `sorted: ascending` or `descending`.
    Why it breaks
        The client takes the first for the best, or searches by halves.
    Example
        `tf.math.top_k(sorted=False)` gives the best five in any order.
    How to mend it
        Model: sort before answering.
        Client: drop `sorted` and sort itself.
    """,
)
documented(
    "output-sum-outside",
    """The sum along an axis is not what `sumsTo` says.

    What it does
        Adds up every slice along the axis in float64 and compares within `atol`, or the language's tolerance.
    Why it breaks
        The client reads shares of a whole: a pie chart that does not close, an expectation that is off.
    Example
        The export answers logits instead of probabilities.
    How to mend it
        Model: answer after the softmax, or divide by the sum.
        Client: widen `atol`, or drop `sumsTo`.
    """,
)
documented(
    "output-norm-outside",
    """The Euclidean length along an axis is not what `norm` says.

    What it does
        Computes the length of every slice along the axis in float64 and compares within `atol`.
    Why it breaks
        The client takes a dot product for a cosine: longer vectors win every search.
    Example
        A blank title gives the zero vector.
    How to mend it
        Model: normalise (`tf.math.l2_normalize`), and give blank inputs a direction.
        Client: normalise itself, and drop `norm`.
    """,
)
documented(
    "output-pattern-undecided",
    """Whether texts match a `pattern` could not be decided in time.

    What it does
        Matches patterns in linear time; those with look-around or back-references under a time limit.
    Why it breaks
        It may not break: nothing is known, so the verdict is unknown.
    Example
        `pattern: '^(?=(a+)+$)'` and a long answer.
    How to mend it
        Model: nothing to do on this side.
        Client: write the pattern without look-around, or without a repeat inside a repeat.
    """,
)
documented(
    "holds-broken",
    """A clause of `holds` does not hold.

    What it does
        Evaluates the clause over every answered row: examples, boundaries, random rows. A clause with
        `share` may fail in the rest of the rows of a run; what an answer is compared with is as it was
        served, not as JSON rounds it.
    Why it breaks
        The client computes with it: shares that must add up, an index that must lie inside another output.
    Example
        `confidence >= 0.05` holds for every title but the empty one.
    How to mend it
        Model: look at both sides of the clause for the request that is shown.
        Client: say what may really be relied on, or give a `share`.
    """,
)
