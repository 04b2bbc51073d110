"""A use case whose flow b answers in the shadow of a; made, served and looked at."""

from dataclasses import replace

from app.db import shadow_evidence
from app.db.evidence import Earned
from app.domain.call import Call
from app.services import generate, mirroring, shadow, use_cases
from app.services.generate import Finished
from app.services.mirrors import Mirrors
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, ask, make_step, make_use_case
from tests.waiting import until
from tests.worlds import ScriptedProviders, calls_of

DOLLAR = 1_000_000_000
WEIGHTS = {"a": 10_000, "b": 0}
OWN = {"b": [make_step(prompt="Otherwise say {{ text }}")]}


def make(world: World, *, share: int = 10_000, limit: int = DOLLAR, rubric: str = "generic") -> None:
    """A use case whose flow `a` serves everyone and whose flow `b` is a shadow."""
    make_use_case(world, weights=WEIGHTS, own=OWN)
    use_cases.change(world, CODE, UseCaseEdit(rubric=rubric))
    shadow.put(world, CODE, "b", share=share, limit=limit)


def begin(world: World) -> None:
    """Let the shadows work."""
    world.mirrors.start(lambda copy: mirroring.perform(world, copy), threads=2)


def served(world: World, **given: object) -> Finished:
    """A run that was served and is then handed to the shadows, as serving does."""
    return generate.run(world, CODE, ask(**given))  # type: ignore[arg-type]  # fields of Asked by name


def idle(world: World) -> None:
    """Wait until the shadows have nothing to do."""

    def done() -> bool:
        seen = world.mirrors.figures()
        return not seen.waiting and not seen.under_way

    until(done)


def scripted(world: World, speak: object) -> World:
    """The same world with other voices, at whose shadows work begins."""
    made = replace(world, providers=ScriptedProviders(speak), mirrors=Mirrors())  # type: ignore[arg-type]  # a script
    begin(made)
    return made


def earned(world: World) -> list[Earned]:
    """What stands in the shadows' evidence."""
    use_case = world.snapshots.current.use_cases[CODE]
    with world.store.read() as tx:
        return shadow_evidence.of_use_case(tx, use_case.id)


def shadow_calls(world: World) -> list[Call]:
    """Stored calls of shadows."""
    return calls_of(world, source="shadow")
