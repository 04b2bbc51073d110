"""The gateway takes the legs of a route in order until one answers; every attempt becomes a call row."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from app.domain.errors import ProviderError, ProviderTimeout, ProviderUnconfigured, Unpriced
from app.domain.flow import Choice
from app.domain.message import Delta, Embeddings, Message, ModelReply, ModelRequest
from app.domain.model import Model, price_at
from app.providers.base import Provider
from app.services import abilities
from app.services.attempts import Asker, Attempts, Watch
from app.services.routes import Leg, route
from app.services.world import World

T = TypeVar("T")


def call(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> ModelReply:
    """The whole answer of the first leg that gives one.

    `deadline` is a `time.monotonic()` moment over all attempts. Raises the last ProviderError when no leg answers,
    Unpriced by policy, UnknownModel, UnknownTask or Unsupported before anything is sent.
    """

    def ask(provider: Provider, asked: ModelRequest, timeout_s: float) -> tuple[ModelReply, ModelReply]:
        reply = provider.generate(asked, timeout_s=timeout_s)
        return reply, reply

    return _first_answer(world, choice, request, ask, asker=asker, attempts=attempts, deadline=deadline)


def embed(
    world: World, choice: Choice, texts: Sequence[str], *, asker: Asker, attempts: Attempts, deadline: float
) -> Embeddings:
    """One vector per text from the first leg that gives them. Raises as `call`."""

    def ask(provider: Provider, asked: ModelRequest, timeout_s: float) -> tuple[Embeddings, ModelReply]:
        found = provider.embed(asked.model, texts, timeout_s=timeout_s)
        return found, ModelReply("", "stop", found.usage, found.model)

    request = ModelRequest("", tuple(Message("user", text) for text in texts))
    return _first_answer(world, choice, request, ask, asker=asker, attempts=attempts, deadline=deadline)


def _first_answer(
    world: World,
    choice: Choice,
    request: ModelRequest,
    ask: Callable[[Provider, ModelRequest, float], tuple[T, ModelReply]],
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> T:
    legs = route(world, choice)
    for position, leg in enumerate(legs):
        asked = _prepare(world, leg.model, request)
        watch = Watch(world, leg, asker, asked, attempt=position + 1, attempts=attempts)
        try:
            answer, reply = ask(_provider(world, leg.model), asked, _remaining(deadline, world, leg))
        except ProviderError as error:
            watch.failed(error)
            if position + 1 == len(legs):
                raise
            continue
        watch.answered(reply)
        return answer
    raise AssertionError("a route has at least one leg")


def stream(
    world: World, choice: Choice, request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
) -> Generator[Delta]:
    """Pieces of the answer; before the first piece the next leg may take over, after it an error is final.

    Raises as `call`. Closing the iterator closes the connection to the vendor and books what was said so far.
    """
    legs = route(world, choice)
    for position, leg in enumerate(legs):
        asked = _prepare(world, leg.model, request)
        watch = Watch(world, leg, asker, asked, attempt=position + 1, attempts=attempts)
        try:
            provider = _provider(world, leg.model)
            with closing(provider.stream(asked, timeout_s=_remaining(deadline, world, leg))) as pieces:
                for delta in pieces:
                    watch.heard(delta)
                    yield delta
            return
        except GeneratorExit:
            watch.left()
            raise
        except ProviderError as error:
            watch.failed(error)
            if watch.spoke or position + 1 == len(legs):
                raise


def _prepare(world: World, model: Model, request: ModelRequest) -> ModelRequest:
    if world.policy.unpriced == "block" and price_at(model, world.now()) is None:
        raise Unpriced(f"the price of {model.slug} is unknown", field="model")
    abilities.check(model, request)
    limit = request.max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
    return replace(request, model=model.provider_model_id, max_tokens=limit)


def _provider(world: World, model: Model) -> Provider:
    endpoint = world.endpoints.get(model.provider)
    if endpoint is None:
        entry = world.catalogue.providers[model.provider]
        remedy = f"set {entry.key_env}" if entry.key_env and entry.needs_key else "it is switched off"
        raise ProviderUnconfigured(f"provider {entry.code} cannot be used here: {remedy}", provider=entry.code)
    return world.providers.get(endpoint)


def _remaining(deadline: float, world: World, leg: Leg) -> float:
    left = min(deadline - time.monotonic(), world.policy.call_timeout_s)
    if left <= 0:
        raise ProviderTimeout("the time limit was used up before this attempt", provider=leg.model.provider)
    return left
