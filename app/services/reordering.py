"""A use case that puts its steps in another order takes its flows along: each gets a version in that order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.db import flows as flow_rows
from app.db.uow import Tx
from app.domain.errors import Conflict, Invalid
from app.domain.flow import Step
from app.domain.use_case import UseCase
from app.services import acting, versions
from app.services.step_checks import checked
from app.services.versions import Written
from app.services.world import World

NOTE: Final = "steps in the order of the use case"


def reorder(tx: Tx, world: World, use_case: UseCase) -> None:
    """Let every flow walk in the order of the use case, live at once; what flows have as their own keeps its place.

    Raises Conflict for a flow that cannot: a prompt would read what is not there yet, or an experiment runs.
    """
    for flow in flow_rows.of_use_case(tx, use_case.id):
        steps = in_order(flow.steps, use_case.step_codes)
        if steps == flow.steps:
            continue
        try:
            checked(world, steps, use_case)
        except Invalid as error:
            told = f"flow {flow.code!r} cannot be walked in this order ({error.field}: {error.message})"
            raise Conflict(told, code="steps-in-use", field="steps") from None
        by = Written(acting.actor(), NOTE, publish=True)
        versions.write(tx, world, use_case, flow, replace(flow, steps=steps), by)


def in_order(steps: Sequence[Step], declared: Sequence[str]) -> tuple[Step, ...]:
    """The steps, the declared ones among them in that order; all other steps stand where they stood."""
    by_code = {step.code: step for step in steps}
    following = (by_code[code] for code in declared if code in by_code)
    return tuple(next(following) if step.code in declared else step for step in steps)
