"""The router decides: which models answer one request, in which order, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.domain.auto import Auto, Council
from app.domain.chance import share
from app.domain.errors import Invalid, ModelNotAllowed, NoModelFits
from app.domain.message import ModelRequest
from app.domain.route import Removed, Route, learner_of
from app.domain.routing.candidate import Candidate
from app.domain.routing.encoding import Encoding, encode
from app.domain.routing.limits import UNCONFIGURED
from app.domain.routing.needs import Needs
from app.domain.routing.packed_encoding import packed
from app.domain.routing.picking import Picked, pick
from app.domain.routing.seats import seating
from app.services.attempts import Asker
from app.services.routes import Leg, judges
from app.services.routing.contenders import RESTING, Field, Prompt, field_of, prompt_bytes
from app.services.routing.difficulty import Estimate, estimate_encoded, question_in
from app.services.routing.seating import seated
from app.services.world import World

BEST_SINGLE: Final = "no gain"


@dataclass(frozen=True, slots=True)
class Routed:
    """A route before anybody was asked. `legs` are its models in order, `order` the same with what is expected.

    `council` are those of them who sit in it, where one is wished.
    """

    route: Route
    order: tuple[Candidate, ...]
    legs: tuple[Leg, ...]
    auto: Auto
    removed: tuple[Removed, ...]
    difficulty: Estimate
    council: tuple[Candidate, ...] = ()


def decide(world: World, auto: Auto, request: ModelRequest, *, asker: Asker, field: str = "auto") -> Routed:
    """The route of this request. Raises NoModelFits, UnknownModel, ModelNotAllowed, Invalid for an empty prompt."""
    text = question_in(request.messages)
    if not text and not any(message.images for message in request.messages):
        raise Invalid("a question is expected", field="messages")
    _check_judges(world, auto, field)
    encoding = encode(text)
    difficulty = estimate_encoded(world, text, encoding)
    prompt = Prompt(request, encoding, difficulty.level, difficulty.own, prompt_bytes(request))
    learner = learner_of(use_case_id=asker.use_case_id, task=asker.task)
    route_id, triggered, single = world.new_id(), trigger(auto.triggers, text), _single(world, learner)

    def picked_of(found: Field) -> Picked:
        return pick(
            found.auto,
            found.candidates,
            Needs(frozenset({"chat"}), prompt.tokens, request.max_tokens),
            level=difficulty.level,
            triggered=triggered,
            hold_out=world.policy.hold_out,
            draw=share(route_id),
            single=single,
        )

    allowed = asker.caller.models
    found = field_of(world, auto, prompt, learner=learner, allowed=allowed, field=field)
    if found.candidates and all(each.barred is not None and each.barred[0] == "key" for each in found.candidates):
        raise ModelNotAllowed("this key may ask none of the models in question")
    try:
        picked = picked_of(found)
    except NoModelFits as error:
        if all(limit != RESTING for _, limit, _ in error.removed):
            raise
        # Those that rest would do: they are waited for, or told to rest, like a model that was named.
        found = field_of(world, auto, prompt, learner=learner, allowed=allowed, field=field, resting=False)
        picked = picked_of(found)
    route = _route(route_id, picked, difficulty, encoding, world.now(), learner=learner, asker=asker)
    routed = Routed(route, picked.order, _legs(world, picked), found.auto, picked.removed, difficulty)
    return routed if auto.council is None else _in_council(world, routed, auto.council, request)


def _route(
    id: str, picked: Picked, difficulty: Estimate, encoding: Encoding, at: datetime, *, learner: str, asker: Asker
) -> Route:
    """The route as it is kept, before anybody was asked."""
    return Route(
        id=id,
        at=at,
        learner=learner,
        strategy=picked.strategy,
        picked=picked.order[0].slug,
        by_router=picked.by_router,
        drawn=picked.drawn,
        difficulty=difficulty.score,
        level=difficulty.level,
        rated=picked.rated,
        removed=tuple(each for each in picked.removed if each.limit != UNCONFIGURED),
        met=picked.met,
        reasoning=picked.reasoning,
        estimator=difficulty.estimator,
        encoding=packed(encoding),
        own=difficulty.own,
        use_case_id=asker.use_case_id,
        flow_id=asker.flow_id,
        session_id=asker.session_id,
        run_id=asker.run_id,
        step=asker.step,
        task=asker.task,
        key_id=asker.caller.key_id,
    )


def trigger(words: Sequence[str], text: str) -> str | None:
    """The first of the words that stands in the text, whole and in any case."""
    for word in words:
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE):
            return word
    return None


def _single(world: World, learner: str) -> str | None:
    """The one model that answers all the time while the router stands down."""
    if not world.policy.stand_down:
        return None
    standing = world.routers.standing(learner)
    return standing.single if standing is not None and standing.verdict == BEST_SINGLE else None


def _in_council(world: World, routed: Routed, wish: Council, request: ModelRequest) -> Routed:
    """The same with who sits in the council; its route says so."""
    route = routed.route
    members = seated(world, routed.auto, routed.order, request, learner=route.learner, level=route.level)
    told = seating(members, wish, len(routed.order))
    return replace(routed, route=replace(route, reasoning=f"{route.reasoning} {told}"), council=members)


def _check_judges(world: World, auto: Auto, field: str) -> None:
    """Raises Invalid naming a judge whose provider nobody has set up."""
    for at, model in judges(world, auto, field=field).items():
        if model.provider not in world.endpoints:
            raise Invalid(f"provider {model.provider} of the judge is not configured on this server", field=at)


def _legs(world: World, picked: Picked) -> tuple[Leg, ...]:
    first = f"auto {picked.strategy}" if picked.drawn == "router" else f"auto {picked.drawn}"
    reasons = [first, *("fallback" for _ in picked.order[1:])]
    return tuple(
        Leg(world.catalogue.models[each.slug], reason) for each, reason in zip(picked.order, reasons, strict=True)
    )
