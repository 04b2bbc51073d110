"""`quality` says whether scores follow what people say, and learns weights from it."""

import click

from app.cli.opened import told
from app.domain.quality.calibration import Correlation
from app.services import scoring_report, scoring_weights
from app.services.scoring_json import CalibrationOut, LearnedOut

DAYS = click.IntRange(1, 3_650)


@click.group()
def quality() -> None:
    """Scores of a use case's answers, held against what people said of them."""


@quality.command()
@click.argument("use_case")
@click.option("--rubric", help="A known rubric; the use case's own if absent.")
@click.option("--days", type=DAYS, default=scoring_report.DAYS, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def calibration(use_case: str, rubric: str | None, days: int, as_json: bool) -> None:
    """Whether scores follow people's opinions, in all and by dimension."""
    with told() as world:
        report = scoring_report.calibration(world, use_case, rubric=rubric, days=days)
    if as_json:
        click.echo(CalibrationOut.of(report).model_dump_json())
        return
    found = report.following
    click.echo(f"{use_case}, rubric {report.rubric}, opinions of {report.days} days")
    click.echo(found.told)
    lines = [("all", found.agreement.spearman), ("kept when edited", found.kept), *found.dimensions.items()]
    for name, each in lines:
        click.echo(f"{name:<20} {_cells(each)}")


@quality.command()
@click.argument("use_case")
@click.option("--rubric", help="A known rubric; the use case's own if absent.")
@click.option("--days", type=DAYS, default=scoring_weights.DAYS, show_default=True, help="How far back.")
@click.option("--dry-run", is_flag=True, help="Say what is learned, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="As the API answers.")
def learn(use_case: str, rubric: str | None, days: int, dry_run: bool, as_json: bool) -> None:
    """Learn weights from feedback; they count where they follow opinions better."""
    with told() as world:
        found = scoring_weights.learn_from_feedback(world, use_case, rubric=rubric, days=days, dry_run=dry_run)
    if as_json:
        click.echo(LearnedOut.of(found).model_dump_json())
        return
    click.echo(found.lesson.told)
    click.echo("The weights stay as they are." if found.kept else "The learned weights are in force.")
    for name, weight in found.lesson.weights.items():
        click.echo(f"{name:<20} {found.in_force.weights[name]:>7.2f} in force {weight:>7.2f} learned")


def _cells(found: Correlation) -> str:
    if found.value is None:
        return f"n {found.n:>5}  nothing to tell"
    return f"n {found.n:>5}  rank correlation {found.value:+.2f}  95% {found.low:+.2f} to {found.high:+.2f}"
