"""`used`: the usage of a model by everybody who counts, at every version that is live."""

from sigpact.engine.sides import version_side
from sigpact.gate.inquiry import Inquiry
from sigpact.gate.reach import reach
from sigpact.gate.standing import model_named
from sigpact.gate.usage import usage
from sigpact.gate.versions import named_by
from sigpact.report.used import Thing, Used


def used(inquiry: Inquiry, name: str) -> Used:
    """Return who uses what of a model. Raises `ConfigurationError` where there is no such model."""
    model = model_named(name, inquiry.given.models)
    standing = inquiry.standing(model)
    counted, _ = named_by(inquiry, name)
    clients = [reach(each, standing) for each in counted]
    things: list[Thing] = []
    unread: list[tuple[int, str]] = []
    for number in standing.live:
        version = standing.version(number)
        side = version_side(name, str(number), None if version is None else version.path)
        if side.loaded.reason is not None:
            unread.append((number, side.loaded.reason))
            continue
        mine = [each.counted for each in clients if each.is_unknown or each.reaches(number)]
        things += usage(name, str(number), side.loaded.signatures, mine, inquiry.asked.options.server)
    names = tuple(sorted({each.name for each in counted}))
    return Used(name, standing.live, names, tuple(things), tuple(unread), standing.notes)
