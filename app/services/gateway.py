"""The gateway asks the models of a route until one answers; every attempt becomes a call row."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeVar

from app.domain.errors import CallerLeft, ProviderError, Unsupported
from app.domain.flow import Choice
from app.domain.message import Delta, Embeddings, Message, ModelReply, ModelRequest
from app.services import keeping, recovery
from app.services.attempts import Asker, Attempts
from app.services.pursuit import Pursuit
from app.services.routes import route
from app.services.trying import Try
from app.services.world import World

T = TypeVar("T")


def call(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> ModelReply:
    """The whole answer of the first model that gives one.

    `deadline` is a `time.monotonic()` moment over all attempts. Raises the last ProviderError when no model answers;
    UnknownModel, UnknownTask, Unsupported, Unpriced or BudgetExceeded before anything is sent; CallerLeft.
    """
    pursuit = _pursuit(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)

    def ask(attempt: Try) -> tuple[ModelReply, ModelReply]:
        reply = attempt.provider.generate(attempt.request, timeout_s=attempt.timeout_s, line=attempt.line)
        return reply, reply

    return keeping.answer(
        world,
        pursuit.first,
        request,
        lambda: _first_answer(pursuit, ask),
        asker=asker,
        attempts=attempts,
        deadline=deadline,
    )


def embed(
    world: World, choice: Choice, texts: Sequence[str], *, asker: Asker, attempts: Attempts, deadline: float
) -> Embeddings:
    """One vector per text from the first model that gives them. Raises as `call`."""

    def ask(attempt: Try) -> tuple[Embeddings, ModelReply]:
        found = attempt.provider.embed(attempt.request.model, texts, timeout_s=attempt.timeout_s, line=attempt.line)
        return found, ModelReply("", "stop", found.usage, found.model)

    request = ModelRequest("", tuple(Message("user", text) for text in texts), max_tokens=0)
    pursuit = _pursuit(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)
    return _first_answer(pursuit, ask)


def stream(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> Generator[Delta]:
    """Pieces of the answer. Before the first piece the next attempt takes over unseen.

    After it, the caller's or the policy's recovery decides: `error` raises, `buffer` holds all pieces back until the
    answer is whole, `restart` begins anew with a piece that says so. Raises as `call`. Closing the iterator closes the
    connection to the vendor and books what was said so far.
    """
    pursuit = _pursuit(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)
    chosen = asker.caller.stream_recovery or world.policy.stream_recovery
    yield from keeping.pieces(
        world,
        pursuit.first,
        request,
        lambda: recovery.PIECES[chosen](pursuit),
        asker=asker,
        attempts=attempts,
        deadline=deadline,
    )


def _pursuit(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> Pursuit:
    legs = route(world, choice, spread_by=asker.session_id)
    return Pursuit(world, legs, request, asker=asker, attempts=attempts, deadline=deadline)


def _first_answer(pursuit: Pursuit, ask: Callable[[Try], tuple[T, ModelReply]]) -> T:
    with closing(pursuit.tries()) as tries:
        for attempt in tries:
            try:
                answer, reply = ask(attempt)
            except ProviderError as error:
                attempt.failed(error)
                continue
            except Unsupported as error:
                attempt.unfit(error)
                continue
            except CallerLeft:
                attempt.watch.left()
                raise
            attempt.watch.answered(reply)
            return answer
    raise AssertionError("a pursuit ends with an answer or raises")
