"""Synthetic worlds whose truth is known: requests of some difficulty, models that are good at them, and a router."""

from dataclasses import dataclass, field

import numpy as np
from numpy.random import PCG64, Generator

from app.domain.fixed_effects import Array
from app.domain.routing.earning_rows import Logged

MODELS = ("v/cheap", "v/mid", "v/best")
COSTS = np.array([80_000.0, 250_000.0, 5_000_000.0])  # nano-dollars a request, after routing.md
GOOD = np.array([0.59, 0.745, 0.88])


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """What could have happened: quality each model has, which one the router asks, and what it forecasts."""

    quality: Array
    cost: Array
    forecast: Array
    by_router: "np.ndarray[tuple[int, ...], np.dtype[np.intp]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Useful:
    """The cheap model fails half of the time where the request is hard, and the router sees most of that."""

    bias: Array = field(default_factory=lambda: np.zeros(3))

    def requests(self, rng: Generator, n: int) -> Requests:
        hard = rng.random(n) < 0.5
        quality = np.where(hard[:, None], np.array([0.25, 0.4, 0.86]), np.array([0.88, 0.9, 0.92]))
        seen = np.where(rng.random(n) < 0.9, hard, ~hard)
        forecast = np.where(seen[:, None], np.array([0.3, 0.45, 0.86]), np.array([0.83, 0.85, 0.91])) + self.bias
        cost = COSTS * rng.gamma(8.0, 1 / 8, (n, 1))
        return Requests(quality=quality, cost=cost, forecast=np.clip(forecast, 0, 1), by_router=np.where(seen, 2, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Useless:
    """The router knows nothing: it asks the mid model or the best one by the toss of a coin, which gains nothing."""

    bias: Array = field(default_factory=lambda: np.zeros(3))

    def requests(self, rng: Generator, n: int) -> Requests:
        hard = rng.random(n)[:, None]
        quality = np.clip(GOOD - (hard - 0.5) * np.array([0.7, 0.5, 0.2]), 0, 1)
        forecast = np.clip(GOOD + self.bias + rng.normal(0, 0.1, (n, 3)), 0, 1)
        cost = COSTS * rng.gamma(8.0, 1 / 8, (n, 1))
        return Requests(quality=quality, cost=cost, forecast=forecast, by_router=np.where(rng.random(n) < 0.5, 1, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """Two models are equally good, and the router asks the dearer one in a `share` of the requests, for no reason."""

    share: float

    def requests(self, rng: Generator, n: int) -> Requests:
        forecast = np.clip(0.7 + rng.normal(0, 0.1, (n, 2)), 0, 1)
        cost = COSTS[:2] * rng.gamma(8.0, 1 / 8, (n, 1))
        by_router = np.where(rng.random(n) < self.share, 1, 0)
        return Requests(quality=np.full((n, 2), 0.7), cost=cost, forecast=forecast, by_router=by_router)


def seeded(number: int) -> Generator:
    """The same numbers in every run."""
    return Generator(PCG64(number))


def logs(found: Requests, rng: Generator, *, hold_out: float) -> list[Logged]:
    """What the service would have logged, with one outcome of 0 or 1 per request."""
    n, k = found.quality.shape
    out = rng.random(n) < hold_out
    asked = np.where(out, rng.integers(0, k, n), found.by_router)
    right = (rng.random(n) < found.quality[np.arange(n), asked]).astype(float)
    rows = []
    for i in range(n):
        chances = np.full(k, hold_out / k)
        chances[found.by_router[i]] += 1 - hold_out
        cost = float(found.cost[i, asked[i]])
        rows.append(
            Logged(
                models=MODELS[:k],
                rated=np.column_stack([chances, found.forecast[i], COSTS[:k]]),
                asked=int(asked[i]),
                by_router=int(found.by_router[i]),
                first_quality=float(right[i]),
                first_cost=cost,
                last_quality=float(right[i]),
                last_cost=cost,
                held_out=bool(out[i]),
                group=str(i),
            )
        )
    return rows


def gain_of(found: Requests) -> float:
    """The true gain at equal cost, over many requests, against the best mixture of two models."""
    rows = np.arange(len(found.by_router))
    quality, cost = found.quality.mean(axis=0), found.cost.mean(axis=0)
    router_quality = found.quality[rows, found.by_router].mean()
    router_cost = found.cost[rows, found.by_router].mean()
    best = max(
        _between(quality, cost, router_cost, low, high)
        for low in range(3)
        for high in range(low + 1, 3)
        if cost[low] <= router_cost <= cost[high]
    )
    return float(router_quality - best)


def _between(quality: Array, cost: Array, wanted: float, low: int, high: int) -> float:
    share = (wanted - cost[low]) / (cost[high] - cost[low])
    return float(quality[low] * (1 - share) + quality[high] * share)
