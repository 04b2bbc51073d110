"""Preferences: users and teams are served by another model for a task than everyone else."""

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Paging
from app.api.tasks import TaskIn, TaskPath
from app.api.world import world
from app.domain.preference import Kind, Preference
from app.services import preferences

door = Door("preferences")


class WhoPath(TaskPath):
    """Whose preference: a user by id, or a team by name."""

    kind: Kind
    who: Name


class PreferenceQuery(Paging):
    """Which part of the preferences."""

    kind: Kind | None = None


class PreferenceOut(Out):
    """Which model a user or a team wants for a task."""

    task: str
    kind: Kind
    who: str
    model: str

    @classmethod
    def of(cls, preference: Preference) -> "PreferenceOut":
        """The preference."""
        return cls(task=preference.task, kind=preference.kind, who=preference.who, model=preference.model)


@door.get("/tasks/<name>/preferences", responses={200: Page[PreferenceOut]})
@scope("read")
def list_preferences(path: TaskPath, query: PreferenceQuery) -> Response:
    """Read who prefers which model for a task."""
    found, following = preferences.page(world(), path.name, kind=query.kind, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[PreferenceOut](items=[PreferenceOut.of(each) for each in found], next=following))


@door.get("/tasks/<name>/preferences/<kind>/<path:who>", responses={200: PreferenceOut})
@scope("read")
def get_preference(path: WhoPath) -> Response:
    """Read which model a user or a team prefers for a task."""
    return http.answer(PreferenceOut.of(preferences.get(world(), path.name, path.kind, path.who)))


@door.put("/tasks/<name>/preferences/<kind>/<path:who>", responses={200: PreferenceOut})
@scope("write")
def prefer(path: WhoPath, body: TaskIn) -> Response:
    """Let a user or a team be served by a model of their own for a task."""
    return http.answer(PreferenceOut.of(preferences.put(world(), path.name, path.kind, path.who, body.model)))


@door.delete("/tasks/<name>/preferences/<kind>/<path:who>", responses={204: None})
@scope("write")
def drop_preference(path: WhoPath) -> Response:
    """Drop a preference; the assignment of the task counts again."""
    preferences.drop(world(), path.name, path.kind, path.who)
    return http.no_content()
