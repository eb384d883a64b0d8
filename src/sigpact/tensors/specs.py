"""`Signature`: one serving function, as a SavedModel, a server's metadata or a snapshot states it."""

from enum import StrEnum

from sigpact.frozen import frozen
from sigpact.tensors.dtypes import DType
from sigpact.tensors.shapes import Shape


class Encoding(StrEnum):
    """How a TensorInfo points at the graph (meta_graph.proto, TensorInfo.encoding)."""

    DENSE = "dense"
    COO_SPARSE = "coo_sparse"
    COMPOSITE = "composite"


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


@frozen
class Signature:
    """One serving function; inputs and outputs are sorted by name: their order means nothing."""

    name: str
    method_name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    defaults: tuple[Default, ...] = ()

    def input(self, name: str) -> TensorSpec | None:
        """Return the input of that alias."""
        return next((spec for spec in self.inputs if spec.name == name), None)

    def output(self, name: str) -> TensorSpec | None:
        """Return the output of that alias."""
        return next((spec for spec in self.outputs if spec.name == name), None)

    def default(self, name: str) -> Default | None:
        """Return the default of that input."""
        return next((each for each in self.defaults if each.name == name), None)
