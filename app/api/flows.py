"""Flows: write, clone, activate and weigh the candidate ways of a use case."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.flow_payloads import FlowIn, FlowOut, FlowPatchIn, FlowPath
from app.api.guard import scope
from app.api.payloads import ByCode, Line, Name, Page, Payload, Search, Weight
from app.api.world import world
from app.services import flows, flows_with_model

door = Door("flows")


class CloneIn(Payload):
    """What the copy is called."""

    code: Name
    title: Line | None = None


class WithModelIn(Payload):
    """The model that answers in every step of the copy, and what the copy is called.

    With `activate` the copy takes part at once, without weight beside other active flows.
    """

    model: Name
    new_code: Name
    title: Line | None = None
    activate: bool = False


class WeightsIn(Payload):
    """Weight by code of active flows; they sum to 10 000, and flows not named get 0."""

    weights: Annotated[dict[str, Weight], Field(min_length=1, max_length=1_000)]


@door.get("/use-cases/<code>/flows", responses={200: Page[FlowOut]})
@scope("read")
def list_flows(path: ByCode, query: Search) -> Response:
    """Find flows by words of code, title or description."""
    found, following = flows.page(
        world(), path.code, search=query.search, order=query.order, cursor=query.cursor, limit=query.limit
    )
    return http.answer(Page[FlowOut](items=[FlowOut.of(flow) for flow in found], next=following))


@door.post("/use-cases/<code>/flows", responses={201: FlowOut})
@scope("write")
def create_flow(path: ByCode, body: FlowIn) -> Response:
    """Write a new flow; it is inactive."""
    return http.created(FlowOut.of(flows.create(world(), path.code, body.edit(), actor=guard.key().name)))


@door.get("/use-cases/<code>/flows/<flow>", responses={200: FlowOut})
@scope("read")
def get_flow(path: FlowPath) -> Response:
    """Read a flow at its current version."""
    return http.answer(FlowOut.of(flows.get(world(), path.code, path.flow)))


@door.patch("/use-cases/<code>/flows/<flow>", responses={200: FlowOut})
@scope("write")
def change_flow(path: FlowPath, body: FlowPatchIn) -> Response:
    """Change, activate or weigh a flow; new steps make a new version, live at once unless it is a draft."""
    changed = flows.change(world(), path.code, path.flow, body.edit(), actor=guard.key().name)
    return http.answer(FlowOut.of(changed))


@door.delete("/use-cases/<code>/flows/<flow>", responses={204: None})
@scope("write")
def delete_flow(path: FlowPath) -> Response:
    """Delete an inactive flow with its versions and sessions."""
    flows.delete(world(), path.code, path.flow)
    return http.no_content()


@door.post("/use-cases/<code>/flows/<flow>/clone", responses={201: FlowOut})
@scope("write")
def clone_flow(path: FlowPath, body: CloneIn) -> Response:
    """Copy a flow; the copy is inactive."""
    actor = guard.key().name
    copy = flows.clone(world(), path.code, path.flow, new_code=body.code, title=body.title, actor=actor)
    return http.created(FlowOut.of(copy))


@door.post("/use-cases/<code>/flows/<flow>/with-model", responses={201: FlowOut})
@scope("write")
def copy_with_model(path: FlowPath, body: WithModelIn) -> Response:
    """Copy a flow with another model in every step, so that two models can be compared."""
    copy = flows_with_model.with_model(
        world(),
        path.code,
        path.flow,
        model=body.model,
        new_code=body.new_code,
        title=body.title,
        activate=body.activate,
        actor=guard.key().name,
    )
    return http.created(FlowOut.of(copy))


@door.put("/use-cases/<code>/weights", responses={200: Page[FlowOut]})
@scope("write")
def set_weights(path: ByCode, body: WeightsIn) -> Response:
    """Set all weights of a use case at once."""
    changed = flows.set_weights(world(), path.code, body.weights, actor=guard.key().name)
    return http.answer(Page[FlowOut](items=[FlowOut.of(flow) for flow in changed], next=None))
