"""`flows preview` renders one step with given inputs, tells what it would cost, and asks it once on wish."""

import json
from pathlib import Path

import click

from app.cli.opened import told
from app.cli.table import aligned
from app.domain.flow_label import LIVE
from app.domain.money import to_usd
from app.services import previews
from app.services.asking import Asked
from app.services.direct import Answered
from app.services.previews import Given, Preview

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("use_case")
@click.argument("flow")
@click.argument("step")
@click.option("--input", "given", multiple=True, metavar="NAME=TEXT", help="An input; may be repeated.")
@click.option("--inputs", "file", type=FILE, help="A JSON file with an object of inputs.")
@click.option("--output", "outputs", multiple=True, metavar="STEP=TEXT", help="What an earlier step said.")
@click.option("--model", "models", multiple=True, help="Asked instead of the step's own; may be repeated.")
@click.option("--version", default=LIVE, help="By number or label; the live one by default.")
@click.option("--call", is_flag=True, help="Ask it once; that is booked, and in no statistics.")
def preview(
    use_case: str,
    flow: str,
    step: str,
    given: tuple[str, ...],
    file: Path | None,
    outputs: tuple[str, ...],
    models: tuple[str, ...],
    version: str,
    call: bool,
) -> None:
    """How STEP of FLOW would be asked, and what that costs on each model, the cheapest first."""
    inputs: dict[str, object] = {**_inputs(file), **_named(given, "--input")}
    seen = Given(Asked("preview", inputs=inputs), outputs=_named(outputs, "--output"), models=models)
    with told() as world:
        found = previews.of_flow(world, use_case, flow, step, seen, version=version)
        _tell(found)
        if call:
            _answer(*previews.ask(world, found))


def _tell(found: Preview) -> None:
    for turn in found.request.messages:
        click.echo(f"[{turn.role}]")
        click.echo(turn.text)
    click.echo()
    if found.runs is not None:
        click.echo(f"condition: {'the step runs' if found.runs else 'the step is skipped'}")
    if found.unfilled:
        click.echo(f"unfilled: {' '.join(f'<<{name}>>' for name in found.unfilled)}")
    header = ("model", "tokens in", "tokens out", "expected", "at worst", "fits")
    rows = [
        (
            each.model,
            str(each.input_tokens),
            str(each.output_tokens),
            _usd(each.cost),
            _usd(each.worst_case),
            "yes" if each.fits else "no",
        )
        for each in found.estimates
    ]
    for line in aligned([header, *rows], right=range(1, 5)):
        click.echo(line)


def _answer(answered: Answered, violation: str | None) -> None:
    costs = [call.cost for call in answered.calls]
    cost = None if None in costs else sum(cost for cost in costs if cost is not None)
    click.echo(f"\n[{answered.model}, {_usd(cost)} USD]")
    click.echo(answered.reply.text)
    if violation is not None:
        click.echo(f"breaks the schema: {violation}")


def _usd(nanos: int | None) -> str:
    return "unknown" if nanos is None else to_usd(nanos)


def _inputs(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read_bytes())
    except ValueError as error:
        raise click.ClickException(f"{file.name}: {error}") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{file.name}: a JSON object is expected")
    return found


def _named(given: tuple[str, ...], option: str) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not name or not equals:
            raise click.BadParameter(f"{each!r} is not NAME=TEXT", param_hint=option)
        found[name] = text
    return found
