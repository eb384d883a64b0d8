"""`Sides`: the tensors of a signature, built before anything that names them."""

from sigpact.contract.build_tensors import Built
from sigpact.contract.scope import Data
from sigpact.findings import Path
from sigpact.frozen import frozen


@frozen
class Sides:
    """The tensors of a signature, built before anything that names them."""

    name: str
    path: Path
    data: Data
    inputs: tuple[Built, ...]
    context: tuple[Built, ...]
    outputs: tuple[Built, ...]

    @property
    def sent(self) -> tuple[Built, ...]:
        """Inputs and context features."""
        return self.inputs + self.context

    @property
    def all(self) -> tuple[Built, ...]:
        """Every tensor, inputs first."""
        return self.inputs + self.context + self.outputs

    @property
    def verb(self) -> str:
        """The API that the client calls."""
        verb: str = self.data.get("verb", "predict")
        return verb

    @property
    def is_rest_row(self) -> bool:
        """Whether rows are sent, if the protocol is REST."""
        return self.verb == "predict" and self.data.get("body", "row") == "row"
