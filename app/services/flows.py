"""Flows are written here: weights of active flows always sum to 10 000, and what has served a session is frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.db import flows as rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain import weights
from app.domain.errors import Invalid
from app.domain.flow import Flow, RunLimits, Step, check_deactivation, check_deletion
from app.domain.use_case import UseCase, check_code
from app.domain.walking.bounds import check_limits
from app.services import events, moves, versions
from app.services.editing import edit
from app.services.step_checks import checked
from app.services.versions import Written
from app.services.world import World


@dataclass(frozen=True, slots=True)
class FlowEdit:
    """What changes; None leaves a field as it is.

    `note` says why there are new steps or limits. `publish`: whether they serve new sessions at once; None leaves that
    to the flow's labels. `restores` names the version that they are of, when somebody rolls back.
    """

    code: str | None = None
    title: str | None = None
    description: str | None = None
    active: bool | None = None
    weight: int | None = None
    steps: tuple[Step, ...] | None = None
    limits: RunLimits | None = None
    note: str | None = None
    publish: bool | None = None
    restores: int | None = None


def create(world: World, use_case_code: str, edited: FlowEdit, *, actor: str | None = None) -> Flow:
    """A new, inactive flow at version 1.

    Raises NotFound, Invalid for its steps and limits, Conflict when the code is taken.
    """
    return edit(world, lambda tx: create_in(tx, world, use_case_code, edited, actor=actor))


def create_in(tx: Tx, world: World, use_case_code: str, edited: FlowEdit, *, actor: str | None = None) -> Flow:
    """As `create`, within an edit that does more."""
    use_case = use_case_rows.get_by_code(tx, use_case_code)
    moment = world.now()
    flow = Flow(
        id=world.new_id(),
        use_case_id=use_case.id,
        code=check_code(edited.code or "", field="code"),
        title=edited.title or "",
        description=edited.description or "",
        active=False,
        weight=0,
        version=1,
        served=False,
        steps=checked(world, edited.steps or (), use_case),
        limits=_limits(edited.limits),
        created_at=moment,
        updated_at=moment,
    )
    rows.add(tx, flow, actor=actor, note=edited.note)
    _tell(tx, world, "created", flow, actor)
    return flow


def change(world: World, use_case_code: str, code: str, edited: FlowEdit, *, actor: str) -> Flow:
    """The flow after the edit; new steps or limits, of an active flow or one that has served, make a version.

    Activating gives weight 0 beside others and 10 000 alone; a weight rescales the others in proportion. Raises
    NotFound, Invalid, Conflict (last active flow of an active use case).
    """
    return edit(world, lambda tx: change_in(tx, world, use_case_code, code, edited, actor=actor))


def change_in(tx: Tx, world: World, use_case_code: str, code: str, edited: FlowEdit, *, actor: str) -> Flow:
    """As `change`, within an edit that does more."""
    use_case = use_case_rows.get_by_code(tx, use_case_code)
    before = rows.get_by_code(tx, use_case.id, code)
    after = replace(
        before,
        code=check_code(edited.code, field="code") if edited.code is not None else before.code,
        title=before.title if edited.title is None else edited.title,
        description=before.description if edited.description is None else edited.description,
        active=before.active if edited.active is None else edited.active,
        updated_at=world.now(),
    )
    rows.update(tx, after)
    if edited.steps is not None or edited.limits is not None:
        steps = before.steps if edited.steps is None else checked(world, edited.steps, use_case)
        limits = before.limits if edited.limits is None else _limits(edited.limits)
        written = replace(before, steps=steps, limits=limits)
        by = Written(actor, edited.note, publish=edited.publish, restores=edited.restores)
        versions.write(tx, world, use_case, before, written, by)
    if edited.weight is not None or after.active != before.active:
        _reweigh(tx, world, use_case, after, edited, actor)
    if any(getattr(after, name) != getattr(before, name) for name in ("code", "title", "description", "active")):
        _tell(tx, world, "changed", after, actor)
    return rows.get(tx, before.id)


def restore(
    world: World, use_case_code: str, code: str, version: str, *, note: str | None, publish: bool, actor: str
) -> Flow:
    """The flow after a new version as that one, by number or label, was; nothing when it is live already.

    Raises NotFound, Invalid where the steps fit no more, Conflict while an experiment runs.
    """
    found = versions.get(world, use_case_code, code, version)
    told = note or f"restores version {found.version}"
    edited = FlowEdit(steps=found.steps, limits=found.limits, note=told, publish=publish, restores=found.version)
    return change(world, use_case_code, code, edited, actor=actor)


def clone(
    world: World, use_case_code: str, code: str, *, new_code: str, title: str | None, actor: str | None = None
) -> Flow:
    """An inactive copy with the same steps, at version 1. Raises NotFound, Invalid, Conflict when the code is taken."""
    source = get(world, use_case_code, code)
    copy = FlowEdit(
        code=new_code,
        title=title or source.title,
        description=source.description,
        steps=source.steps,
        limits=source.limits,
    )
    return create(world, use_case_code, copy, actor=actor)


def set_weights(world: World, use_case_code: str, by_code: Mapping[str, int], *, actor: str) -> list[Flow]:
    """All flows after the change: listed active flows get their weight, the others 0.

    Raises NotFound for a flow that is not there, Invalid for one that is inactive or a sum other than 10 000.
    """
    return edit(world, lambda tx: set_weights_in(tx, world, use_case_code, by_code, actor=actor))


def set_weights_in(tx: Tx, world: World, use_case_code: str, by_code: Mapping[str, int], *, actor: str) -> list[Flow]:
    """As `set_weights`, within an edit that does more."""
    use_case = use_case_rows.get_by_code(tx, use_case_code)
    flows = rows.of_use_case(tx, use_case.id)
    active = {flow.code: flow.id for flow in flows if flow.active}
    for code in by_code.keys() - active.keys():
        rows.get_by_code(tx, use_case.id, code)
    given = weights.bulk(dict.fromkeys(active, 0), by_code)
    after = {active[code]: weight for code, weight in given.items()}
    moves.set_by_hand(tx, world, use_case, flows, after, actor=actor, reason="weights set by hand")
    return rows.of_use_case(tx, use_case.id)


def delete(world: World, use_case_code: str, code: str) -> None:
    """Delete an inactive flow with its versions and sessions. Raises NotFound, Conflict while it is active."""
    edit(world, lambda tx: delete_in(tx, world, use_case_code, code))


def delete_in(tx: Tx, world: World, use_case_code: str, code: str) -> None:
    """As `delete`, within an edit that does more."""
    flow = rows.get_by_code(tx, use_case_rows.get_by_code(tx, use_case_code).id, code)
    check_deletion(flow)
    rows.delete(tx, flow.id)
    _tell(tx, world, "deleted", flow, None)


def get(world: World, use_case_code: str, code: str) -> Flow:
    """The stored flow at its current version. Raises NotFound."""
    with world.store.read() as tx:
        return rows.get_by_code(tx, use_case_rows.get_by_code(tx, use_case_code).id, code)


def page(
    world: World, use_case_code: str, *, search: str | None, order: str, cursor: str | None, limit: int
) -> tuple[list[Flow], str | None]:
    """Flows of the use case whose code, title or description holds every word of `search`; the next page's cursor."""
    with world.store.read() as tx:
        use_case = use_case_rows.get_by_code(tx, use_case_code)
        return rows.page(tx, use_case.id, search=search, order=order, cursor=cursor, limit=limit)


