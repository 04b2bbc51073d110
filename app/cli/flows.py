"""`flows` reads the flows of a use case, their versions and labels, promotes, rolls back and previews."""

import click

from app.cli import flow_graph, flow_preview, flow_versions
from app.cli.opened import told
from app.cli.table import aligned
from app.domain.flow import Flow
from app.domain.flow_diff import Body, lines
from app.domain.flow_label import LIVE
from app.services import flows as service
from app.services import versions


@click.group()
def flows() -> None:
    """Flows of a use case: what they are made of, and which version of each serves."""


@flows.command("list")
@click.argument("use_case")
def list_flows(use_case: str) -> None:
    """Flows of USE_CASE with weight, live version and labels."""
    with told() as world:
        found, _ = service.page(world, use_case, search=None, order="code", cursor=None, limit=1_000)
        labels = world.snapshots.current.labels
    header = ("flow", "active", "weight", "live", "steps", "labels")
    for line in aligned([header, *(_row(flow, labels.get(flow.id, {})) for flow in found)], right=(2, 3, 4)):
        click.echo(line)


@flows.command()
@click.argument("use_case")
@click.argument("flow")
@click.option("--version", default=LIVE, help="By number or label; the live one by default.")
def show(use_case: str, flow: str, version: str) -> None:
    """The steps of FLOW, one field a line; what is as usual is left out."""
    with told() as world:
        found = versions.get(world, use_case, flow, version)
    click.echo(f"{use_case}/{flow}  version {found.version}")
    for line in lines(Body(flow, found.steps, found.limits)):
        click.echo(line)


for command in (*flow_versions.COMMANDS, flow_preview.preview, flow_graph.graph):
    flows.add_command(command)


def _row(flow: Flow, labels: object) -> tuple[str, ...]:
    marked = " ".join(f"{name}={number}" for name, number in labels.items()) if isinstance(labels, dict) else ""
    share = f"{flow.weight / 100:.2f} %"
    return (flow.code, "yes" if flow.active else "no", share, str(flow.version), str(len(flow.steps)), marked or "-")
