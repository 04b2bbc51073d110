"""What is wrong with the steps of a flow is told when they are written, not when somebody asks them."""

from collections.abc import Sequence
from typing import Final

from app.domain.errors import Invalid
from app.domain.flow import Step, check_steps
from app.domain.message import response_format
from app.domain.run_errors import ExpressionInvalid
from app.domain.use_case import UseCase
from app.domain.walking.bounds import check_bounds
from app.domain.walking.graph import check_graph
from app.services import expressions, output_schema, prompts
from app.services.routes import in_question
from app.services.step_names import check_names
from app.services.world import World

ANSWERS: Final[dict[str, object]] = {"type": "array", "items": {"type": "string"}}  # what a step over a list gives


def checked(world: World, steps: Sequence[Step], use_case: UseCase) -> tuple[Step, ...]:
    """The steps in their order, once they can be walked.

    Raises Invalid, naming the field, for codes, models, prompts, formats, expressions, schemas, numbers, fallbacks and
    an order that do not hold.
    """
    for position, step in enumerate(steps):
        check_alone(world, step, f"steps[{position}]")
    ordered = check_steps(steps, use_case.step_codes)
    given = [step.code for step in steps]
    check_graph(ordered, given)
    places = {code: position for position, code in enumerate(given)}
    check_names(ordered, places)
    _check_fallbacks(ordered, given)
    return ordered


def check_alone(world: World, step: Step, at: str) -> None:
    """Raises Invalid, naming the field below `at`, for what is wrong with the step whatever stands beside it."""
    _check_asked(world, step, at)
    check_bounds(step, field=at)
    _check_expressions(step, at)
    if step.output_schema is not None:
        output_schema.check(step.output_schema, f"{at}.output_schema")
    _check_value(step, f"{at}.on_error.value")


def _check_asked(world: World, step: Step, at: str) -> None:
    for slug in step.choice.models:
        world.catalogue.get(slug, field=f"{at}.choice.models")
    if step.choice.auto is not None:
        in_question(world, step.choice.auto, field=f"{at}.choice.auto")
    prompts.placeholders(step.system, field=f"{at}.system")
    prompts.placeholders(step.prompt, field=f"{at}.prompt")
    response_format(step.params.response_format, field=f"{at}.params.response_format")
    for position, hook in enumerate(step.hooks):
        world.hooks.check(hook, field=f"{at}.hooks[{position}]")


def _check_expressions(step: Step, at: str) -> None:
    if step.when is not None:
        field = f"{at}.when"
        expressions.check(step.when, field)
        if not expressions.names(step.when) and not expressions.truth(step.when, {}, field):
            raise ExpressionInvalid("the step could never run: this is never true", field=field)
    if step.each is not None:
        expressions.check(step.each.over, f"{at}.each.over")
    if step.repeat is not None and step.repeat.until is not None:
        expressions.check(step.repeat.until, f"{at}.repeat.until")


def _check_value(step: Step, field: str) -> None:
    """What stands in for an answer that is JSON is such JSON too, for later steps count on that."""
    value, schema = step.on_error.value, ANSWERS if step.each is not None else step.output_schema
    if value is None or schema is None:
        return
    broken = output_schema.violation(value, schema)
    if broken is not None:
        fit = "the JSON list of texts that the step gives" if step.each is not None else "output_schema"
        raise Invalid(f"the value has to fit {fit}: {broken}", field=field)


def _check_fallbacks(steps: Sequence[Step], given: Sequence[str]) -> None:
    known = {step.code: step for step in steps}
    for step in steps:
        if step.on_error.step is None or (step.output_schema is None and step.each is None):
            continue
        fallback = known[step.on_error.step]
        if fallback.output_schema is None and fallback.each is None:
            raise Invalid(
                f"step {step.code!r} answers JSON, so its fallback needs an output_schema too",
                field=f"steps[{given.index(step.code)}].on_error.step",
            )
