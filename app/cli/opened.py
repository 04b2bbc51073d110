"""A command opens the world for as long as it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.domain.errors import ModelMatchError
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings, SettingsInvalid


def settings() -> Settings:
    """The settings of the environment. Raises ClickException naming each wrong variable."""
    try:
        return Settings.from_environment()
    except SettingsInvalid as error:
        raise click.ClickException(f"wrong settings:\n{error}") from error


@contextmanager
def opened() -> Iterator[World]:
    """The world of the environment's settings; closed, with everything written, at the end."""
    chosen = settings()
    try:
        world = open_world(chosen)
    except ModelMatchError as error:
        variable = getattr(error, "field", "DATABASE_URL")
        raise click.ClickException(f"{variable}: {error.message}") from None  # the cause may hold an address
    try:
        yield world
    finally:
        close_world(world)
