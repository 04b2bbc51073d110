"""Runs and sessions as they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db import calls as call_rows
from app.db import run_steps as step_rows
from app.db import runs as rows
from app.db import scores as score_rows
from app.db import sessions as session_rows
from app.db.facts import Scored
from app.db.runs import RunFilter
from app.domain.call import Call, Run
from app.domain.errors import NotFound
from app.domain.run_step import RunStep
from app.domain.session import Session, check_correlation_id
from app.services.world import World

__all__ = ["RunFilter", "RunRead", "Scored", "get", "page", "sessions"]


@dataclass(frozen=True, slots=True)
class RunRead:
    """A run with its calls, first attempt first, the scores of its answer, and how each of its steps went."""

    run: Run
    calls: list[Call]
    scores: list[Scored]
    steps: list[RunStep]


def get(world: World, run_id: str) -> RunRead:
    """One run; of one under way, with what it has come to so far. Raises NotFound."""
    with world.store.read() as tx:
        run = rows.get(tx, run_id)
        calls = call_rows.of_run(tx, run_id)
        steps = step_rows.of_run(tx, run_id)
        scores = score_rows.of_calls(tx, [call.id for call in calls])
    if run.status == "running":
        run = _so_far(run, calls, steps)
    return RunRead(run, calls, scores, steps or _alone(run, calls))


def page(world: World, wanted: RunFilter, *, cursor: str | None, limit: int) -> tuple[list[Run], str | None]:
    """Runs that match, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    with world.store.read() as tx:
        return rows.page(tx, wanted, cursor=cursor, limit=limit)


def _so_far(run: Run, calls: Sequence[Call], steps: Sequence[RunStep]) -> Run:
    costs = [call.cost for call in calls]
    return replace(
        run,
        outputs={step.step: step.output for step in steps if step.output is not None},
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
    )


def _alone(run: Run, calls: Sequence[Call]) -> list[RunStep]:
    """The one step of a run that was written once it was over; none where nothing tells which one that was."""
    code = run.failed_step or run.step or next(iter(run.outputs), None) or next((call.step for call in calls), None)
    if code is None or run.status == "running":
        return []
    output = run.outputs.get(code)
    return [
        RunStep(
            run_id=run.id,
            step=code,
            place=0,
            state="answered" if run.status == "succeeded" else "failed",
            started_at=run.started_at,
            tries=1,
            output=None if output is None else str(output),
            error=run.error,
            cost=run.cost,
            latency_ms=run.latency_ms,
            ended_at=run.ended_at,
        )
    ]


def sessions(world: World, correlation_id: str, *, use_case: str | None = None) -> list[Session]:
    """Sessions of that correlation id over all use cases, newest first. Raises NotFound when there is none."""
    check_correlation_id(correlation_id)
    with world.store.read() as tx:
        found = session_rows.of_correlation(tx, correlation_id)
    known = world.snapshots.current.use_cases
    if use_case is not None:
        wanted = known[use_case].id if use_case in known else None
        found = [session for session in found if session.use_case_id == wanted]
    if not found:
        raise NotFound("session", correlation_id)
    return found
