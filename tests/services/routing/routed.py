"""Use cases whose flow asks by auto, and people who say what they think of the answers."""

from collections.abc import Sequence

from app.db import outcomes
from app.db.outcomes import Outcome
from app.domain.auto import Auto
from app.domain.flow import Choice, Params, Step
from app.domain.route import learner_of
from app.services import feedback, generate
from app.services.feedback import Given
from app.services.generate import Finished
from app.services.world import World
from tests.services.made import CODE, ask, make_use_case

SMALL, MEDIUM, LARGE = "simulated/small", "simulated/medium", "simulated/large"
EVERY = (SMALL, MEDIUM, LARGE)


def auto_step(code: str = "answer", prompt: str = "Say {{ text }}", **wish: object) -> Step:
    """A step that asks by auto; the best of the simulated models unless said otherwise."""
    auto = Auto(**{"strategy": "best_quality", "among": EVERY, **wish})  # type: ignore[arg-type]  # fields of Auto by name
    return Step(code, prompt, Choice(auto=auto), params=Params(max_tokens=4))


def make_auto(world: World, *, steps: Sequence[Step] | None = None, **wish: object) -> str:
    """An active use case whose one flow asks by auto; its learner."""
    make_use_case(world, steps=tuple(steps or (auto_step(**wish),)))
    return learner(world)


def learner(world: World, code: str = CODE) -> str:
    """Who learns of the use case."""
    return learner_of(use_case_id=world.snapshots.current.use_cases[code].id, task=None)


def answered(world: World, correlation_id: str = "c1", *, text: str = "hello", think: float | None = None) -> Finished:
    """An answer, and what somebody thinks of its session, 0…1."""
    done = generate.run(world, CODE, ask(correlation_id, text=text))
    if think is not None:
        opine(world, correlation_id, think)
    return done


def opine(world: World, correlation_id: str, think: float, **given: object) -> None:
    """Somebody's opinion of a session, 0…1."""
    said = {"use_case": CODE, "correlation_id": correlation_id, **given}
    feedback.give(world, Given("score", think, **said))  # type: ignore[arg-type]  # fields of Given by name


def log(world: World, of: str) -> list[Outcome]:
    """The learner's outcomes in the order of its log."""
    with world.store.read() as tx:
        return outcomes.after(tx, of, None, limit=10_000)
