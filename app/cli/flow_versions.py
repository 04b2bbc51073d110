"""`flows versions`, `diff`, `restore` and `label`: what a flow was, what changed, and which version serves."""

from typing import Final

import click

from app.cli.opened import told
from app.cli.table import aligned
from app.domain.flow_label import LIVE
from app.services import flows, labels
from app.services import versions as service

ACTOR: Final = "command line"


@click.command()
@click.argument("use_case")
@click.argument("flow")
def versions(use_case: str, flow: str) -> None:
    """Versions of FLOW, newest first: who wrote each, why, and where labels stand."""
    with told() as world:
        found = service.page(world, use_case, flow)
        stands = labels.of_flow(world, use_case, flow)
    rows = [("version", "written", "by", "served", "labels", "note")]
    for each in found:
        at = " ".join(label.label for label in stands if label.version == each.version)
        served = "-" if each.served_at is None else f"{each.served_at:%Y-%m-%d %H:%M}"
        note = " ".join((each.note or "-").split())[:80]
        written = f"{each.created_at:%Y-%m-%d %H:%M}"
        rows.append((str(each.version), written, each.actor or "-", served, at or "-", note))
    for line in aligned(rows, right=(0,)):
        click.echo(line)


@click.command()
@click.argument("use_case")
@click.argument("flow")
@click.argument("before")
@click.argument("after", default=LIVE)
@click.option("--other", help="AFTER is a version of this flow instead.")
def diff(use_case: str, flow: str, before: str, after: str, other: str | None) -> None:
    """What differs between versions BEFORE and AFTER of FLOW, each a number or a label; AFTER is the live one."""
    with told() as world:
        found = service.diff(world, use_case, (flow, before), (other or flow, after))
    click.echo(found.text, nl=False)
    if found.same:
        click.echo(f"{found.before} and {found.after} do the same")


@click.command()
@click.argument("use_case")
@click.argument("flow")
@click.argument("version")
@click.option("--note", help="Why; kept with the version.")
@click.option("--draft", is_flag=True, help="Serve nobody by it yet; label draft stands there.")
def restore(use_case: str, flow: str, version: str, note: str | None, draft: bool) -> None:
    """Roll back: a new version of FLOW as VERSION was, live at once."""
    with told() as world:
        restored = flows.restore(world, use_case, flow, version, note=note, publish=not draft, actor=ACTOR)
        stands = labels.of_flow(world, use_case, flow)
    click.echo(f"{use_case}/{flow}  live {restored.version}" + _others(stands))


@click.command()
@click.argument("use_case")
@click.argument("flow")
@click.argument("name", required=False)
@click.argument("version", required=False)
@click.option("--remove", is_flag=True, help="Take the label NAME away.")
def label(use_case: str, flow: str, name: str | None, version: str | None, remove: bool) -> None:
    """Let label NAME stand at VERSION of FLOW, a number or a label; `live` serves new sessions. Alone: all labels."""
    if remove and (name is None or version is not None):
        raise click.UsageError("--remove takes NAME alone")
    if not remove and (name is None) != (version is None):
        raise click.UsageError("a label is given with the version that it stands at")
    with told() as world:
        if remove and name is not None:
            labels.remove(world, use_case, flow, name, actor=ACTOR)
        elif name is not None and version is not None:
            labels.put(world, use_case, flow, name, version, actor=ACTOR)
        stands = labels.of_flow(world, use_case, flow)
    rows = [(each.label, str(each.version), f"{each.moved_at:%Y-%m-%d %H:%M}", each.actor or "-") for each in stands]
    for line in aligned([("label", "version", "since", "by"), *rows], right=(1,)):
        click.echo(line)


COMMANDS: Final = (versions, diff, restore, label)


def _others(stands: list[labels.Label]) -> str:
    return "".join(f"  {each.label} {each.version}" for each in stands if each.label != LIVE)
