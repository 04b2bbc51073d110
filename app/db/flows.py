"""Flows and their versions as rows; a version that has served a session is never written again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Row, Select, and_, bindparam, func, insert, select
from sqlalchemy import delete as deletion
from sqlalchemy import update as change

from app.db.paging import Orders, holds_words, order_by
from app.db.paging import page as paged
from app.db.steps import limits_from, limits_row, steps_from
from app.db.tables import flow_versions, flows
from app.db.uow import Tx
from app.domain.errors import Conflict, NotFound
from app.domain.flow import Flow, RunLimits, Step

ORDERS: Final[Orders] = {name: flows.c[name] for name in ("code", "title", "weight", "created_at", "updated_at")}
EDITABLE: Final = ("code", "title", "description", "active", "weight", "shadow_share", "updated_at")
STORED: Final = tuple(column.name for column in flows.columns)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a flow's steps and limits; frozen from `served_at` on. `actor` wrote it, `note` says why."""

    flow_id: str
    version: int
    steps: tuple[Step, ...]
    served_at: datetime | None
    created_at: datetime
    limits: RunLimits
    actor: str | None = None
    note: str | None = None


def add(tx: Tx, flow: Flow, *, actor: str | None = None, note: str | None = None) -> None:
    """The flow with its first version. Raises Conflict (`duplicate-code`) when the use case has the code already."""
    tx.execute(insert(flows).values({name: getattr(flow, name) for name in STORED}))
    version = {"flow_id": flow.id, "version": flow.version, "steps": flow.steps, "limits": limits_row(flow.limits)}
    served_at = flow.created_at if flow.served else None
    by = {"actor": actor, "note": note}
    tx.execute(insert(flow_versions).values(**version, **by, served_at=served_at, created_at=flow.created_at))


def update(tx: Tx, flow: Flow) -> None:
    """All but steps and version. Raises NotFound, or Conflict (`duplicate-code`)."""
    values = {name: getattr(flow, name) for name in EDITABLE}
    if not tx.execute(change(flows).where(flows.c.id == flow.id).values(values)).rowcount:
        raise NotFound("flow", flow.code)


def delete(tx: Tx, flow_id: str) -> None:
    """With its versions, sessions, runs and evidence. Raises NotFound."""
    if not tx.execute(deletion(flows).where(flows.c.id == flow_id)).rowcount:
        raise NotFound("flow", flow_id)


def get(tx: Tx, flow_id: str) -> Flow:
    """The flow at its current version. Raises NotFound."""
    return _one(tx, _current().where(flows.c.id == flow_id), flow_id)


def get_by_code(tx: Tx, use_case_id: str, code: str) -> Flow:
    """The flow at its current version. Raises NotFound."""
    return _one(tx, _current().where(flows.c.use_case_id == use_case_id, flows.c.code == code), code)


def of_use_case(tx: Tx, use_case_id: str) -> list[Flow]:
    """Active and inactive ones, by code."""
    return [
        _flow(row) for row in tx.execute(_current().where(flows.c.use_case_id == use_case_id).order_by(flows.c.code))
    ]


def all_of(tx: Tx) -> list[Flow]:
    """Every flow at its current version, by code."""
    return [_flow(row) for row in tx.execute(_current().order_by(flows.c.code))]


def page(
    tx: Tx,
    use_case_id: str,
    *,
    search: str | None = None,
    order: str = "code",
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Flow], str | None]:
    """Flows of the use case as `use_cases.page` answers them; also ordered by weight."""
    found = holds_words(search, (flows.c.code, flows.c.title, flows.c.description))
    statement = _current().where(flows.c.use_case_id == use_case_id, found)
    by = order_by(order, ORDERS, unique=flows.c.id)
    return paged(tx, statement, order=by, cursor=cursor, limit=limit, to=_flow)


def set_weights(tx: Tx, use_case_id: str, weights: Mapping[str, int]) -> None:
    """Writes the weight of each named flow (by id). Raises NotFound when one is not of this use case."""
    for flow_id, weight in sorted(weights.items()):
        own = and_(flows.c.id == flow_id, flows.c.use_case_id == use_case_id)
        if not tx.execute(change(flows).where(own).values(weight=weight)).rowcount:
            raise NotFound("flow", flow_id)


def evict(tx: Tx, flow_id: str, moment: datetime) -> None:
    """Lets go of the sessions that were assigned before the moment. Raises NotFound."""
    if not tx.execute(change(flows).where(flows.c.id == flow_id).values(evicted_at=moment)).rowcount:
        raise NotFound("flow", flow_id)


