"""How difficult prompts are: by the prior that ships, by rule, or by the operator's own scorer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from app.domain import difficulty
from app.domain.message import Message
from app.domain.routing.encoding import Encoding
from app.domain.routing.heuristic import RULES, Rules
from app.domain.routing.level import LEARNED, USUAL, Difficulty, Level, Levels
from app.domain.routing.shipped import SHIPPED
from app.services.routing.own_scorer import SETTING, Failure, Told
from app.services.world import World

Estimator = Literal["learned", "heuristic", "own"]
ESTIMATORS: Final[tuple[Estimator, ...]] = get_args(Estimator)

UNSET: Final = f"no scorer of your own is set ({SETTING})"
WHY: Final[dict[Failure, str]] = {
    "timeout": "your scorer gave no answer in time",
    "raised": "your scorer failed",
    "unreachable": "your scorer cannot be reached",
    "malformed": "your scorer did not give one score for each prompt",
    "not-a-number": "your scorer gave what is no finite number",
    "busy": "your scorer is asked for more than it can take",
    "resting": "your scorer failed several times in a row and rests",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """`score` 0…1; `contributions` by name as `estimator` tells them, none where nobody asked for them.

    `own` is what the operator's scorer said, None where it said nothing. `fallback` says why `estimator` is another
    than the one that was asked for.
    """

    score: float
    level: Level
    estimator: Estimator
    contributions: Mapping[str, float] = field(default_factory=dict)
    fallback: str | None = None
    own: float | None = None


def estimate_encoded(world: World, prompt: str, encoding: Encoding) -> Estimate:
    """The difficulty of a prompt that is encoded already, without contributions: by the own scorer, else as learned."""
    score = 1.0 - SHIPPED.weak.forecast(encoding)
    learned = Estimate(score, LEARNED.of(score), "learned")
    if world.own_scorer is None:
        return learned
    told = world.own_scorer.scores([prompt])
    return _own(told, 0, USUAL) or replace(learned, fallback=_why(told))


def estimate(
    world: World,
    prompts: Sequence[str],
    *,
    estimator: Estimator | None = None,
    rules: Rules = RULES,
    levels: Levels | None = None,
) -> list[Estimate]:
    """The difficulty of each prompt with its contributions; without `estimator` as for routes.

    The rules are those of `heuristic`; without `levels` they begin where each estimator has them.
    """
    if estimator == "heuristic":
        return [_shown(difficulty.explained(prompt, rules), "heuristic", levels) for prompt in prompts]
    if estimator == "learned" or (estimator is None and world.own_scorer is None):
        return [_shown(difficulty.learned(prompt), "learned", levels) for prompt in prompts]
    told = None if world.own_scorer is None else world.own_scorer.scores(prompts)
    return [
        (told and _own(told, place, levels or USUAL))
        or replace(_shown(difficulty.learned(prompt), "learned", levels), fallback=_why(told))
        for place, prompt in enumerate(prompts)
    ]


def question_in(messages: Sequence[Message]) -> str:
    """What a conversation asks now: the last text of the user, or all of it where nobody is called user."""
    said = [message.text for message in messages if message.role == "user"]
    texts = said or ["\n".join(message.text for message in messages)]
    return next((text for text in reversed(texts) if text.strip()), "")


def _own(told: Told, place: int, levels: Levels) -> Estimate | None:
    """What the scorer said, which counts within 0…1; None where it said nothing."""
    own = told.values[place]
    if own is None:
        return None
    score = min(1.0, max(0.0, own))
    return Estimate(score, levels.of(score), "own", {"own": score}, own=own)


def _shown(found: Difficulty, estimator: Estimator, levels: Levels | None) -> Estimate:
    level = found.level if levels is None else levels.of(found.score)
    return Estimate(found.score, level, estimator, found.contributions)


def _why(told: Told | None) -> str:
    return UNSET if told is None else WHY[told.why or "malformed"]
