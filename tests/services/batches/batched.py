"""Batches for tests: submitted with as few words as the behaviour under test needs, and run to their end."""

from collections.abc import Sequence
from typing import Any

from app.domain.batch import Batch, Line
from app.domain.flow import Choice
from app.domain.message import Message, ModelRequest
from app.services.batches import batches, progress, questions, running
from app.services.batches.progress import Progress
from app.services.batches.receiving import Received, Receiving, WantedBatch
from app.services.direct import DirectAsked
from app.services.world import World
from tests.services.jobs.working import claimed, working
from tests.waiting import until

SMALL = "simulated/small"
DOLLAR = 1_000_000_000


def asked(text: str, model: str = SMALL, **given: Any) -> DirectAsked:
    """A question to a model."""
    return DirectAsked(Choice((model,)), ModelRequest("", (Message("user", text),), **{"max_tokens": 8, **given}))


def line(number: int, question: questions.Question | None = None, custom_id: str | None = None) -> Received:
    """The line with that number."""
    said = questions.encode(question or asked(f"question {number}"))
    return Received(number, custom_id or f"line-{number}", "model", said, 100)


def submit(world: World, lines: Sequence[Received] | int = 5, **given: Any) -> Batch:
    """A batch that waits."""
    several = [line(number) for number in range(1, lines + 1)] if isinstance(lines, int) else lines
    with Receiving(world, WantedBatch(**{"door": "native", "actor": "test", "concurrency": 2, **given})) as receiving:
        for each in several:
            receiving.add(each)
        return receiving.finish()


def run(world: World, made: Batch) -> Progress:
    """The batch at its end, asked by a worker."""
    with working(world):
        until(lambda: progress.of(world, made.id).batch.over)
    return progress.of(world, made.id)


def run_once(world: World) -> None:
    """One try of its job, here; raises what the handler raises."""
    running.run(claimed(world, "batch"))


def lines_of(world: World, made: Batch) -> list[Line]:
    """The lines that are done, in the order in which they were."""
    return list(batches.done(world, made.id))
