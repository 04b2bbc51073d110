"""A run of several steps is written down while it goes on, without waiting, so that others see it and none is lost."""

import logging
from concurrent.futures import Future
from datetime import datetime

from app.db.facts import CallDone, Fact, Result, RouteDone, RunBegun, StepBegun, StepEnded
from app.domain.errors import StoreUnavailable
from app.services import run_work
from app.services.run_work import Work
from app.services.walking.moved import StepMoved
from app.services.walking.walk import Walk
from app.services.world import World

log = logging.getLogger(__name__)


class Recording:
    """What is told of one run; nothing of a `plain` one, which is written once it is over."""

    def __init__(self, world: World, work: Work, walk: Walk) -> None:
        self._world = world
        self._work = work
        self._walk = walk
        self._began: dict[str, datetime] = {}
        self._ended: set[str] = set()
        self._held: list[Fact] = []
        self._sent: list[tuple[Future[list[Result]], list[Fact]]] = []

    def begun(self) -> None:
        """The run begins; of a run that goes on with another, with the steps that answered there.

        It is handed in with the first step that moves, which is at once: each hand-in may be a commit of its own.
        """
        if self._walk.plain:
            return
        run = run_work.row(self._world, self._work, self._walk, "running", None)
        kept = [each for each in self._walk.standings.values() if each.kept]
        self._held += [RunBegun(run), *(self._row(StepMoved.of(each)) for each in kept)]

    def moved(self, moves: tuple[StepMoved, ...]) -> None:
        """Steps have moved. Where none is at work any more, the end of the run is near and takes it along."""
        for each in moves:
            if each.attempts is not None:
                self._held += run_work.call_facts(self._work, each.attempts.made, each.attempts.routes)
            self._held.append(self._row(each))
        if any(each.state == "running" for each in self._walk.standings.values()):
            facts, self._held = self._held, []
            self._sent.append((self._post(facts), facts))

    def rest(self) -> list[Fact]:
        """What could not be written so far, and ends of steps that were not told yet; written with the run's end."""
        if self._walk.plain:
            return []
        lost = [fact for sent, facts in self._sent if sent.done() and sent.exception() for fact in facts]
        calls: list[Fact] = [fact for fact in lost if isinstance(fact, CallDone | RouteDone)]
        if calls:  # apart, for they are written whatever becomes of the run
            self._post(calls)
        late = [each for each in self._walk.standings.values() if each.code not in self._ended and each.begun]
        for standing in late:
            if standing.state == "running":
                standing.state = "failed"
                self._walk.failed = self._walk.failed or standing
        ends = [self._row(StepMoved.of(standing)) for standing in late]
        return [*(fact for fact in lost if not isinstance(fact, CallDone | RouteDone)), *self._held, *ends]

    def _row(self, moved: StepMoved) -> Fact:
        now, keep = self._world.now(), self._world.policy.keep_texts
        began = self._began.setdefault(moved.step, now)
        row = moved.row(self._work.run_id, now, began, keep=keep)
        if moved.state == "running":
            return StepBegun(row)
        self._ended.add(moved.step)
        return StepEnded(row)

    def _post(self, facts: list[Fact]) -> "Future[list[Result]]":
        """Without waiting; the run's end tells again what found no room."""
        try:
            return self._world.journal.post(facts)
        except StoreUnavailable as error:
            log.warning("run_not_followed", extra={"run": self._work.run_id})
            refused: Future[list[Result]] = Future()
            refused.set_exception(error)
            return refused
