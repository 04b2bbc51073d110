"""`compare-demo` lets three prompts answer the shipped labelled texts and says which is best, and how sure that is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from app.cli import compare_demo_report, demo_stop
from app.cli.compare_demo_task import author, wanted
from app.cli.demo_data import load
from app.cli.opened import settings
from app.domain.errors import ModelMatchError, Unsupported
from app.services.comparing import comparisons
from app.services.comparing.here import run_here
from app.services.comparing.report import Report, report
from app.services.world import World
from app.wiring import close_world, open_world
from config import Settings

SIMULATED = "simulated/small"
OUT = Path("var/compare-demo.html")


@click.command()
@click.option("--model", "models", multiple=True, help="Who answers, by slug; may be given again. Default: simulated.")
@click.option("--inputs", type=click.IntRange(6, 326), default=120, show_default=True, help="How many labelled texts.")
@click.option("--repeats", type=click.IntRange(1, 20), default=2, show_default=True, help="How often each is asked.")
@click.option(
    "--budget-usd", type=click.FloatRange(0.000001, 1_000), default=1.0, show_default=True, help="At most so much."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default=OUT, show_default=True, help="The report."
)
@click.option("--store", help="Database address to keep the comparison in; default: one that is thrown away.")
def compare_demo(
    *, models: tuple[str, ...], inputs: int, repeats: int, budget_usd: float, out: Path, store: str | None
) -> None:
    """Compare three prompts on labelled texts, with intervals and a proven winner, and write an HTML report."""
    demo_stop.listen()
    task = load()
    slugs = tuple(dict.fromkeys(models)) or (SIMULATED,)
    compare_demo_report.introduction(task, slugs, inputs=inputs, repeats=repeats)
    try:
        with _world(store) as world:
            found = _compare(world, slugs, inputs=inputs, repeats=repeats, budget_usd=budget_usd)
            compare_demo_report.show(found)
            compare_demo_report.write(found, out)
    except ModelMatchError as error:
        field = getattr(error, "field", None)
        raise click.ClickException(f"{field}: {error.message}" if field else error.message) from None
    except demo_stop.Stopped as stopped:
        click.echo("\nStopped; nothing of it is left.", err=True)
        sys.exit(stopped.code)
    sys.exit(0 if found.known.comparison.status == "succeeded" else 1)


def _compare(world: World, slugs: tuple[str, ...], *, inputs: int, repeats: int, budget_usd: float) -> Report:
    """The report of the comparison, once it has ended. Raises ModelMatchError, Stopped."""
    task = load()
    for slug in slugs:
        _check(world, slug)
    candidates = author(world, task, slugs)
    made = comparisons.create(
        world,
        wanted(task, slugs, candidates, inputs=inputs, repeats=repeats, budget_usd=f"{budget_usd:.6f}"),
        actor="command line",
    )
    run_here(world, made.id, compare_demo_report.progress)
    click.echo()
    return report(world, made.id)


def _check(world: World, slug: str) -> None:
    """Raises UnknownModel, Unsupported without a key or address for the model's provider."""
    provider = world.catalogue.get(slug, field="model").provider
    if provider not in world.endpoints:
        raise Unsupported(f"{provider} cannot be asked: its key or address is not set", field="model")


@contextmanager
def _world(store: str | None) -> Iterator[World]:
    """The world of the environment's keys and settings on that store, or on one that is gone at the end."""
    chosen = settings()
    with TemporaryDirectory(prefix="model-match-compare-") as folder:
        places = {"spool_dir": Path(folder, "spool"), "snapshot_file": Path(folder, "snapshot.json")}
        address = {"database_url": store or f"sqlite:///{folder}/compare.db"}
        world = open_world(_on(chosen, {**address, **places}))
        try:
            yield world
        finally:
            close_world(world)


def _on(chosen: Settings, changes: dict[str, object]) -> Settings:
    return chosen.model_copy(update={**changes, "redis_url": None, "workers": 1})
