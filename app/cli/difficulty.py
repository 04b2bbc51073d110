"""`difficulty` says how hard a prompt is, and what makes it so."""

import json
import sys

import click

from app.cli.opened import opened
from app.services.routing.difficulty import ESTIMATORS, Estimate, Estimator, estimate


@click.command()
@click.argument("text")
@click.option("--estimator", type=click.Choice(ESTIMATORS), help="Default: as requests by auto are judged.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def difficulty(text: str, estimator: Estimator | None, *, as_json: bool) -> None:
    """Estimate the difficulty of TEXT, or of standard input where TEXT is `-`; no model is asked."""
    prompt = sys.stdin.read() if text == "-" else text
    if not prompt.strip():
        raise click.UsageError("TEXT is empty.")
    with opened() as world:
        found = estimate(world, [prompt], estimator=estimator)[0]
    click.echo(json.dumps(_facts(found)) if as_json else _told(found))


def _facts(found: Estimate) -> dict[str, object]:
    return {
        "score": round(found.score, 4),
        "level": found.level,
        "estimator": found.estimator,
        "contributions": {name: round(share, 4) for name, share in found.contributions.items()},
        "fallback": found.fallback,
    }


def _told(found: Estimate) -> str:
    lines = [f"{found.level}, {found.score:.2f} by {found.estimator}"]
    if found.fallback is not None:
        lines.append(found.fallback)
    lines += [f"  {name:<20} {share:+.3f}" for name, share in found.contributions.items()]
    return "\n".join(lines)
