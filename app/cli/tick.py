"""`tick` runs the beat outside the server, for installations that set TICK=off."""

import time

import click

from app.cli.opened import opened, settings
from app.services.tick import beat


@click.command()
@click.option("--loop", is_flag=True, help="Go on beating, at TICK_INTERVAL_S.")
def tick(*, loop: bool) -> None:
    """Advance what time advances: experiments, expired sessions, old idempotency keys."""
    interval_s = settings().tick_interval_s
    with opened() as world:
        while True:
            for line in beat(world):
                click.echo(line)
            if not loop:
                return
            time.sleep(interval_s)
