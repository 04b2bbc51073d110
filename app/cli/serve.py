"""`serve` starts the HTTP server: granian with one or more worker processes."""

from ipaddress import ip_address

import click
from granian import Granian
from granian.constants import Interfaces

from app.cli.opened import opened, settings
from app.services import keys
from config import Settings


@click.command()
def serve() -> None:
    """Serve the API. Prints an admin key once when there is none yet."""
    chosen = settings()
    _check_keys(chosen)
    click.echo(f"Model Match listens on http://{chosen.host}:{chosen.port} — API documentation under /docs", err=True)
    Granian(
        "run:app",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.WSGI,
        workers=chosen.workers,
        blocking_threads=chosen.threads,
        backlog=2048,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        log_enabled=False,
    ).serve()


def _check_keys(chosen: Settings) -> None:
    """The first start on loopback issues a key; elsewhere it refuses to open a door that nobody could have guarded."""
    with opened() as world:
        if keys.any_valid(world):
            return
        if not _loopback(chosen.host):
            raise click.ClickException(
                f"HOST={chosen.host} is reachable from outside and no key exists yet: "
                "set ADMIN_KEY or run `python run.py keys issue --scope admin NAME` first"
            )
        issued = keys.issue(world, "first start", ("admin",))
        click.echo(f"Admin key, shown this once: {issued.secret}", err=True)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
