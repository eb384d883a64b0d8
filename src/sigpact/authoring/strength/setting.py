"""Makes the scenes of a contract at a version."""

from collections.abc import Iterator, Sequence
from dataclasses import replace as copied

from sigpact.authoring.strength.additions import Candidate, Written
from sigpact.authoring.strength.playing import Player
from sigpact.authoring.strength.scene import Scene, Take
from sigpact.authoring.strength.taping import drawn, examples
from sigpact.contract.model import SignatureUse
from sigpact.engine.run import Run
from sigpact.engine.selection import Binding
from sigpact.errors import ContractError
from sigpact.frozen import replace


def scene_of(
    run: Run,
    binding: Binding,
    use: SignatureUse,
    written: Written,
    player: Player,
    *,
    again: Sequence[Take] | None = None,
) -> Scene:
    """Return the scene of a use; `again`: what was drawn already, where that is the same.

    Raises `ContractError` for an example or a real row that the client never sends.
    """
    journey = run.journey(binding, use)
    options = run.options
    rest = drawn(journey, player, rows=options.rows, seed=options.seed) if again is None else again
    return Scene(run, binding, use, journey, player, written, (*examples(journey, player), *rest))


def unused(scene: Scene) -> Iterator[Scene]:
    """Yield scenes of the signatures that the contract declares no use of: nothing is sent to them."""
    for signature in scene.journey.signatures:
        if scene.contract.signature(signature.name) is None:
            use = SignatureUse(
                signature.name, ("signatures",), "predict", "row", named=True, answer="named", filter=False,
                inputs=(), outputs=(),
            )  # fmt: skip
            journey = copied(scene.journey, use=use)
            yield copied(scene, use=use, journey=journey, takes=())


def with_candidate(scene: Scene, candidate: Candidate) -> Scene | None:
    """Return the scene of the contract with a clause more; `None` where that is none, or cannot be sent."""
    contract = scene.written.with_candidate(candidate)
    use = None if contract is None else contract.signature(scene.use.name)
    if contract is None or use is None:
        return None
    binding = replace(scene.binding, contract=contract)
    kept = [each for each in scene.takes if each.example is None] if candidate.keeps_inputs else None
    try:
        return scene_of(scene.run, binding, use, scene.written, scene.player, again=kept)
    except ContractError:
        return None
