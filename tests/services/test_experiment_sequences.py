"""Whatever is done to an experiment, in whatever order: all that is stored of it agrees after every step."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from app.domain.errors import Conflict
from app.domain.escape import EscapeRule
from app.services import advancing, experiments, feedback, operating, picks
from app.services.advancing import Step
from app.services.feedback import Given
from app.services.world import World
from tests.services.agreeing import agree, recorded
from tests.services.made import CODE, make_use_case, start
from tests.stores import make_store
from tests.worlds import Clock, numbered, opened

pytestmark = pytest.mark.slow
EXAMPLES: Final = 6
FLOWS: Final = ("a", "b", "c")
Act = tuple[str, int]


class Told:
    """An experiment to which things are done one after the other; a step may be computed now and carried out later."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock, self.names = world, clock, count()
        make_use_case(world, weights={"a": 3334, "b": 3333, "c": 3333})
        self.id = start(world, scale="decimal", tick_s=60.0, escape={"c": EscapeRule(0.3, 5)}).id
        self.under_way: list[Step] = []

    def do(self, name: str, choice: int) -> None:
        """Do it, or be refused."""
        acts: dict[str, Callable[[], object]] = {
            "judge": lambda: self._judge(choice),
            "tick": lambda: self._tick(choice),
            "look": self._look,
            "finish": self._finish,
            "pause": lambda: operating.pause(self.world, self.id, actor="test"),
            "resume": lambda: operating.resume(self.world, self.id, actor="test"),
            "escape": lambda: operating.escape(self.world, self.id, FLOWS[choice % 3], actor="test"),
            "complete": lambda: operating.complete(self.world, self.id, FLOWS[choice % 3], actor="test"),
            "reopen": lambda: operating.reopen(self.world, self.id, pardon=bool(choice % 2), actor="test"),
            "stop": lambda: experiments.stop(self.world, self.id),
        }
        with suppress(Conflict):
            acts[name]()

    def _judge(self, choice: int) -> None:
        for _ in range(8):
            name = f"s{next(self.names)}"
            flow = picks.pick(self.world, CODE, correlation_id=name).flow.code
            worth = 0.9 if flow == FLOWS[choice % 3] else 0.1
            feedback.give(self.world, Given("score", worth, use_case=CODE, correlation_id=name))

    def _tick(self, choice: int) -> None:
        self.clock.forward(minutes=choice)
        advancing.advance(self.world, self._use_case_id)

    def _look(self) -> None:
        step = advancing.look(self.world, self._use_case_id)
        if step is not None:
            self.under_way.append(step)

    def _finish(self) -> None:
        """A step that was computed earlier is written if nothing has changed since, and else leaves no trace."""
        if not self.under_way:
            return
        step, before = self.under_way.pop(), recorded(self.world, self.id)
        advancing.carry_out(self.world, step)
        if before.experiment != step.experiment:
            assert recorded(self.world, self.id) == before

    @property
    def _use_case_id(self) -> str:
        return self.world.snapshots.current.use_cases[CODE].id


names = some.sampled_from(
    ("judge", "judge", "judge", "tick", "look", "finish", "pause", "resume", "escape", "complete", "reopen", "stop")
)
orders = some.lists(some.tuples(names, some.integers(0, 5)), min_size=8, max_size=16)


def check(kind: str, order: list[Act]) -> None:
    """All agrees after every act, and what has ended stays as it was until it is opened again."""
    clock = Clock()
    with (
        tempfile.TemporaryDirectory() as folder,
        make_store(kind, Path(folder)) as store,
        opened(store, Path(folder), clock=clock, new_id=numbered()) as world,
    ):
        told = Told(world, clock)
        known = agree(world, told.id)
        for name, choice in order:
            told.do(name, choice)
            after = agree(world, told.id)
            if known.experiment.status == "ended" and name != "reopen":
                assert (after.experiment, after.moves, after.epochs) == (known.experiment, known.moves, known.epochs)
            assert after.moves[: len(known.moves)] == known.moves
            known = after


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(order=orders)
def test_acts_in_any_order_leave_a_record_that_agrees(store_kind: str, order: list[Act]) -> None:
    """wire.md C4: a stop stays, whatever was computed before it."""
    check(store_kind, order)
