"""`keys` issues, lists, rotates and revokes API keys."""

from datetime import timedelta

import click

from app.cli.opened import opened
from app.domain.access import SCOPES
from app.domain.errors import ModelMatchError
from app.services import keys as service


@click.group()
def keys() -> None:
    """API keys: stored hashed, shown once."""


@keys.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated.")
def issue(name: str, scopes: tuple[str, ...]) -> None:
    """Issue a key and print its secret, once."""
    with opened() as world:
        issued = service.issue(world, name, scopes)
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
