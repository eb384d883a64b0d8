"""The JSON Schema (draft 2020-12) of the bodies that a REST client sends and reads, from its contract alone.

It says what JSON Schema can say: keys, how deep and long lists are, literals, the words for elements. It
cannot say that two lists have one length, that 2 has no point, `sorted`, `sumsTo`, `norm`, `multipleOf` of
fractions, or what a file holds: whatever the contract admits is valid, and so are some other bodies.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeGuard

from sigpact.clients.body_elements import Schema, element
from sigpact.clients.kinds import Inference, RestColumnar, RestRow, client_kind
from sigpact.clients.literals import Literal, literals
from sigpact.contract.model import Contract, Domain, SignatureUse, Tensor
from sigpact.errors import ConfigurationError
from sigpact.tensors.shapes import Dim, Fixed, Named, Ranked, Shape

_HEAD: Final = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
_NOTHING: Final[Schema] = {"not": {}}
_DEFAULT: Final = "serving_default"
"""The signature that the server takes where a request names none."""


def answer_schema(contract: Contract, use: SignatureUse) -> Schema:
    """Return the schema of an answer's body, as the client reads it; what else stands in it is not looked at.

    Raises `ConfigurationError` for a gRPC client.
    """
    made = _Bodies(contract, sent=False)
    match client_kind(contract, use):
        case RestRow(bare_answer=bare):
            content = {"predictions": made.rows(use.outputs, bare=bare)}
        case RestColumnar(bare_answer=bare):
            content = {"outputs": made.columns(use.outputs, bare=bare)}
        case Inference(verb="classify", rest=True):
            content = {"results": made.classes(use)}
        case Inference(rest=True):
            content = {"results": made.regressions(use)}
        case _:
            raise _no_json(contract)
    title = f"what {contract.client} reads of the answers of {use.name}"
    return made.whole(title, {"required": list(content), "properties": content})


def request_schema(contract: Contract, use: SignatureUse) -> Schema:
    """Return the schema of a request's body, as the client writes it: it sends nothing else.

    Raises `ConfigurationError` for a gRPC client.
    """
    made = _Bodies(contract, sent=True)
    required = [] if use.name == _DEFAULT else ["signature_name"]
    content: Schema = {"signature_name": {"const": use.name}}
    match client_kind(contract, use):
        case RestRow(named=named):
            content["instances"] = {"minItems": 1, **made.rows(use.inputs, bare=not named)}
            required.append("instances")
        case RestColumnar(named=named):
            content["inputs"] = made.columns(use.inputs, bare=not named)
            required.append("inputs")
        case Inference(rest=True):
            content |= made.examples(use)
            required.append("examples")
        case _:
            raise _no_json(contract)
    said: Schema = {"required": required, "properties": content, "additionalProperties": False}
    return made.whole(f"what {contract.client} sends to {use.name}", said)


def _no_json(contract: Contract) -> ConfigurationError:
    return ConfigurationError(f"{contract.file}: a gRPC client has no JSON bodies, and so no schema of them")


class _Bodies:
    """Makes the schemas of one contract in one direction; lists of any depth go into `$defs`."""

    def __init__(self, contract: Contract, *, sent: bool) -> None:
        self._contract = contract
        self._sent = sent
        self._defs: dict[str, Schema] = {}

    def whole(self, title: str, said: Schema) -> Schema:
        """Return the schema of a body."""
        return {
            **_HEAD,
            "title": title,
            "type": "object",
            **said,
            **({"$defs": self._defs} if self._defs else {}),
        }

    def rows(self, tensors: Sequence[Tensor], *, bare: bool) -> Schema:
        """Return the list of rows: each the only value itself, or an object by name."""
        firsts = [each.shape.dims[0] for each in tensors if _is_closed(each.shape) and each.shape.dims]
        sizes = self._sizes(firsts)
        if bare and len(tensors) == 1:
            value = self._value(tensors[0], tensors[0].shape)
            return value if value.get("type") == "array" else {"type": "array", "allOf": [value]}
        row = self._object(tensors, self._row) if tensors else {}
        return {"type": "array", **sizes, "items": row}

    def columns(self, tensors: Sequence[Tensor], *, bare: bool) -> Schema:
        """Return the tensors whole: the only one itself, or an object by name."""
        if bare and len(tensors) == 1:
            return self._value(tensors[0], tensors[0].shape)
        return self._object(tensors, lambda each: self._value(each, each.shape)) if tensors else {}

    def classes(self, use: SignatureUse) -> Schema:
        """Return the pairs of a label and a score, a list of them for each row."""
        both = (use.output("classes"), use.output("scores"))
        pair = [{} if each is None else self._value(each, Ranked(())) for each in both]
        declared = [each for each in both if each is not None]
        shapes = [each.shape.dims for each in declared if _is_closed(each.shape)]
        if any(len(dims) != 2 for dims in shapes):
            return _NOTHING
        rows, width = (self._sizes([dims[at] for dims in shapes]) for at in (0, 1))
        label_and_score = {"type": "array", "prefixItems": pair, "minItems": 2}
        return {"type": "array", **rows, "items": {"type": "array", **width, "items": label_and_score}}

    def regressions(self, use: SignatureUse) -> Schema:
        """Return the numbers, one for each row, whether the client speaks of `[batch]` or `[batch, 1]`."""
        tensor = use.output("outputs")
        if tensor is None:
            return {"type": "array"}
        dims = tensor.shape.dims if _is_closed(tensor.shape) else ()
        rank_fits = not _is_closed(tensor.shape) or len(dims) in {1, 2}
        number = self._value(tensor, Ranked(())) if rank_fits else _NOTHING
        return {"type": "array", **self._sizes(dims[:1]), "items": number}

    def examples(self, use: SignatureUse) -> Schema:
        """Return the tf.Examples: a feature's list has no shape, and a single value may stand bare."""
        content: Schema = {
            "examples": {"type": "array", "minItems": 1, "items": self._features(use, use.inputs)}
        }
        return content | ({"context": self._features(use, use.context)} if use.context else {})

    def _features(self, use: SignatureUse, tensors: Sequence[Tensor]) -> Schema:
        made = self._object(tensors, self._feature)
        together = {
            name: [other for other in group if other != name]
            for group in use.together
            for name in group
            if any(each.name == name for each in tensors)
        }
        return made | ({"dependentRequired": together} if together else {})

    def _feature(self, tensor: Tensor) -> Schema:
        values = self._value(tensor, Ranked(()))
        dims = tensor.shape.dims if _is_closed(tensor.shape) else (Named(""),)
        count = 1
        for dim in dims:
            count *= dim.size if isinstance(dim, Fixed) else 0
        several = {
            "type": "array",
            "items": values,
            **({"minItems": count, "maxItems": count} if count else {}),
        }
        return several if count > 1 else {"anyOf": [values, several]}

    def _object(self, tensors: Sequence[Tensor], value: Callable[[Tensor], Schema]) -> Schema:
        made: Schema = {
            "type": "object",
            "required": [each.name for each in tensors if each.optional is None],
            "properties": {each.name: value(each) for each in tensors},
        }
        return made | ({"additionalProperties": False} if self._sent else {})

    def _row(self, tensor: Tensor) -> Schema:
        """Return one row of a tensor."""
        match tensor.shape:
            case Ranked(dims=(), leading=False):
                return _NOTHING
            case Ranked(dims=(_, *rest), leading=leading):
                row = self._value(tensor, Ranked(tuple(rest)))
                return {"anyOf": [row, self._value(tensor, tensor.shape)]} if leading else row
            case _:
                return self._value(tensor, tensor.shape)

    def _value(self, tensor: Tensor, shape: Shape) -> Schema:
        """Return a tensor's values in lists of a shape, all of them one of the literals that it may have."""
        found = [self._lists(tensor, shape, each) for each in literals(tensor.dtypes, tensor.name)]
        return found[0] if len(found) == 1 else {"anyOf": found} if found else _NOTHING

    def _lists(self, tensor: Tensor, shape: Shape, literal: Literal) -> Schema:
        def of(domain: Domain) -> Schema:
            return element(tensor, literal, domain, sent=self._sent)

        dims = shape.dims if isinstance(shape, Ranked) else ()
        lists = [self._sizes([each]) for each in dims]
        made = of(tensor.domain)
        content: Schema = {"items": made}
        if tensor.columns and (dims or not _is_closed(shape)):
            parts = [{"allOf": [made, of(each.domain)]} for each in tensor.columns]
            content = {"prefixItems": parts}
            lists[-1:] = [{"minItems": len(parts), "maxItems": len(parts)}]
        if lists and _last_is_unique(tensor):
            lists[-1]["uniqueItems"] = True
        for size in reversed(lists):
            made = {"type": "array", **content, **size}
            content = {"items": made}
        return made if _is_closed(shape) else self._deep(made)

    def _deep(self, inner: Schema) -> Schema:
        """Return the schema of a value, or of lists of lists of it, however deep."""
        name = f"deep{len(self._defs)}"
        here: Schema = {"$ref": f"#/$defs/{name}"}
        self._defs[name] = {"anyOf": [inner, {"type": "array", "items": here}]}
        return here

    def _sizes(self, dims: Sequence[Dim]) -> Schema:
        """Return what is known of a length that several tensors share."""
        least, most = [0], list[int]()
        for dim in dims:
            claim = self._contract.bounds(dim.name) if isinstance(dim, Named) else None
            low, high = (dim.size, dim.size) if isinstance(dim, Fixed) else (None, None)
            low, high = (claim.minimum, claim.maximum) if claim is not None else (low, high)
            least += [] if low is None else [low]
            most += [] if high is None else [high]
        said: Schema = {"minItems": max(least)} if max(least) else {}
        return said | ({"maxItems": min(most)} if most else {})


def _is_closed(shape: Shape) -> TypeGuard[Ranked]:
    return isinstance(shape, Ranked) and not shape.leading


def _last_is_unique(tensor: Tensor) -> bool:
    last = len(tensor.shape.dims) - 1 if _is_closed(tensor.shape) else -1
    return tensor.unique is not None and tensor.unique in {-1, last}
