"""Preferences: which model a user or a team wants for a task; in force with the next request, without a restart."""

from typing import Final

from app.db import preferences as rows
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.preference import Kind, Preference
from app.domain.use_case import check_code
from app.services.editing import edit
from app.services.tasks import checked
from app.services.world import World

MOST: Final = 10_000  # they stand in the memory of every process
LONGEST: Final = 255


def put(world: World, task: str, kind: Kind, who: str, model: str) -> Preference:
    """From now on this user, or team, is served by this model for this task; `auto` stands for the router.

    Raises Invalid for a bad name or strategy, UnknownModel, Conflict when there are too many.
    """
    check_code(task, field="task")
    if not who.strip() or len(who) > LONGEST:
        raise Invalid(f"1 to {LONGEST} characters are expected, not blanks alone", field="who")
    preference = Preference(task, kind, who, checked(world.catalogue, model))

    def apply(tx: Tx) -> None:
        rows.put(tx, preference, world.now())
        if rows.count(tx) > MOST:
            raise Conflict(f"there are {MOST} preferences already", code="too-many-preferences")

    edit(world, apply)
    return preference


def drop(world: World, task: str, kind: Kind, who: str) -> None:
    """The assignment of the task counts again for them. Raises NotFound."""

    def apply(tx: Tx) -> None:
        if not rows.clear(tx, task, kind, who):
            raise NotFound("preference", f"{kind} {who}")

    edit(world, apply)


def get(world: World, task: str, kind: Kind, who: str) -> Preference:
    """What they want. Raises NotFound."""
    model = world.snapshots.find(lambda snapshot: snapshot.preferences.get((task, kind, who)))
    if model is None:
        raise NotFound("preference", f"{kind} {who}")
    return Preference(task, kind, who, model)


def page(
    world: World, task: str, *, kind: Kind | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[Preference], str | None]:
    """Those of a task, by kind and who; the cursor of the next page. Raises Invalid for a foreign cursor."""
    with world.store.read() as tx:
        return rows.page(tx, task, kind=kind, cursor=cursor, limit=limit)
