"""`routes export` writes what the router learns from, so that it can be learned from elsewhere."""

import json
from datetime import timedelta
from typing import TextIO

import click

from app.cli.opened import told
from app.domain.routing.features import NAMES
from app.services.routing import exporting, learners


@click.command()
@click.option("--use-case", help="Of this use case.")
@click.option("--task", help="Of this task; of direct questions when neither is named.")
@click.option("--days", type=click.IntRange(1, 3_650), default=90, show_default=True, help="How far back.")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="A file; else the terminal.")
def export(use_case: str | None, task: str | None, days: int, output: TextIO) -> None:
    """A line of JSON for each outcome: the prompt in figures, the model, the quality and its weight; never a text."""
    with told() as world:
        learner = learners.named(world, use_case=use_case, task=task)
        since = world.now() - timedelta(days=days)
        for each in exporting.lines(world, learner, since=since):
            outcome = each.outcome
            line = {
                "at": outcome.at.isoformat(),
                "route": outcome.route_id,
                "call": outcome.call_id,
                "model": outcome.model,
                "level": outcome.level,
                "quality": outcome.quality,
                "weight": outcome.weight,
                "source": outcome.source,
                "chance": each.chance,
                "own": each.own,
                "figures": dict(zip(NAMES, each.figures, strict=True)),
                "words": each.places,
            }
            output.write(json.dumps(line) + "\n")
