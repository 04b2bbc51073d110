"""A cheap answer is looked at before it leaves; where it cannot be trusted, a better model is asked."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.auto import Auto, Escalation
from app.domain.errors import CallerLeft, ModelMatchError
from app.domain.message import ModelReply, ModelRequest
from app.domain.route import Tried
from app.domain.routing.candidate import Candidate
from app.domain.routing.doubt import Confidence
from app.domain.routing.ladder import next_rung
from app.services.attempts import Asker, Attempt, Attempts
from app.services.routes import Leg
from app.services.routing import trust
from app.services.routing.answered import Answered
from app.services.routing.ask import Ask
from app.services.routing.deciding import Routed
from app.services.world import World

WHY: Final = "escalated: {why}"


@dataclass(slots=True)
class _Climb:
    """One request on its way up. `rules` is the trust by rules alone, which answers of all rungs have."""

    world: World
    routed: Routed
    request: ModelRequest
    ask: Ask
    asker: Asker
    attempts: Attempts
    deadline: float
    begun: int
    tried: list[Tried]

    @property
    def own(self) -> list[Attempt]:
        """The attempts of this request so far, the judge's among them."""
        return self.attempts.made[self.begun :]


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer with its model and call, the trust by rules, and the trust that decides."""

    reply: ModelReply
    model: str
    call_id: str
    rules: Confidence
    trusted: Confidence


def answer(
    world: World,
    routed: Routed,
    request: ModelRequest,
    ask: Ask,
    *,
    asker: Asker,
    attempts: Attempts,
    deadline: float,
) -> Answered:
    """The answer of the first model that is trusted, or of the last that was asked; all are charged and told.

    Whatever stands in the way of a further answer, an error, a budget, the time, leaves the one that is there. Raises
    as `ask` does where nobody answers, CallerLeft at any time.
    """
    wish = routed.auto.escalation or Escalation()
    climb = _Climb(world, routed, request, ask, asker, attempts, deadline, len(attempts.made), [])
    best = _hear(climb, routed.legs, wish)
    asked = best
    for step in range(1, wish.max_steps + 1):
        if asked.trusted.score >= wish.min_score:
            break
        rung = _rung(climb, asked.model)
        if rung is None:
            break
        leg = Leg(world.catalogue.models[rung.slug], WHY.format(why=_why(asked.trusted)))
        try:
            asked = _hear(climb, (leg,), wish, last=step == wish.max_steps)
        except CallerLeft:
            raise
        except ModelMatchError:
            break
        if asked.rules.score >= best.rules.score:
            best = asked
    return Answered(best.reply, tuple(climb.tried), best.model, best.call_id)


def _hear(climb: _Climb, legs: tuple[Leg, ...], wish: Escalation, *, last: bool = False) -> _Heard:
    """An answer and how far it is trusted. The judge is asked where the rules trust it and somebody better is left."""
    attempts, begun = climb.attempts, len(climb.attempts.made)
    try:
        reply = climb.ask(legs, climb.request, asker=climb.asker, attempts=attempts, deadline=climb.deadline)
    except ModelMatchError:
        climb.tried.extend(trust.tried(attempts.made[begun:], None))
        raise
    call, made = attempts.last, attempts.made[begun:]
    rules = trusted = trust.by_rules(climb.world, climb.asker, climb.request, reply)
    if wish.judge is not None and not last and rules.score >= wish.min_score and _rung(climb, call.model) is not None:
        judged = _judged(climb, wish.judge, reply)
        trusted = judged if judged is not None and judged.score < rules.score else rules
    climb.tried.extend(trust.tried(made, trust.taught(trusted)))
    return _Heard(reply, call.model, call.id, rules, trusted)


def _judged(climb: _Climb, judge: str, reply: ModelReply) -> Confidence | None:
    return trust.by_judge(
        climb.world,
        judge,
        climb.request,
        reply,
        ask=climb.ask,
        asker=climb.asker,
        attempts=climb.attempts,
        deadline=climb.deadline,
    )


def _rung(climb: _Climb, model: str) -> Candidate | None:
    """Whom to ask after this model: one that was not asked yet, for whom time and the wish's cost leave room."""
    asked = {attempt.call.model for attempt in climb.own if attempt.call.source != "judge"} - {model}
    rung = next_rung([each for each in climb.routed.order if each.slug not in asked], model)
    if rung is None or time.monotonic() + rung.latency_ms / 1000 >= climb.deadline:
        return None
    return rung if _affordable(climb.routed.auto, climb.own, rung) else None


def _affordable(auto: Auto, own: Sequence[Attempt], rung: Candidate) -> bool:
    """Whether all calls of the request together stay within its `max_cost`; what nobody can price does not."""
    if auto.max_cost is None:
        return True
    costs = [attempt.call.cost for attempt in own] + [rung.worst_cost if auto.strict else rung.cost]
    return None not in costs and sum(cost for cost in costs if cost is not None) <= auto.max_cost


def _why(trusted: Confidence) -> str:
    return trusted.reasons[0] if trusted.reasons else "not trusted enough"
