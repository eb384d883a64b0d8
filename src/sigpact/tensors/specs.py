"""`Signature`: one serving function, as a SavedModel, a server's metadata or a snapshot states it."""

import math
from enum import StrEnum
from typing import Final

from sigpact.frozen import frozen
from sigpact.tensors.dtypes import DType
from sigpact.tensors.shapes import Fixed, Ranked, Shape


class Encoding(StrEnum):
    """How a TensorInfo points at the graph (meta_graph.proto, TensorInfo.encoding)."""

    DENSE = "dense"
    COO_SPARSE = "coo_sparse"
    COMPOSITE = "composite"
    ABSENT = "absent"
    """Dense, and the tensor that it names is not in the graph."""
    FED = "fed"
    """Of an output: dense, and the very tensor that an input is fed to."""


@frozen
class TensorSpec:
    """One input or output. `name` is the alias that clients use, `tensor` its name in the graph."""

    name: str
    dtype: DType
    shape: Shape
    tensor: str = ""
    encoding: Encoding = Encoding.DENSE

    def __str__(self) -> str:
        return f"{self.dtype} {self.shape}"


@frozen
class Default:
    """What the server feeds where a gRPC client leaves an input out (SignatureDef.defaults).

    `values` are flat, in C order (strings as bytes); `None` where the value was not decoded.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    values: tuple[int | float | bool | bytes, ...] | None


_SCALAR: Final = Ranked(())


class FeatureKind(StrEnum):
    """How many values an example may have of a feature (core/util/example_proto_fast_parsing.cc)."""

    DENSE = "dense"
    """As many as its shape holds."""
    SEQUENCE = "sequence"
    """Any number of steps: the first dimension is open, the others are fixed."""
    SPARSE = "sparse"
    """Any number."""
    RAGGED = "ragged"
    """Any number."""


@frozen
class Feature:
    """What a classify or regress graph parses out of a tf.Example; no signature shows it.

    `shape` is that of one example, [] for sparse and ragged features. `default` is what a dense
    feature gets where an example lacks it; without one it is required.
    """

    name: str
    dtype: DType
    kind: FeatureKind = FeatureKind.DENSE
    shape: Ranked = _SCALAR
    default: Default | None = None

    @property
    def is_required(self) -> bool:
        """Whether each example must have it."""
        return self.kind is FeatureKind.DENSE and self.default is None

    @property
    def step(self) -> int:
        """How many values it has, or of a sequence how many values each step has."""
        dims = self.shape.dims[1:] if self.kind is FeatureKind.SEQUENCE else self.shape.dims
        return math.prod(dim.size for dim in dims if isinstance(dim, Fixed))

    def __str__(self) -> str:
        if self.kind in {FeatureKind.SPARSE, FeatureKind.RAGGED}:
            return f"{self.dtype} {self.kind}"
        return f"{self.dtype} {self.shape}"


@frozen
class Undetermined:
    """Why nobody can say from the graph which features it parses."""

    reason: str


Features = tuple[Feature, ...] | Undetermined
"""Sorted by name; none: the graph parses no tf.Example. One name may stand twice, if two ops parse it."""


@frozen
class Signature:
    """One serving function; inputs and outputs are sorted by name: their order means nothing."""

    name: str
    method_name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    defaults: tuple[Default, ...] = ()
    features: Features | None = None
    """What its graph parses out of tf.Examples; `None` where nobody looked."""

    def input(self, name: str) -> TensorSpec | None:
        """Return the input of that alias."""
        return next((spec for spec in self.inputs if spec.name == name), None)

    def output(self, name: str) -> TensorSpec | None:
        """Return the output of that alias."""
        return next((spec for spec in self.outputs if spec.name == name), None)

    def default(self, name: str) -> Default | None:
        """Return the default of that input."""
        return next((each for each in self.defaults if each.name == name), None)
