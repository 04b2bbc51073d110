"""Experiments and their epochs as rows; a change of state is written only over the state it was computed from."""

from datetime import datetime
from typing import Final

from sqlalchemy import Row, insert, select, update
from sqlalchemy import delete as deletion

from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import epochs, experiments
from app.db.uow import Tx
from app.domain.errors import Conflict, NotFound
from app.domain.experiment import Epoch, Experiment

ORDERS: Final[Orders] = {"started_at": experiments.c.started_at}
FIELDS: Final = tuple(column.name for column in experiments.columns)
EPOCH_FIELDS: Final = tuple(column.name for column in epochs.columns)


def add(tx: Tx, experiment: Experiment) -> None:
    """Raises Conflict (`experiment-running`) when it is a rollout and the use case has a running one."""
    tx.execute(insert(experiments).values({name: getattr(experiment, name) for name in FIELDS}))


def delete(tx: Tx, experiment_id: str) -> None:
    """With its epochs and evidence. Raises NotFound."""
    if not tx.execute(deletion(experiments).where(experiments.c.id == experiment_id)).rowcount:
        raise NotFound("experiment", experiment_id)


def get(tx: Tx, experiment_id: str) -> Experiment:
    """Raises NotFound."""
    row = tx.execute(select(experiments).where(experiments.c.id == experiment_id)).one_or_none()
    if row is None:
        raise NotFound("experiment", experiment_id)
    return _experiment(row)


def held(tx: Tx, experiment_id: str) -> Experiment:
    """As `get`, and until this unit of work ends nobody else changes it, not even its bookkeeping. Raises NotFound."""
    row = tx.execute(
        select(experiments).where(experiments.c.id == experiment_id).with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFound("experiment", experiment_id)
    return _experiment(row)


def running(tx: Tx, use_case_id: str) -> Experiment | None:
    """The running rollout of the use case, if there is one."""
    own = (
        experiments.c.use_case_id == use_case_id,
        experiments.c.status == "running",
        experiments.c.policy == "progressive",
    )
    row = tx.execute(select(experiments).where(*own)).one_or_none()
    return None if row is None else _experiment(row)


def all_running(tx: Tx) -> list[Experiment]:
    """Every running experiment, oldest first."""
    statement = select(experiments).where(experiments.c.status == "running").order_by(experiments.c.started_at)
    return [_experiment(row) for row in tx.execute(statement)]


def running_tests(tx: Tx, use_case_id: str | None = None) -> list[Experiment]:
    """Every running A/B test, or those of a use case, oldest first."""
    own = [experiments.c.status == "running", experiments.c.policy == "fixed"]
    if use_case_id is not None:
        own.append(experiments.c.use_case_id == use_case_id)
    statement = select(experiments).where(*own).order_by(experiments.c.started_at)
    return [_experiment(row) for row in tx.execute(statement)]


def of_epoch(tx: Tx, epoch_id: str) -> Experiment | None:
    """The experiment that the epoch is part of, running or ended; None when it is gone."""
    own = select(experiments).join(epochs, epochs.c.experiment_id == experiments.c.id).where(epochs.c.id == epoch_id)
    row = tx.execute(own).one_or_none()
    return None if row is None else _experiment(row)


def page(
    tx: Tx,
    *,
    use_case_id: str | None = None,
    status: str | None = None,
    policy: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Experiment], str | None]:
    """Experiments, newest first, and the next page's cursor. Raises Invalid for a foreign cursor."""
    statement = select(experiments)
    if use_case_id is not None:
        statement = statement.where(experiments.c.use_case_id == use_case_id)
    if status is not None:
        statement = statement.where(experiments.c.status == status)
    if policy is not None:
        statement = statement.where(experiments.c.policy == policy)
    by = order_by("-started_at", ORDERS, unique=experiments.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_experiment)


def update_state(tx: Tx, before: Experiment, after: Experiment) -> None:
    """Writes `after` over `before`. Raises Conflict (`experiment-changed`) when somebody else changed it meanwhile."""
    unchanged = (
        experiments.c.id == before.id,
        experiments.c.status == before.status,
        experiments.c.phase == before.phase,
        experiments.c.paused_at.is_not_distinct_from(before.paused_at),
        experiments.c.config == before.config,
        experiments.c.state == before.state,
    )
    values = {name: getattr(after, name) for name in FIELDS if name not in ("id", "use_case_id")}
    if not tx.execute(update(experiments).where(*unchanged).values(values)).rowcount:
        raise Conflict("the experiment has changed meanwhile", code="experiment-changed")


def add_epoch(tx: Tx, epoch: Epoch) -> None:
    """Raises Conflict when the experiment has an epoch of this number."""
    tx.execute(insert(epochs).values({name: getattr(epoch, name) for name in EPOCH_FIELDS}))


def close_epochs(tx: Tx, experiment_id: str, moment: datetime) -> None:
    """No epoch of the experiment is open from that moment on."""
    still_open = (epochs.c.experiment_id == experiment_id, epochs.c.ended_at.is_(None))
    tx.execute(update(epochs).where(*still_open).values(ended_at=moment))


def epochs_of(tx: Tx, experiment_id: str, *, since: int = 0) -> list[Epoch]:
    """Epochs of the experiment from number `since` on, by number."""
    own = (epochs.c.experiment_id == experiment_id, epochs.c.number >= since)
    statement = select(epochs).where(*own).order_by(epochs.c.number)
    return [_epoch(row) for row in tx.execute(statement)]


def _experiment(row: Row[tuple[object, ...]]) -> Experiment:
    return Experiment(**row._mapping)


def _epoch(row: Row[tuple[object, ...]]) -> Epoch:
    return Epoch(**row._mapping)
