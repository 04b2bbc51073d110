"""One question of a step: rendered, asked, tried again where that may help, and read by the step's schema."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass

from app.domain import retries
from app.domain.errors import ModelMatchError, ProviderError
from app.domain.message import Delta, ModelReply, ModelRequest
from app.domain.run_errors import OutputInvalid
from app.services.asking import request_of
from app.services.attempts import Attempts, Said
from app.services.departure import Departure
from app.services.walking import shaping
from app.services.walking.walk import Question, Standing, Walk


@dataclass(frozen=True, slots=True)
class Turn:
    """What one answer of a step is asked with: what it sees besides the inputs, and where its attempts are kept.

    `departure`: whoever hangs up this one; None, whoever hangs up the run. `final`: its answer is the run's.
    """

    scope: Mapping[str, object]
    attempts: Attempts
    departure: Departure | None = None
    final: bool = False


def answer(walk: Walk, standing: Standing, turn: Turn) -> tuple[ModelReply, object]:
    """The reply and, where the step has a schema, its value. Raises what the last try raised, CallerLeft."""
    failures = 0
    reason: str | None = None
    while True:
        standing.count_try()
        try:
            return _try(walk, standing, turn, reason)
        except ModelMatchError as error:
            failures += 1
            if not _again(walk, standing, turn, error, failures):
                raise
            reason = f"step again after {error.code}"


def pieces(walk: Walk, standing: Standing, turn: Turn) -> Generator[Delta, None, ModelReply]:
    """The answer as it is written; tried again only until a piece of it has left. Raises as `answer`."""
    failures = 0
    reason: str | None = None
    while True:
        standing.count_try()
        said = Said()
        try:
            with closing(walk.listen(_question(walk, standing, turn, reason))) as heard:
                for delta in heard:
                    said.add(delta)
                    if delta.text or delta.tool_calls or delta.restart:
                        standing.streamed = True
                        yield delta
            return said.reply(turn.attempts.last)
        except ModelMatchError as error:
            failures += 1
            if standing.streamed or not _again(walk, standing, turn, error, failures):
                raise
            reason = f"step again after {error.code}"


def put(walk: Walk, standing: Standing, turn: Turn, request: ModelRequest, reason: str | None = None) -> ModelReply:
    """The models' reply to this very request, under the step's limits. Raises as `gateway.call`."""
    return walk.ask(_asked(walk, standing, turn, request, reason))


def _try(walk: Walk, standing: Standing, turn: Turn, reason: str | None) -> tuple[ModelReply, object]:
    question = _question(walk, standing, turn, reason)
    reply = walk.ask(question)
    schema = standing.step.output_schema
    if schema is None or (reply.tool_calls and not reply.text.strip()):
        return reply, None
    return shaping.shaped(
        schema,
        reply,
        step=standing.code,
        again=lambda told: put(walk, standing, turn, shaping.repair(question.request, reply, told), shaping.REPAIR),
    )


def _question(walk: Walk, standing: Standing, turn: Turn, reason: str | None) -> Question:
    request = walk.prepared.pop(standing.code, None)
    if request is None:
        request = request_of(standing.step, walk.asked, walk.told(), last=turn.final, seen=walk.seen(**turn.scope))
    return _asked(walk, standing, turn, request, reason)


def _asked(walk: Walk, standing: Standing, turn: Turn, request: ModelRequest, reason: str | None) -> Question:
    step = standing.step
    standing.request = request
    turn.attempts.given = None
    asker = walk.asker_of(step, departure=turn.departure, reason=reason)
    return Question(step, request, asker, turn.attempts, walk.ended_at(step))


def _again(walk: Walk, standing: Standing, turn: Turn, error: ModelMatchError, failures: int) -> bool:
    """Whether the step is tried once more; after a short wait, if there is time for it. Raises CallerLeft."""
    if failures > standing.step.retries or not _mendable(error):
        return False
    asked_s = error.retry_after_s if isinstance(error, ProviderError) else None
    salt = f"{walk.asker(standing.step).run_id}:{standing.code}"
    base_s = walk.world.policy.retry_base_s
    pause = retries.pause_s(salt, failures=failures, base_s=base_s, asked_s=asked_s)
    if pause >= walk.deadline - time.monotonic():
        return False
    (turn.departure or walk.departure).pause(pause)
    return True


def _mendable(error: ModelMatchError) -> bool:
    """Whether the same question may be answered when it is put again."""
    return isinstance(error, OutputInvalid) or (isinstance(error, ProviderError) and not error.permanent)
