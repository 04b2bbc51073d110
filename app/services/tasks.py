"""A task is a name for whichever model does it now; assignments change at run time, without a restart."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from app.db import tasks as rows
from app.db.uow import Tx
from app.domain.auto import AUTO, auto_named
from app.domain.errors import NotFound, UnknownTask
from app.domain.use_case import check_code
from app.services import events
from app.services.catalogue import Catalogue
from app.services.editing import edit
from app.services.model_search import is_configured
from app.services.world import World

Source = Literal["user", "team", "stored", "environment"]
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Assignment:
    """`stored` came through the API and wins over `environment`."""

    task: str
    model: str
    source: Literal["environment", "stored"]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The model that does a task, a slug or `auto`, and who said so.

    `user` and `team` prefer it, `stored` came through the API. `by_default`: it was said of the task `default`.
    """

    model: str
    source: Source
    by_default: bool = False


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task that somebody has named: what does it unless somebody prefers another, and how many prefer one."""

    task: str
    assigned: Assigned | None
    preferences: int


def model_for(
    world: World, task: str, *, user_id: str | None = None, team: str | None = None, field: str = "task"
) -> Assigned:
    """The model that does the task for this user of this team. Raises UnknownTask naming `field`.

    The user's preference counts first, then the team's, what is stored, and the environment; then the same for the
    task `default`.
    """
    return said_of(world, task, user_id=user_id, team=team, field=field)[0]


def said_of(
    world: World, task: str, *, user_id: str | None = None, team: str | None = None, field: str = "task"
) -> list[Assigned]:
    """All that is said about who does the task, first what counts; never empty. Raises UnknownTask naming `field`."""
    found = list(_said(world, task, user_id, team))
    if not found:
        raise UnknownTask(f"no model is assigned to task {task!r} and there is no default", field=field)
    return found


def _said(world: World, task: str, user_id: str | None = None, team: str | None = None) -> Iterator[Assigned]:
    snapshot, environment = world.snapshots.current, world.policy.environment_tasks
    for name in dict.fromkeys((task, DEFAULT)):
        places: tuple[tuple[Source, str | None], ...] = (
            ("user", None if user_id is None else snapshot.preferences.get((name, "user", user_id))),
            ("team", None if team is None else snapshot.preferences.get((name, "team", team))),
            ("stored", snapshot.tasks.get(name)),
            ("environment", environment.get(name)),
        )
        yield from (Assigned(model, source, name != task) for source, model in places if model is not None)


def assignments(world: World) -> list[Assignment]:
    """All assignments in force, by task name."""
    stored = world.snapshots.current.tasks
    found = {task: Assignment(task, slug, "environment") for task, slug in world.policy.environment_tasks.items()}
    found.update({task: Assignment(task, slug, "stored") for task, slug in stored.items()})
    return [found[task] for task in sorted(found)]


def states(world: World) -> list[TaskState]:
    """Every task that has an assignment or a preference, by name."""
    preferred = Counter(task for task, _, _ in world.snapshots.current.preferences)
    named = {assignment.task for assignment in assignments(world)} | preferred.keys()
    return [TaskState(task, next(_said(world, task), None), preferred[task]) for task in sorted(named)]


def assign(world: World, task: str, model: str) -> Assignment:
    """Give the task a model, or `auto`. Raises Invalid for a bad name or strategy, UnknownModel."""
    check_code(task, field="task")
    name = checked(world.catalogue, model)

    def apply(tx: Tx) -> None:
        rows.assign(tx, task, name, world.now())
        events.record(
            tx, world, "task.assigned", about=task, text=f"task {task} is done by {name}", data={"model": name}
        )

    edit(world, apply)
    return Assignment(task, name, "stored")


def unassign(world: World, task: str) -> Assigned | None:
    """Drop the stored assignment; what counts now, None where nothing does. Raises NotFound."""

    def apply(tx: Tx) -> None:
        if not rows.clear(tx, task):
            by_environment = task in world.policy.environment_tasks
            raise NotFound("stored assignment of task", task, instead="the environment assigns it" * by_environment)
        events.record(tx, world, "task.dropped", about=task, text=f"the assignment of task {task} was dropped")

    edit(world, apply)
    return next(_said(world, task), None)


def why(task: str, found: Assigned, *, user_id: str | None = None, team: str | None = None) -> str:
    """In words, why the task is done by this model for this user of this team."""
    said = {
        "user": f"user {user_id} prefers it",
        "team": f"team {team} prefers it",
        "stored": "it is assigned",
        "environment": "the environment assigns it",
    }[found.source]
    if found.by_default:
        return f"{said} for task {DEFAULT!r}, and nothing is said of {task!r}"
    return f"{said} for task {task!r}"


def configured(world: World, model: str) -> bool:
    """Whether this server can ask the model: its provider has what it needs; of `auto`, any that chats."""
    if model.partition("/")[0] == AUTO:
        return any(is_configured(world, each) for each in world.catalogue.by_capability("chat"))
    known = world.catalogue.models.get(world.catalogue.aliases.get(model, model))
    return known is not None and is_configured(world, known)


def checked(catalogue: Catalogue, model: str, *, field: str = "model") -> str:
    """What is kept of a model's name: its slug, or `auto` and `auto/<strategy>` as they are.

    Raises UnknownModel, Invalid for an unknown strategy.
    """
    return model if auto_named(model, field=field) is not None else catalogue.get(model, field=field).slug
