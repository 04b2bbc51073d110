"""Which models a choice names, in which order, each with the reason it stands there."""

from dataclasses import dataclass, replace

from app.domain import spreading
from app.domain.auto import Auto, auto_named
from app.domain.chance import share
from app.domain.errors import ModelNotAllowed, Unsupported
from app.domain.flow import Choice
from app.domain.model import Model
from app.services.attempts import Asker
from app.services.caller import Caller
from app.services.tasks import model_for
from app.services.world import World

SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class Leg:
    """One model of a route."""

    model: Model
    reason: str


def settled(world: World, choice: Choice, asker: Asker) -> Choice:
    """The choice, with auto where its task is given to auto for this asker. Raises UnknownTask."""
    if choice.auto is not None or choice.task is None:
        return choice
    assigned = model_for(world, choice.task, user_id=asker.user_id, team=asker.caller.team)
    return replace(choice, auto=auto_named(assigned.model, field="task"))


def route(
    world: World,
    choice: Choice,
    *,
    field: str | None = None,
    spread_by: str | None = None,
    user_id: str | None = None,
    team: str | None = None,
) -> tuple[Leg, ...]:
    """The legs in order, never empty; of auto all models in question, in the order of the catalogue.

    `field` is where the choice stands: `task` or `model` unless given. Where the choice balances equal models, those
    with the same `spread_by` are asked in the same order; without one each route draws its own. `user_id` and `team`
    may prefer another model for a task.

    Raises UnknownModel for a slug outside the catalogue, UnknownTask for a task with no model and no default.
    """
    if choice.auto is not None:
        return _all(world, choice.auto, field or "auto")
    if choice.task is not None:
        return _of_task(world, choice.task, user_id=user_id, team=team, field=field or "task")
    models = {slug: world.catalogue.get(slug, field=field or "model") for slug in choice.models}
    order = choice.models
    if choice.balance != "order":
        loads = {slug: world.balancer.in_flight(model) for slug, model in models.items()}
        turn = share(spread_by or world.new_id())
        order = spreading.ordered(order, choice.weights, balance=choice.balance, turn=turn, loads=loads)
    first = "first" if choice.balance == "order" else f"first by {choice.balance}"
    return tuple(Leg(models[slug], first if position == 0 else "fallback") for position, slug in enumerate(order))


def in_question(world: World, auto: Auto, *, field: str) -> list[Model]:
    """The models that the wish names, else all that chat and whose provider somebody has set up.

    A server of models at its usual address, for which nothing is set, may not be there, so its models have to be named.
    Simulated ones are in question only where nothing else is set up. Raises UnknownModel for a name that is in no
    catalogue, Unsupported for a judge that does not chat.
    """
    for name in auto.excluded:
        world.catalogue.get(name, field=f"{field}.excluded")
    judges(world, auto, field=field)
    if auto.among:
        named = [world.catalogue.get(slug, field=f"{field}.among") for slug in auto.among]
        return list({model.slug: model for model in named}.values())
    models = [model for model in world.catalogue.by_capability("chat") if not model.legacy]
    usual = {code for code in world.catalogue.providers if not _set_up(world, code)}
    real = any(model.provider in world.endpoints for model in models if model.provider not in usual)
    unset = {code for code in usual if (code in world.endpoints) and (real or not _simulated(world, code))}
    return [model for model in models if model.provider not in unset]


def judges(world: World, auto: Auto, *, field: str) -> dict[str, Model]:
    """The models that the wish names as judges, by their field. Raises UnknownModel, Unsupported for no chat model."""
    found = {}
    for part, wish in (("escalation", auto.escalation), ("council", auto.council)):
        if wish is not None and wish.judge is not None:
            at = f"{field}.{part}.judge"
            found[at] = model = world.catalogue.get(wish.judge, field=at)
            if "chat" not in model.capabilities:
                raise Unsupported(f"model {model.slug} offers no chat", field=at)
    return found


def allowed(legs: tuple[Leg, ...], caller: Caller) -> tuple[Leg, ...]:
    """The legs whose model the caller's key may ask. Raises ModelNotAllowed when there is none."""
    if caller.models is None:
        return legs
    left = tuple(leg for leg in legs if leg.model.slug in caller.models)
    if not left:
        named = ", ".join(dict.fromkeys(leg.model.slug for leg in legs))
        raise ModelNotAllowed(f"this key may not ask {named}")
    return left


def require(
    world: World, choice: Choice, capability: str, *, user_id: str | None = None, team: str | None = None
) -> None:
    """Raises Unsupported when a model of the choice lacks the capability, UnknownModel and UnknownTask as `route`."""
    for leg in route(world, choice, user_id=user_id, team=team):
        if capability not in leg.model.capabilities:
            raise Unsupported(f"model {leg.model.slug} offers no {capability}", field="model")


def _of_task(world: World, task: str, *, user_id: str | None, team: str | None, field: str) -> tuple[Leg, ...]:
    assigned = model_for(world, task, user_id=user_id, team=team, field=field)
    auto = auto_named(assigned.model, field=field)
    if auto is not None:
        return _all(world, auto, field)
    preferred = f", by preference of the {assigned.source}" if assigned.source in ("user", "team") else ""
    reason = f"task {task}{preferred}{', by default' if assigned.by_default else ''}"
    return (Leg(world.catalogue.get(assigned.model, field=field), reason),)


def _all(world: World, auto: Auto, field: str) -> tuple[Leg, ...]:
    return tuple(Leg(model, "auto") for model in in_question(world, auto, field=field))


def _simulated(world: World, code: str) -> bool:
    return world.catalogue.providers[code].kind == SIMULATED


def _set_up(world: World, code: str) -> bool:
    """Whether the provider is one that needs a key, or has an address other than the usual one."""
    entry = world.catalogue.providers[code]
    if entry.needs_key:
        return True
    return any(endpoint.base_url != entry.base_url for endpoint in world.endpoints.get(code, ()))
