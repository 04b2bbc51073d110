"""Labels of a flow's versions: put them, take them away, and read where they went."""

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.flow_payloads import FlowOut, FlowPath
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Paging, Payload
from app.api.world import world
from app.services import labels

door = Door("flow-labels")

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


class LabelPath(FlowPath):
    """A label of a flow."""

    label: Name


class LabelIn(Payload):
    """Where the label stands from now on: at a version by number, or where another label stands."""

    version: Number | Name


class LabelOut(Out):
    """A label, the version it stands at, since when, and who put it there."""

    label: str
    version: int
    moved_at: datetime
    actor: str | None


class LabelMoveOut(Out):
    """From which version to which a label went; null where it was not there before, or is gone since."""

    label: str
    before: int | None
    after: int | None
    at: datetime
    actor: str | None


@door.get("/use-cases/<code>/flows/<flow>/labels", responses={200: Page[LabelOut]})
@scope("read")
def list_labels(path: FlowPath) -> Response:
    """Read all labels of a flow; `live` is the version that new sessions get."""
    items = [
        LabelOut(label=each.label, version=each.version, moved_at=each.moved_at, actor=each.actor)
        for each in labels.of_flow(world(), path.code, path.flow)
    ]
    return http.answer(Page[LabelOut](items=items, next=None))


@door.post("/use-cases/<code>/flows/<flow>/labels/<label>", responses={200: FlowOut})
@scope("write")
def put_label(path: LabelPath, body: LabelIn) -> Response:
    """Let a label stand at a version; `live` serves new sessions from then on."""
    put = labels.put(world(), path.code, path.flow, path.label, body.version, actor=guard.key().name)
    return http.answer(FlowOut.of(put))


@door.delete("/use-cases/<code>/flows/<flow>/labels/<label>", responses={204: None})
@scope("write")
def remove_label(path: LabelPath) -> Response:
    """Take a label away; the version stays."""
    labels.remove(world(), path.code, path.flow, path.label, actor=guard.key().name)
    return http.no_content()


@door.get("/use-cases/<code>/flows/<flow>/label-moves", responses={200: Page[LabelMoveOut]})
@scope("read")
def list_label_moves(path: FlowPath, query: Paging) -> Response:
    """Read where the labels of a flow went, newest first."""
    found, following = labels.history(world(), path.code, path.flow, cursor=query.cursor, limit=query.limit)
    items = [
        LabelMoveOut(label=each.label, before=each.before, after=each.after, at=each.at, actor=each.actor)
        for each in found
    ]
    return http.answer(Page[LabelMoveOut](items=items, next=following))
