"""A small town for gates: a `World` with a store, in which models and clients go live and gates are asked."""

import datetime as dt
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sigpact.cli import main
from sigpact.clients.demands import Demands
from sigpact.clients.profile import PLAIN, Environment
from sigpact.engine.options import Options
from sigpact.gate.asked import Asked, Opening
from sigpact.gate.gate import gate
from sigpact.gate.running import Runner
from sigpact.report.gated import Gated, Role
from sigpact.report.model import Report
from sigpact.runtime.fake import FakeBackend, Function
from tests.engine.world import APP, GENRE, SCORED, World, drama, scored

NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
ROWS = 20


@dataclass
class Town:
    """A project's folder: models, contracts, a store. `ran` counts how often versions were run."""

    root: Path
    world: World = field(init=False)
    now: dt.datetime = NOW
    ran: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = World(self.root)

    @property
    def store(self) -> str:
        """Where the store is."""
        return str(self.root / "store")

    def build(self, *versions: int, bad: tuple[int, ...] = ()) -> None:
        """Export versions of `genre`; the bad ones have a second output, which `APP` cannot read."""
        for each in versions:
            if each in bad:
                self.world.version(f"genre/{each}", SCORED, get_genre=scored)
            else:
                self.world.version(f"genre/{each}", GENRE, get_genre=drama)

    def version(self, number: int, function: Function) -> None:
        """Export a version of `genre` that answers in its own way."""
        self.world.version(f"genre/{number}", GENRE, get_genre=function)

    def folder(self, number: int) -> Path:
        """Return the folder of a version."""
        return self.root / "models" / "genre" / str(number)

    def say(self, *arguments: str) -> int:
        """Run a command of the store."""
        return main([*arguments, "--store", self.store])

    @property
    def backend(self) -> FakeBackend:
        """What runs the versions, named from the project's folder or from anywhere."""
        functions = self.world.functions
        below = {Path(each): made for each, made in functions.items() if Path(each).is_relative_to(self.root)}
        relative = {str(each.relative_to(self.root)): made for each, made in below.items()}
        return FakeBackend({**functions, **relative})

    def open_store(self) -> None:
        """Make the store."""
        assert self.say("store", "init") == 0

    def deploy(self, *numbers: int, how: str = "released") -> None:
        """Record versions of `genre` as live in production."""
        for each in numbers:
            assert self.say(how, f"genre@{each}", "--to", "production", "--models", self.world.models) == 0

    def release(self, name: str, text: str, how: str = "released") -> None:
        """Publish a contract as a client's release, and record it as live in production."""
        folder = self.root / "elsewhere" / name
        folder.mkdir(parents=True)
        (folder / "app.contract.yaml").write_text(text, encoding="utf-8")
        assert self.say("publish", str(folder), "--client-release", name) == 0
        assert self.say(how, name, "--to", "production") == 0
        shutil.rmtree(folder)

    def asked(self, subject: str, **words: Any) -> Asked:
        """Return a question to the gate of production."""
        demands = words.pop("demands", Demands())
        contracts = Path(self.world.contracts)
        options = Options(
            rows=words.pop("rows", ROWS),
            relation_rows=ROWS,
            today=self.now.date(),
            cases=str(self.root / ".sigpact" / "cases"),
            environment=Environment("production", PLAIN, demands),
        )
        has_store = Path(self.store).exists()
        said: dict[str, Any] = {
            "contracts": (str(contracts),) if contracts.exists() else (),
            "models": (self.world.models,),
            "options": options,
            "now": self.now,
            "store": self.store if has_store else None,
            "waivers": self.root / "sigpact-waivers.yaml",
        }
        environment = words.pop("environment", Environment("production", PLAIN, demands))
        return Asked(subject, environment, **(said | words))

    def ask(self, subject: str, **words: Any) -> Report:
        """Ask the gate of production."""
        asked = self.asked(subject, **words)

        def make() -> Runner:
            self.ran.append(1)
            return Runner(asked.options, lambda: self.backend, lambda _: None)

        return gate(asked, make)

    def gated(self, subject: str, **words: Any) -> Gated:
        """Ask the gate, and return its decision."""
        report = self.ask(subject, **words)
        assert report.gate is not None, (report.problems, report.incomplete)
        return report.gate


def opening(town: Town, hours: int = 4) -> Opening:
    """Return a gate that is to be opened by hand."""
    return Opening("the night must end", "OPS-1", "ada", town.now + dt.timedelta(hours=hours))


def reasons(gate: Gated, role: Role = Role.CANDIDATE) -> dict[str, str]:
    """Return the reasons of the rows of a role by client and release; of several versions the last."""
    return {f"{each.client}@{each.release}": str(each.reason) for each in gate.rows if each.role is role}


__all__ = ["APP", "NOW", "Town", "opening", "reasons"]
