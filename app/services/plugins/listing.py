"""Which plugins there are: those that are shipped, and those that are installed beside the service."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.services.plugins import found
from app.services.plugins.hooks import SHIPPED
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Plugin:
    """One plugin. `everywhere`: it runs around every call. `resting`: it failed too often and is left alone.

    `error` names the exception with which it does not load, None where it does.
    """

    group: str
    name: str
    shipped: bool
    distribution: str | None
    version: str | None
    error: str | None
    everywhere: bool
    resting: bool


def plugins(world: World) -> Iterator[Plugin]:
    """The shipped hooks, then what is installed, by group and name; installed ones are loaded to see if they can be."""
    everywhere = {hook.name for hook in world.hooks.everywhere}
    resting = world.hooks.resting()
    for name in sorted(SHIPPED):
        yield Plugin("model_match.hooks", name, True, None, None, None, name in everywhere, False)
    for each in found.installed():
        hook = each.group == "model_match.hooks"
        yield Plugin(
            group=each.group,
            name=each.name,
            shipped=False,
            distribution=each.distribution,
            version=each.version,
            error=each.error,
            everywhere=hook and each.name in everywhere,
            resting=hook and each.name in resting,
        )
