"""What an operator does to a running experiment: pause, resume, force an escape or a completion, open it again."""

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.experiments import ExperimentOut, out
from app.api.guard import scope
from app.api.payloads import ById, Name, Payload
from app.api.world import world
from app.services import operating
from app.services.rollout_form import Weights

door = Door("operating")


class EscapeIn(Payload):
    """The flow that must leave; `rollback` says who gets what then, else its rule does, else the others share."""

    flow: Name
    rollback: Weights | None = None


class CompleteIn(Payload):
    """The flow that gets all traffic."""

    flow: Name


class ReopenIn(Payload):
    """Whether flows that had escaped are back too."""

    pardon: bool = Field(False, description="let flows that had escaped take part again")


@door.post("/experiments/<id>/pause", responses={200: ExperimentOut})
@scope("write")
def pause_experiment(path: ById) -> Response:
    """Pause an experiment: weights stay; flows that are proven bad escape all the same."""
    return http.answer(out(operating.pause(world(), str(path.id), actor=guard.key().name)))


@door.post("/experiments/<id>/resume", responses={200: ExperimentOut})
@scope("write")
def resume_experiment(path: ById) -> Response:
    """Let a paused experiment go on."""
    return http.answer(out(operating.resume(world(), str(path.id), actor=guard.key().name)))


@door.post("/experiments/<id>/escape", responses={200: ExperimentOut})
@scope("write")
def force_escape(path: ById, body: EscapeIn) -> Response:
    """Take a flow out of the traffic."""
    rollback = None if body.rollback is None else dict(body.rollback)
    experiment = operating.escape(world(), str(path.id), body.flow, rollback=rollback, actor=guard.key().name)
    return http.answer(out(experiment))


@door.post("/experiments/<id>/complete", responses={200: ExperimentOut})
@scope("write")
def force_completion(path: ById, body: CompleteIn) -> Response:
    """Give all traffic to a chosen flow."""
    return http.answer(out(operating.complete(world(), str(path.id), body.flow, actor=guard.key().name)))


@door.post("/experiments/<id>/reopen", responses={200: ExperimentOut})
@scope("write")
def reopen_experiment(path: ById, body: ReopenIn) -> Response:
    """Open a decided or ended experiment again, with fresh evidence."""
    return http.answer(out(operating.reopen(world(), str(path.id), pardon=body.pardon, actor=guard.key().name)))
