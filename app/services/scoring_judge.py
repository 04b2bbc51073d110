"""A judging model scores an answer beside the rules: a call like any other, whose words count only as points."""

import time
from dataclasses import dataclass, replace
from typing import Final

from app.db.facts import CallDone, Fact
from app.domain.errors import Invalid, ProviderBadAnswer, ProviderUnconfigured
from app.domain.fenced import mark_of
from app.domain.flow import Choice
from app.domain.message import ModelRequest
from app.domain.quality.dimension import Quality
from app.domain.quality.judged import MOST_TOKENS, Judged, questions, read
from app.domain.quality.scoring import rubric_of, weights_of
from app.services import gateway, quality
from app.services.attempts import Asker, Attempts
from app.services.caller import Caller
from app.services.quality import ScoreAsked
from app.services.whole import Whole
from app.services.world import World

FIELD: Final = "judge_model"


@dataclass(frozen=True, slots=True)
class JudgedScore:
    """The quality with the judge's points in it, the points, and the judge's answer, whose calls are durable."""

    quality: Quality
    judged: Judged
    answer: Whole


def is_asked(world: World, asked: ScoreAsked, model: str) -> bool:
    """Whether that model, by slug, is to judge the answer: not where what a judge says bears no weight.

    Raises UnknownModel; Invalid where points of a judge are given already, or there is no answer to judge.
    """
    if asked.context.judge is not None:
        raise Invalid("either the points of a judge, or a model that judges, is expected", field=FIELD)
    world.catalogue.get(model, field=FIELD)
    weights = weights_of(rubric_of(asked.rubric), asked.weights)
    if not asked.text.strip():
        raise Invalid("an empty answer needs no judge", field="text")
    return weights["judge"] > 0


def score(world: World, asked: ScoreAsked, model: str, caller: Caller) -> JudgedScore:
    """The quality of the answer with the points of a judging model, by slug, beside the rules.

    The mean of its points is by the rubric's own weights where those asked for leave it none. Raises what `is_asked`
    raises; ProviderBadAnswer when the judge states no points; and what `gateway.call` raises, of which what is wrong
    with the model names `judge_model`. A judge that cannot be read was paid for all the same.
    """
    is_asked(world, asked, model)
    choice = Choice((world.catalogue.get(model, field=FIELD).slug,))
    rubric = rubric_of(asked.rubric)
    weights = weights_of(rubric, asked.weights)
    if not any(weights[spec.name] for spec in rubric.specs):
        weights = weights_of(rubric, {})
    messages = questions(
        rubric,
        asked.text,
        prompt=asked.prompt,
        mark=mark_of(world.new_id()),
        reference=asked.context.reference,
        facts=asked.context.facts,
    )
    request, attempts = ModelRequest("", messages, max_tokens=MOST_TOKENS), Attempts()
    deadline = time.monotonic() + world.policy.run_timeout_s
    asker = Asker(caller=caller, source="judge", tags={"rubric": rubric.name})
    try:
        reply = gateway.call(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)
    except ProviderUnconfigured as error:
        error.field = FIELD
        raise
    finally:
        _write(world, attempts)
    judged = read(reply.text, rubric, weights)
    if judged is None:
        raise ProviderBadAnswer("the judge's answer states no points that can be read", provider=attempts.last.provider)
    told = replace(asked, context=replace(asked.context, judge=judged.points))
    whole = Whole(reply, tuple(attempt.call for attempt in attempts.made))
    return JudgedScore(quality.score(told), judged, whole)


def _write(world: World, attempts: Attempts) -> None:
    facts: list[Fact] = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in attempts.made]
    if facts:
        world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
