"""`tasks` says which model does which task, for whom, and why; and changes it while the service runs."""

import json

import click

from app.cli.opened import told
from app.cli.table import aligned
from app.domain.errors import Invalid
from app.domain.preference import Kind
from app.services import preferences
from app.services import tasks as service
from app.services.tasks import Assigned

USER = click.option("--user", "user_id", help="A user, by id.")
TEAM = click.option("--team", help="A team, by name.")


@click.group()
def tasks() -> None:
    """Names for whichever model does the work now."""


@tasks.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_tasks(as_json: bool) -> None:
    """Every task, the model that does it, who said so, and how many prefer another."""
    with told() as world:
        found = service.states(world)
    if as_json:
        told_states = [
            {"task": each.task, "assigned": _told(each.assigned), "preferences": each.preferences} for each in found
        ]
        click.echo(json.dumps(told_states))
        return
    rows = [(each.task, *_cells(each.assigned), str(each.preferences)) for each in found]
    for line in aligned([("task", "model", "said by", "preferences"), *rows], right=(3,)):
        click.echo(line)


@tasks.command()
@click.argument("task")
@USER
@TEAM
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(task: str, user_id: str | None, team: str | None, as_json: bool) -> None:
    """Which model would do TASK, and what else was said that does not count."""
    with told() as world:
        said = service.said_of(world, task, user_id=user_id, team=team)
    if as_json:
        found, *overruled = map(_told, said)
        click.echo(json.dumps({"task": task, **found, "overruled": overruled}))
        return
    for line in aligned([("model", "said by"), *map(_cells, said)]):
        click.echo(line)


@tasks.command()
@click.argument("task")
@click.argument("model")
def assign(task: str, model: str) -> None:
    """Give TASK to MODEL: a slug, `auto`, or `auto/<strategy>`."""
    with told() as world:
        made = service.assign(world, task, model)
    click.echo(f"task {made.task} is done by {made.model}")


@tasks.command()
@click.argument("task")
def unassign(task: str) -> None:
    """Drop what is stored of TASK; what the environment says counts again."""
    with told() as world:
        service.unassign(world, task)
    click.echo(f"nothing is stored of task {task}")


@tasks.command()
@click.argument("task")
@click.argument("model")
@USER
@TEAM
def prefer(task: str, model: str, user_id: str | None, team: str | None) -> None:
    """Let a user or a team be served by MODEL for TASK."""
    with told() as world:
        made = preferences.put(world, task, *_whose(user_id, team), model)
    click.echo(f"{made.kind} {made.who} is served by {made.model} for task {made.task}")


@tasks.command()
@click.argument("task")
@USER
@TEAM
def unprefer(task: str, user_id: str | None, team: str | None) -> None:
    """Drop the preference of a user or a team for TASK."""
    with told() as world:
        kind, who = _whose(user_id, team)
        preferences.drop(world, task, kind, who)
    click.echo(f"{kind} {who} prefers nothing for task {task}")


@tasks.command("preferences")
@click.argument("task")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_preferences(task: str, as_json: bool) -> None:
    """Who prefers which model for TASK."""
    with told() as world:
        found, cursor = preferences.page(world, task, limit=200)
        while cursor is not None:
            more, cursor = preferences.page(world, task, cursor=cursor, limit=200)
            found += more
    if as_json:
        click.echo(json.dumps([{"kind": each.kind, "who": each.who, "model": each.model} for each in found]))
        return
    for line in aligned([("kind", "who", "model"), *((each.kind, each.who, each.model) for each in found)]):
        click.echo(line)


def _whose(user_id: str | None, team: str | None) -> tuple[Kind, str]:
    """Raises Invalid unless one of them is given."""
    if user_id is not None and team is None:
        return "user", user_id
    if team is not None and user_id is None:
        return "team", team
    raise Invalid("either --user or --team is expected", field="who")


def _cells(assigned: Assigned | None) -> tuple[str, str]:
    if assigned is None:
        return "-", "nobody"
    return assigned.model, f"{assigned.source}, by default" if assigned.by_default else assigned.source


def _told(assigned: Assigned | None) -> dict[str, object]:
    """What was said, as JSON; empty where nothing was."""
    if assigned is None:
        return {}
    return {"model": assigned.model, "source": assigned.source, "by_default": assigned.by_default}
