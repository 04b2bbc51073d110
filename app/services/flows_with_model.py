"""Two models are compared by two flows that differ in nothing else."""

from dataclasses import replace
from typing import Final

from app.domain.errors import Conflict
from app.domain.flow import Choice, Flow
from app.domain.use_case import check_code
from app.services import flows
from app.services.flows import FlowEdit
from app.services.world import World

LONGEST: Final = 255  # of a title, as doors have it


def with_model(
    world: World,
    use_case_code: str,
    code: str,
    *,
    model: str,
    new_code: str,
    title: str | None,
    activate: bool,
    actor: str,
) -> Flow:
    """A copy of the flow whose every step asks this model and no other; inactive, or active without weight.

    Fallbacks, tasks and the balance of models are gone, so that whatever is found is of the model. An answer kept for
    repeats is told apart by its model. Raises NotFound, UnknownModel, Invalid, Conflict when the code is taken, or
    while a rollout owns the weights; then there is no copy.
    """
    world.catalogue.get(model, field="model")
    check_code(new_code, field="new_code")
    source = flows.get(world, use_case_code, code)
    steps = tuple(replace(step, choice=Choice((model,))) for step in source.steps)
    named = f"{source.title or source.code} with {model}"[:LONGEST] if title is None else title
    edited = FlowEdit(code=new_code, title=named, description=source.description, steps=steps, limits=source.limits)
    copy = flows.create(world, use_case_code, edited)
    if not activate:
        return copy
    try:
        return flows.change(world, use_case_code, copy.code, FlowEdit(active=True), actor=actor)
    except Conflict:
        flows.delete(world, use_case_code, copy.code)
        raise
