"""Labels promote versions: each is a name that stands at one version of a flow, and `live` is what new sessions get."""

from typing import Final

from app.db import flow_labels as rows
from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.db.flow_labels import Label, LabelMove
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.flow import Flow
from app.domain.flow_label import LIVE, check_label
from app.domain.use_case import UseCase
from app.services import versions
from app.services.editing import edit
from app.services.step_checks import checked
from app.services.versions import Version
from app.services.world import World

__all__ = ["Label", "LabelMove", "history", "of_flow", "put", "remove"]

MOST: Final = 32  # of one flow


def put(world: World, use_case: str, code: str, label: str, version: int | str, *, actor: str) -> Flow:
    """Let the label stand at a version, named by its number or by a label; the flow as it is then.

    With `live` it serves new sessions from now on, and those that have a version keep it. Raises NotFound, Invalid for
    what is no label or one too many, Conflict when an experiment counts what the live version does.
    """
    check_label(label, field="label")

    def apply(tx: Tx) -> Flow:
        owner, flow = _found(tx, use_case, code)
        found = versions.find(tx, flow, str(version), field="version")
        if label == LIVE:
            _go_live(tx, world, owner, flow, found, actor)
        else:
            _stand(tx, world, flow, label, found.version, actor)
        return flow_rows.get(tx, flow.id)

    return edit(world, apply)


def remove(world: World, use_case: str, code: str, label: str, *, actor: str) -> None:
    """Take the label away; the version stays. Raises NotFound, Conflict for `live`, which always stands."""

    def apply(tx: Tx) -> None:
        _, flow = _found(tx, use_case, code)
        if label == LIVE:
            raise Conflict("a flow always has a live version; move the label instead", code="label-live")
        before = next((each.version for each in rows.of_flow(tx, flow.id) if each.label == label), None)
        if before is None:
            raise NotFound("label", label)
        rows.remove(tx, flow.id, label)
        versions.remember(tx, world, flow, label, before, None, actor=actor)

    edit(world, apply)


def of_flow(world: World, use_case: str, code: str) -> list[Label]:
    """All labels of the flow, `live` first. Raises NotFound."""
    with world.store.read() as tx:
        _, flow = _found(tx, use_case, code)
        moved = rows.last_move(tx, flow.id, LIVE)
        live = Label(
            flow.id,
            LIVE,
            flow.version,
            flow.created_at if moved is None else moved.at,
            None if moved is None else moved.actor,
        )
        return [live, *rows.of_flow(tx, flow.id)]


def history(
    world: World, use_case: str, code: str, *, cursor: str | None, limit: int
) -> tuple[list[LabelMove], str | None]:
    """Where the flow's labels went, newest first, and the cursor of the next page. Raises NotFound."""
    with world.store.read() as tx:
        _, flow = _found(tx, use_case, code)
        return rows.moves(tx, flow.id, cursor=cursor, limit=limit)


def _found(tx: Tx, use_case: str, code: str) -> tuple[UseCase, Flow]:
    owner = use_case_rows.get_by_code(tx, use_case)
    return owner, flow_rows.get_by_code(tx, owner.id, code)


def _go_live(tx: Tx, world: World, owner: UseCase, flow: Flow, found: Version, actor: str) -> None:
    if found.version == flow.version:
        return
    versions.check_free(tx, owner, flow, field="label")
    try:
        fits = checked(world, found.steps, owner) == found.steps
    except Invalid as error:
        raise Invalid(f"its steps fit no more: {error.field}: {error.message}", field="version") from None
    if not fits:
        raise Invalid("its steps stand in another order than the use case has now; restore it", field="version")
    flow_rows.set_current(tx, flow.id, found.version, world.now())
    versions.remember(tx, world, flow, LIVE, flow.version, found.version, actor=actor)


def _stand(tx: Tx, world: World, flow: Flow, label: str, number: int, actor: str) -> None:
    known = {each.label: each.version for each in rows.of_flow(tx, flow.id)}
    if known.get(label) == number:
        return
    if label not in known and len(known) >= MOST:
        raise Invalid(f"a flow bears at most {MOST} labels", field="label")
    versions.stand(tx, world, flow, label, number, actor=actor)
