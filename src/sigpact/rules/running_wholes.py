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
documented(
    "holds-undecided",
    """Whether a Python check of `holds` is satisfied could not be decided.

    What it does
        Calls the function that `[tool.sigpact.checks]` registers with the inputs and outputs of every answer.
        It raised something else than `AssertionError`, or returned neither booleans for the rows nor a text.
    Why it breaks
        It may not break: nothing is known, so the verdict is unknown.
    Example
        `outputs["rank"]` raises a `KeyError` where the output is called `ranking`.
    How to mend it
        Model: nothing to do on this side, unless the answer that is shown is none that anyone would expect.
        Client: mend the function; what it may return is in `sigpact.checking`.
    """,
)
documented(
    "latency-above-limit",
    """Calls take longer than `latency` allows.

    What it does
        Makes calls of the contract's batch size again and again in the version's own process, after some that
        do not count, and times the session's work alone (on the CPU, without oneDNN, as in all runs). Each
        percentile comes with the interval in which it lies: the upper end is of all calls, the lower end that
        of the quietest quarter, divided by how far fixed work between the calls varied. A limit inside the
        interval is unknown. Without `enforce: true` it is only told.
    Why it breaks
        The client's deadline passes, or its users wait. Network, JSON and load come on top.
    Example
        A ranking tower was doubled in width: a client with `p95_ms: 50` waited 30 ms and now waits 80.
    How to mend it
        Model: profile the signature for the request sizes of the contract; quantize, prune, or split it.
        Client: send smaller batches, or say a limit that it can live with; if unknown, measure on an idle
        machine.
    """,
)
documented(
    "latency-above-previous",
    """Calls take more times as long as those of another version than `latency` allows.

    What it does
        Makes the same calls of both versions in turns, block after block, and takes the median of the ratios
        of neighbouring blocks, which a machine that is busy slows alike, with the interval in which it lies.
        Without `enforce: true` it is only told.
    Why it breaks
        What was sized for the version before (deadlines, servers) no longer suffices.
    Example
        Three features more, and a call takes 4 times as long as version 6's; `at_most: 1.3`.
    How to mend it
        Model: compare the profiles of both versions for the same request.
        Client: say a factor that it can live with; if unknown, measure on an idle machine.
    """,
)
documented(
    "answer-not-deterministic",
    """The same request is answered otherwise when it is sent again.

    What it does
        Of `properties: {deterministic: true}`, sends examples, boundaries and some hundred random rows three
        times more, and once to a fresh process. Floats may be as far apart as the language says (or `rtol`,
        `atol`); `share` of the rows may differ. Of any request that fails, sends the same again, ten times
        and more and to a fresh process: what fails only sometimes is told under this rule, with the counts.
    Why it breaks
        A client that caches, retries or compares gets another answer for the same question. Where no property
        asks, one of these answers broke the contract: nobody can tell when the next will.
    Example
        Dropout was left on; a random seed in the graph.
    How to mend it
        Model: export the inference branch (`training=False`), and no random ops.
        Client: give a tolerance or a `share`, if it can live with that.
    """,
)
documented(
    "batch-not-invariant",
    """A row's answer depends on the rows beside it.

    What it does
        Of `properties: {batch_invariant: true}`, sends the same rows alone, in other company, in another
        order, at another size, and compares each row with itself. A label that changes because two scores are
        too near to tell (`scores:`) is a tie. Of any request with a row that fails, sends this row alone: if
        it is answered otherwise then, and passes, this rule is told with the fewest rows that make it fail.
    Why it breaks
        Which rows come in one request depends on load (and the server's batching): answers change with it.
    Example
        Batch normalisation in training mode; a softmax over the wrong axis.
    How to mend it
        Model: compute every row by itself (`training=False`, the right `axis`).
        Client: send rows one by one, or give a tolerance.
    """,
)
documented(
    "answer-not-equivariant",
    """Permuting the places along a dimension does not permute the answer.

    What it does
        Sends each request with its places along the dimension in other orders, and compares after undoing it.
    Why it breaks
        The order of candidates says nothing; a ranking that depends on it favours whoever is listed first.
    Example
        A positional encoding over the candidates.
    How to mend it
        Model: compute each candidate by itself, or with operations that do not know its place.
        Client: drop `equivariant`, if order means something.
    """,
)
documented(
    "padding-not-invariant",
    """Padding along a dimension changes the answer.

    What it does
        Sends each request with one and more places of the padding value after the last, and compares.
    Why it breaks
        How far a row is padded depends on the longest beside it: the same row is answered otherwise.
    Example
        A mean over all positions where the mask was forgotten.
    How to mend it
        Model: mask the padding.
        Client: do not pad, or pad always to the same length.
    """,
)
documented(
    "labels-permuted",
    """The positions of a labelled output have changed places.

    What it does
        Where examples fail, looks for an order of the `labels` along their axis in which all of them, as far
        as they have values for that output, come right. Of few examples, or of values that are much alike,
        several orders may do: the one that moves least is told.
    Why it breaks
        The tensor looks as before, and clients read each position under the name that it had: nothing fails,
        everything is wrong.
    Example
        The labels were sorted before training: 3 (`Drama`) and 7 (`Comedy`) have changed places.
    How to mend it
        Model: train or export with the labels in the order that clients have.
        Client: take the new file of labels together with the release of the new version.
    """,
)
