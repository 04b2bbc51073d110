"""The gateway asks the models of a route until one answers; every attempt becomes a call row."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from typing import TypedDict, TypeVar

from app.domain.cached import deltas
from app.domain.errors import CallerLeft, ProviderError, Unsupported
from app.domain.flow import Choice
from app.domain.message import Delta, Embeddings, Message, ModelReply, ModelRequest
from app.services import keeping, recovery
from app.services.attempts import Asker, Attempts, Said
from app.services.plugins.round import round_of
from app.services.pursuit import Pursuit
from app.services.routes import Leg, allowed, route, settled
from app.services.routing import serving
from app.services.trying import Try
from app.services.world import World

T = TypeVar("T")


class Who(TypedDict):
    """Whose question it is, as far as that decides which models are asked."""

    spread_by: str | None
    user_id: str | None
    team: str | None


def call(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> ModelReply:
    """The whole answer of the first model that gives one.

    `deadline` is a `time.monotonic()` moment over all attempts. Raises the last ProviderError when no model answers;
    UnknownModel, UnknownTask, ModelNotAllowed, Unsupported, Unpriced or BudgetExceeded before anything is sent;
    HookRefused, HookFailed before and after; CallerLeft.
    """
    around = round_of(world.hooks, asker, deadline=deadline)
    if around is None:
        return _call(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)
    request = around.before(request)
    reply = _call(world, choice, request, asker=around.flagged(asker), attempts=attempts, deadline=deadline)
    try:
        return around.after(reply)
    finally:
        around.mark(attempts)


def _call(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> ModelReply:
    said_by = partial(ask, world)
    choice = settled(world, choice, asker)
    if choice.auto is not None:
        return serving.answer(world, choice.auto, request, said_by, asker=asker, attempts=attempts, deadline=deadline)
    legs = route(world, choice, **_who(asker))
    return keeping.answer(
        world,
        allowed(legs, asker.caller)[0],
        request,
        lambda: said_by(legs, request, asker=asker, attempts=attempts, deadline=deadline),
        asker=asker,
        attempts=attempts,
        deadline=deadline,
    )


def ask(
    world: World,
    legs: tuple[Leg, ...],
    request: ModelRequest,
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> ModelReply:
    """The whole answer of the first of these legs that gives one. Raises as `call`."""
    pursuit = _pursuit(world, legs, request, asker=asker, attempts=attempts, deadline=deadline)

    def one(attempt: Try) -> tuple[ModelReply, ModelReply]:
        reply = attempt.provider.generate(attempt.request, timeout_s=attempt.timeout_s, line=attempt.line)
        return reply, reply

    return _first_answer(pursuit, one)


def embed(
    world: World, choice: Choice, texts: Sequence[str], *, asker: Asker, attempts: Attempts, deadline: float
) -> Embeddings:
    """One vector per text from the first model that gives them. Raises as `call`."""

    def one(attempt: Try) -> tuple[Embeddings, ModelReply]:
        found = attempt.provider.embed(attempt.request.model, texts, timeout_s=attempt.timeout_s, line=attempt.line)
        return found, ModelReply("", "stop", found.usage, found.model)

    request = ModelRequest("", tuple(Message("user", text) for text in texts), max_tokens=0)
    around = round_of(world.hooks, asker, deadline=deadline)
    if around is not None:
        request = around.before(request)
        texts, asker = [message.text for message in request.messages], around.flagged(asker)
    legs = route(world, choice, **_who(asker))
    pursuit = _pursuit(world, legs, request, asker=asker, attempts=attempts, deadline=deadline)
    return _first_answer(pursuit, one)


def stream(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> Generator[Delta]:
    """Pieces of the answer. Before the first piece the next attempt takes over unseen.

    After it, the caller's or the policy's recovery decides: `error` raises, `buffer` holds all pieces back until the
    answer is whole, `restart` begins anew with a piece that says so. Raises as `call`. Closing the iterator closes the
    connection to the vendor and books what was said so far.
    What a hook looks at afterwards comes in one piece.
    """
    around = round_of(world.hooks, asker, deadline=deadline)
    if around is None:
        yield from _stream(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)
        return
    request, asker = around.before(request), around.flagged(asker)
    if not around.looks_back:
        yield from _stream(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)
        return
    said = Said()
    with closing(_stream(world, choice, request, asker=asker, attempts=attempts, deadline=deadline)) as pieces:
        for delta in pieces:
            said.add(delta)
    try:
        reply = around.after(said.reply(attempts.last))
    finally:
        around.mark(attempts)
    yield from deltas(reply)


def _stream(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> Generator[Delta]:
    chosen = asker.caller.stream_recovery or world.policy.stream_recovery

    def listen(legs: tuple[Leg, ...]) -> Generator[Delta]:
        pursuit = _pursuit(world, legs, request, asker=asker, attempts=attempts, deadline=deadline)
        return recovery.PIECES[chosen](pursuit)

    choice = settled(world, choice, asker)
    if choice.auto is not None:
        yield from serving.pieces(
            world,
            choice.auto,
            request,
            partial(ask, world),
            listen,
            asker=asker,
            attempts=attempts,
            deadline=deadline,
        )
        return
    legs = route(world, choice, **_who(asker))
    yield from keeping.pieces(
        world,
        allowed(legs, asker.caller)[0],
        request,
        lambda: listen(legs),
        asker=asker,
        attempts=attempts,
        deadline=deadline,
    )


def _pursuit(
    world: World,
    legs: tuple[Leg, ...],
    request: ModelRequest,
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> Pursuit:
    return Pursuit(world, allowed(legs, asker.caller), request, asker=asker, attempts=attempts, deadline=deadline)


def _who(asker: Asker) -> Who:
    return Who(spread_by=asker.session_id, user_id=asker.user_id, team=asker.caller.team)


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
