"""Rules about inputs that a client leaves out, and what the server then feeds."""

from collections.abc import Iterator

from sigpact.contract.model import Scalar, Tensor
from sigpact.frozen import frozen
from sigpact.rules.inputs import listed
from sigpact.rules.pairing import Pairing
from sigpact.rules.registry import Observation, rule
from sigpact.rules.values import flat, same_values, shown
from sigpact.tensors.specs import Default


@rule("input-default-added", opposite="input-default-removed")
def input_default_added(pairing: Pairing) -> Iterator[Observation]:
    """The signature has an input with a default that the client does not send.

    What it does
        Looks for inputs of the signature that the contract does not send and that have a default.
    Why it breaks
        Defaults count for gRPC Predict only. REST rows must name every input, columns too, and a bare value
        needs a signature of exactly one input: a default never helps a REST client (json_tensor.cc:526-607).
    Example
        `get_genre(title)` becomes `get_genre(title, temperature=tf.constant(1.0))`.
    How to mend it
        Model: add a new signature for the new input, and keep the old one as it is.
        Client: send the input (a REST client that sends bare values must send objects then).
    """
    for spec in pairing.unsent_inputs if pairing.is_comparable else ():
        if pairing.found.default(spec.name) is not None:
            yield Observation(
                at=("inputs", spec.name),
                change=f"defaulted {spec.dtype} added",
                message=f"the signature has a further input {spec.name!r} ({spec}) with a default",
                expected=f"no inputs but {listed(pairing)}",
                received=f"{spec.name}: {spec}, with a default",
                spec=spec,
            )


@rule("input-default-removed", opposite="input-default-added")
def input_default_removed(pairing: Pairing) -> Iterator[Observation]:
    """The client leaves an input out at times, and the signature has no default for it.

    What it does
        Looks at each `optional` input of the contract for a default in the signature, and whether the
        server's release knows of defaults.
    Why it breaks
        gRPC Predict refuses a request without an input that has no default: `not found in request and no
        default value provided` (tensorflow/cc/saved_model/util.cc, GetInputValues). Releases before 2.14
        feed no defaults at all: `input size does not match signature`.
    Example
        `temperature: {dtype: float32, optional: true}` where the new export has no default for it.
    How to mend it
        Model: export the default again (`temperature=tf.constant(1.0)` in the tf.function).
        Client: always send the input.
    """
    for tensor, spec in pairing.inputs if pairing.is_comparable else ():
        has_one = pairing.found.default(spec.name) is not None
        if tensor.optional is not None and not (has_one and pairing.server.feeds_defaults):
            told = "a default that the server does not feed" if has_one else "no default"
            yield Observation(
                at=("inputs", tensor.name),
                change="default not fed" if has_one else "default removed",
                message=f"input {tensor.name!r} has {told}, and the client does not always send it",
                expected=f"a default for {tensor.name!r}",
                received=f"release {pairing.server.release}" if has_one else "none",
                tensor=tensor,
                spec=spec,
            )


@rule("input-default-changed", alone="a change of a value has no reverse")
def input_default_changed(pairing: Pairing) -> Iterator[Observation]:
    """The default of an input is another than the one that the client counts on.

    What it does
        Compares `optional: {default: …}` with the default in the signature, both in the input's dtype.
    Why it breaks
        The server feeds its own default where the client leaves the input out: the call succeeds, with
        another value than the client reckons with.
    Example
        `optional: {default: 0.5}` against an export with `tf.constant(0.7)`.
    How to mend it
        Model: export the old default, or a new signature.
        Client: send the value instead of leaving it out.
    """
    for tensor, spec in pairing.inputs if pairing.is_comparable and pairing.server.feeds_defaults else ():
        default = pairing.found.default(spec.name)
        if default is None or tensor.optional is None:
            continue
        wanted = _counted_on(pairing, tensor)
        if wanted is not None and not _same(wanted, default):
            yield Observation(
                at=("inputs", tensor.name),
                change="default changed",
                message=f"the default of {tensor.name!r} is {shown(default)}, the client counts on {wanted}",
                expected=str(wanted),
                received=shown(default),
                tensor=tensor,
                spec=spec,
            )


@rule("input-default-mistyped", alone="a default of the right dtype is what every other default is")
def input_default_mistyped(pairing: Pairing) -> Iterator[Observation]:
    """The default of an input that the client leaves out has another dtype than the input.

    What it does
        Compares the dtype of each default in the signature with the dtype of its input.
    Why it breaks
        The server injects the default as it stands, and nothing looks at it when the version loads: each
        request without the input is refused, `Expects arg[0] to be float but double is provided`.
    Example
        `defaults` were written by hand, with a float64 for a float32 input.
    How to mend it
        Model: export a default of the input's own dtype.
        Client: send the input.
    """
    unsent = [(None, spec) for spec in pairing.unsent_inputs]
    omitted = [(tensor, spec) for tensor, spec in pairing.inputs if tensor.optional is not None]
    for tensor, spec in (
        (*omitted, *unsent) if pairing.is_comparable and pairing.server.feeds_defaults else ()
    ):
        default = pairing.found.default(spec.name)
        if default is not None and default.dtype != spec.dtype:
            yield Observation(
                at=("inputs", spec.name),
                change=f"default of dtype {default.dtype}",
                message=f"the default of {spec.name!r} is a {default.dtype}, the input takes {spec.dtype}",
                expected=f"a default of dtype {spec.dtype}",
                received=str(default.dtype),
                tensor=tensor,
                spec=spec,
            )


@frozen
class _CountedOn:
    """What a client reckons with where it leaves an input out; `None`: it could not be read."""

    values: tuple[Scalar, ...] | None

    def __str__(self) -> str:
        return "an unread value" if self.values is None else ", ".join(map(str, self.values))


def _counted_on(pairing: Pairing, tensor: Tensor) -> _CountedOn | None:
    """Return what a contract says, or what the old signature had; `None` where there was nothing."""
    if pairing.origin is not None:
        default = pairing.origin.default(tensor.name)
        return None if default is None else _CountedOn(default.values)
    if tensor.optional is None or tensor.optional.default is None:
        return None
    return _CountedOn(tuple(flat(tensor.optional.default)))


def _same(wanted: _CountedOn, default: Default) -> bool:
    """Whether the client reckons with this default. What was not read never is the same."""
    return wanted.values is not None and same_values(wanted.values, default)
