"""Use cases whose answers are scored at once, by models that say what the question wishes, and are then judged."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from app.db import scores
from app.db.facts import Scored
from app.domain.message import Delta, ModelRequest
from app.services import feedback, generate, scoring
from app.services.feedback import Given
from app.services.generate import Finished
from app.services.scorings import Scorings
from app.services.world import World
from tests.services.made import CODE, ask, say
from tests.waiting import until
from tests.worlds import with_script

GOOD: Final = "The rain in Bergen comes from the sea, because the mountains force wet air to rise and cool."
ANSWERS: Final = (
    GOOD,
    "The rain in Bergen comes from",
    "Rain is wet. Rain is wet. Rain is wet. Rain is wet.",
    "I am sorry, but I cannot help with that.",
)
"""From good to useless, by the rubric `generic`."""

QUESTION: Final = "why does rain fall in Bergen"


@contextmanager
def scoring_world(world: World) -> Iterator[World]:
    """The world with a scorer that does not rest, whose models say the answer of that number in the question."""
    world = replace(with_script(world, _speak), scorings=Scorings(rest=0))
    world.scorings.start(lambda answer: scoring.perform(world, answer))
    try:
        yield world
    finally:
        world.scorings.close()


def run(world: World, number: int, *, answer: int, code: str = CODE) -> Finished:
    """A run of its own session that is answered by the answer of that number."""
    return generate.run(world, code, ask(f"session {number}", text=f"{QUESTION} ({answer})?"))


def scores_of(world: World, *finished: Finished) -> list[Scored]:
    """The scores of these runs' answers, once all are stored."""
    ids = [each.by.id for each in finished]
    until(lambda: len(_stored(world, ids)) == len(ids))
    return _stored(world, ids)


def rate(world: World, finished: Finished, reward: float) -> None:
    """An opinion on the answer."""
    feedback.give(world, Given(kind="score", value=reward, call_id=finished.by.id))


def _stored(world: World, call_ids: list[str]) -> list[Scored]:
    with world.store.read() as tx:
        found = {each.call_id: each for each in scores.of_calls(tx, call_ids)}
    return [found[name] for name in call_ids if name in found]


def _speak(request: ModelRequest) -> Iterator[Delta]:
    number = int(request.messages[-1].text.partition("(")[2].partition(")")[0])
    return say(ANSWERS[number])
