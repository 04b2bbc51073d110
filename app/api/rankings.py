"""Models over all comparisons: win rates, a ranking, and the one that a use case had best take."""

from typing import Annotated, Literal

from flask import Response
from pydantic import AwareDatetime, Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ByCode, Name, Out, Words, usd
from app.api.world import world
from app.domain.comparison.comparison import Weights
from app.domain.comparison.ranking import Standing, WinRate
from app.domain.comparison.recommendation import Ranked, Recommendation
from app.services.comparing import ranking
from app.services.comparing.ranking import Meetings
from app.services.comparing.readout_json import IntervalOut

door = Door("rankings")

Importance = Annotated[float, Field(ge=0, le=1_000_000)]


class RankingQuery(Words):
    """Comparisons of one use case only, or that ended since then."""

    use_case: Name | None = None
    since: AwareDatetime | None = None


class RecommendationQuery(Words):
    """How much quality, cost and speed count; comparisons that ended since then only."""

    quality: Importance = 1.0
    cost: Importance = 0.0
    speed: Importance = 0.0
    since: AwareDatetime | None = None


class WinRateOut(Out):
    """A model against all others, ties as halves."""

    model: str
    wins: int
    losses: int
    ties: int
    win_rate: IntervalOut | None

    @classmethod
    def of(cls, own: WinRate) -> "WinRateOut":
        """The rate."""
        rate = IntervalOut.of(own.rate)
        return cls(model=own.model, wins=own.wins, losses=own.losses, ties=own.ties, win_rate=rate)


class StandingOut(Out):
    """A model's rating, 400 points ahead wins ten times as often as it loses; comparable within one `group` only.

    `rating` is null for a model without any pair.
    """

    model: str
    rating: IntervalOut | None
    pairs: int
    group: int

    @classmethod
    def of(cls, own: Standing) -> "StandingOut":
        """The standing."""
        return cls(model=own.model, rating=IntervalOut.of(own.rating), pairs=own.pairs, group=own.group)


class HeadToHeadOut(Out):
    """What two models did against each other: `wins` and `losses` are those of `one`."""

    one: str
    other: str
    wins: int
    losses: int
    ties: int


class WinRatesOut(Out):
    """Over so many comparisons that succeeded; `cut`: older ones are left out, since there are very many."""

    items: list[WinRateOut]
    pairs: list[HeadToHeadOut]
    comparisons: int
    cut: bool


class RankingOut(Out):
    """Over so many comparisons that succeeded; `cut`: older ones are left out, since there are very many."""

    items: list[StandingOut]
    comparisons: int
    cut: bool


class RecommendedOut(Out):
    """A model with its evidence; `utility` 0…1, ranked by the lower end."""

    model: str
    comparisons: int
    inputs: int
    utility: IntervalOut | None
    quality: IntervalOut | None
    win_rate: IntervalOut | None
    cost_each_usd: str | None
    latency_ms: float | None

    @classmethod
    def of(cls, ranked: Ranked) -> "RecommendedOut":
        """The model."""
        own = ranked.record
        return cls(
            model=own.model,
            comparisons=own.comparisons,
            inputs=own.inputs,
            utility=IntervalOut.of(ranked.utility),
            quality=IntervalOut.of(own.quality),
            win_rate=IntervalOut.of(own.win_rate),
            cost_each_usd=None if own.cost_each is None else usd(round(own.cost_each)),
            latency_ms=own.latency_ms,
        )


class LeftOutOut(Out):
    """A model that was compared and cannot be recommended, and why."""

    model: str
    reason: Literal["too-few-inputs", "quality-unknown", "cost-unknown", "speed-unknown", "never-met"]


class RecommendationOut(Out):
    """`best` is null when no model has enough of what has weight. `proven`: it is surely above all alternatives."""

    use_case: str
    models: Annotated[int, Field(description="models that have been compared for the use case")]
    best: RecommendedOut | None
    alternatives: list[RecommendedOut]
    left_out: list[LeftOutOut]
    basis: Annotated[Literal["quality", "win_rate", "none"], Field(description="what stood for quality")]
    unknown: list[str]
    proven: bool
    sentence: str


@door.get("/comparisons/win-rates", responses={200: WinRatesOut})
@scope("read")
def list_win_rates(query: RankingQuery) -> Response:
    """Read how often each model won over all comparisons, and each two of them against each other."""
    found = _meetings(query)
    pairs = [
        HeadToHeadOut(one=met.one, other=met.other, wins=met.wins, losses=met.losses, ties=met.ties)
        for met in found.met
    ]
    items = [WinRateOut.of(own) for own in ranking.win_rates(found)]
    return http.answer(WinRatesOut(items=items, pairs=pairs, comparisons=found.comparisons, cut=found.cut))


@door.get("/comparisons/ranking", responses={200: RankingOut})
@scope("read")
def rank_models(query: RankingQuery) -> Response:
    """Rank models by strength over all comparisons, after Bradley and Terry."""
    found = _meetings(query)
    items = [StandingOut.of(own) for own in ranking.ranking(found)]
    return http.answer(RankingOut(items=items, comparisons=found.comparisons, cut=found.cut))


@door.get("/use-cases/<code>/recommendation", responses={200: RecommendationOut})
@scope("read")
def recommend_model(path: ByCode, query: RecommendationQuery) -> Response:
    """Recommend a model from what the use case's own comparisons have shown."""
    weights = Weights(query.quality, query.cost, query.speed)
    told = ranking.recommendation(world(), path.code, weights=weights, since=query.since)
    if told.found is None:
        return http.answer(_nothing(told.use_case, told.models))
    return http.answer(_recommended(told.use_case, told.models, told.found))


def _meetings(query: RankingQuery) -> Meetings:
    return ranking.meetings(world(), use_case=query.use_case, since=query.since)


def _recommended(use_case: str, models: int, found: Recommendation) -> RecommendationOut:
    return RecommendationOut(
        use_case=use_case,
        models=models,
        best=RecommendedOut.of(found.best),
        alternatives=[RecommendedOut.of(other) for other in found.alternatives],
        left_out=[LeftOutOut(model=model, reason=reason) for model, reason in found.left_out],
        basis=found.basis,
        unknown=list(found.unknown),
        proven=found.proven,
        sentence=found.sentence,
    )


def _nothing(use_case: str, models: int) -> RecommendationOut:
    return RecommendationOut(
        use_case=use_case,
        models=models,
        best=None,
        alternatives=[],
        left_out=[],
        basis="none",
        unknown=[],
        proven=False,
        sentence=ranking.NOTHING,
    )
