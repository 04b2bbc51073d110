"""What the demo prints: figures from the service's own log and readout, beside the labels that only the demo knows."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import quantiles
from typing import Any

import click

from app.cli.demo_client import Answered
from app.domain.statistics import wilson

Json = dict[str, Any]


def table(readout: Json, calls: Sequence[Json], answered: Sequence[Answered]) -> None:
    """One line per flow: sessions, accuracy with its interval, share now, tokens, cost, latency."""
    click.echo()
    click.echo(
        f"{'flow':<12} {'sessions':>8} {'accuracy':>9} {'95 % interval':>15} {'share':>7} {'tokens':>8} ", nl=False
    )
    click.echo(f"{'cost USD':>12} {'p50 ms':>7} {'p95 ms':>7}  standing")
    for flow in readout["flows"]:
        own = [call for call in calls if call["flow"] == flow["flow"]]
        right = [one.right for one in answered if one.flow == flow["flow"]]
        low, high = wilson(sum(right), len(right))
        accuracy = f"{sum(right) / len(right):.1%}" if right else "-"
        tokens = sum(call["usage"]["total_tokens"] for call in own)
        p50, p95 = latencies(own)
        click.echo(
            f"{flow['flow']:<12} {flow['sessions']:>8} {accuracy:>9} {f'{low:.1%} - {high:.1%}':>15} "
            f"{flow['weight'] / 100:>6.1f}% {tokens:>8} {cost(own):>12} {p50:>7} {p95:>7}  {flow['standing']}"
        )


def cost(calls: Sequence[Json]) -> str:
    """The sum in USD; `unpriced` as soon as one call has no price."""
    amounts = [call["cost_usd"] for call in calls]
    return "unpriced" if None in amounts else f"{sum(map(Decimal, amounts), Decimal(0)):.6f}"


def latencies(calls: Sequence[Json]) -> tuple[int, int]:
    """p50 and p95 in ms; 0 without calls."""
    times = [call["latency_ms"] for call in calls]
    if len(times) < 2:
        return (times[0], times[0]) if times else (0, 0)
    cuts = quantiles(times, n=20, method="inclusive")
    return round(cuts[9]), round(cuts[18])


def moves(found: Sequence[Json]) -> None:
    """Each change of traffic and why."""
    click.echo("\nMoves")
    for move in found:
        shares = "  ".join(f"{flow} {weight / 100:g}%" for flow, weight in sorted(move["after"].items()))
        click.echo(f"  {move['at'][11:19]}  {move['phase']:<9} {shares:<44} {move['reason']}")


def verdict(readout: Json, answered: Sequence[Answered]) -> bool:
    """Say what the evidence supports; whether the flow with most traffic is among that.

    Its interval over the labels must not lie wholly under another flow's: then the traffic went astray.
    """
    top = max(readout["flows"], key=lambda flow: flow["weight"])["flow"]
    spans = {flow["flow"]: _span(flow["flow"], answered) for flow in readout["flows"]}
    better = [flow for flow, (low, _) in spans.items() if low > spans[top][1]]
    click.echo()
    match readout["experiment"]["outcome"]:
        case "winner":
            click.echo(f"Winner: {top}. Every other flow is proven worse.")
        case "equivalent":
            click.echo(f"{top} gets the traffic: it is proven to be the best, or within the indifference margin of it.")
        case "inconclusive":
            alike = ", ".join(readout["supported"])
            click.echo(f"Nothing is certified: {alike} cannot be told apart on this evidence; {top} keeps the traffic.")
        case _:
            alike = ", ".join(readout["supported"])
            click.echo(f"Still open: {alike} are in play, {top} has most traffic so far, and none is crowned.")
    if better:
        click.echo(f"But the labels say otherwise: {', '.join(better)} did clearly better than {top}.", err=True)
    return not better


def shares(weights: Mapping[str, int]) -> str:
    """Live shares on one line."""
    return "  ".join(f"{flow} {weight / 100:.0f}%" for flow, weight in weights.items())


def _span(flow: str, answered: Sequence[Answered]) -> tuple[float, float]:
    right = [one.right for one in answered if one.flow == flow]
    return wilson(sum(right), len(right))
