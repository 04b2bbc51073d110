"""An experiment ends: what was decided stays on record, its epochs close, and a rollout lets go of the weights."""

from dataclasses import replace

from app.db import experiments as rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain.errors import Conflict
from app.domain.experiment import Experiment
from app.services import experiment_events
from app.services.epochs import close_epochs
from app.services.world import World

DECIDED = ("completed", "escaped")  # phases in which an experiment is only watched, and gives way to the next one


def end(tx: Tx, world: World, experiment: Experiment, why: str, *, told: bool = False) -> Experiment:
    """The experiment, which nobody else holds, ended now; `why` is a sentence. `told`: another event says so."""
    moment = world.now()
    outcome, decider = experiment.outcome or "stopped", experiment.decided_by or "operator"
    ended = replace(experiment, status="ended", outcome=outcome, decided_by=decider, ended_at=moment, paused_at=None)
    if ended.policy == "fixed" and ended.phase == "running":
        ended = replace(ended, phase="ended")
    rows.update_state(tx, experiment, ended)
    close_epochs(tx, ended.id, moment)
    if ended.policy == "progressive":
        use_case_rows.set_epoch(tx, ended.use_case_id, None)
    if not told:
        experiment_events.record(tx, world, ended, "stopped", why)
    return ended


def make_way(tx: Tx, world: World, use_case_id: str) -> None:
    """End a rollout that is decided and only watched. Raises Conflict when one is under way."""
    before = rows.running(tx, use_case_id)
    if before is None:
        return
    if before.phase not in DECIDED:
        raise Conflict("an experiment runs already on this use case", code="experiment-running")
    end(tx, world, rows.held(tx, before.id), "ended, since the next experiment begins")


def not_running(experiment: Experiment) -> Conflict:
    """Why nothing can be done with it."""
    if experiment.status == "draft":
        return Conflict("this experiment was not started yet", code="experiment-not-running")
    return Conflict("this experiment has ended", code="experiment-ended")
