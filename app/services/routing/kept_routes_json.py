"""A kept route as JSON, explained: what was expected of each model, which limit removed which, who was asked."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.db.outcomes import Outcome
from app.domain.auto import Strategy
from app.domain.money import to_usd
from app.domain.route import Drawn, Route
from app.domain.routing.level import Level
from app.services.comparing.readout_json import Out
from app.services.routing.kept_routes import Kept


class RatedOut(Out):
    """What was expected of a model that could be asked, and the chance 0…1 that it was asked first."""

    model: str
    quality: float
    quality_low: float
    cost_usd: str | None
    latency_ms: int
    chance: float
    outcomes: Annotated[float, Field(description="weight of what its quality was learned from")]


class RouteRemovedOut(Out):
    """A model that could not be asked: the limit that it does not meet, and by how much."""

    model: str
    limit: str
    why: str


class OutcomeOut(Out):
    """The quality 0…1 that an answer reached, who said so, and how far that is trusted."""

    quality: float
    weight: Annotated[float, Field(description="how far it is trusted, 0 to 1")]
    source: str
    at: datetime


class RouteOutcomeOut(Out):
    """What is known now of the answer that left on a route."""

    id: str
    outcome: OutcomeOut | None

    @classmethod
    def of(cls, kept: Kept) -> "RouteOutcomeOut":
        """The route's id with the outcome that stands."""
        return cls(id=kept.route.id, outcome=_outcome(kept.outcome))


class TriedOut(Out):
    """One answer on the way, how far it was trusted 0…1 if anybody looked, and its outcome if it is known."""

    call_id: str
    model: str
    failed: bool
    written: Annotated[bool, Field(description="from the answers of a council's members")]
    confidence: float | None
    cost_usd: str | None
    latency_ms: int
    outcome: OutcomeOut | None


class RouteOut(Out):
    """One decision of the router. `picked` was asked first, `by_router` is what the router alone would have asked.

    `model` gave the answer that left, null when none did. `cost_usd` is that of all calls, also of those
    that judged or failed, null if one is unpriced.
    """

    id: str
    at: datetime
    use_case: str | None
    flow: str | None
    step: str | None
    task: str | None
    session_id: str | None
    run_id: str | None
    key_id: str | None
    strategy: Strategy
    picked: str
    by_router: str
    drawn: Drawn
    difficulty: float
    level: Level
    estimator: str
    met: Annotated[bool, Field(description="every limit was kept")]
    reasoning: str
    model: str | None
    cost_usd: str | None
    outcome: Annotated[OutcomeOut | None, Field(description="of the answer that left")]
    rated: list[RatedOut]
    removed: list[RouteRemovedOut]
    tried: list[TriedOut]

    @classmethod
    def of(cls, kept: Kept, *, use_case: str | None, flow: str | None) -> "RouteOut":
        """The route with the codes of its use case and flow."""
        own = kept.route
        return cls(
            id=own.id,
            at=own.at,
            use_case=use_case,
            flow=flow,
            step=own.step,
            task=own.task,
            session_id=own.session_id,
            run_id=own.run_id,
            key_id=own.key_id,
            strategy=own.strategy,
            picked=own.picked,
            by_router=own.by_router,
            drawn=own.drawn,
            difficulty=own.difficulty,
            level=own.level,
            estimator=own.estimator,
            met=own.met,
            reasoning=own.reasoning,
            model=own.model,
            cost_usd=_usd(own.spent),
            outcome=_outcome(kept.outcome),
            rated=_rated(own),
            removed=[RouteRemovedOut(model=each.model, limit=each.limit, why=each.why) for each in own.removed],
            tried=_tried(kept),
        )


def _rated(own: Route) -> list[RatedOut]:
    return [
        RatedOut(
            model=each.model,
            quality=each.quality,
            quality_low=each.low,
            cost_usd=_usd(each.cost),
            latency_ms=each.latency_ms,
            chance=each.chance,
            outcomes=each.outcomes,
        )
        for each in own.rated
    ]


def _tried(kept: Kept) -> list[TriedOut]:
    return [
        TriedOut(
            call_id=each.call_id,
            model=each.model,
            failed=each.failed,
            written=each.written,
            confidence=each.confidence,
            cost_usd=_usd(each.cost),
            latency_ms=each.latency_ms,
            outcome=_outcome(kept.outcomes.get(each.call_id)),
        )
        for each in kept.route.tried
    ]


def _outcome(found: Outcome | None) -> OutcomeOut | None:
    if found is None:
        return None
    return OutcomeOut(quality=found.quality, weight=found.weight, source=found.source, at=found.at)


def _usd(nanos: int | None) -> str | None:
    return None if nanos is None else to_usd(nanos)
