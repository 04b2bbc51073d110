"""`tasks` says which model does which task, for whom, and why; and changes it while the service runs."""

import json
from dataclasses import asdict

import click

from app.cli.opened import told
from app.cli.table import aligned
from app.domain.errors import Invalid
from app.domain.preference import Kind
from app.services import preferences
from app.services import tasks as service
from app.services.tasks import Assigned, TaskState
from app.services.world import World

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
        facts = [_state(world, each) for each in found]
    if as_json:
        click.echo(json.dumps(facts))
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
        configured = service.configured(world, said[0].model)
    if as_json:
        found, *overruled = map(asdict, said)
        why = service.why(task, said[0], user_id=user_id, team=team)
        click.echo(json.dumps({**found, "task": task, "why": why, "configured": configured, "overruled": overruled}))
        return
    for line in aligned([("model", "said by"), *map(_cells, said)]):
        click.echo(line)


@tasks.command()
@click.argument("task")
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def assign(task: str, model: str, as_json: bool) -> None:
    """Give TASK to MODEL: a slug, `auto`, or `auto/<strategy>`."""
    hand_over(task, model, as_json=as_json)


@tasks.command()
@click.argument("task")
def unassign(task: str) -> None:
    """Drop what is stored of TASK; what the environment says counts again."""
    with told() as world:
        now = service.unassign(world, task)
    click.echo(f"task {task} is given back: " + ("nobody does it now" if now is None else f"{now.model} does it now"))


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


def hand_over(task: str, model: str, *, as_json: bool) -> None:
    """Give the task to the model, and tell it."""
    with told() as world:
        made = service.assign(world, task, model)
        configured = service.configured(world, made.model)
    if as_json:
        click.echo(json.dumps({**asdict(made), "configured": configured}))
        return
    click.echo(f"task {made.task} is done by {made.model}")
    if not configured:
        click.echo(f"{made.model} cannot be asked with these settings: its provider is not configured", err=True)


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


def _state(world: World, state: TaskState) -> dict[str, object]:
    """A task as JSON, in the shape that `GET /tasks` has."""
    found = state.assigned
    return {
        "task": state.task,
        "model": None if found is None else found.model,
        "source": None if found is None else found.source,
        "by_default": found is not None and found.by_default,
        "configured": found is not None and service.configured(world, found.model),
        "preferences": state.preferences,
    }
