"""What an admin sees of the cache, and how answers are forgotten."""

from datetime import timedelta

from app.services.answer_cache import Readings
from app.services.world import World


def readings(world: World) -> Readings:
    """What this process's cache has seen."""
    return world.cache.readings()


def forget(world: World, *, model: str | None = None, older_than_s: float | None = None) -> int:
    """How many answers were forgotten. Raises UnknownModel, StoreUnavailable.

    `model` is a slug or an alias; `older_than_s` is an answer's age.
    """
    slug = None if model is None else world.catalogue.get(model).slug
    moment = None if older_than_s is None else world.now() - timedelta(seconds=older_than_s)
    return world.cache.forget(model=slug, older_than=moment)
