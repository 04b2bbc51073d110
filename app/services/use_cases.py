"""Use cases are written here: created inactive, activated with a flow, deleted only while inactive."""

from dataclasses import dataclass, replace

from app.db import flows as flow_rows
from app.db import use_cases as rows
from app.db.uow import Tx
from app.domain.errors import Conflict
from app.domain.use_case import (
    ONLY_STEP,
    StepSpec,
    UseCase,
    check_activation,
    check_code,
    check_code_change,
    check_deletion,
    check_steps,
)
from app.services import events
from app.services.editing import edit
from app.services.reordering import reorder
from app.services.world import World


@dataclass(frozen=True, slots=True)
class UseCaseEdit:
    """What changes; None leaves a field as it is."""

    code: str | None = None
    title: str | None = None
    description: str | None = None
    rubric: str | None = None
    active: bool | None = None
    steps: tuple[StepSpec, ...] | None = None


def create(world: World, edited: UseCaseEdit) -> UseCase:
    """A new, inactive use case. Raises Invalid for its code or steps, Conflict when the code is taken."""
    return edit(world, lambda tx: create_in(tx, world, edited))


def create_in(tx: Tx, world: World, edited: UseCaseEdit) -> UseCase:
    """As `create`, within an edit that does more."""
    moment = world.now()
    use_case = UseCase(
        id=world.new_id(),
        code=check_code(edited.code or "", field="code"),
        title=edited.title or "",
        description=edited.description or "",
        rubric=edited.rubric or "generic",
        active=False,
        steps=check_steps(edited.steps or (ONLY_STEP,)),
        salt=world.new_id(),
        epoch_id=None,
        created_at=moment,
        updated_at=moment,
    )
    rows.add(tx, use_case)
    _tell(tx, world, "created", use_case)
    return use_case


def change(world: World, code: str, edited: UseCaseEdit) -> UseCase:
    """The use case after the edit. Raises NotFound, Invalid, Conflict by the rules of activation and codes."""
    return edit(world, lambda tx: change_in(tx, world, code, edited))


def change_in(tx: Tx, world: World, code: str, edited: UseCaseEdit) -> UseCase:
    """As `change`, within an edit that does more."""
    before = rows.get_by_code(tx, code)
    after = replace(
        before,
        code=check_code(edited.code, field="code") if edited.code is not None else before.code,
        title=before.title if edited.title is None else edited.title,
        description=before.description if edited.description is None else edited.description,
        rubric=before.rubric if edited.rubric is None else edited.rubric,
        active=before.active if edited.active is None else edited.active,
        steps=before.steps if edited.steps is None else check_steps(edited.steps),
        updated_at=world.now(),
    )
    _check_change(tx, before, after)
    rows.update(tx, after)
    if after.step_codes != before.step_codes:
        reorder(tx, world, after)
    _tell(tx, world, "changed", after, before)
    return after


def delete(world: World, code: str) -> None:
    """Delete it with its flows, sessions, runs, texts and feedback; its calls stay on the books.

    Raises NotFound, Conflict while it is active.
    """
    world.sessions.forget_use_case(edit(world, lambda tx: delete_in(tx, world, code)))


def delete_in(tx: Tx, world: World, code: str) -> str:
    """As `delete`, within an edit that does more; its id, by which its sessions must be forgotten afterwards."""
    use_case = rows.get_by_code(tx, code)
    check_deletion(use_case)
    rows.delete(tx, use_case.id)
    _tell(tx, world, "deleted", use_case)
    return use_case.id


def get(world: World, code: str) -> UseCase:
    """The stored use case. Raises NotFound."""
    with world.store.read() as tx:
        return rows.get_by_code(tx, code)


def page(
    world: World, *, search: str | None, order: str, cursor: str | None, limit: int
) -> tuple[list[UseCase], str | None]:
    """Use cases whose code, title or description holds every word of `search`; the cursor of the next page."""
    with world.store.read() as tx:
        return rows.page(tx, search=search, order=order, cursor=cursor, limit=limit)


def _check_change(tx: Tx, before: UseCase, after: UseCase) -> None:
    if after.code != before.code:
        check_code_change(before, after.code)
    flows = flow_rows.of_use_case(tx, before.id)
    if after.active and not before.active:
        check_activation(active_flows=sum(flow.active for flow in flows))
    filled = {step.code for flow in flows for step in flow.steps if not step.own}
    missing = sorted(filled ^ set(after.step_codes)) if flows else []
    if missing and after.steps != before.steps:
        raise Conflict(
            f"flows fill other steps ({', '.join(missing)}); give them new steps or delete them first",
            code="steps-in-use",
            field="steps",
        )


def _tell(tx: Tx, world: World, what: str, now: UseCase, before: UseCase | None = None) -> None:
    changed = [name for name in ("code", "title", "active", "rubric", "steps") if _differ(name, before, now)]
    data: dict[str, object] = {"code": now.code, "active": now.active}
    if before is not None:
        data["changed"] = changed
    kind, text = f"use-case.{what}", f"use case {now.code} {what}"
    events.record(tx, world, kind, about=now.id, text=text, data=data, use_case_id=now.id)


def _differ(name: str, before: UseCase | None, now: UseCase) -> bool:
    return before is not None and getattr(before, name) != getattr(now, name)
