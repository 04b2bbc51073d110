"""Answers of use cases whose rubric is known are scored in the background, as facts that say nothing of any text."""

from collections.abc import Mapping
from typing import Final

from app.db import rubric_weights
from app.db.facts import Scored
from app.domain.call import Run
from app.domain.errors import Invalid, StoreUnavailable
from app.domain.message import Json, ModelRequest
from app.domain.quality.scoring import RUBRICS, score
from app.domain.quality.work import Context
from app.domain.use_case import UseCase
from app.services.grammars import parse
from app.services.plugins.scorers import Points
from app.services.scorings import Answer, Fate, Weights
from app.services.whole import Whole
from app.services.world import World

MOST_FACTS: Final = 64


def offer(
    world: World, use_case: UseCase, run: Run, given: Whole, *, inputs: Json, request: ModelRequest | None
) -> None:
    """Hand a run's answer to the scorer; never waits and never raises. `request` is that of its last step.

    An answer out of the cache was offered when it was made, and one that only wants tools called is none yet.
    """
    call, reply = given.by, given.reply
    known = use_case.rubric in RUBRICS or world.scorers.knows(use_case.rubric)
    if not world.policy.score_answers or not known or request is None:
        return
    if call is None or call.outcome != "ok":
        return
    if reply.tool_calls and not reply.text.strip():
        return
    answer = Answer(
        use_case_id=use_case.id,
        session_id=run.session_id,
        run_id=run.id,
        call_id=call.id,
        model=call.model,
        rubric=use_case.rubric,
        text=reply.text,
        prompt=next((turn.text for turn in reversed(request.messages) if turn.role == "user"), ""),
        facts=facts_of(inputs),
    )
    world.scorings.offer(answer)


def perform(world: World, answer: Answer) -> Fate:
    """Score the answer by the use case's weights, and hand the fact to the journal."""
    try:
        points = _points(world, answer)
        if points is None:
            return "failed"
        scored = Scored(
            call_id=answer.call_id,
            rubric=answer.rubric,
            at=world.now(),
            model=answer.model,
            total=round(points.total, 2),
            dimensions=points.dimensions,
            use_case_id=answer.use_case_id,
            session_id=answer.session_id,
            run_id=answer.run_id,
        )
        world.journal.post([scored])
    except StoreUnavailable:
        return "store"
    except Invalid:
        return "unfit"  # none of the dimensions that bear a weight can be measured on it
    return "scored"


def _points(world: World, answer: Answer) -> Points | None:
    """By the rubric's own rules, or those of a plugin; None where that gave none. Raises Invalid, StoreUnavailable."""
    if answer.rubric not in RUBRICS:
        return world.scorers.score(answer.rubric, answer.text, answer.prompt, answer.facts)
    weights = in_force(world, answer.use_case_id, answer.rubric)
    found = score(answer.text, answer.prompt, answer.rubric, Context(answer.facts, parse=parse), weights=weights)
    return Points(found.total, {each.name: round(each.points, 2) for each in found.dimensions})


def in_force(world: World, use_case_id: str, rubric: str) -> Weights:
    """The weights of the use case's own as the present snapshot stands, None without any. Raises StoreUnavailable."""

    def read() -> Weights:
        with world.store.read() as tx:
            found = rubric_weights.get(tx, use_case_id, rubric)
        return None if found is None else found.weights

    return world.scorings.weights((use_case_id, rubric), world.snapshots.current.revision, read)


def facts_of(inputs: Json) -> Mapping[str, str]:
    """What the inputs tell of the matter by name: texts, numbers, and lists of them separated by commas."""
    told = {name: _told(value) for name, value in list(inputs.items())[:MOST_FACTS]}
    return {name: value for name, value in told.items() if value}


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_told, value)))
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
