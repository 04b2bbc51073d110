"""Traffic of the past for plans of A/B tests: sessions that came, and what they have shown."""

from collections.abc import Callable
from typing import Any

from app.db.facts import FeedbackGiven, Pin, RunDone
from app.domain.session import Session
from app.services import traffic
from app.services.world import World
from tests.db import makers
from tests.services.made import CODE


def came(world: World, units: int, *, name: str = "u", sessions: int = 1) -> list[Session]:
    """So many users, each with so many sessions, now."""
    use_case = traffic.active_use_case(world, CODE)
    proposed = [
        traffic.propose(world, use_case, f"{name}{unit}-{number}", user_id=f"{name}{unit}")
        for unit in range(units)
        for number in range(sessions)
    ]
    world.journal.write([Pin(session) for session in proposed], timeout_s=10)
    return proposed


def said(world: World, sessions: list[Session], kind: str, value: Callable[[int], float], **given: Any) -> None:
    """An opinion on each, by position; ratings are reduced as they are when they are given."""
    facts = []
    for at, session in enumerate(sessions):
        worth = value(at)
        reward = None if kind == "number" else (worth - 1) / 4 if kind == "rating" else worth
        told = {"id": world.new_id(), "at": world.now(), "kind": kind, "value": worth, "reward": reward, **given}
        facts.append(FeedbackGiven(makers.opinion(session, **told)))
    world.journal.write(facts, timeout_s=10)


def ran(world: World, sessions: list[Session], **given: Any) -> None:
    """A run of each."""
    told = {"started_at": world.now(), "ended_at": world.now(), **given}
    world.journal.write([RunDone(makers.run(session, id=world.new_id(), **told)) for session in sessions], timeout_s=10)
