"""`used`: the usage of a model by everybody who counts, at every version that is live."""

from sigpact.engine.sides import version_side
from sigpact.gate.inquiry import Inquiry
from sigpact.gate.standing import model_named
from sigpact.gate.usage import usage
from sigpact.gate.versions import named_by
from sigpact.report.used import Thing, Used


def used(inquiry: Inquiry, name: str) -> Used:
    """Return who uses what of a model. Raises `ConfigurationError` where there is no such model."""
    model = model_named(name, inquiry.given.models)
    standing = inquiry.standing(model)
    counted, _ = named_by(inquiry, name)
    things: list[Thing] = []
    unread: list[tuple[int, str]] = []
    for number in standing.live:
        version = standing.version(number)
        side = version_side(name, str(number), None if version is None else version.path)
        if side.loaded.reason is not None:
            unread.append((number, side.loaded.reason))
            continue
        things += usage(name, str(number), side.loaded.signatures, counted, inquiry.asked.options.server)
    clients = tuple(sorted({each.name for each in counted}))
    return Used(name, standing.live, clients, tuple(things), tuple(unread), standing.notes)
