"""`benchmarks` writes comparisons down to be run again, runs them, and makes inputs whose answers are known."""

import json
from pathlib import Path
from typing import get_args

import click
from pydantic import ValidationError

from app.cli import compared
from app.cli.compare import FILE, upload
from app.cli.opened import failure, told
from app.domain.comparison.benchmark import Benchmark
from app.domain.comparison.exercises import Kind, Level
from app.domain.comparison.synthetic import KINDS, LEVELS
from app.domain.errors import ModelMatchError
from app.services.comparing import benchmarks as service
from app.services.comparing import prompts as synthetic
from app.services.comparing.form import ComparisonForm


@click.group()
def benchmarks() -> None:
    """Comparisons that are written down to be run again."""


@benchmarks.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_benchmarks(as_json: bool) -> None:
    """Benchmarks by code, and when each is run next."""
    with told() as world:
        found, cursor = service.page(world, limit=200)
        while cursor is not None:
            more, cursor = service.page(world, cursor=cursor, limit=200)
            found += more
    if as_json:
        click.echo(json.dumps([_told(each) for each in found]))
        return
    for each in found:
        following = "on demand" if each.next_at is None else f"{each.next_at:%Y-%m-%d %H:%M}"
        click.echo(f"{each.code:<24}  {each.inputs:>6} inputs  {following:<16}  {each.title}")


@benchmarks.command()
@click.argument("code")
@click.argument("configuration", type=FILE)
@click.option("--inputs", type=FILE, help="CSV or JSONL, instead of inputs in CONFIGURATION.")
@click.option("--title", default="", help="What it is called.")
@click.option("--every-hours", type=int, help="How often it is run; without, on demand alone.")
def put(code: str, configuration: Path, inputs: Path | None, title: str, every_hours: int | None) -> None:
    """Write CODE down, or write it anew; CONFIGURATION is a JSON file, as POST /comparisons takes it."""
    try:
        written = json.loads(configuration.read_bytes())
        if inputs is not None:
            written = {**written, "upload": upload(inputs)}
        form = ComparisonForm.model_validate(written)
    except ValidationError as error:
        raise failure(error) from None
    except (ValueError, TypeError):
        raise click.ClickException(f"{configuration.name} is no JSON object") from None
    with told() as world:
        made = service.put(world, code, form, title=title, every_hours=every_hours, actor=compared.ACTOR)
        click.echo(f"{made.code}  {made.inputs} inputs")


@benchmarks.command()
@click.argument("code")
@click.option(
    "--fail-if-worse", is_flag=True, help="Leave with 1 when a candidate is proven worse than in the last run."
)
@click.option("--json", "as_json", is_flag=True, help="The readout as JSON.")
def run(code: str, fail_if_worse: bool, as_json: bool) -> None:
    """Run CODE here and now, and hold it against its last run."""
    with told() as world:
        made = service.run(world, code, actor=compared.ACTOR)
        compared.run(world, made)
        found = compared.tell(world, made.id, as_json=as_json)
    compared.end(found)
    worse = [each.name for each in found.change.candidates if each.change == "worse"] if found.change else []
    if fail_if_worse and worse:
        raise click.ClickException(f"worse than in the last run: {', '.join(worse)}")


@benchmarks.command()
@click.option("--count", type=int, default=30, show_default=True, help="How many.")
@click.option("--level", "levels", type=click.Choice(get_args(Level)), multiple=True, help="Repeat it; default: all.")
@click.option("--kind", "kinds", type=click.Choice(get_args(Kind)), multiple=True, help="Repeat it; default: all.")
@click.option("--seed", default="benchmark", show_default=True, help="The same seed makes the same inputs.")
def prompts(count: int, levels: tuple[Level, ...], kinds: tuple[Kind, ...], seed: str) -> None:
    """Inputs whose right answers are known, as JSONL for --inputs, to be scored by the rule json_equal."""
    try:
        made = synthetic.make(seed, count, levels or LEVELS, kinds=kinds or KINDS)
    except ModelMatchError as error:
        raise failure(error) from None
    click.echo(synthetic.jsonl(made), nl=False)


def _told(it: Benchmark) -> dict[str, object]:
    """A benchmark as JSON; `next_at` null: it is run on demand alone."""
    return {
        "code": it.code,
        "title": it.title,
        "inputs": it.inputs,
        "every_hours": it.every_hours,
        "next_at": None if it.next_at is None else it.next_at.isoformat(),
    }
