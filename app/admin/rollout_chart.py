"""Drawings of a rollout, computed here and shown as SVG: how traffic was shared over time, and intervals of means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.readout import Against, FlowReadout, Shared
from app.domain.weights import TOTAL

WIDTH: Final = 1_000.0
HEIGHT: Final = 200.0
COLOURS: Final = 8  # classes f0 to f7 of the sheet; a ninth flow looks as the first, and the tables name it


@dataclass(frozen=True, slots=True)
class Area:
    """One flow's part of the chart: `path` of an SVG of WIDTH × HEIGHT, the first flow at the bottom."""

    flow: str
    colour: int
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked steps from `begins` to `ends`; `table` is the same as text, the newest first."""

    areas: tuple[Area, ...]
    begins: datetime
    ends: datetime
    table: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """An interval and its mean (None without any) in percent of the scale."""

    low: float
    high: float
    mean: float | None


def chart(flows: Sequence[str], shares: Sequence[Shared], *, now: datetime) -> Chart | None:
    """How traffic was shared until `now`; `shares` newest first, as a readout has them. None without any."""
    if not shares:
        return None
    steps = list(reversed(shares))
    begins = steps[0].started_at
    ends = max(now, steps[-1].started_at)
    whole = (ends - begins).total_seconds() or 1.0
    edges = [WIDTH * (step.started_at - begins).total_seconds() / whole for step in steps] + [WIDTH]
    floor = [0] * len(steps)
    areas = []
    for place, flow in enumerate(flows):
        top = [below + step.weights.get(flow, 0) for below, step in zip(floor, steps, strict=True)]
        areas.append(Area(flow, place % COLOURS, _path(edges, floor, top)))
        floor = top
    return Chart(tuple(areas), begins, ends, tuple(shares))


def span(flow: FlowReadout) -> Span:
    """Where the flow's mean may lie; rewards are 0 to 1."""
    low, high = flow.interval
    return Span(_percent(low), _percent(high), None if flow.mean is None else _percent(flow.mean))


def nearest(flow: FlowReadout) -> Against | None:
    """The rival that is the hardest to beat: a flow wins once it is proven better than each."""
    return min(flow.against, key=lambda one: one.log_e, default=None)


def progress(against: Against) -> float:
    """How far the e-value has come to its bar, as logarithms, in percent: each doubling is the same way."""
    if against.log_bar <= 0:
        return 100.0
    return _percent(against.bounded_log_e / against.log_bar)


def _path(edges: Sequence[float], floor: Sequence[int], top: Sequence[int]) -> str:
    """Along the top from left to right, and back along the floor; constant between two edges."""
    steps = range(len(top))
    there = [f"{edges[i]:.1f},{_y(top[i])} {edges[i + 1]:.1f},{_y(top[i])}" for i in steps]
    back = [f"{edges[i + 1]:.1f},{_y(floor[i])} {edges[i]:.1f},{_y(floor[i])}" for i in reversed(steps)]
    return f"M{' '.join(there)} {' '.join(back)}Z"


def _y(weight: int) -> str:
    return f"{HEIGHT * (1 - weight / TOTAL):.1f}"


def _percent(part: float) -> float:
    return round(100 * min(1.0, max(0.0, part)), 2)
