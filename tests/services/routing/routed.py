"""Use cases whose flow asks by auto, and people who say what they think of the answers."""

from collections.abc import Iterable, Sequence

from app.db import outcomes, router_heads, routes
from app.db.outcomes import Outcome
from app.db.router_heads import Head
from app.domain.auto import Auto
from app.domain.flow import Choice, Params, Step
from app.domain.route import Tried, learner_of
from app.domain.routing.encoding import encode
from app.domain.routing.packed_encoding import packed
from app.services import feedback, generate
from app.services.feedback import Given
from app.services.generate import Finished
from app.services.world import World
from tests.db import routed as rows
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


def judged(
    world: World, of: str, model: str, several: Iterable[tuple[str, float]], *, weight: float = 1.0
) -> list[Outcome]:
    """Outcomes of routed answers of a model, each of a prompt and its quality, as the log has them."""
    told = []
    with world.store.write() as tx:
        for prompt, quality in several:
            call_id = world.new_id()
            one = rows.route(
                id=world.new_id(),
                at=world.now(),
                learner=of,
                encoding=packed(encode(prompt)),
                tried=(Tried(call_id, model),),
                model=model,
            )
            routes.add_new(tx, [one])
            day = one.at.date()
            told.append(
                Outcome(
                    call_id, one.at, of, model, "easy", day, one.id, None, "feedback", quality, weight, world.new_id()
                )
            )
        return outcomes.put(tx, told)


def heads(world: World, of: str) -> dict[str, Head]:
    """The learner's heads by model."""
    with world.store.read() as tx:
        return {head.model: head for head in router_heads.of_learner(tx, of)}
