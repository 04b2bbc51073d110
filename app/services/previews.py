"""A preview renders one step with given inputs, tells what it would cost, and asks it once if that is wanted."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import orjson

from app.db.facts import CallDone
from app.domain.errors import Invalid, NotFound
from app.domain.flow import Choice, OnError, Step, check_balance, check_choice
from app.domain.message import Json, ModelRequest
from app.domain.use_case import UseCase
from app.services import estimates, expressions, marks, output_schema, traffic, versions
from app.services.asking import Asked, request_of, values_of
from app.services.attempts import Asker
from app.services.direct import Answered
from app.services.estimates import Estimate, Foreseen
from app.services.routes import route
from app.services.step_checks import check_alone
from app.services.walking import by_gateway, walker
from app.services.walking.walk import Walk
from app.services.world import World


@dataclass(frozen=True, slots=True)
class Given:
    """What a step would see: `asked` with inputs and turns, outputs of earlier steps, and `scope` (item, round, last).

    `parsed` are the values of outputs that are JSON, where the texts alone do not tell them. With `models` these are
    asked instead of the step's own. `expected_output_tokens`: how long the answer probably gets, for its cost.
    """

    asked: Asked
    outputs: Mapping[str, str | None] = field(default_factory=dict)
    parsed: Json = field(default_factory=dict)
    scope: Json = field(default_factory=dict)
    models: tuple[str, ...] = ()
    expected_output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A step as it would be asked. `step` is as it is written, but for the models where others were named.

    `runs`: whether its `when` holds, None without one. `unfilled`: marks that stand as they are. `flow_id` and
    `version` are None for a step that is not saved.
    """

    use_case: UseCase
    step: Step
    given: Given
    request: ModelRequest
    runs: bool | None
    unfilled: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    flow_id: str | None = None
    version: int | None = None


def of_flow(world: World, use_case: str, flow: str, step: str, given: Given, *, version: str) -> Preview:
    """The step of that version, by number or label. Raises NotFound, and as `of_step`."""
    found = versions.get(world, use_case, flow, version, field="version")
    wanted = next((each for each in found.steps if each.code == step), None)
    if wanted is None:
        raise NotFound("step", step)
    known = {each.code for each in found.steps if each.output_schema is not None or each.each is not None}
    parsed = {code: _value(text) for code, text in given.outputs.items() if code in known}
    seeing = replace(given, parsed={**parsed, **given.parsed})
    preview = _preview(world, traffic.known_use_case(world, use_case), wanted, seeing)
    return replace(preview, flow_id=found.flow_id, version=found.version)


def of_step(world: World, use_case: str, step: Step, given: Given) -> Preview:
    """A step that is not saved.

    Raises NotFound, Invalid for what is wrong with the step or what it is given, PromptInvalid, PromptRunaway,
    ExpressionInvalid, UnknownModel, UnknownTask.
    """
    known = traffic.known_use_case(world, use_case)
    check_choice(step.choice, field="step.choice")
    check_balance(step.choice, field="step.choice")
    check_alone(world, step, "step")
    return _preview(world, known, step, given)


def ask(world: World, preview: Preview) -> tuple[Answered, str | None]:
    """The step's answer, asked once and booked, and how it breaks the step's schema, None where it does not.

    It belongs to no run and no session, and counts for no statistics. Raises what `gateway.call` raises.
    """
    asked, step, asker = preview.given.asked, preview.step, _asker(preview)
    once = replace(
        step, after=(), when=None, retries=0, on_error=OnError(), output_schema=None, each=None, repeat=None, own=False
    )
    walk = Walk(
        world=world,
        steps=(once,),
        asked=asked,
        deadline=time.monotonic() + world.policy.run_timeout_s,
        ask=by_gateway.ask(world),
        listen=by_gateway.listen(world),
        asker=lambda _: asker,
        departure=asked.caller.departure,
        prepared={step.code: preview.request},
    )
    try:
        reply = walker.reply(walk)
    finally:
        facts = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in walk.attempts]
        if facts:
            world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    calls = tuple(attempt.call for attempt in walk.attempts)
    schema = step.output_schema
    return Answered(reply, calls, ()), None if schema is None else output_schema.violation(reply.text, schema)


def _asker(preview: Preview) -> Asker:
    asked, step = preview.given.asked, preview.step
    return Asker(
        caller=asked.caller,
        user_id=asked.user_id,
        unit=asked.user_id,
        use_case_id=preview.use_case.id,
        flow_id=preview.flow_id,
        flow_version=preview.version,
        step=step.code,
        task=step.choice.task,
        hooks=step.hooks,
        tags=asked.tags,
        source="preview",
    )


def _preview(world: World, use_case: UseCase, step: Step, given: Given) -> Preview:
    if given.models:
        step = replace(step, choice=Choice(given.models))
        slugs = [world.catalogue.get(slug, field=f"models[{place}]").slug for place, slug in enumerate(given.models)]
    else:
        slugs = [leg.model.slug for leg in route(world, step.choice, user_id=given.asked.user_id)]
    parsed = {"parsed": dict(given.parsed)} if given.parsed else {}
    values = values_of(given.asked, given.outputs, parsed)
    runs = None if step.when is None else expressions.truth(step.when, values, f"steps.{step.code}.when")
    scope = _scope(step, given, values)
    request = request_of(step, given.asked, given.outputs, last=True, seen={**parsed, **scope})
    foreseen = Foreseen(
        messages=request.messages,
        max_tokens=request.max_tokens,
        expected_output_tokens=given.expected_output_tokens,
        models=tuple(slugs),
    )
    left = {*marks.names(step.system), *marks.names(step.prompt)} - {*values, *scope}
    return Preview(
        use_case=use_case,
        step=step,
        given=given,
        request=request,
        runs=runs,
        unfilled=tuple(sorted(left)),
        estimates=tuple(estimates.estimate(world, foreseen)),
    )


def _scope(step: Step, given: Given, values: Json) -> dict[str, object]:
    """What one question of the step sees besides: of a list its first item, of rounds the first, unless told."""
    scope: dict[str, object] = {}
    if step.each is not None:
        scope["number"] = given.scope.get("number", 0)
        scope["item"] = given.scope["item"] if "item" in given.scope else _first_item(step, values)
    if step.repeat is not None:
        scope |= {"round": given.scope.get("round", 0), "last": given.scope.get("last", "")}
    for name in given.scope:
        if name not in scope:
            raise Invalid("the step has no `each` or `repeat` that gives this", field=name)
    return scope


def _first_item(step: Step, values: Json) -> object:
    if step.each is None:
        return None
    listed = expressions.items(step.each.over, values, step.each.most, f"steps.{step.code}.each.over")
    if not listed:
        raise Invalid("the list is empty: give an item to render the step with", field="item")
    return listed[0]


def _value(text: str | None) -> object:
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
