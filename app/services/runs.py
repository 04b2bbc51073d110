"""Runs and sessions as they are stored."""

from dataclasses import dataclass

from app.db import calls as call_rows
from app.db import runs as rows
from app.db import scores as score_rows
from app.db import sessions as session_rows
from app.db.facts import Scored
from app.domain.call import Call, Run
from app.domain.errors import NotFound
from app.domain.session import Session, check_correlation_id
from app.services.world import World

__all__ = ["RunRead", "Scored", "get", "sessions"]


@dataclass(frozen=True, slots=True)
class RunRead:
    """A run with its calls, first attempt first, and the scores of its answer."""

    run: Run
    calls: list[Call]
    scores: list[Scored]


def get(world: World, run_id: str) -> RunRead:
    """One run. Raises NotFound."""
    with world.store.read() as tx:
        run = rows.get(tx, run_id)
        calls = call_rows.of_run(tx, run_id)
        return RunRead(run, calls, score_rows.of_calls(tx, [call.id for call in calls]))


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
