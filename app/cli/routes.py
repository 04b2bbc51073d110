"""`routes` lists and explains what the router decided, and reports whether it earns its keep."""

import json
from collections.abc import Iterator
from typing import Final, get_args

import click

from app.cli.opened import told
from app.cli.routes_export import export
from app.cli.table import aligned
from app.db.routes import RouteFilter
from app.domain.comparison.estimate import Estimate
from app.domain.money import to_usd
from app.domain.route import Drawn
from app.domain.routing.earned import Always
from app.services import traffic
from app.services.routing import earning, kept_routes, learners
from app.services.routing.earning_json import RoutingReportOut
from app.services.routing.kept_routes import Kept
from app.services.routing.kept_routes_json import RouteOut
from app.services.routing.reports import Report
from app.services.world import World

REPORTED: Final = ("", "always", "quality", "95 %", "$ per 1,000", "95 %", "asked", "possible")
RATED: Final = ("", "model", "quality", "at least", "USD", "ms", "chance")


@click.group()
def routes() -> None:
    """What the router decided for requests by auto, why, and whether that was worth it."""


@routes.command()
@click.option("--use-case", help="Of this use case.")
@click.option("--task", help="Of this task; of direct questions when neither is named.")
@click.option("--days", type=click.IntRange(1, 3_650), default=earning.DAYS, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def report(use_case: str | None, task: str | None, days: int, as_json: bool) -> None:
    """Does the router earn its keep? It is held against every model that could be asked all the time."""
    with told() as world:
        found = earning.report(world, learners.named(world, use_case=use_case, task=task), days=days)
    click.echo(RoutingReportOut.of(found).model_dump_json() if as_json else "\n".join(_report(found)))


@routes.command("list")
@click.option("--use-case", help="Only those of this use case.")
@click.option("--task", help="Only those of this task.")
@click.option("--model", help="Only those that this model answered.")
@click.option("--drawn", type=click.Choice(get_args(Drawn)), help="Only those whose first model was found so.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_routes(
    use_case: str | None, task: str | None, model: str | None, drawn: Drawn | None, limit: int, as_json: bool
) -> None:
    """Decisions of the router, newest first."""
    with told() as world:
        owner = None if use_case is None else traffic.known_use_case(world, use_case).id
        wanted = RouteFilter(use_case_id=owner, task=task, model=model, drawn=drawn)
        found, _ = kept_routes.page(world, wanted, cursor=None, limit=limit)
        if as_json:
            click.echo(json.dumps([_json(world, each) for each in found]))
            return
    for line in aligned([_line(each) for each in found]) if found else ():
        click.echo(line)


@routes.command()
@click.argument("route_id")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(route_id: str, as_json: bool) -> None:
    """Why a model was asked: what was expected of each, which limit removed which, and what came of it."""
    with told() as world:
        found = kept_routes.get(world, route_id)
        click.echo(json.dumps(_json(world, found)) if as_json else "\n".join(_explained(found)))


routes.add_command(export)


def _json(world: World, kept: Kept) -> dict[str, object]:
    of = kept.route
    use_case = world.snapshots.current.use_cases_by_id.get(of.use_case_id or "")
    flows = world.snapshots.current.flows.get(of.use_case_id or "", ())
    flow = next((each.code for each in flows if each.id == of.flow_id), None)
    return RouteOut.of(kept, use_case=None if use_case is None else use_case.code, flow=flow).model_dump(mode="json")


def _report(found: Report) -> Iterator[str]:
    own = found.earned
    share = f", {own.outcomes / found.routes:.0%} of {found.routes:,} routes" if found.routes else ""
    yield own.sentence
    yield f"{own.outcomes:,} known outcomes{share}, {own.held_out:,} of them held out."
    if found.stands_down and found.standing is not None:
        yield f"It stands down: {found.standing.single} is asked, and the hold-out goes on."
    if own.router is not None:
        yield ""
        rows = [_always(each) for each in (own.router, *own.singles)]
        yield from aligned([REPORTED, *rows], right=range(2, len(REPORTED)))


def _always(each: Always) -> tuple[str, ...]:
    mark = "*" if each.compared else ""
    quality = ("unknown", "") if each.quality is None else _estimate(each.quality, 1.0, ".3f")
    cost = ("unknown", "") if each.cost is None else _estimate(each.cost, 1_000 / 1_000_000_000, ".4f")
    name = "(the router)" if each.model is None else each.model
    return (mark, name, *quality, *cost, str(each.asked), f"{each.share:.0%}")


def _estimate(found: Estimate, unit: float, form: str) -> tuple[str, str]:
    if found.low is None or found.high is None:
        return format(found.value * unit, form), ""
    return format(found.value * unit, form), f"{found.low * unit:{form}} … {found.high * unit:{form}}"


def _line(kept: Kept) -> tuple[str, ...]:
    of = kept.route
    answered = of.model or "nobody"
    asked = of.picked if answered == of.picked else f"{of.picked} > {answered}"
    quality = "-" if kept.outcome is None else f"{kept.outcome.quality:.2f}"
    return of.id, f"{of.at:%Y-%m-%d %H:%M:%S}", of.learner, of.level, of.drawn, asked, quality


def _explained(kept: Kept) -> Iterator[str]:
    of = kept.route
    yield "  ".join(_line(kept)[:5])
    yield of.reasoning
    yield f"difficulty {of.difficulty:.2f} by {of.estimator or 'nobody'}, strategy {of.strategy}"
    yield ""
    rows = [
        (
            "*" if each.model == of.picked else "",
            each.model,
            f"{each.quality:.3f}",
            f"{each.low:.3f}",
            "unknown" if each.cost is None else to_usd(each.cost),
            str(each.latency_ms),
            f"{each.chance:.1%}",
        )
        for each in of.rated
    ]
    yield from aligned([RATED, *rows], right=range(2, len(RATED)))
    yield from (f"  {each.model}: {each.limit}, {each.why}" for each in of.removed)
    for each in of.tried:
        trust = "" if each.confidence is None else f", trusted {each.confidence:.2f}"
        cost = "of unknown cost" if each.cost is None else f"${to_usd(each.cost)}"
        known = kept.outcomes.get(each.call_id)
        came = "" if known is None else f", outcome {known.quality:.2f} by {known.source}"
        yield f"  {'failed' if each.failed else 'asked'} {each.model}: {cost}, {each.latency_ms} ms{trust}{came}"