def add_version(
    tx: Tx,
    flow_id: str,
    version: int,
    steps: Sequence[Step],
    created_at: datetime,
    *,
    limits: RunLimits,
    actor: str | None = None,
    note: str | None = None,
    current: bool = True,
) -> None:
    """Makes it the current version, unless told not to.

    Raises Conflict when this version exists, NotFound when the flow does not.
    """
    row = {"flow_id": flow_id, "version": version, "steps": steps, "limits": limits_row(limits)}
    by = {"actor": actor, "note": note}
    tx.execute(insert(flow_versions).values(**row, **by, served_at=None, created_at=created_at))
    if current:
        set_current(tx, flow_id, version, created_at)


def set_current(tx: Tx, flow_id: str, version: int, moment: datetime) -> None:
    """New sessions get that version from now on, which must exist. Raises NotFound when the flow does not."""
    changed = change(flows).where(flows.c.id == flow_id).values(version=version, updated_at=moment)
    if not tx.execute(changed).rowcount:
        raise NotFound("flow", flow_id)


def replace_steps(
    tx: Tx,
    flow_id: str,
    version: int,
    steps: Sequence[Step],
    *,
    limits: RunLimits,
    actor: str | None = None,
    note: str | None = None,
) -> None:
    """Rewrites a version that has not served. Raises Conflict (`version-served`) when it has, meanwhile too."""
    own = and_(flow_versions.c.flow_id == flow_id, flow_versions.c.version == version)
    unserved = change(flow_versions).where(own, flow_versions.c.served_at.is_(None))
    if not tx.execute(unserved.values(steps=steps, limits=limits_row(limits), actor=actor, note=note)).rowcount:
        raise Conflict("this version has served a session; make a new one", code="version-served", field="steps")


def newest(tx: Tx, flow_id: str) -> int:
    """The highest version that there is, current or not; 0 for a flow that is not there."""
    found = tx.execute(select(func.max(flow_versions.c.version)).where(flow_versions.c.flow_id == flow_id)).scalar()
    return found or 0


def version_of(tx: Tx, flow_id: str, version: int) -> Version:
    """Raises NotFound."""
    own = and_(flow_versions.c.flow_id == flow_id, flow_versions.c.version == version)
    row = tx.execute(select(flow_versions).where(own)).one_or_none()
    if row is None:
        raise NotFound("flow version", f"{flow_id}/{version}")
    return _version(row)


def steps_of_version(tx: Tx, flow_id: str, version: int) -> tuple[Step, ...]:
    """Raises NotFound."""
    return version_of(tx, flow_id, version).steps


def versions(tx: Tx, flow_id: str) -> list[Version]:
    """All versions, newest first."""
    statement = select(flow_versions).where(flow_versions.c.flow_id == flow_id)
    return [_version(row) for row in tx.execute(statement.order_by(flow_versions.c.version.desc()))]


def mark_served(tx: Tx, served: Mapping[tuple[str, int], datetime]) -> None:
    """Freezes the versions, named by (flow id, version), that were not frozen yet."""
    statement = (
        change(flow_versions)
        .where(flow_versions.c.flow_id == bindparam("b_flow"), flow_versions.c.version == bindparam("b_version"))
        .where(flow_versions.c.served_at.is_(None))
        .values(served_at=bindparam("b_at"))
    )
    rows = [{"b_flow": flow, "b_version": version, "b_at": at} for (flow, version), at in sorted(served.items())]
    if rows:
        tx.execute(statement, rows)


def _current() -> Select[tuple[object, ...]]:
    at_version = and_(flow_versions.c.flow_id == flows.c.id, flow_versions.c.version == flows.c.version)
    own = (flow_versions.c.steps, flow_versions.c.served_at, flow_versions.c.limits)
    return select(flows, *own).join(flow_versions, at_version)


def _one(tx: Tx, statement: Select[tuple[object, ...]], key: str) -> Flow:
    row = tx.execute(statement).one_or_none()
    if row is None:
        raise NotFound("flow", key)
    return _flow(row)


def _flow(row: Row[tuple[object, ...]]) -> Flow:
    fields = dict(row._mapping)
    served = fields.pop("served_at") is not None
    steps, limits = steps_from(fields["steps"]), limits_from(fields["limits"])
    return Flow(**{**fields, "served": served, "steps": steps, "limits": limits})


def _version(row: Row[tuple[object, ...]]) -> Version:
    steps, limits = steps_from(row.steps), limits_from(row.limits)
    return Version(row.flow_id, row.version, steps, row.served_at, row.created_at, limits, row.actor, row.note)
