"""Candidates are looked up once, when a comparison is made; from then on a flow means the version it had."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db import flows as flow_rows
from app.db import use_cases as use_case_rows
from app.db.uow import Tx
from app.domain.comparison.comparison import Candidate, Prompt
from app.domain.errors import Invalid, NotFound, Unsupported
from app.domain.flow import Choice, Flow, Step
from app.domain.use_case import UseCase
from app.services.comparing.wanted import WantedCandidate
from app.services.routes import route
from app.services.world import World

CODE = "answer"


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate with the steps that it walks."""

    candidate: Candidate
    steps: tuple[Step, ...]


def use_case_of(tx: Tx, code: str, *, field: str) -> UseCase:
    """The use case of that code. Raises NotFound naming the field."""
    try:
        return use_case_rows.get_by_code(tx, code)
    except NotFound:
        raise NotFound("use case", code, field=field) from None


def find(
    world: World, tx: Tx, use_case: UseCase | None, wanted: Sequence[WantedCandidate], prompt: Prompt
) -> list[Found]:
    """Who they are. Raises UnknownModel, Unsupported, NotFound or Invalid naming the candidate.

    Invalid also for one that could not answer anything here, since no provider of its models is configured.
    """
    return [_find(world, tx, use_case, each, prompt, f"candidates[{at}]") for at, each in enumerate(wanted)]


def slug_of(world: World, slug: str, *, field: str) -> str:
    """The model's own slug, when it can hold a conversation. Raises UnknownModel, Unsupported."""
    model = world.catalogue.get(slug, field=field)
    if "chat" not in model.capabilities:
        raise Unsupported(f"model {model.slug} offers no chat", field=field)
    return model.slug


def check_configured(world: World, choice: Choice, *, field: str) -> None:
    """Raises Invalid when no model of the choice can be asked by this server, UnknownModel, UnknownTask as `route`."""
    models = [leg.model for leg in route(world, choice, field=field, spread_by="")]
    if not any(model.provider in world.endpoints for model in models):
        named = ", ".join(sorted({f"{model.slug} (provider {model.provider})" for model in models}))
        raise Invalid(f"cannot be asked here, no provider is configured: {named}", field=field)


def steps_of(steps: tuple[Step, ...], model: str | None, prompt: Prompt) -> tuple[Step, ...]:
    """What a candidate walks: a flow's steps, with that model in each if one is given, or one step with the prompt."""
    choice = None if model is None else Choice((model,))
    if not steps:
        return (Step(CODE, prompt.text, choice or Choice(), prompt.system, prompt.params),)
    return steps if choice is None else tuple(replace(step, choice=choice, cache_ttl_s=None) for step in steps)


def _find(world: World, tx: Tx, use_case: UseCase | None, wanted: WantedCandidate, prompt: Prompt, field: str) -> Found:
    model = None if wanted.model is None else slug_of(world, wanted.model, field=f"{field}.model")
    if model is not None:
        check_configured(world, Choice((model,)), field=f"{field}.model")
    if wanted.flow is None:
        return Found(Candidate(wanted.name or model or "", model), steps_of((), model, prompt))
    flow = _flow(tx, use_case, wanted.flow, f"{field}.flow")
    if model is None:
        for step in flow.steps:
            check_configured(world, step.choice, field=f"{field}.flow")
    name = wanted.name or (flow.code if model is None else f"{flow.code} with {model}")
    pinned = Candidate(name, model, flow.code, flow.id, flow.version)
    return Found(pinned, steps_of(flow.steps, model, prompt))


def _flow(tx: Tx, use_case: UseCase | None, code: str, field: str) -> Flow:
    if use_case is None:
        raise Invalid("flows belong to a use case: name it", field="use_case")
    try:
        return flow_rows.get_by_code(tx, use_case.id, code)
    except NotFound:
        raise NotFound("flow", code, field=field) from None
