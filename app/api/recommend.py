"""What the router would pick for a request, and why not the others; no model is asked and nothing is stored."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import http
from app.api.auto_payloads import AutoIn
from app.api.caller import caller
from app.api.door import Door
from app.api.generation_payloads import said
from app.api.guard import scope
from app.api.messages import Messages, ParamsIn, ToolChoice, Tools, tool_choice_of, tools_of
from app.api.payloads import Name, Out, Text, usd
from app.api.world import world
from app.domain.auto import Auto, Strategy, auto_named, check
from app.domain.errors import Invalid
from app.domain.message import ModelRequest, response_format
from app.domain.routing.candidate import Candidate
from app.domain.routing.level import Level
from app.services.routing import recommending
from app.services.routing.deciding import Routed
from app.services.routing.recommending import Recommended, Wanted

door = Door("recommend")

Quality = Annotated[float, Field(description="0 to 1")]


class RecommendIn(ParamsIn):
    """A request that may be made, and how its model is to be picked: by `auto`, or by `strategy` alone.

    `use_case` or `task` says whose record counts.
    """

    prompt: Text | None = None
    system: Text | None = None
    messages: Messages = Field(default_factory=list)
    tools: Tools = Field(default_factory=list)
    tool_choice: ToolChoice | None = None
    strategy: Name | None = None
    auto: AutoIn | None = None
    use_case: Name | None = None
    task: Name | None = None

    def to_wanted(self) -> Wanted:
        """What is wanted. Raises Invalid naming the field."""
        if self.use_case is not None and self.task is not None:
            raise Invalid("a use case or a task is expected, not both", field="task")
        request = ModelRequest(
            model="",
            messages=said(prompt=self.prompt, system=self.system, messages=self.messages),
            max_tokens=self.max_tokens,
            tools=tools_of(self.tools),
            tool_choice=tool_choice_of(self.tool_choice),
            response_format=response_format(self.response_format),
        )
        return Wanted(request, self._auto(), self.use_case, self.task, caller())

    def _auto(self) -> Auto:
        if self.strategy is None:
            return Auto() if self.auto is None else check(self.auto.to_domain(), field="auto")
        if self.auto is not None:
            raise Invalid("the strategy stands in auto, or alone", field="strategy")
        return auto_named(f"auto/{self.strategy}", field="strategy") or Auto()


class ModelExpected(Out):
    """What is expected of one model for this request; `outcomes` is the weight that its quality was learned from."""

    model: str
    provider: str
    tier: str
    quality: Quality
    quality_low: Quality
    outcomes: float
    cost_usd: str | None
    latency_ms: int
    error_share: float

    @classmethod
    def of(cls, each: Candidate) -> "ModelExpected":
        """The candidate."""
        return cls(
            model=each.slug,
            provider=each.provider,
            tier=each.tier,
            quality=round(each.quality, 4),
            quality_low=round(each.low, 4),
            outcomes=round(each.outcomes, 2),
            cost_usd=usd(each.cost),
            latency_ms=each.latency_ms,
            error_share=round(each.error_share, 4),
        )


class RemovedOut(Out):
    """A model that is not asked: the limit that it does not meet, and by how much."""

    model: str
    limit: str
    why: str


class DifficultyOut(Out):
    """How difficult the request is, 0 to 1, and by which estimate."""

    score: float
    level: Level
    estimator: str


class RecommendOut(Out):
    """The model to ask, at most three others, and why; `met`: every limit is kept. `council`: its seats, if wanted."""

    model: str
    strategy: Strategy
    met: bool
    reasoning: str
    chosen: ModelExpected
    alternatives: list[ModelExpected]
    council: list[ModelExpected]
    removed: list[RemovedOut]
    difficulty: DifficultyOut

    @classmethod
    def of(cls, found: Recommended) -> "RecommendOut":
        """The recommendation."""
        routed: Routed = found.routed
        difficulty = routed.difficulty
        return cls(
            model=routed.route.picked,
            strategy=routed.route.strategy,
            met=routed.route.met,
            reasoning=routed.route.reasoning,
            chosen=ModelExpected.of(routed.order[0]),
            alternatives=[ModelExpected.of(each) for each in found.alternatives],
            council=[ModelExpected.of(each) for each in found.council],
            removed=[RemovedOut(model=each.model, limit=each.limit, why=each.why) for each in routed.removed],
            difficulty=DifficultyOut(
                score=round(difficulty.score, 4), level=difficulty.level, estimator=difficulty.estimator
            ),
        )


@door.post("/models/recommend", responses={200: RecommendOut})
@scope("read", "run")
def recommend(body: RecommendIn) -> Response:
    """Find out which model the router would ask, and which limit removed the others."""
    return http.answer(RecommendOut.of(recommending.recommend(world(), body.to_wanted())))
