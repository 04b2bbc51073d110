"""A task is a name for whichever model does it now; assignments change at run time, without a restart."""

from dataclasses import dataclass
from typing import Literal

from app.db import tasks as rows
from app.db.uow import Tx
from app.domain.errors import NotFound
from app.domain.use_case import check_code
from app.services.editing import edit
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Assignment:
    """`stored` came through the API and wins over `environment`."""

    task: str
    model: str
    source: Literal["environment", "stored"]


def assignments(world: World) -> list[Assignment]:
    """All assignments in force, by task name."""
    stored = world.snapshots.current.tasks
    found = {task: Assignment(task, slug, "environment") for task, slug in world.policy.environment_tasks.items()}
    found.update({task: Assignment(task, slug, "stored") for task, slug in stored.items()})
    return [found[task] for task in sorted(found)]


def assign(world: World, task: str, slug: str) -> Assignment:
    """Give the task a model. Raises Invalid for a bad name, UnknownModel."""
    check_code(task, field="task")
    model = world.catalogue.get(slug)
    edit(world, lambda tx: rows.assign(tx, task, model.slug, world.now()))
    return Assignment(task, model.slug, "stored")


def unassign(world: World, task: str) -> None:
    """Drop the stored assignment; what the environment says counts again. Raises NotFound."""

    def apply(tx: Tx) -> None:
        if not rows.clear(tx, task):
            raise NotFound("task", task)

    edit(world, apply)
