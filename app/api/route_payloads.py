"""How a route is told: in short beside an answer."""

from app.api.payloads import Out
from app.domain.route import Drawn, Route
from app.domain.routing.level import Level


class RouteBrief(Out):
    """Why this model: `picked` was asked first, as `drawn` says; `met`: every limit was kept. Whole at /routes/{id}."""

    id: str
    strategy: str
    picked: str
    drawn: Drawn
    difficulty: float
    level: Level
    met: bool
    reasoning: str

    @classmethod
    def of(cls, route: Route) -> "RouteBrief":
        """The route in short."""
        return cls(
            id=route.id,
            strategy=route.strategy,
            picked=route.picked,
            drawn=route.drawn,
            difficulty=round(route.difficulty, 4),
            level=route.level,
            met=route.met,
            reasoning=route.reasoning,
        )
