"""Each edit of a flow's steps is a version with its author; the flow serves new sessions by the one that is live."""

from contextlib import suppress
from dataclasses import dataclass

from app.db import flow_labels as label_rows
from app.db import flows as rows
from app.db import use_cases as use_case_rows
from app.db.flow_labels import Label, LabelMove
from app.db.flows import Version
from app.db.uow import Tx
from app.domain.errors import Conflict, NotFound
from app.domain.flow import Flow
from app.domain.flow_diff import Body, FlowDiff
from app.domain.flow_diff import diff as difference
from app.domain.flow_label import DRAFT, LIVE
from app.domain.use_case import UseCase
from app.services import events, moves
from app.services.world import World

__all__ = ["Version", "Written", "check_free", "diff", "find", "get", "page", "remember", "stand", "write"]


@dataclass(frozen=True, slots=True)
class Written:
    """Who writes a version and why; `publish` and `restores` as in FlowEdit."""

    actor: str | None
    note: str | None = None
    publish: bool | None = None
    restores: int | None = None


def write(tx: Tx, world: World, use_case: UseCase, before: Flow, after: Flow, by: Written) -> None:
    """Keep the steps and limits of `after` as a version of the flow; nothing when the live one has them already.

    It is live at once unless `publish` says no, or says nothing and the flow bears labels of its own: then it is a
    draft. A version is rewritten only while nobody can have been served by it. Raises Conflict while an experiment
    runs, for a version that would be live.
    """
    labels = label_rows.of_flow(tx, before.id)
    publish = not labels if by.publish is None else by.publish
    if (after.steps, after.limits) == (before.steps, before.limits):
        return
    number = rows.newest(tx, before.id) + 1
    if not publish:
        _add(tx, world, after, number, by, current=False)
        stand(tx, world, before, DRAFT, number, actor=by.actor)
        return
    check_free(tx, use_case, before)
    if before.version + 1 == number and not before.active and not before.served and not labels:
        own, limits = (before.id, before.version), after.limits
        with suppress(Conflict):  # a tester may have been served by it meanwhile
            rows.replace_steps(tx, *own, after.steps, limits=limits, actor=by.actor, note=by.note)
            return
    _add(tx, world, after, number, by, current=True)
    remember(tx, world, before, LIVE, before.version, number, actor=by.actor)


def check_free(tx: Tx, use_case: UseCase, flow: Flow, *, field: str = "steps") -> None:
    """Raises Conflict while an experiment counts what the flow does: evidence of two versions is never mixed."""
    if flow.active:
        moves.check_free(tx, use_case)
        moves.check_on_no_test(tx, use_case, flow, field=field)


def stand(tx: Tx, world: World, flow: Flow, label: str, version: int, *, actor: str | None) -> None:
    """The label stands at that version from now on, and its move is kept."""
    before = next((each.version for each in label_rows.of_flow(tx, flow.id) if each.label == label), None)
    label_rows.put(tx, Label(flow.id, label, version, world.now(), actor))
    remember(tx, world, flow, label, before, version, actor=actor)


def remember(
    tx: Tx, world: World, flow: Flow, label: str, before: int | None, after: int | None, *, actor: str | None
) -> None:
    """Keep where a label went, and tell of it."""
    label_rows.moved(tx, LabelMove(world.new_id(), flow.id, label, before, after, world.now(), actor))
    where = "is gone" if after is None else f"stands at version {after}"
    events.record(
        tx,
        world,
        "flow.labelled",
        about=flow.id,
        text=f"label {label} of flow {flow.code} {where}",
        data={"flow": flow.code, "label": label, "before": before, "after": after},
        use_case_id=flow.use_case_id,
        actor=actor,
    )


def page(world: World, use_case: str, code: str) -> list[Version]:
    """All versions of the flow, newest first. Raises NotFound."""
    with world.store.read() as tx:
        return rows.versions(tx, _flow(tx, use_case, code).id)


def get(world: World, use_case: str, code: str, name: str, *, field: str | None = None) -> Version:
    """The version of that number, or at which the label of that name stands. Raises NotFound; `field` named it."""
    with world.store.read() as tx:
        return find(tx, _flow(tx, use_case, code), name, field=field)


def diff(world: World, use_case: str, before: tuple[str, str], after: tuple[str, str]) -> FlowDiff:
    """What differs between two versions, each by flow and number or label. Raises NotFound."""
    with world.store.read() as tx:
        return difference(_body(tx, use_case, *before), _body(tx, use_case, *after))


def find(tx: Tx, flow: Flow, name: str, *, field: str | None = None) -> Version:
    """As `get`, of a flow that is known."""
    if name.isascii() and name.isdecimal():
        number = int(name) if len(name) < len("1000000000") else 0
    elif name == LIVE:
        number = flow.version
    else:
        number = next((each.version for each in label_rows.of_flow(tx, flow.id) if each.label == name), 0)
    try:
        return rows.version_of(tx, flow.id, number)
    except NotFound:
        raise NotFound("version", name, field=field) from None


def _add(tx: Tx, world: World, written: Flow, number: int, by: Written, *, current: bool) -> None:
    rows.add_version(
        tx,
        written.id,
        number,
        written.steps,
        world.now(),
        limits=written.limits,
        actor=by.actor,
        note=by.note,
        current=current,
    )
    where = "live" if current else "a draft"
    came = "" if by.restores is None else f", with the steps of version {by.restores}"
    events.record(
        tx,
        world,
        "flow.versioned" if by.restores is None else "flow.rolled-back",
        about=written.id,
        text=f"version {number} of flow {written.code} is {where}{came}",
        data={"flow": written.code, "version": number, "live": current, "restores": by.restores},
        use_case_id=written.use_case_id,
        actor=by.actor,
    )


def _flow(tx: Tx, use_case: str, code: str) -> Flow:
    return rows.get_by_code(tx, use_case_rows.get_by_code(tx, use_case).id, code)


def _body(tx: Tx, use_case: str, code: str, name: str) -> Body:
    found = find(tx, _flow(tx, use_case, code), name)
    return Body(f"{code}/{found.version}", found.steps, found.limits)
