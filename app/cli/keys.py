"""`keys` issues, lists, rotates and revokes API keys."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import click

from app.cli.opened import opened
from app.domain.access import SCOPES
from app.domain.errors import ModelMatchError
from app.domain.limits import MOST, NAMES, KeyLimits
from app.services import keys as service

F = TypeVar("F", bound=Callable[..., object])


def _limit_options(command: F) -> F:
    """One option per limit of a key."""
    for name in reversed(NAMES):
        option = f"--{name.replace('_', '-')}"
        told = f"Most {name.replace('_per_', ' per ').replace('concurrent', 'requests at once')}."
        command = click.option(option, name, type=click.IntRange(1, MOST), help=told)(command)
    return command


@click.group()
def keys() -> None:
    """API keys: stored hashed, shown once."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated.")
@click.option("--owner", help="For whom it is used.")
@click.option("--team", help="The owner's team.")
@_limit_options
def issue(name: str, scopes: tuple[str, ...], owner: str | None, team: str | None, **limits: int | None) -> None:
    """Issue a key and print its secret, once. Without limits of its own it has those of the settings."""
    own = KeyLimits(**limits)
    with opened() as world:
        issued = service.issue(world, name, scopes, owner=owner, team=team, limits=None if own.absent else own)
    click.echo(f"{issued.key.id}  {issued.secret}")


@keys.command("list")
def list_keys() -> None:
    """All keys, newest first, without secrets."""
    with opened() as world:
        moment = world.now()
        found, _ = service.page(world, cursor=None, limit=200)
    for key in found:
        state = "valid" if key.valid(moment) else "ended"
        click.echo(f"{key.id}  {key.prefix}…  {','.join(key.scopes):<20}  {state}  {key.name}")


@keys.command()
@click.argument("key_id")
@click.option("--overlap-hours", default=24.0, show_default=True, help="How long the old key still opens.")
def rotate(key_id: str, overlap_hours: float) -> None:
    """Issue a successor; the old key stays valid for the overlap."""
    with opened() as world:
        try:
            issued = service.rotate(world, key_id, overlap=timedelta(hours=overlap_hours))
        except ModelMatchError as error:
            raise click.ClickException(error.message) from error
    click.echo(f"{issued.key.id}  {issued.secret}")


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Close the door to a key at once."""
    with opened() as world:
        try:
            service.revoke(world, key_id)
        except ModelMatchError as error:
            raise click.ClickException(error.message) from error
    click.echo(f"{key_id} is revoked")
