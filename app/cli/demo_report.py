"""What the demo prints: figures from the service's own log and readout, beside the labels that only the demo knows."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import quantiles
from typing import Any

import click

from app.cli.demo_client import Answered
from app.cli.demo_data import DemoTask
from app.domain.statistics.proportions import wilson

Json = dict[str, Any]
FIRST_WORDS = 50  # characters of a prompt that are shown
EVEN = 10  # of 10 000: a difference that rounding makes
OPEN = "nothing is certified yet at the promised error rate"


def introduction(task: DemoTask, *, sessions: int, after: int, limit_s: float) -> None:
    """Say what is asked, when an answer is right, who competes, what the percentages are, and when it ends."""
    example = task.inputs[0]
    click.echo(f"Task      {task.title} {len(task.inputs)} labelled texts, as: {example.text} -> {example.label}")
    click.echo(f"Right     {task.right}")
    for place, flow in enumerate(task.flows):
        words = " ".join(flow.prompt.split())[:FIRST_WORDS]
        click.echo(f"{'Prompts' if place == 0 else '':<10}{flow.code:<9} {flow.title}: {words}...")
    click.echo("Shares    the percentages below: how many of the new sessions each prompt gets")
    click.echo(f"Ends      after {sessions} sessions, {after} sessions after the outcome is known, or {limit_s:.0f} s")


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
    """Say what the evidence supports; whether the flows with most traffic are among that.

    Their intervals over the labels must not all lie wholly under another flow's: then the traffic went astray.
    """
    weights = {flow["flow"]: flow["weight"] for flow in readout["flows"]}
    top = max(weights, key=weights.__getitem__)
    ahead = [flow for flow, weight in weights.items() if weights[top] - weight <= EVEN]
    spans = {flow: _span(flow, answered) for flow in weights}
    better = [flow for flow, (low, _) in spans.items() if low > max(spans[leader][1] for leader in ahead)]
    so_far = "; ".join(f"{flow} {_accuracy(flow, answered)}" for flow in weights)
    click.echo()
    match readout["experiment"]["outcome"]:
        case "completed":
            click.echo(f"Winner: {top}. Every other flow is proven worse.")
        case "equivalent":
            click.echo(f"{top} gets the traffic: it is proven to be the best, or within the indifference margin of it.")
        case "inconclusive":
            click.echo(f"Inconclusive: {OPEN}; {top} is kept. Right so far: {so_far}.")
        case _:
            click.echo(f"Still open: {OPEN}, and {_traffic(ahead, weights)}. Right so far: {so_far}.")
    if better:
        click.echo(f"But the labels say otherwise: {', '.join(better)} did clearly better than {top}.", err=True)
    return not better


def _traffic(ahead: Sequence[str], weights: Mapping[str, int]) -> str:
    if len(ahead) == len(weights):
        return "traffic is still even"
    return f"{' and '.join(ahead)} {'has' if len(ahead) == 1 else 'have'} most traffic so far"


def _accuracy(flow: str, answered: Sequence[Answered]) -> str:
    right = [one.right for one in answered if one.flow == flow]
    low, high = wilson(sum(right), len(right))
    return f"{sum(right) / len(right):.0%} ({low:.0%} - {high:.0%})" if right else "not asked"


def shares(weights: Mapping[str, int]) -> str:
    """Live shares on one line."""
    return "  ".join(f"{flow} {weight / 100:.0f}%" for flow, weight in weights.items())


def _span(flow: str, answered: Sequence[Answered]) -> tuple[float, float]:
    right = [one.right for one in answered if one.flow == flow]
    return wilson(sum(right), len(right))
