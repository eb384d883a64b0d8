"""What only running a version can find: the documentation of those rules.

They are found by `checks` and `engine`; their ids stand here so that the catalogue is in one place.
"""

from sigpact.rules.registry import documented

documented(
    "version-unloadable",
    """The version does not load.

    What it does
        Loads each version as the server does: tag `serve`, init op run, variables and assets read. Reading
        alone finds what is certain: no `saved_model.pb` or a damaged one, no meta graph with exactly the tag
        `serve`, a plain file where a folder should be, missing data of variables, an asset that the init op
        opens.
    Why it breaks
        The server retries, and the version before keeps serving: clients do not notice, and the release
        never goes live (core/availability_preserving_policy.cc). Missing variables alone let it go live, and
        then every call fails.
    Example
        The upload of `variables/` was cut off.
    How to mend it
        Model: export or copy the version again.
        Client: nothing to do on this side; a version that serves already goes on serving.
    """,
)
documented(
    "variables-missing",
    """A signature reads variables that are not in the export.

    What it does
        Looks for `variables/variables.index`. Where it is absent, looks which signatures depend on variables
        that the init op does not set.
    Why it breaks
        The server restores nothing, says so in its log alone, and goes live: the version before is unloaded,
        and every call that reads a variable fails (`Could not find variable …`, FAILED_PRECONDITION). Where
        the index is there and its data is not, the version does not load.
    Example
        The upload copies `saved_model.pb` and forgets the folder `variables/`.
    How to mend it
        Model: copy the whole export; upload under another name and rename it at the end.
        Client: nothing to do on this side.
    """,
    by="reading",
)
documented(
    "asset-missing",
    """A file under assets/ that a signature reads is not in the export.

    What it does
        Looks for each file that the export names as an asset, and for ops that open it. One that the init op
        opens (a vocabulary) keeps the version from loading: `version-unloadable`.
    Why it breaks
        The version loads and goes live, and each call that opens the file fails (`No such file or directory`,
        NOT_FOUND).
    Example
        `tf.io.read_file(self.template.asset_path)` in a signature, and `assets/` was not uploaded.
    How to mend it
        Model: copy the whole export; upload under another name and rename it at the end.
        Client: nothing to do on this side.
    """,
    by="reading",
)
documented(
    "model-crashed",
    """The process that served the version ended in the middle of a call.

    What it does
        Runs every call in a process of its own, and looks at how that ends.
    Why it breaks
        On a real server all models behind the endpoint go down with it, for all clients.
    Example
        A custom op reads beyond the end of an empty text.
    How to mend it
        Model: guard the op, or take it out of the graph.
        Client: nothing helps but not sending such requests.
    """,
)
documented(
    "model-hung",
    """A call was not answered within the limit.

    What it does
        Waits for each call (10 seconds unless told otherwise) and then ends the process.
    Why it breaks
        The client runs into its own deadline, and the call goes on to hold a thread of the server.
    Example
        A `tf.while_loop` whose condition stays true for the empty text.
    How to mend it
        Model: bound the loop (`maximum_iterations`).
        Client: nothing helps but not sending such requests.
    """,
)
documented(
    "request-refused",
    """The server answers a request of the declared domain with an error.

    What it does
        Sends examples, boundaries and random rows the client's way, and looks at the status.
    Why it breaks
        The client gets `{"error": …}` (REST) or a status (gRPC) where it relies on an answer.
    Example
        An empty title fails in `tf.strings.substr`, while the contract says `minLength: 0`.
    How to mend it
        Model: answer every request of the declared domain; where all are refused, look for missing files;
        where memory runs out, bound what a request takes.
        Client: narrow the domain to what is really sent.
    """,
)
documented(
    "request-not-writable",
    """The client's language cannot write a value of the declared domain.

    What it does
        Writes each request as the contract's `language` does.
    Why it breaks
        `finite: false` admits NaN and infinities, for which most JSON writers raise.
    Example
        `language: javascript` with `finite: false` on an input.
    How to mend it
        Model: nothing to do on this side.
        Client: declare only values that its language writes (no NaN, no integers beyond 2^53 in JavaScript).
    """,
)
documented(
    "answer-unreadable",
    """The client cannot read the body that the server sends.

    What it does
        Reads each answer as the client does: its JSON dialect, bare or by name, the literals it declares.
    Why it breaks
        The server says 200 and the client fails: `NaN` is no JSON, a string is not valid UTF-8, a list is
        where a value was.
    Example
        `confidence` is NaN for a title without known words.
    How to mend it
        Model: answer with what JSON and the contract admit; of NaN, guard the division or the logarithm.
        Client: declare the form and the `language` that it really reads (Python's `json` takes NaN).
    """,
)
documented(
    "answer-dtype-changed",
    """The tensor that came back has another dtype than the client reads.

    What it does
        Looks at the dtype of each output that really came, over gRPC.
    Why it breaks
        The values stand in another field of the TensorProto than the client reads.
    Example
        The signature declares float32 and the graph gives float64.
    How to mend it
        Model: cast the output.
        Client: declare both dtypes, if both are read.
    """,
)
documented(
    "answer-shape-changed",
    """The tensor that came back has another shape than the client reads.

    What it does
        Looks at the shape of each output; a name has one value over the inputs and outputs of a call.
    Why it breaks
        The client finds more, fewer or nested values.
    Example
        Two titles are sent and one genre comes back.
    How to mend it
        Model: answer one row for each row.
        Client: declare the shape that is really read.
    """,
)
documented(
    "output-value-outside",
    """An output has a value that the contract does not admit.

    What it does
        Checks each element against `minimum`, `maximum`, `enum`, `minLength`, `pattern` and the other words.
    Why it breaks
        The client relies on it: a new label falls through its switch, a score above 1 off its scale.
    Example
        A thirteenth genre, `Sci-Fi`, which the app has no icon for.
    How to mend it
        Model: answer within the contract.
        Client: widen the contract to what the client really copes with.
    """,
)
documented(
    "output-not-finite",
    """An output is NaN or infinite.

    What it does
        Looks at every number of an output, unless the contract says `finite: false`.
    Why it breaks
        NaN compares false with everything and passes through sums unnoticed.
    Example
        The logarithm of a probability of 0.
    How to mend it
        Model: guard the division, the logarithm or the norm.
        Client: say `finite: false` if it copes.
    """,
)
documented(
    "example-mismatch",
    """An example of the contract, or a real row with a recorded answer, is answered otherwise.

    What it does
        Sends each as it stands, and compares the answer within the tolerances of the language: of a recorded
        one, as far as the contract declares it. A row of many is believed when it is sent alone.
    Why it breaks
        The client's team wrote down what it relies on, and the version does something else.
    Example
        `Night of the Living Dead` is a Western now.
    How to mend it
        Model: look whether the new answer is worse or better, and talk to the owner.
        Client: change the example, or what was recorded, if the new answer is right;
        `sigpact verify --update-examples` rewrites the answers, and leaves expected errors to people.
        A TFRecord is recorded anew.
    """,
)
documented(
    "answer-schema-broken",
    """The body of an example's answer is not what the contract declares, read as JSON alone.

    What it does
        Holds the answer to a raw request against the JSON Schema that the contract amounts to, where no other
        check found anything: a second reading of the same words.
    Why it breaks
        The client declared what it reads, and the answer has something else in that place.
    Example
        An `enum` of genres, and the answer to the example says `Western`.
    How to mend it
        Model: answer within what the client declares.
        Client: declare what comes, if it can be used.
    """,
)
documented(
    "input-shape-unpromised",
    """The export does not promise a shape that it takes.

    What it does
        Runs what `input-shape-changed` left undecided, on the boundary of the domain: nothing failed.
    Why it breaks
        It does not break now. The declaration says otherwise, so the next version may.
    Example
        Batches of 32 work, the signature says `[1, 64]`.
    How to mend it
        Model: export with `None` where the length varies.
        Client: send the declared shape.
    """,
)
documented(
    "input-dtype-unpromised",
    """The export does not promise all values that it takes.

    What it does
        Runs what `input-dtype-changed` left undecided: nothing that was sent failed.
    Why it breaks
        It does not break with what was tried; the contract sets no bounds, so other values may.
    Example
        `dtype: integer` without bounds at an int32 input.
    How to mend it
        Model: take the wider dtype and cast inside the graph.
        Client: declare `minimum` and `maximum`.
    """,
)
documented(
    "output-shape-unpromised",
    """The export does not promise a shape that it gives.

    What it does
        Runs what `output-shape-changed` left undecided: every answer had the shape that the client reads.
    Why it breaks
        It does not break now. The export says `?`, so the next version may.
    Example
        `embedding` is declared `[?, ?]` and always came as `[n, 64]`.
    How to mend it
        Model: fix the length in the graph (`tf.ensure_shape`).
        Client: nothing to do on this side.
    """,
)
documented(
    "input-batch-unpromised",
    """Whether all inputs have one batch is not said, and no request failed.

    What it does
        Says that `input-batch-refused` was undecided, and that running found no failure.
    Why it breaks
        It does not, so far; a server with `--enable_batching` refuses a request whose inputs differ in their
        first dimension.
    Example
        Inputs of shapes `[n]` and `[m]`, under `given: [n == m]`.
    How to mend it
        Model: nothing to do on this side.
        Client: give the inputs one name for their first dimension.
    """,
)
documented(
    "answer-batch-unpromised",
    """The export does not promise outputs of one batch, though they came so.

    What it does
        Runs what `answer-without-batch` or `answer-batch-inconsistent` left undecided: nothing failed.
    Why it breaks
        It does not break now. The declared shapes say otherwise, so the next version may.
    Example
        The input is declared `[1]`, the outputs `[1]` and `[?]`; batches of any size work.
    How to mend it
        Model: declare the batch dimension of every output as `None`.
        Client: send columns, whose answers need no common batch.
    """,
)
documented(
    "domain-undeclared",
    """Nothing says which values the client sends, so none are generated.

    What it does
        Looks for numeric inputs without bounds, `enum`, `samples`, `from` or real rows.
    Why it breaks
        It breaks nothing; but only examples were tried, and the verdict rests on those.
    Example
        `amount: {dtype: float32}` without `minimum` and `maximum`.
    How to mend it
        Model: nothing to do on this side.
        Client: declare `minimum` and `maximum`, or name real rows (`rows_from`).
    """,
)
documented(
    "input-default-unpromised",
    """The default of an input could not be read from the export.

    What it does
        Runs what `input-default-changed` left undecided: nothing that was sent without it failed.
    Why it breaks
        It does not break with what was tried; whether the value is the one that the client counts on is open.
    Example
        The default is a constant of a dtype that only TensorFlow decodes.
    How to mend it
        Model: use a default of a common dtype.
        Client: always send the input.
    """,
)