def _tell(tx: Tx, world: World, what: str, flow: Flow, actor: str | None) -> None:
    events.record(
        tx,
        world,
        f"flow.{what}",
        about=flow.id,
        text=f"flow {flow.code} {what}",
        data={"flow": flow.code, "active": flow.active},
        use_case_id=flow.use_case_id,
        actor=actor,
    )


def _limits(limits: RunLimits | None) -> RunLimits:
    given = limits or RunLimits()
    check_limits(given)
    return given


def _reweigh(tx: Tx, world: World, use_case: UseCase, flow: Flow, edited: FlowEdit, actor: str) -> None:
    flows = rows.of_use_case(tx, use_case.id)
    if not flow.active:
        moves.check_on_no_test(tx, use_case, flow, field="active")
        check_deactivation(flow, flows, use_case_active=use_case.active)
        if edited.weight:
            raise Invalid("an inactive flow carries no weight", field="weight")
    weight = 0 if not flow.active else flow.weight if edited.weight is None else edited.weight
    known = {other.id: other.weight for other in flows if other.active}
    after = weights.with_weight(known, flow.id, weight) if flow.active else weights.scaled(known)
    reason = f"flow {flow.code} " + ("set by hand" if flow.active else "deactivated")
    moves.set_by_hand(tx, world, use_case, flows, after, actor=actor, reason=reason)
