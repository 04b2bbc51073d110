"""Tasks: names that map to a model, changed while the service runs."""

from typing import Literal

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Payload, Words
from app.api.world import world
from app.services import tasks
from app.services.tasks import Assignment

door = Door("tasks")


class TaskPath(Words):
    """A task by name."""

    name: Name


class TaskIn(Payload):
    """The model that does the task."""

    model: Name


class TaskOut(Out):
    """An assignment; `stored` came through the API and wins over `environment`."""

    task: str
    model: str
    source: Literal["environment", "stored"]

    @classmethod
    def of(cls, assignment: Assignment) -> "TaskOut":
        """The assignment."""
        return cls(task=assignment.task, model=assignment.model, source=assignment.source)


@door.get("/tasks", responses={200: Page[TaskOut]})
@scope("read")
def list_tasks() -> Response:
    """Read which model does which task."""
    return http.answer(
        Page[TaskOut](items=[TaskOut.of(assignment) for assignment in tasks.assignments(world())], next=None)
    )


@door.put("/tasks/<name>", responses={200: TaskOut})
@scope("write")
def assign_task(path: TaskPath, body: TaskIn) -> Response:
    """Give a task to a model."""
    return http.answer(TaskOut.of(tasks.assign(world(), path.name, body.model)))


@door.delete("/tasks/<name>", responses={204: None})
@scope("write")
def unassign_task(path: TaskPath) -> Response:
    """Drop a stored assignment; what the environment says counts again."""
    tasks.unassign(world(), path.name)
    return http.no_content()
