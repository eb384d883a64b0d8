"""`formatted`: a contract in the one order and layout, which says what it said, comments and all."""

import json
from collections import Counter
from typing import Final

from sigpact.authoring import json_layout, yaml_layout
from sigpact.authoring.json_nodes import written as json_written
from sigpact.authoring.order import AnchorTwiceError, arranged
from sigpact.authoring.yaml_nodes import written as yaml_written
from sigpact.authoring.yaml_tokens import comments
from sigpact.contract.source import Document, parse
from sigpact.errors import ContractError
from sigpact.findings import Problem, Span
from sigpact.frozen import replace

_LOST: Final = "it cannot be laid out without changing what it says, and is left as it is (please report it)"


def formatted(document: Document) -> str:
    """Return the text of a file in the one layout.

    Raises `ContractError` where its keys are not told apart (one written twice, a number with a leading
    zero), it is no mapping, or what it says would change.
    """
    if document.problems:
        raise ContractError(document.problems)
    if not isinstance(document.tree.data, dict):
        raise _refused(document, "a contract is a mapping; it begins with 'contract: 1'")
    is_json = document.file.endswith(".json")
    written = json_written(document) if is_json else yaml_written(document.text)
    try:
        ordered = replace(written, root=arranged(written.root))
    except AnchorTwiceError as error:
        raise _refused(document, str(error)) from None
    text = json_layout.laid_out(ordered) if is_json else yaml_layout.laid_out(ordered)
    if not _says_the_same(document, text):
        raise _refused(document, _LOST)
    return text


def _says_the_same(document: Document, text: str) -> bool:
    """Whether a text has the same data and the same comments."""
    try:
        made = parse(text, document.file)
    except ContractError:
        return False
    before, after = (json.dumps(each.tree.data, sort_keys=True) for each in (document, made))
    return before == after and (
        document.file.endswith(".json") or Counter(comments(document.text)) == Counter(comments(text))
    )


def _refused(document: Document, message: str) -> ContractError:
    return ContractError((Problem(Span(document.file, 1, 1), message),))
