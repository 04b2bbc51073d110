"""Tasks: names that map to a model, changed while the service runs."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Payload, Words
from app.api.world import world
from app.services import tasks
from app.services.tasks import Assigned, Assignment, Source, TaskState

door = Door("tasks")

ModelOrAuto = Annotated[Name, Field(description="a slug or alias of the catalogue, `auto`, or `auto/<strategy>`")]


class TaskPath(Words):
    """A task by name."""

    name: Name


class NoQuery(Words):
    """The list is whole: nothing narrows it."""


class WhoQuery(Words):
    """For whom the task is done; preferences of nobody else count."""

    user_id: Name | None = None
    team: Annotated[Name, Field(description="that of the key, unless another is named")] | None = None


class TaskIn(Payload):
    """The model that does the task."""

    model: ModelOrAuto


class TaskOut(Out):
    """Who does a task unless somebody prefers another model; null where nobody does.

    `stored` came through the API and wins over `environment`. `by_default`: it was said of the task `default`.
    `configured`: this server can ask the model; of `auto`, any.
    """

    task: str
    model: str | None
    source: Source | None
    by_default: bool
    configured: bool
    preferences: int

    @classmethod
    def of(cls, state: TaskState) -> "TaskOut":
        """The task."""
        found = state.assigned
        return cls(
            task=state.task,
            model=None if found is None else found.model,
            source=None if found is None else found.source,
            by_default=found is not None and found.by_default,
            configured=found is not None and tasks.configured(world(), found.model),
            preferences=state.preferences,
        )


class AssignmentOut(Out):
    """An assignment. `configured`: this server can ask the model; of `auto`, any."""

    task: str
    model: str
    source: Source
    configured: bool

    @classmethod
    def of(cls, assignment: Assignment) -> "AssignmentOut":
        """The assignment."""
        return cls(
            task=assignment.task,
            model=assignment.model,
            source=assignment.source,
            configured=tasks.configured(world(), assignment.model),
        )


class AssignedOut(Out):
    """What somebody said of a task; `by_default`: of the task `default`."""

    model: str
    source: Source
    by_default: bool

    @classmethod
    def of(cls, assigned: Assigned) -> "AssignedOut":
        """What was said."""
        return cls(model=assigned.model, source=assigned.source, by_default=assigned.by_default)


class TaskFoundOut(AssignedOut):
    """Which model would be asked, why, and what else was said that does not count."""

    task: str
    why: str
    configured: bool
    overruled: list[AssignedOut]


@door.get("/tasks", responses={200: Page[TaskOut]})
@scope("read")
def list_tasks(query: NoQuery) -> Response:
    """Read which model does which task, and how many prefer another."""
    return http.answer(Page[TaskOut](items=[TaskOut.of(state) for state in tasks.states(world())], next=None))


@door.get("/tasks/<name>", responses={200: TaskFoundOut})
@scope("read", "run")
def get_task(path: TaskPath, query: WhoQuery) -> Response:
    """Read which model would do a task for a user of a team, and why."""
    team = query.team or guard.key().team
    found, *overruled = tasks.said_of(world(), path.name, user_id=query.user_id, team=team, field="name")
    out = TaskFoundOut(
        task=path.name,
        model=found.model,
        source=found.source,
        by_default=found.by_default,
        why=tasks.why(path.name, found, user_id=query.user_id, team=team),
        configured=tasks.configured(world(), found.model),
        overruled=[AssignedOut.of(each) for each in overruled],
    )
    return http.answer(out)


@door.put("/tasks/<name>", responses={200: AssignmentOut})
@scope("write")
def assign_task(path: TaskPath, body: TaskIn) -> Response:
    """Give a task to a model, or to the router."""
    return http.answer(AssignmentOut.of(tasks.assign(world(), path.name, body.model)))


@door.delete("/tasks/<name>", responses={204: None})
@scope("write")
def unassign_task(path: TaskPath) -> Response:
    """Drop a stored assignment; what the environment says counts again."""
    tasks.unassign(world(), path.name)
    return http.no_content()
