"""An answer's body against the JSON Schema that its client's contract amounts to: a second reading of both.

`jsonschema` is imported when a body is first looked at, and nowhere else: it takes as long as numpy.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sigpact.checks.breaches import Breach, is_sensitive, spoken
from sigpact.checks.examples import place_of
from sigpact.clients.bodies import answer_schema
from sigpact.clients.body_elements import Schema
from sigpact.contract.model import Contract, RawExample, SignatureUse
from sigpact.values.formats import has_format
from sigpact.values.patterns import Pattern, PatternTimeoutError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

RULE: Final = "answer-schema-broken"


def check_body(contract: Contract, use: SignatureUse, example: RawExample, body: bytes) -> Iterator[Breach]:
    """Yield the most telling place where a body does not fit; what is not JSON is told elsewhere."""
    try:
        document = json.loads(body, parse_constant=_refuse)
    except ValueError:
        return
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - see above

    error = best_match(_answers(contract, use).iter_errors(document))
    if error is None:
        return
    place = place_of(tuple(error.absolute_path))
    expected = f"{error.validator} {json.dumps(error.validator_value, ensure_ascii=False)}"
    received = spoken(json.dumps(error.instance, ensure_ascii=False), sensitive=is_sensitive(use))
    yield Breach(
        RULE, (), None, spoken(expected, sensitive=False), f"{received} at {place}", 1, 1, example.name
    )


def _refuse(token: str) -> float:
    raise ValueError(token)


@lru_cache(maxsize=64)
def _answers(contract: Contract, use: SignatureUse) -> "Validator":
    return validator(answer_schema(contract, use))


def validator(schema: Schema) -> "Validator":
    """Return a validator that matches patterns in linear time, and knows the formats of the language."""
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - see above

    extend: Any = validators.extend
    made: Validator = extend(Draft202012Validator, {"pattern": _pattern, "format": _format})(schema)
    return made


def _pattern(_: Any, pattern: str, instance: object, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - see above

    if isinstance(instance, str) and not _found(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _found(pattern: str, text: str) -> bool:
    try:
        return Pattern(pattern).found_in([text])[0]
    except PatternTimeoutError:
        # The checks of elements say that this is undecided.
        return True


def _format(_: Any, name: str, instance: object, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - see above

    if isinstance(instance, str) and not has_format(name, instance):
        yield ValidationError(f"{instance!r} is no {name}")
