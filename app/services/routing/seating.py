"""Who sits in the council of a request: as many as the request may pay for, and whoever makes one answer of theirs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.domain.auto import Auto, Council
from app.domain.council import MOST_TOKENS, to_judge, to_write
from app.domain.message import ModelRequest, Usage
from app.domain.model import Model, cost, worst_case
from app.domain.routing.candidate import Candidate
from app.domain.routing.level import Level
from app.domain.routing.seats import best_of, seats
from app.domain.token_bound import prompt_tokens
from app.services import prices
from app.services.routing.contenders import BYTES_PER_TOKEN, prompt_bytes
from app.services.world import World

_MARK: Final = "0" * 16  # as long as any


def seated(
    world: World, auto: Auto, order: Sequence[Candidate], request: ModelRequest, *, learner: str, level: Level
) -> tuple[Candidate, ...]:
    """The members, none where no council is wished: the last lose their seats until all calls together keep `max_cost`.

    What a judge or a writer costs counts as well; a single member needs none. What nobody can price exceeds any limit.
    """
    if auto.council is None:
        return ()
    members = seats(order, auto.council)
    while len(members) > 1 and auto.max_cost is not None:
        costs = [each.worst_cost if auto.strict else each.cost for each in members]
        if auto.council.combine != "vote":
            costs.append(_expected(world, auto, auto.council, members, request, learner=learner, level=level))
        if None not in costs and sum(each for each in costs if each is not None) <= auto.max_cost:
            break
        members = members[:-1]
    return members


def chair_cost(
    world: World, auto: Auto, model: Model, request: ModelRequest, *, learner: str, level: Level, more: int = 0
) -> int | None:
    """Nano-dollars to expect of the one who is asked this, in the worst case with `strict`; None: unpriced.

    `more` tokens are read besides those of the request.
    """
    price = prices.price_of(world, model, world.now())
    if price is None:
        return None
    limit = _limit(world, request, model)
    if auto.strict:
        return worst_case(price, prompt_tokens(request) + more, limit)
    written = min(round(world.routers.expected(learner, model, level).output_tokens), limit)
    read = prompt_bytes(request) // BYTES_PER_TOKEN + more
    return cost(price, Usage(input_tokens=read, output_tokens=written, estimated=True))


def _expected(
    world: World,
    auto: Auto,
    council: Council,
    members: Sequence[Candidate],
    request: ModelRequest,
    *,
    learner: str,
    level: Level,
) -> int | None:
    """What the chair of these members would cost, before anybody has answered."""
    models = world.catalogue.models
    several = [models[each.slug] for each in members]
    if auto.strict:
        answers = sum(_limit(world, request, each) for each in several)
    else:
        answers = sum(round(world.routers.expected(learner, each, level).output_tokens) for each in several)
    ask, limit = (to_judge, MOST_TOKENS) if council.combine == "judge" else (to_write, request.max_tokens)
    asked = replace(request, messages=ask(request.messages, [""] * len(members), mark=_MARK), max_tokens=limit)
    chair = world.catalogue.get(council.judge or best_of(members).slug)
    return chair_cost(world, auto, chair, asked, learner=learner, level=level, more=answers)


def _limit(world: World, request: ModelRequest, model: Model) -> int:
    return request.max_tokens or min(world.policy.default_max_tokens, model.max_output_tokens)
