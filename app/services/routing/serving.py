"""An answer by auto: the router decides, its models are asked, and the route says what it came to."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace

from app.domain.auto import Auto
from app.domain.cached import deltas
from app.domain.message import Delta, ModelReply, ModelRequest
from app.domain.route import Route
from app.services import keeping
from app.services.attempts import Asker, Attempt, Attempts
from app.services.routes import Leg
from app.services.routing import councils, escalating, trust
from app.services.routing.answered import Answered
from app.services.routing.ask import Ask
from app.services.routing.deciding import Routed, decide
from app.services.world import World

Listen = Callable[[tuple[Leg, ...]], Generator[Delta]]


def answer(
    world: World,
    auto: Auto,
    request: ModelRequest,
    ask: Ask,
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> ModelReply:
    """The whole answer; its route is among those of `attempts`, also when nobody answered. Raises as `gateway.call`."""
    routed = decide(world, auto, request, asker=asker)
    return keeping.answer(
        world,
        routed.legs[0],
        request,
        lambda: _answer(world, routed, request, ask, asker=asker, attempts=attempts, deadline=deadline),
        asker=asker,
        attempts=attempts,
        deadline=deadline,
    )


def pieces(
    world: World,
    auto: Auto,
    request: ModelRequest,
    ask: Ask,
    listen: Listen,
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> Generator[Delta]:
    """As `answer`, for a stream. What is looked at before it leaves, or made of several answers, comes in one piece."""
    routed = decide(world, auto, request, asker=asker)

    def heard() -> Generator[Delta]:
        if auto.escalation is None and auto.council is None:
            yield from _passed_on(routed, listen, attempts)
            return
        reply = _answer(world, routed, request, ask, asker=asker, attempts=attempts, deadline=deadline)
        yield from deltas(replace(reply, model=attempts.routes[-1].model or reply.model))

    yield from keeping.pieces(world, routed.legs[0], request, heard, asker=asker, attempts=attempts, deadline=deadline)


def _answer(
    world: World,
    routed: Routed,
    request: ModelRequest,
    ask: Ask,
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> ModelReply:
    begun = len(attempts.made)
    answered: Answered | None = None
    try:
        if routed.auto.council is not None:
            answered = councils.answer(world, routed, request, ask, asker=asker, attempts=attempts, deadline=deadline)
        elif routed.auto.escalation is not None:
            answered = escalating.answer(world, routed, request, ask, asker=asker, attempts=attempts, deadline=deadline)
        else:
            reply = ask(routed.legs, request, asker=asker, attempts=attempts, deadline=deadline)
            answered = Answered(
                reply, tuple(trust.tried(attempts.made[begun:], None)), attempts.last.model, attempts.last.id
            )
    finally:
        attempts.routes.append(_ended(routed.route, answered, attempts.made[begun:]))
    attempts.given = answered.call_id
    return answered.reply


def _passed_on(routed: Routed, listen: Listen, attempts: Attempts) -> Generator[Delta]:
    begun = len(attempts.made)
    try:
        with closing(listen(routed.legs)) as heard:
            yield from heard
    finally:
        made = attempts.made[begun:]
        route = _ended(routed.route, None, made)
        if made and made[-1].call.outcome == "ok":
            route = replace(route, model=made[-1].call.model)
        attempts.routes.append(route)


def _ended(route: Route, answered: Answered | None, made: list[Attempt]) -> Route:
    spent = _spent(made)
    if answered is None:
        return replace(route, tried=tuple(trust.tried(made, None)), spent=spent)
    reasoning = f"{route.reasoning} {answered.why}".strip()
    return replace(route, model=answered.model, tried=answered.tried, reasoning=reasoning, spent=spent)


def _spent(made: list[Attempt]) -> int | None:
    """What all these calls cost; those that failed and that nobody charged for cost nothing."""
    calls = [attempt.call for attempt in made]
    costs = [call.cost for call in calls if call.cost is not None or call.outcome in ("ok", "cached")]
    return None if None in costs else sum(cost for cost in costs if cost is not None)
