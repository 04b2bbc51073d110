"""Plugins: which hooks, scorers, estimators of difficulty and providers there are."""

from flask import Response

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Out, Page
from app.api.world import world
from app.services.plugins.listing import Plugin, plugins

door = Door("plugins")


class PluginOut(Out):
    """A plugin. `everywhere`: it runs around every call; `resting`: it failed too often and is left alone for a while.

    `error` names the exception with which it does not load.
    """

    group: str
    name: str
    shipped: bool
    distribution: str | None
    version: str | None
    error: str | None
    everywhere: bool
    resting: bool

    @classmethod
    def of(cls, plugin: Plugin) -> "PluginOut":
        """The plugin."""
        return cls(**{name: getattr(plugin, name) for name in cls.model_fields})


@door.get("/plugins", responses={200: Page[PluginOut]})
@scope("read")
def list_plugins() -> Response:
    """Read which plugins are shipped and installed, and whether they load."""
    items = [PluginOut.of(plugin) for plugin in plugins(world())]
    return http.answer(Page[PluginOut](items=items, next=None))
