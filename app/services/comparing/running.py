"""The job of a comparison runs it to its end: laid out, answered, judged, and ended; or handed back."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from app.db import comparison_answers as answer_rows
from app.db import comparison_states as states
from app.db import comparisons as rows
from app.db import flows as flow_rows
from app.db import judgements as judgement_rows
from app.db.uow import Tx
from app.domain.comparison.comparison import Answer, Comparison, Input, Judgement, Status
from app.domain.comparison.order import drawn_order
from app.domain.errors import BudgetExceeded, ModelMatchError, StoreUnavailable
from app.domain.flow import Step
from app.domain.job import Job
from app.services.comparing import happened, judging, own_budget, tallying
from app.services.comparing.candidates import steps_of
from app.services.comparing.crew import Crew
from app.services.comparing.questions import Desk, desk
from app.services.comparing.tallying import Tallied
from app.services.comparing.walking import answer
from app.services.editing import edit
from app.services.jobs.held import Held
from app.services.world import World

AT_ONCE: Final = 1_000  # answers laid out in one transaction, so that nobody waits long for it
AHEAD: Final = 200  # read at once
BROKEN: Final = "internal-error"


def perform(held: Held) -> None:
    """Run the comparison that the job is about, unless it has ended; by a defect it fails, and can be resumed.

    Raises StoreUnavailable: another try goes on, once the store is back.
    """
    world = held.world
    with world.store.write() as tx:
        comparison = states.begin(tx, held.job.about, world.now()) if held.holds(tx) else None
    if comparison is None:
        return
    running = Running(held, comparison)
    expected = False
    try:
        running.run()
        expected = True
    except ModelMatchError:
        expected = True
        raise
    finally:
        if not expected:
            running.crashed()


def ended(tx: Tx, world: World, job: Job) -> None:
    """The comparison of a job that was cancelled, or was lost with too many workers, has ended too."""
    status: Status = "cancelled" if job.status == "cancelled" else "failed"
    if states.end(tx, job.about, status, world.now(), error=job.error if status == "failed" else None):
        own_budget.shut(world, tx, job.about)
        happened.ended(tx, world, rows.get(tx, job.about), status, job.error if status == "failed" else None)


def revived(tx: Tx, world: World, job: Job) -> None:
    """The dead job of a comparison that had failed with it waits again, and the comparison too."""
    if states.queue_again(tx, job.about):
        own_budget.open_again(world, tx, rows.get(tx, job.about))


class Running:
    """One run of a comparison by the holder of its job. Nothing is asked that is answered."""

    def __init__(self, held: Held, comparison: Comparison) -> None:
        self._desk: Final[Desk] = desk(held.world, held.departure, partial(own_budget.require, held.world, comparison))
        self._world: Final = self._desk.world
        self._held: Final = held
        self._it: Final = comparison
        self._departure: Final = held.departure
        self._inputs: dict[int, Input] = {}
        self._steps: list[tuple[Step, ...]] = []
        self._tallied: Tallied | None = None

    def run(self) -> None:
        """Until it ends, or has to be handed back. Raises StoreUnavailable; then nothing has ended."""
        status: Status = "failed"
        error: str | None = None
        try:
            whole = self._everything()
            self._tallied = tallying.tally(self._world, self._it, self._models()) if whole else None
            status, error = ("succeeded", None) if whole else ("failed", BudgetExceeded.code)
        except StoreUnavailable:
            raise
        except ModelMatchError as raised:
            error = raised.code
        if self._departure.left and error in (None, BudgetExceeded.code):
            return
        edit(self._world, partial(self._end, status=status, error=error))

    def crashed(self) -> None:
        """It has failed by a defect, and can be resumed."""
        edit(self._world, partial(self._end, status="failed", error=BROKEN))

    def _end(self, tx: Tx, *, status: Status, error: str | None) -> None:
        moment = self._world.now()
        if not self._held.holds(tx) or not states.end(tx, self._it.id, status, moment, error=error):
            return
        own_budget.shut(self._world, tx, self._it.id)
        happened.ended(tx, self._world, self._it, status, error)
        if self._tallied is not None:
            tallying.keep(tx, self._it, self._models(), self._tallied, moment)

    def _models(self) -> list[str | None]:
        return [
            tallying.model_of(candidate, steps)
            for candidate, steps in zip(self._it.candidates, self._steps, strict=True)
        ]

    def _everything(self) -> bool:
        own_budget.require(self._world, self._it)
        with self._world.store.read() as tx:
            self._inputs = {each.number: each for each in rows.inputs_of(tx, self._it.id)}
            self._steps = [self._steps_of(tx, at) for at in range(len(self._it.candidates))]
        self._lay_out()
        asking = Crew(self._answers, self._answer, self._record, departure=self._departure)
        if not asking.work(self._it.concurrency):
            return False
        if self._it.judge is None:
            return True
        self._lay_out_judgements()
        judged = Crew(self._turns, self._judge, self._record_judged, departure=self._departure)
        return judged.work(self._it.concurrency)

    def _steps_of(self, tx: Tx, at: int) -> tuple[Step, ...]:
        candidate = self._it.candidates[at]
        steps: tuple[Step, ...] = ()
        if candidate.flow_id is not None and candidate.flow_version is not None:
            steps = flow_rows.steps_of_version(tx, candidate.flow_id, candidate.flow_version)
        return steps_of(steps, candidate.model, self._it.prompt)

    def _lay_out(self) -> None:
        """All answers stand in the store before the first is asked; what a killed process laid out stays."""
        with self._world.store.read() as tx:
            begun = answer_rows.laid_out(tx, self._it.id)
        turns = drawn_order(
            seed=self._it.seed,
            candidates=self._it.candidates,
            inputs=tuple(self._inputs.values()),
            repeats=self._it.repeats,
        )
        for at in range(begun, len(turns), AT_ONCE):
            several = [
                Answer(self._world.new_id(), self._it.id, place, *turns[place])
                for place in range(at, min(at + AT_ONCE, len(turns)))
            ]
            with self._world.store.write() as tx:
                if not self._held.holds(tx):
                    return
                answer_rows.lay_out(tx, several)

    def _lay_out_judgements(self) -> None:
        with self._world.store.write() as tx:
            if self._held.holds(tx) and rows.standing(tx, self._it.id).judgements is None:
                inputs = tuple(self._inputs.values())
                judgement_rows.lay_out(tx, self._it.id, judging.lay_out(self._world, self._it, inputs))

    def _answers(self, after: int) -> list[Answer]:
        with self._world.store.read() as tx:
            return answer_rows.pending(tx, self._it.id, after=after, limit=AHEAD)

    def _answer(self, turn: Answer) -> Answer | None:
        candidate, steps = self._it.candidates[turn.candidate], self._steps[turn.candidate]
        return answer(self._desk, self._it, candidate, steps, self._inputs[turn.input], turn)

    def _record(self, several: Sequence[Answer]) -> None:
        with self._world.store.write() as tx:
            self._held.holds(
                tx
            )  # whoever has lost it learns so here; what is answered and paid for is kept all the same
            answer_rows.record(tx, self._it.id, several)

    def _turns(self, after: int) -> list[Judgement]:
        with self._world.store.read() as tx:
            return judgement_rows.pending(tx, self._it.id, after=after, limit=AHEAD)

    def _judge(self, turn: Judgement) -> Judgement | None:
        with self._world.store.read() as tx:
            found = answer_rows.of_input(tx, self._it.id, turn.input, repeat=turn.repeat)
        shown = {each.candidate: each for each in found}
        given = self._inputs[turn.input]
        return judging.judge(self._desk, self._it, given, shown[turn.first], shown[turn.second], turn)

    def _record_judged(self, several: Sequence[Judgement]) -> None:
        with self._world.store.write() as tx:
            self._held.holds(tx)
            judgement_rows.record(tx, self._it.id, several)
