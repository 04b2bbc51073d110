"""`plugins` lists what is shipped and what is installed beside the service."""

import json
from dataclasses import asdict

import click

from app.cli.opened import opened
from app.cli.table import aligned
from app.services.plugins.listing import Plugin
from app.services.plugins.listing import plugins as found


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def plugins(*, as_json: bool) -> None:
    """List hooks, scorers, estimators of difficulty and providers, and whether they load."""
    with opened() as world:
        several = list(found(world))
    if as_json:
        click.echo(json.dumps([asdict(plugin) for plugin in several]))
        return
    rows = [(each.group, each.name, _origin(each), _state(each)) for each in several]
    for line in aligned([("group", "name", "from", "state"), *rows]):
        click.echo(line)


def _origin(plugin: Plugin) -> str:
    return "shipped" if plugin.shipped else f"{plugin.distribution} {plugin.version}"


def _state(plugin: Plugin) -> str:
    if plugin.error is not None:
        return f"does not load ({plugin.error})"
    return "around every call" if plugin.everywhere else "ready"
