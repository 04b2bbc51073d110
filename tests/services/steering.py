"""Rollouts for tests: begun with few words, lived through by real runs, and read as they are stored."""

import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from typing import Any
from uuid import UUID

from app.db import moves as move_rows
from app.db.facts import FeedbackGiven, Pin
from app.domain.errors import ProviderError
from app.domain.event import Event
from app.domain.experiment import Experiment, Move
from app.domain.session import Session
from app.services import experiment_events, experiments, feedback, generate, picks, traffic
from app.services.feedback import Given
from app.services.rollouts import Wanted
from app.services.world import World
from tests.db import makers
from tests.services.made import CODE, ask
from tests.worlds import Clock

ACTOR = "somebody"


def begun(world: World, **wanted: Any) -> Experiment:
    """A running experiment; binary rewards unless said otherwise."""
    return experiments.start(world, CODE, Wanted(**{"scale": "binary", **wanted}))


def ids_of(name: str) -> Callable[[], str]:
    """Ids in order that belong to the test of this name: chance is the same in each run, and nothing is remembered."""
    numbers = count(zlib.crc32(name.encode()) << 64)
    return lambda: str(UUID(int=next(numbers)))


def arrived(world: World, names: Iterable[str]) -> list[Session]:
    """A new session for each correlation id, all pinned in one batch."""
    use_case = traffic.active_use_case(world, CODE)
    proposed = [traffic.propose(world, use_case, name, user_id=None) for name in names]
    world.journal.write([Pin(session) for session in proposed], timeout_s=10)
    return proposed


def flow_of(world: World, session: Session) -> str:
    """The code of its flow."""
    return traffic.flow_of(world, session).code


def opinion(world: World, session: Session, worth: float | None = None) -> FeedbackGiven:
    """How the user likes the flow; when it is not said, flow b is liked and no other."""
    worth = float(flow_of(world, session) == "b") if worth is None else worth
    said = {"id": world.new_id(), "at": world.now(), "kind": "score", "rater": "user", "value": worth, "reward": worth}
    return FeedbackGiven(makers.opinion(session, **said))


def rated_unseen(world: World, sessions: int) -> None:
    """So many new sessions whose users like flow b alone; nobody has looked at that yet."""
    met = arrived(world, (f"s{number}" for number in range(sessions)))
    world.journal.write([opinion(world, session) for session in met], timeout_s=10)


def rated(
    world: World,
    most: int,
    worth: Callable[[str], float],
    *,
    name: str = "s",
    clock: Clock | None = None,
    until: Callable[[], bool] = lambda: False,
) -> None:
    """So many new sessions, each with an opinion by flow, or fewer; with a clock a minute passes after each tenth."""
    for number in range(most):
        correlation = f"{name}{number}"
        flow = picks.pick(world, CODE, correlation_id=correlation).flow.code
        feedback.give(world, Given("score", worth(flow), use_case=CODE, correlation_id=correlation))
        if clock is not None and number % 10 == 9:
            clock.forward(minutes=1)
        if until():
            return


def run(world: World, most: int, *, name: str) -> None:
    """So many new sessions with one run each, whether it fails or not."""
    for number in range(most):
        with suppress(ProviderError):
            generate.run(world, CODE, ask(f"{name}{number}"))


def told(world: World, experiment: Experiment) -> list[Event]:
    """Its events, oldest first."""
    return experiment_events.page(world, experiment.id, after=None, limit=200)[0]


def kinds(world: World, experiment: Experiment) -> list[str]:
    """The kinds of its events, oldest first."""
    return [event.what for event in told(world, experiment)]


def moves_of(world: World, experiment: Experiment) -> list[Move]:
    """Its moves, oldest first."""
    with world.store.read() as tx:
        return list(move_rows.of_experiment(tx, experiment.id))


def stored(world: World, experiment: Experiment) -> Experiment:
    """As it is in the store now."""
    return experiments.get(world, experiment.id)
