"""`Draft`: what a contract will say of one signature, with the notes that stand beside it."""

from collections.abc import Iterator
from typing import Final

from sigpact.authoring.dims import Dims, Key, shapes, spec_of
from sigpact.authoring.facts import Facts, Shown, Traffic
from sigpact.authoring.generated import is_generated
from sigpact.authoring.words import NOTHING, Said, of_input, of_output
from sigpact.authoring.yaml_text import Yaml, counted
from sigpact.contract.model import INFERENCE_OUTPUTS
from sigpact.frozen import frozen, replace
from sigpact.tensors.dtypes import BY_NAME, DType, Kind
from sigpact.tensors.shapes import Fixed
from sigpact.tensors.specs import FeatureKind, Signature, TensorSpec

_BINARY: Final = ("image", "jpeg", "jpg", "png", "bytes", "serialized", "encoded", "audio", "wav", "proto")
_KINDS: Final = {
    Kind.FLOAT: "number",
    Kind.INT: "integer",
    Kind.UINT: "integer",
    Kind.BOOL: "boolean",
}


@frozen
class TensorDraft:
    """One input or output: its words in order, and notes."""

    name: str
    said: Said


@frozen
class Draft:
    """One signature; `bounds` are what it claims of the lengths of its dimensions' names."""

    name: str
    notes: tuple[str, ...]
    words: tuple[tuple[str, Yaml], ...]
    inputs: tuple[TensorDraft, ...]
    outputs: tuple[TensorDraft, ...]
    bounds: tuple[tuple[str, tuple[int, int]], ...] = ()
    examples: tuple[Shown, ...] = ()


@frozen
class Subject:
    """What is known of one signature: from an export, from traffic, or from both."""

    name: str
    signature: Signature | None
    traffic: Traffic | None
    protocol: str

    @property
    def verb(self) -> str:
        """The API that is called: what traffic shows, else what the export was made for."""
        if self.traffic is not None:
            return self.traffic.verb
        method = "" if self.signature is None else self.signature.method_name
        verb = method.rpartition("/")[2]
        parses_none = self.signature is not None and self.signature.features == ()
        return verb if verb in INFERENCE_OUTPUTS and not parses_none else "predict"

    def facts(self, key: Key) -> Facts | None:
        """What traffic shows of a tensor."""
        if self.traffic is None:
            return None
        return (self.traffic.inputs if key[0] == "inputs" else self.traffic.outputs).get(key[1])

    def tensors(self) -> list[Key]:
        """Return what is sent and read, as the export or traffic has it."""
        return [("inputs", each) for each in self._sent()] + [("outputs", each) for each in self._read()]

    def _sent(self) -> list[str]:
        if self.traffic is not None:
            return list(self.traffic.inputs)
        if self.signature is None:
            return []
        if self.verb == "predict":
            return [each.name for each in self.signature.inputs]
        features = self.signature.features
        return list(dict.fromkeys(each.name for each in features)) if isinstance(features, tuple) else []

    def _read(self) -> list[str]:
        readable = INFERENCE_OUTPUTS.get(self.verb)
        if self.signature is not None:
            names = [each.name for each in self.signature.outputs]
            return names if readable is None else [each for each in names if each in readable]
        return [] if self.traffic is None else list(self.traffic.outputs)


def draft(subject: Subject, body: str, taken: frozenset[str]) -> Draft:
    """Return the draft of a signature; `body` is the form of a REST request, `row` or `columnar`."""
    is_rest = subject.protocol == "rest"
    rows = is_rest and subject.verb == "predict" and body == "row"
    found = shapes(subject.tensors(), _plain(subject), subject.traffic, rows=rows, taken=taken)
    made = [_tensor(subject, key, found.shapes.get(key)) for key in subject.tensors()]
    inputs = tuple(each for key, each in zip(subject.tensors(), made, strict=True) if key[0] == "inputs")
    outputs = tuple(each for key, each in zip(subject.tensors(), made, strict=True) if key[0] == "outputs")
    return Draft(
        subject.name,
        tuple(_notes(subject)),
        tuple(_words(subject, body)),
        inputs,
        outputs,
        tuple(found.bounds.items()),
        () if subject.traffic is None else subject.traffic.shown,
    )


def _plain(subject: Subject) -> Signature | None:
    """Return the signature whose shapes count: of features it has none."""
    signature = subject.signature
    return signature if signature is None or subject.verb == "predict" else replace(signature, inputs=())


def _words(subject: Subject, body: str) -> Iterator[tuple[str, Yaml]]:
    """Yield how the signature is called."""
    traffic = subject.traffic
    if subject.verb != "predict":
        yield "verb", subject.verb
        return
    if subject.protocol != "rest":
        return
    if body != "row" or (traffic is not None and traffic.body is not None):
        yield "body", body
    if traffic is not None and traffic.named and len(traffic.inputs) == 1:
        yield "named", True
    if traffic is not None and traffic.answer_named is not None:
        yield "answer", "named" if traffic.answer_named else "bare"


def _notes(subject: Subject) -> Iterator[str]:
    traffic = subject.traffic
    if traffic is None:
        yield "read from the export alone: what is sent and answered nobody saw"
    else:
        answers = counted(traffic.answers, "answer")
        yield f"seen: {counted(traffic.calls, 'request')} with {counted(traffic.rows, 'row')}, {answers}"
    if subject.verb != "predict" and subject.signature is not None and traffic is None:
        features = subject.signature.features
        if not isinstance(features, tuple) or not features:
            yield "the export does not tell which features it parses: write those that you send under inputs"
    if traffic is not None and not traffic.answers and subject.signature is None:
        yield "no answer was recorded: what is answered is not known; name the export too"
    if (
        traffic is not None
        and traffic.body is not None
        and traffic.named is False
        and subject.signature is None
    ):
        yield "values are sent without a name: any name will do for the input"
    if traffic is not None and traffic.answer_named is False and subject.signature is None:
        yield "the answer comes without a name: any name will do for the output"


