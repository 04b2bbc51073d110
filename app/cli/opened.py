"""A command opens the world for as long as it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
from pydantic import ValidationError

from app.domain.errors import ModelMatchError
from app.services import acting
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings, SettingsInvalid

ACTOR: Final = "command line"


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
        with acting.acting(ACTOR):
            yield world
    finally:
        close_world(world)


@contextmanager
def told() -> Iterator[World]:
    """As `opened`; what fails is told in words, with the field that is wrong."""
    with opened() as world:
        try:
            yield world
        except ModelMatchError as error:
            raise failure(error) from None


def failure(error: ModelMatchError | ValidationError) -> click.ClickException:
    """The failure as a command tells it; of a form a line for each wrong field."""
    if isinstance(error, ValidationError):
        lines = [f"{'.'.join(map(str, each['loc'])) or 'configuration'}: {each['msg']}" for each in error.errors()]
        return click.ClickException("\n".join(lines))
    field = getattr(error, "field", None)
    return click.ClickException(f"{field}: {error.message}" if field else error.message)
