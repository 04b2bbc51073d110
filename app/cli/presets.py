"""`presets` shows the use cases that ship, and makes one's own of them."""

import json
from typing import Final

import click

from app.cli.opened import told
from app.cli.table import aligned
from app.domain.errors import NotFound
from app.services import presets as service
from app.services.presets import Preset

ACTOR: Final = "command line"


@click.group()
def presets() -> None:
    """Use cases with flows that ship with the product."""


@presets.command("list")
def list_presets() -> None:
    """Every preset with its inputs; those in brackets may be left out."""
    rows = [(each.code, _inputs(each), each.title) for each in service.shipped().values()]
    for line in aligned([("preset", "inputs", "title"), *rows]):
        click.echo(line)


@presets.command()
@click.argument("preset")
def show(preset: str) -> None:
    """What PRESET does, what it wants, and its prompts."""
    try:
        found = service.get(preset)
    except NotFound as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{found.code}: {found.title}\n{found.description}\nscored by rubric {found.rubric}\n\ninputs")
    for each in found.inputs:
        click.echo(f"  {each.name}{'' if each.required else ' (may be left out)'}: {each.description}")
    click.echo(f"\nexample\n  {json.dumps(found.example, ensure_ascii=False)}")
    for flow in found.flows:
        click.echo(f"\nflow {flow.code}: {flow.title}")
        for step in flow.steps:
            click.echo(f"\n  step {step.code}")
            click.echo("\n".join(f"    {line}" for line in f"{step.system}\n{step.prompt}".strip().splitlines()))


@presets.command()
@click.argument("preset")
@click.option("--code", help="Of the use case; the preset's own by default.")
@click.option("--model", "models", multiple=True, help="Whom every step asks, in this order; auto by default.")
@click.option("--activate", is_flag=True, help="Let the first flow serve at once.")
def use(preset: str, code: str | None, models: tuple[str, ...], activate: bool) -> None:
    """Make a use case with flows of PRESET."""
    with told() as world:
        found = service.get(preset)
        use_case, flows = service.use(
            world, found, code=code or found.code, models=models, activate=activate, actor=ACTOR
        )
    state = "serves" if use_case.active else "does not serve yet"
    count = "1 flow" if len(flows) == 1 else f"{len(flows)} flows"
    click.echo(f"use case {use_case.code} with {count} ({', '.join(each.code for each in flows)}); it {state}")


def _inputs(preset: Preset) -> str:
    return " ".join(each.name if each.required else f"[{each.name}]" for each in preset.inputs)
