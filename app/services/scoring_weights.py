"""A use case may have its own weights of a rubric: set by a person, or learned from feedback where that is better."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from app.db import rubric_weights, score_opinions
from app.db.rubric_weights import Weights
from app.db.uow import Tx
from app.domain.errors import Invalid
from app.domain.quality.calibration import MOST_PAIRED
from app.domain.quality.lesson import Lesson, learn
from app.domain.quality.opinions import judged
from app.domain.quality.rubric import Rubric
from app.domain.quality.scoring import rubric_of, weights_of
from app.domain.use_case import UseCase
from app.services import traffic
from app.services.editing import edit
from app.services.world import World

Source = Literal["shipped", "set", "learned"]
DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Present:
    """Weights by dimension, on a scale of 100, and where they come from; `answers` from which they were learned."""

    rubric: str
    source: Source
    weights: Mapping[str, float]
    answers: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What the feedback teaches, and the weights in force after it; `kept`: whether those from before stay."""

    rubric: str
    lesson: Lesson
    kept: bool
    in_force: Present


def get(world: World, code: str, rubric: str | None = None) -> Present:
    """The weights of that rubric, of the use case's own without one. Raises NotFound, Invalid."""
    use_case, chosen = known(world, code, rubric)
    with world.store.read() as tx:
        return _in_force(tx, use_case, chosen)


def put(world: World, code: str, weights: Mapping[str, float], *, rubric: str | None = None) -> Present:
    """Set weights by dimension; those not named keep the rubric's. Raises NotFound, Invalid naming the weight.

    They count for answers that are scored from now on: scores from before are facts.
    """
    use_case, chosen = known(world, code, rubric)
    wanted = weights_of(chosen, weights)
    if not any(wanted[spec.name] > 0 for spec in chosen.specs):
        raise Invalid("at least one dimension of the rubric needs a weight above 0", field="weights")
    return _stored(world, Weights(use_case.id, chosen.name, wanted, "set", 0, world.now()))


def clear(world: World, code: str, rubric: str | None = None) -> None:
    """Back to the rubric's own weights. Raises NotFound, Invalid."""
    use_case, chosen = known(world, code, rubric)
    edit(world, lambda tx: rubric_weights.remove(tx, use_case.id, chosen.name))


def learn_from_feedback(
    world: World, code: str, *, rubric: str | None = None, days: int = DAYS, dry_run: bool = False
) -> Learned:
    """Fit weights to the opinions of so many days, and put them in force if they follow opinions better.

    They are measured against weights that a person set, else against the rubric's own: weights learned before were
    fitted to the same opinions. Raises NotFound, Invalid.
    """
    use_case, chosen = known(world, code, rubric)
    with world.store.read() as tx:
        before = _in_force(tx, use_case, chosen)
        said = score_opinions.said(tx, use_case.id, chosen.name, since=world.now() - timedelta(days=days))
    shipped = shipped_of(chosen)
    rival = before.weights if before.source == "set" else shipped
    lesson = learn(judged(said)[:MOST_PAIRED], shipped, rival)
    if lesson.outcome != "better" or dry_run:
        return Learned(chosen.name, lesson, True, before)
    weights = weights_of(chosen, lesson.weights)
    after = _stored(world, Weights(use_case.id, chosen.name, weights, "learned", lesson.n, world.now()))
    return Learned(chosen.name, lesson, False, after)


def known(world: World, code: str, rubric: str | None) -> tuple[UseCase, Rubric]:
    """The use case, and the rubric named or its own. Raises NotFound; Invalid for a rubric that is not known here."""
    use_case = traffic.known_use_case(world, code)
    return use_case, rubric_of(use_case.rubric if rubric is None else rubric)


def shipped_of(rubric: Rubric) -> dict[str, float]:
    """The rubric's own weights by dimension."""
    return {spec.name: spec.weight for spec in rubric.specs}


def _in_force(tx: Tx, use_case: UseCase, rubric: Rubric) -> Present:
    found = rubric_weights.get(tx, use_case.id, rubric.name)
    return Present(rubric.name, "shipped", weights_of(rubric, {})) if found is None else _told(found)


def _stored(world: World, weights: Weights) -> Present:
    edit(world, lambda tx: rubric_weights.put(tx, weights))
    return _told(weights)


def _told(found: Weights) -> Present:
    source: Source = "learned" if found.source == "learned" else "set"
    return Present(found.rubric, source, found.weights, found.answers, found.updated_at)
