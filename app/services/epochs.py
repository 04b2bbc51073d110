"""Epochs of constant weights open and close with the moves of an experiment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.db import experiments as rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain.allocation import Plan
from app.domain.experiment import Epoch, Experiment
from app.services.observing import flow_ids
from app.services.world import World


def by_id(experiment: Experiment, plan: Plan, shares: Sequence[int]) -> dict[str, int]:
    """Weights by flow id, from weights in the plan's order."""
    ids = flow_ids(experiment)
    return {ids[code]: weight for code, weight in zip(plan.flows, shares, strict=True)}


def open_epoch(tx: Tx, world: World, experiment: Experiment, *, number: int, shares: Mapping[str, int]) -> Epoch:
    """A new epoch of constant weights; the one before it closes."""
    moment = world.now()
    epoch = Epoch(
        id=world.new_id(),
        use_case_id=experiment.use_case_id,
        experiment_id=experiment.id,
        number=number,
        weights=shares,
        started_at=moment,
    )
    close_epochs(tx, experiment.id, moment)
    rows.add_epoch(tx, epoch)
    use_case_rows.set_epoch(tx, experiment.use_case_id, epoch.id)
    return epoch


def close_epochs(tx: Tx, experiment_id: str, moment: datetime) -> None:
    """No epoch of the experiment is open from that moment on."""
    rows.close_epochs(tx, experiment_id, moment)
