"""A route is the ordered models that a choice names, each with the reason it stands there."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain import spreading
from app.domain.chance import share
from app.domain.errors import UnknownTask, Unsupported
from app.domain.flow import Choice
from app.domain.model import Model
from app.services.world import World

DEFAULT_TASK = "default"


@dataclass(frozen=True, slots=True)
class Leg:
    """One model of a route."""

    model: Model
    reason: str


def tasks(world: World) -> Mapping[str, str]:
    """Model slug by task name: what the API stored wins over what the environment says."""
    return {**world.policy.environment_tasks, **world.snapshots.current.tasks}


def route(world: World, choice: Choice, *, field: str | None = None, spread_by: str | None = None) -> tuple[Leg, ...]:
    """The legs in order, never empty. `field` is where the choice stands: `task` or `model` unless given.

    Where the choice balances equal models, those with the same `spread_by` are asked in the same order; without one
    each route draws its own.

    Raises UnknownModel for a slug outside the catalogue, UnknownTask for a task with no model and no default.
    """
    if choice.task is not None:
        return (_task_leg(world, choice.task, field or "task"),)
    models = {slug: world.catalogue.get(slug, field=field or "model") for slug in choice.models}
    order = choice.models
    if choice.balance != "order":
        loads = {slug: world.balancer.in_flight(model) for slug, model in models.items()}
        turn = share(spread_by or world.new_id())
        order = spreading.ordered(order, choice.weights, balance=choice.balance, turn=turn, loads=loads)
    first = "first" if choice.balance == "order" else f"first by {choice.balance}"
    return tuple(Leg(models[slug], first if position == 0 else "fallback") for position, slug in enumerate(order))


def require(world: World, choice: Choice, capability: str) -> None:
    """Raises Unsupported when a model of the choice lacks the capability, UnknownModel and UnknownTask as `route`."""
    for leg in route(world, choice):
        if capability not in leg.model.capabilities:
            raise Unsupported(f"model {leg.model.slug} offers no {capability}", field="model")


def _task_leg(world: World, task: str, field: str) -> Leg:
    assigned = tasks(world)
    if task in assigned:
        return Leg(world.catalogue.get(assigned[task], field=field), f"task {task}")
    if DEFAULT_TASK in assigned:
        return Leg(world.catalogue.get(assigned[DEFAULT_TASK], field=field), f"task {task}, by default")
    raise UnknownTask(f"no model is assigned to task {task!r} and there is no default", field=field)
