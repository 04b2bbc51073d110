"""Counting says for which unit of which A/B test a fact counts, and what it adds there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.ab.metric import Metric
from app.domain.feedback import Feedback


@dataclass(frozen=True, slots=True)
class Counting:
    """A session's part in a test: its `unit` in this `arm`, and the `metrics` that are followed, the primary first.

    Facts count until `window_days` after the session was `assigned_at`.
    """

    experiment_id: str
    unit: str
    arm: str
    metrics: tuple[Metric, ...]
    assigned_at: datetime
    window_days: int

    def of_opinion(self, opinion: Feedback) -> Mapping[str, int]:
        """What it adds to the unit's sums, by metric; nothing when it came too late."""
        if opinion.at - self.assigned_at > timedelta(days=self.window_days):
            return {}
        found = {
            metric.name: metric.amount_of_opinion(
                opinion.kind, name=opinion.metric, value=opinion.value, reward=opinion.reward
            )
            for metric in self.metrics
        }
        return {name: amount for name, amount in found.items() if amount is not None}

    def of_run(self, *, failed: bool, latency_ms: int, cost: int | None) -> Mapping[str, int]:
        """What a run, or a call reported from outside, adds, by metric."""
        found = {
            metric.name: metric.amount_of_run(failed=failed, latency_ms=latency_ms, cost=cost)
            for metric in self.metrics
        }
        return {name: amount for name, amount in found.items() if amount is not None}