def _tensor(subject: Subject, key: Key, dims: Dims | None) -> TensorDraft:
    side, name = key
    spec, facts = spec_of(key, _plain(subject)), subject.facts(key)
    dtype = _dtype_of(subject, key, spec)
    word = _word(subject, key, dtype)
    shape: tuple[tuple[str, Yaml], ...] = () if dims is None else (("shape", dims),)
    if side == "inputs" and subject.verb != "predict":
        shape = _feature_shape(subject, name, dims)
    optional = _optional(subject, key)
    said = NOTHING
    if facts is not None:
        told = dtype.name if dtype is not None else None
        said = of_input(facts, told) if side == "inputs" else of_output(facts)
    elif side == "inputs":
        said = Said(notes=tuple(_unknown(word, spec)))
    notes = (*_named_by_machine(name), *said.notes, *_defaulted(subject, key))
    return TensorDraft(name, Said((("dtype", word), *shape, *optional, *said.words), notes))


def _dtype_of(subject: Subject, key: Key, spec: TensorSpec | None) -> DType | None:
    if spec is not None:
        return spec.fed_as if key[0] == "inputs" and subject.protocol == "grpc" else spec.dtype
    if key[0] == "inputs" and subject.verb != "predict" and subject.signature is not None:
        features = subject.signature.features
        found = (
            [each.dtype for each in features if each.name == key[1]] if isinstance(features, tuple) else []
        )
        if found:
            return found[0]
    facts = subject.facts(key)
    return None if facts is None or facts.dtype is None else BY_NAME.get(facts.dtype)


def _word(subject: Subject, key: Key, dtype: DType | None) -> str:
    """Return the dtype as a contract of the protocol writes it."""
    facts = subject.facts(key)
    is_string = dtype is None or dtype.kind is Kind.STRING
    if is_string and facts is not None and facts.family in {"text", "bytes"}:
        return _string(subject, key, facts.family)
    if subject.protocol == "grpc":
        return "string" if dtype is None else dtype.name
    if dtype is not None and dtype.kind in _KINDS:
        return _KINDS[dtype.kind]
    if dtype is not None and dtype.kind is not Kind.STRING:
        return dtype.name
    return _guess(key) if facts is None else facts.family


def _string(subject: Subject, key: Key, family: str) -> str:
    if subject.protocol == "rest" and key[0] == "outputs" and subject.verb == "predict":
        return "bytes" if key[1].endswith("_bytes") else "text"
    return family


def _guess(key: Key) -> str:
    """Return whether strings of an export are texts or bytes: over REST outputs say it in their names."""
    if key[0] == "outputs":
        return "bytes" if key[1].endswith("_bytes") else "text"
    return "bytes" if any(each in key[1].lower() for each in _BINARY) else "text"


def _feature_shape(subject: Subject, name: str, dims: Dims | None) -> tuple[tuple[str, Yaml], ...]:
    """Return the shape of one example's feature: the export's, else what was sent."""
    features = subject.signature.features if subject.signature is not None else None
    found = [each for each in features if each.name == name] if isinstance(features, tuple) else []
    if found and found[0].kind is FeatureKind.DENSE:
        return (
            ("shape", tuple(dim.size if isinstance(dim, Fixed) else None for dim in found[0].shape.dims)),
        )
    if dims is not None:
        return (("shape", dims[1:]),)
    return (("shape", ("...",)),) if found else ()


def _optional(subject: Subject, key: Key) -> tuple[tuple[str, Yaml], ...]:
    if key[0] == "outputs":
        return ()
    if subject.traffic is not None:
        can = subject.verb != "predict" or subject.protocol == "grpc"
        return (("optional", True),) if can and key[1] in subject.traffic.optional else ()
    features = (
        subject.signature.features if subject.signature is not None and subject.verb != "predict" else None
    )
    named = [each for each in features if each.name == key[1]] if isinstance(features, tuple) else []
    return (("optional", True),) if named and not any(each.is_required for each in named) else ()


def _defaulted(subject: Subject, key: Key) -> Iterator[str]:
    if subject.protocol != "grpc" or subject.verb != "predict" or key[0] != "inputs":
        return
    found = None if subject.signature is None else subject.signature.default(key[1])
    if found is not None and subject.traffic is None:
        yield "it has a default: if you do not always send it, say optional: true"


def _unknown(word: str, spec: TensorSpec | None) -> Iterator[str]:
    """Tell what a domain would say of an input of which nothing was seen."""
    match word:
        case "text" | "string":
            yield "say how long your texts are, as minLength: 1, maxLength: 200, or which, by enum"
        case "bytes":
            yield "without more, any bytes are sent: say image: {media: image/jpeg}, or give examples"
        case "boolean" | "bool":
            return
        case _ if spec is None or spec.dtype.kind in _KINDS:
            yield "say what you send, as minimum: 0, maximum: 1: without a domain only examples are sent"


def _named_by_machine(name: str) -> Iterator[str]:
    if is_generated(name):
        made_up = f"{name} is a name that the framework made up, and the next export may have another"
        yield f"{made_up}: ask the model team for a real one"
