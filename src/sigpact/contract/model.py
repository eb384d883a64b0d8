"""`Contract`: what one client sends to a model's signatures, and what it relies on in the answers.

Everything here is immutable, hashable and picklable, and valid once built: `load.load` raises
`ContractError` with all mistakes of a file otherwise. Every part that a finding can point at carries
its `path` in the document; `Contract.span(path)` gives file, line and column.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from sigpact.expressions import Node
from sigpact.findings import Path, Span
from sigpact.frozen import field, frozen
from sigpact.tensors.shapes import AnyRank, Shape

Number = int | float


@frozen
class BytesFile:
    """`{file: golden/cat.jpg}`: the absolute path of a file inside the contract's own folder."""

    path: str


Scalar = int | float | bool | str | bytes | BytesFile
INFERENCE_OUTPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "classify": ("classes", "scores"),
    "regress": ("outputs",),
}
"""By API: the outputs that it answers with, whatever others a signature has (apis/*.proto)."""

Nested = Scalar | tuple["Nested", ...]
"""A tensor as it is written in a contract: lists become tuples, `{b64: …}` becomes bytes."""


@frozen
class Image:
    """`image:` bytes that are real images. Ranges are inclusive (least, most), in pixels."""

    media: str
    height: tuple[int, int]
    width: tuple[int, int]
    modes: tuple[str, ...]


@frozen
class Domain:
    """What each element may be, in JSON Schema's words; `const` is an `enum` of one."""

    minimum: Number | None = None
    maximum: Number | None = None
    exclusive_minimum: Number | None = None
    exclusive_maximum: Number | None = None
    multiple_of: Number | None = None
    enum: tuple[Scalar, ...] | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None
    image: Image | None = None

    @property
    def is_declared(self) -> bool:
        """Whether anything at all is said."""
        return self != Domain()


@frozen
class Column:
    """One position of the last axis, with a domain of its own."""

    name: str
    domain: Domain
    path: Path


@frozen
class Around:
    """`sumsTo` and `norm`: a number for each slice along `axis`, within `atol` (`None`: the language's)."""

    value: float
    axis: int
    atol: float | None


@frozen
class Labels:
    """`labels:` what each position along `axis` means."""

    names: tuple[str, ...]
    axis: int


@frozen
class Optional:
    """`optional:` the client does not always send it; `default` is what then counts, if it says.

    A client made from a signature (`rules.callers`) may never send it: then `sent` is false.
    """

    default: Nested | None = None
    sent: bool = True


@frozen
class Tensor:
    """One input, output, feature or context feature of one signature, as the client speaks of it.

    `dtypes` are TensorFlow names or, for REST, one kind (`number integer text boolean bytes`).
    """

    name: str
    dtypes: tuple[str, ...]
    path: Path
    shape: Shape = field(default_factory=AnyRank)
    static: bool = False
    optional: Optional | None = None
    domain: Domain = field(default_factory=Domain)
    columns: tuple[Column, ...] = ()
    finite: bool = True
    unique: int | None = None
    sorted: str | None = None
    sums_to: Around | None = None
    norm: Around | None = None
    labels: Labels | None = None
    source: tuple[str, str] | None = None
    """`from: embed.embedding` as (signature, output)."""
    samples: tuple[Nested, ...] = ()
    sensitive: bool = False
    scores: str | None = None


@frozen
class Tolerance:
    """How near is equal. `None` means what the language says for the dtype."""

    rtol: float | None = None
    atol: float | None = None
    exact: bool = False
    share: float | None = None


@frozen
class Clause:
    """One line of `given` or `holds`: an expression, or a registered Python check."""

    text: str
    path: Path
    tree: Node | None = None
    check: str | None = None
    because: str | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    function: Callable[..., object] | None = None
    """What a check runs: a file only names it, `engine.registered` looks it up."""


@frozen
class Property:
    """One entry of `properties`.

    `name` is `deterministic`, `batch_invariant`, `equivariant` or `padding_invariant`; `over` the
    dimension that it speaks of, `padding` the value that fills, where there is one.
    """

    name: str
    path: Path
    over: str | None = None
    padding: Scalar | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)


@frozen
class Latency:
    """`latency:` milliseconds at a batch size, or a factor `at_most` against another version."""

    path: Path
    batch: int | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    against: "VersionRef | None" = None
    at_most: float | None = None
    enforce: bool = False


@frozen
class ExpectedError:
    """`error:` the server refuses, with this HTTP status, and its message contains this text."""

    status: int | None
    contains: str | None


@frozen
class Expected:
    """What an example says of one output: values equal, or `approx` within a tolerance."""

    name: str
    value: Nested
    path: Path
    approx: bool = False
    tolerance: Tolerance = field(default_factory=Tolerance)


