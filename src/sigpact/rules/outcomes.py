"""What a difference does to a client: four closed alternatives, each with its sentence of why."""

from sigpact.frozen import frozen


@frozen
class Safe:
    """The client does not notice."""

    why: str


@frozen
class Breaks:
    """`who` is `server` (it answers with an error) or `client` (it cannot read the answer)."""

    who: str
    why: str


@frozen
class Silent:
    """Accepted, with other values; an error where the contract constrains what changed."""

    why: str
    constrained: bool = False


@frozen
class Undecided:
    """The export does not say; running it over the declared domain settles it."""

    why: str


Effect = Safe | Breaks | Silent | Undecided
