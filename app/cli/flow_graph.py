"""`flows graph` draws a flow, or how the steps of a run stand."""

import click

from app.cli.opened import told
from app.domain.flow_label import LIVE
from app.domain.picture.mermaid import mermaid
from app.domain.picture.svg import svg
from app.services import pictures


@click.command()
@click.argument("use_case")
@click.argument("flow")
@click.option("--version", default=LIVE, help="By number or label; the live one by default.")
@click.option("--run", help="Id of a run of the flow: how its steps stand.")
@click.option("--format", "wanted", type=click.Choice(("mermaid", "svg")), default="mermaid", show_default=True)
def graph(use_case: str, flow: str, version: str, run: str | None, wanted: str) -> None:
    """The picture of FLOW as mermaid text or as SVG."""
    with told() as world:
        picture = pictures.of_flow(world, use_case, flow, version=version, run=run)
    click.echo(mermaid(picture) if wanted == "mermaid" else svg(picture), nl=False)