@frozen
class TensorExample:
    """`inputs:` with `outputs:`, `error:` or neither (then the request must be answered)."""

    name: str
    path: Path
    inputs: tuple[tuple[str, Nested], ...]
    outputs: tuple[Expected, ...] = ()
    error: ExpectedError | None = None


@frozen
class RawExample:
    """The REST body as the client sends it; `request` and `response` are JSON texts."""

    name: str
    path: Path
    request: str
    response: str | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    error: ExpectedError | None = None


Example = TensorExample | RawExample


@frozen
class VersionRef:
    """A version number or a label; neither means `previous`, the live one."""

    number: int | None = None
    label: str | None = None


@frozen
class SignatureUse:
    """How the client uses one signature.

    Defaults are resolved: `named` and `answer` say what is on the wire.
    """

    name: str
    path: Path
    verb: str
    body: str
    named: bool
    answer: str
    filter: bool
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    context: tuple[Tensor, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    given: tuple[Clause, ...] = ()
    holds: tuple[Clause, ...] = ()
    properties: tuple[Property, ...] = ()
    latency: Latency | None = None
    rows_from: tuple[str, ...] = ()
    """Absolute paths of files with real rows, in order."""
    rows: int | None = None
    """How many random rows, where the contract says."""
    examples: tuple[Example, ...] = ()

    def input(self, name: str) -> Tensor | None:
        """Return the input of that name."""
        return next((tensor for tensor in self.inputs if tensor.name == name), None)

    def output(self, name: str) -> Tensor | None:
        """Return the output of that name."""
        return next((tensor for tensor in self.outputs if tensor.name == name), None)


@frozen
class RelationCall:
    """One call of a relation; `inputs` pairs an input with the drawn name or `call.output` that it takes."""

    name: str
    signature: str
    version: VersionRef | None
    inputs: tuple[tuple[str, str], ...]
    path: Path


@frozen
class Relation:
    """`relations:` what must hold between calls. `inputs` are drawn names with (signature, input)."""

    name: str
    path: Path
    inputs: tuple[tuple[str, tuple[str, str]], ...]
    calls: tuple[RelationCall, ...]
    holds: tuple[Clause, ...]


@frozen
class Regression:
    """`regressions:` what may change between versions, over real rows."""

    name: str
    path: Path
    signature: str
    against: VersionRef
    over: tuple[str, ...]
    agreement: tuple[str, float] | None = None
    negative_flips: tuple[str, float] | None = None
    drift: tuple[str, Tolerance] | None = None


@frozen
class DimBounds:
    """What a contract claims of a named dimension; `None` where it says nothing."""

    name: str
    minimum: int | None
    maximum: int | None
    path: Path


@frozen
class Versions:
    """Which versions a contract binds: `live`, `all`, one number, a range, or a label."""

    text: str
    kind: str
    """`live`, `all`, `number`, `range` or `label`."""
    number: int | None = None
    bounds: tuple[tuple[str, int], ...] = ()
    """Of a range: `((">=", 2), ("<", 9))`."""
    label: str | None = None

    def admits(self, version: int) -> bool:
        """Whether the number satisfies what is written; `live`, `all` and labels admit every number."""
        if self.number is not None:
            return version == self.number
        return all(_COMPARE[operator](version, bound) for operator, bound in self.bounds)


_COMPARE = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@frozen
class Contract:
    """One contract file, valid and immutable."""

    file: str
    client: str
    models: tuple[str, ...]
    protocol: str
    language: str
    versions: Versions
    status: str
    signatures: tuple[SignatureUse, ...]
    owner: str | None = None
    description: str | None = None
    sunset: dt.date | None = None
    dims: tuple[DimBounds, ...] = ()
    relations: tuple[Relation, ...] = ()
    regressions: tuple[Regression, ...] = ()
    files: tuple[str, ...] = ()
    """The files that it names and that its globs match, relative to its own folder, sorted."""
    spans: Mapping[Path, Span] = field(default_factory=dict, compare=False)

    def span(self, path: Path) -> Span:
        """Return where a path stands in the file; of an unknown path, its nearest known ancestor.

        A scalar and an item of a list stand at themselves, a mapping or list at its key.
        """
        while path and path not in self.spans:
            path = path[:-1]
        return self.spans.get(path, Span(self.file, 1, 1))

    def signature(self, name: str) -> SignatureUse | None:
        """Return how the client uses that signature."""
        return next((use for use in self.signatures if use.name == name), None)

    def bounds(self, dim: str) -> DimBounds | None:
        """Return what is claimed of a named dimension."""
        return next((each for each in self.dims if each.name == dim), None)

    def is_expired(self, today: dt.date) -> bool:
        """Whether the contract no longer binds: from the day of `sunset` on."""
        return self.sunset is not None and today >= self.sunset
