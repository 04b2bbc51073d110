"""One line is asked through the services that answer requests, waited for, and what comes of it is a line that is done.

A provider that is at our own limit, or rests, says nothing of the line: it is waited for, and other lines are asked
meanwhile.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from app.domain.batch import INTERNAL, Batch, Line, LineError
from app.domain.errors import (
    BudgetExceeded,
    CallerLeft,
    Conflict,
    ModelMatchError,
    ProviderRateLimited,
    ProviderResting,
    StoreUnavailable,
)
from app.services import direct, embedding, generate, routes
from app.services.attempts import Asker
from app.services.batches import answers, budget, questions
from app.services.batches.answers import Embedded, Said, Told
from app.services.batches.questions import EmbeddingAsked, Question, UseCaseAsked
from app.services.comparing.places import Places
from app.services.departure import Departure
from app.services.direct import DirectAsked
from app.services.own_budgets import require
from app.services.purses import REFUSED_FOR_S
from app.services.retry_budget import RetryBudgets
from app.services.world import World

log = logging.getLogger(__name__)
LIMITED_S: Final = 120.0  # how long our own limit towards a provider is waited for
RESTING_S: Final = 10.0  # how long a provider that failed too often is waited for
STEP_S: Final = 1.0  # the least of such a wait
AGAIN_S: Final = 1.2 * REFUSED_FOR_S  # before that a budget repeats its refusal without looking


@dataclass(slots=True)
class Desk:
    """Where all lines of one run of a batch are asked from. `refused`: the budget for which it stopped."""

    world: World
    batch: Batch
    departure: Departure
    places: Places = field(default_factory=Places)
    refused: BudgetExceeded | None = None


def desk(world: World, batch: Batch, departure: Departure) -> Desk:
    """A desk with its own budget of retries, so that served requests keep theirs."""
    return Desk(replace(world, retry_budgets=RetryBudgets()), batch, departure)


def answer(at: Desk, line: Line) -> Line | None:
    """The line with what came of it; None when a budget has nothing left for any line.

    Its calls are durable. Raises CallerLeft when the desk is closed, Conflict when the batch's budget was taken away,
    StoreUnavailable.
    """
    try:
        question = questions.decode(line.question, at.batch, at.departure)
        told = _asked(at, lambda: ask(at.world, at.batch, question, departure=at.departure))
    except (CallerLeft, StoreUnavailable):
        raise
    except ModelMatchError as error:
        if error is at.refused:
            return None
        if isinstance(error, Conflict) and error.code == budget.own(at.batch).code:
            raise
        return failed(at.world, line, LineError.of(error))
    except Exception:  # one line that we cannot ask must not stop the others; what went wrong is logged
        log.exception("batch_line_crashed", extra={"batch": at.batch.id, "place": line.place})
        return failed(at.world, line, LineError("ModelMatchError", INTERNAL, "the error is logged"))
    return done(at.world, line, told)


def ask(world: World, batch: Batch, question: Question, *, departure: Departure) -> Told:
    """What the line's door would answer. Raises as that door."""
    match question:
        case UseCaseAsked(code, asked):
            return answers.of_run(generate.run(world, code, asked), use_case=code)
        case DirectAsked():
            return Said(direct.run(world, question))
        case EmbeddingAsked():
            asker = Asker(
                caller=questions.caller_of(batch, departure),
                user_id=question.user_id,
                unit=question.user_id,
                task=question.choice.task,
                tags=questions.tags_of(batch),
            )
            routes.require(world, question.choice, "embeddings", user_id=asker.user_id, team=asker.caller.team)
            found, call = embedding.run(world, question.choice, question.texts, asker=asker)
            return Embedded(found, question.model, question.encoded, call)


def done(world: World, line: Line, told: Told) -> Line:
    """The line with its answer."""
    usage = answers.usage_of(told)
    return replace(
        line,
        done=True,
        answer=answers.encode(told),
        cost=answers.cost_of(told),
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        ended_at=world.now(),
    )


def failed(world: World, line: Line, error: LineError) -> Line:
    """The line without an answer."""
    return replace(line, done=True, error=error, ended_at=world.now())


def _asked(at: Desk, asking: Callable[[], Told]) -> Told:
    """The answer, once nothing of ours stands in its way. A refusal that concerns the whole batch is noted."""
    waited, alone = 0.0, False
    while True:
        try:
            with at.places.alone() if alone else at.places.beside_others():
                at.departure.pause(AGAIN_S if alone else 0.0)
                require(at.world, budget.own(at.batch))
                return asking()
        except BudgetExceeded as error:
            if alone:
                if budget.stops(at.batch, error):
                    at.refused = error
                raise
            alone = True
        except (ProviderRateLimited, ProviderResting) as error:
            pause = max(STEP_S, error.retry_after_s or 0.0)
            if waited + pause > _patience_s(error):
                raise
            at.departure.pause(pause)
            waited += pause


def _patience_s(error: ModelMatchError) -> float:
    """A provider's own 429 is its answer; our limit and a rest are not."""
    if isinstance(error, ProviderResting):
        return RESTING_S
    return LIMITED_S if isinstance(error, ProviderRateLimited) and error.status is None else 0.0
