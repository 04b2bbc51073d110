"""Quality: a text is scored as an answer, dimension by dimension, by rules, and by a judging model if one is named."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import entry, guard, http
from app.api.answers import label
from app.api.call_payloads import AttemptOut, CostSummary
from app.api.caller import caller
from app.api.door import Door
from app.api.guard import scope
from app.api.once import given_key, once
from app.api.payloads import Name, Out, Page, Payload, Text, cost_status, sum_cost, usd
from app.api.world import world
from app.domain.errors import Forbidden
from app.domain.quality.dimension import Quality
from app.domain.quality.rubric import Rubric
from app.domain.quality.work import Context
from app.services import quality, scoring_judge
from app.services.quality import ScoreAsked
from app.services.scoring_judge import JudgedScore

door = Door("quality")

Weight = Annotated[float, Field(ge=0, le=1_000_000)]
Weights = Annotated[
    dict[str, Weight],
    Field(max_length=32, description="weights by dimension, in place of the rubric's own, on the same scale of 100"),
]
Points = Annotated[float, Field(ge=0, le=100, description="0 to 100")]
Facts = Annotated[
    dict[str, Text],
    Field(
        max_length=64, description="what is known of the matter, by name; `source` and `fields` are known to rubrics"
    ),
]
Share = Annotated[float, Field(description="its part of the total; the parts sum to 1")]
JudgeModel = Annotated[
    Name, Field(description="a model by its slug that judges beside the rules; `auto` and `task/…` are none")
]
RubricName = Annotated[str, Field(description="name of the rule by which the answer was scored")]


class ScoreIn(Payload):
    """An answer with what is known: its prompt, facts of the matter, a right answer, what a judge gave it.

    A number in the answer may differ from that of the reference by `tolerance` times its size. `judge_model` is asked
    for points in each dimension, which costs what a call costs, unless `judge` has a weight of 0 in `weights`; `judge`
    are points that were given elsewhere.
    """

    text: Text
    prompt: Text | None = None
    rubric: Annotated[Name, Field(description="name of the rule by which the answer is scored")] = "generic"
    reference: Text | None = None
    tolerance: Annotated[float, Field(ge=0, le=1)] = 0.0
    judge: Points | None = None
    judge_model: JudgeModel | None = None
    context: Facts = Field(default_factory=dict)
    weights: Weights = Field(default_factory=dict)

    def to_asked(self) -> ScoreAsked:
        """What is to be scored."""
        known = Context(self.context, self.reference, self.tolerance, self.judge)
        return ScoreAsked(self.text, self.prompt, self.rubric, known, self.weights)


class DimensionOut(Out):
    """One measure of the answer, and why it has its points."""

    name: str
    points: Points
    weight: Share
    why: str


class JudgedOut(Out):
    """What a judging model gave in all, and in each dimension that it could judge; and what asking it has cost."""

    model: str
    points: Points
    dimensions: dict[str, Points]
    cost_usd: str | None
    cost_status: CostSummary
    latency_ms: int
    calls: list[AttemptOut]

    @classmethod
    def of(cls, found: JudgedScore) -> "JudgedOut":
        """The points, to two decimals."""
        calls = found.answer.calls
        cost = sum_cost(calls)
        return cls(
            model=found.answer.model,
            points=round(found.judged.points, 2),
            dimensions={name: round(points, 2) for name, points in found.judged.dimensions.items()},
            cost_usd=usd(cost),
            cost_status=cost_status(cost),
            latency_ms=sum(call.latency_ms for call in calls),
            calls=[AttemptOut.of(call) for call in calls],
        )


class ScoreOut(Out):
    """The total is the sum of points times weight; what could not be measured on this answer is left out of it.

    `unmeasured` says why by name of the dimension. `judge` is there where a model was asked to judge.
    """

    rubric: RubricName
    total: Points
    dimensions: list[DimensionOut]
    unmeasured: dict[str, str]
    judge: JudgedOut | None = None

    @classmethod
    def of(cls, rubric: str, found: Quality, judge: JudgedOut | None = None) -> "ScoreOut":
        """The quality, to two decimals; weights to four."""
        dimensions = [
            DimensionOut(name=each.name, points=round(each.points, 2), weight=round(each.weight, 4), why=each.why)
            for each in found.dimensions
        ]
        left = dict(found.unmeasured)
        return cls(rubric=rubric, total=round(found.total, 2), dimensions=dimensions, unmeasured=left, judge=judge)


class SpecOut(Out):
    """A dimension as its rubric declares it."""

    name: str
    weight: Annotated[float, Field(description="of 100 over all dimensions of the rubric")]
    about: str


class RubricOut(Out):
    """A rubric with its dimensions."""

    name: str
    about: str
    dimensions: list[SpecOut]

    @classmethod
    def of(cls, rubric: Rubric) -> "RubricOut":
        """The rubric."""
        specs = [SpecOut(name=spec.name, weight=spec.weight, about=spec.about) for spec in rubric.specs]
        return cls(name=rubric.name, about=rubric.about, dimensions=specs)


@door.post("/quality/score", responses={200: ScoreOut})
@scope("read", "run")
def score_text(body: ScoreIn) -> Response:
    """Score a text as an answer, dimension by dimension; with `judge_model` a model is asked, which scope `run` may."""
    asked, model = body.to_asked(), body.judge_model
    if model is not None and not guard.key().allows("run"):
        raise Forbidden("a key with scope run is needed to ask a model")
    if model is None or not scoring_judge.is_asked(world(), asked, model):
        given_key()  # nothing is done that could be done twice, but a bad one is refused all the same
        return http.answer(ScoreOut.of(body.rubric, quality.score(asked)))
    entry.enter(guard.key())
    return once(lambda: _judged(body.rubric, scoring_judge.score(world(), asked, model, caller())))


@door.get("/quality/rubrics", responses={200: Page[RubricOut]})
@scope("read", "run")
def list_rubrics() -> Response:
    """Read all rubrics with their dimensions and weights."""
    return http.answer(Page[RubricOut](items=[RubricOut.of(each) for each in quality.rubrics()], next=None))


def _judged(rubric: str, found: JudgedScore) -> Response:
    out = ScoreOut.of(rubric, found.quality, JudgedOut.of(found))
    return label(http.answer(out), found.answer)
