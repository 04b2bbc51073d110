"""Models: what the catalogue holds, what tokens would cost on each, and whether one answers right now."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.answers import AnswerOut, answer_out, label
from app.api.calls import UsageIn
from app.api.door import Door
from app.api.guard import scope
from app.api.model_payloads import ModelOut
from app.api.once import once
from app.api.payloads import Name, Out, Page, Payload, Text, Words, usd
from app.api.world import world
from app.domain.errors import NotFound
from app.domain.flow import Choice
from app.domain.message import Message, ModelRequest, Usage
from app.domain.model import Model, Tier, cost, price_at
from app.services import direct
from app.services.direct import Answered, DirectAsked

door = Door("models")


class ModelQuery(Words):
    """What a model must match."""

    provider: Name | None = None
    capability: Name | None = None
    tier: Tier | None = None
    legacy: bool | None = None


class ModelPath(Words):
    """A model by slug, `vendor/name`."""

    slug: Name


class EstimateIn(Payload):
    """Tokens to be priced; without `models` on every priced model."""

    usage: UsageIn
    models: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)


class EstimateOut(Out):
    """What the tokens cost on one model; null where its price is unknown."""

    model: str
    cost_usd: str | None
    price_version: str | None


class TryIn(Payload):
    """A question that shows whether the model answers."""

    model: Name
    prompt: Text = "Answer with the word ready."
    max_tokens: Annotated[int, Field(ge=1, le=4_096)] = 64


@door.get("/models", responses={200: Page[ModelOut]})
@scope("read", "run")
def list_models(query: ModelQuery) -> Response:
    """Find models by provider, capability and tier."""
    found = [model for model in world().catalogue.all() if _matches(model, query)]
    return http.answer(Page[ModelOut](items=[_out(model) for model in found], next=None))


@door.get("/models/<path:slug>", responses={200: ModelOut})
@scope("read", "run")
def get_model(path: ModelPath) -> Response:
    """Read one model."""
    catalogue = world().catalogue
    found = catalogue.models.get(catalogue.aliases.get(path.slug, path.slug))
    if found is None:
        raise NotFound("model", path.slug)
    return http.answer(_out(found))


@door.post("/models/estimate", responses={200: Page[EstimateOut]})
@scope("read", "run")
def estimate(body: EstimateIn) -> Response:
    """Price tokens on some or all models; nothing is called."""
    usage = Usage(**body.usage.model_dump())
    catalogue = world().catalogue
    wanted = [catalogue.get(slug, field=f"models[{at}]") for at, slug in enumerate(body.models)] or catalogue.all()
    priced = sorted((_price(model, usage) for model in wanted), key=lambda pair: (pair[0] is None, pair[0]))
    return http.answer(Page[EstimateOut](items=[out for _, out in priced], next=None))


@door.post("/models/test", responses={200: AnswerOut})
@scope("run")
def try_model(body: TryIn) -> Response:
    """Really ask a model something small; it is a call like any other."""
    request = ModelRequest(model="", messages=(Message("user", body.prompt),), max_tokens=body.max_tokens)
    asked = DirectAsked(Choice((body.model,)), request, key_id=guard.key().id, tags={"purpose": "test"})
    return once(lambda: _told(direct.run(world(), asked)))


def is_configured(model: Model) -> bool:
    """Whether this server has what the model's provider needs: an address, and a key if it takes one."""
    return model.provider in world().endpoints


def _told(answered: Answered) -> Response:
    return label(http.answer(answer_out(answered)), answered.calls)


def _matches(model: Model, query: ModelQuery) -> bool:
    return (
        query.provider in (None, model.provider)
        and (query.capability is None or query.capability in model.capabilities)
        and query.tier in (None, model.tier)
        and query.legacy in (None, model.legacy)
    )


def _out(model: Model) -> ModelOut:
    return ModelOut.of(model, world().now(), configured=is_configured(model))


def _price(model: Model, usage: Usage) -> tuple[int | None, EstimateOut]:
    price = price_at(model, world().now())
    if price is None:
        return None, EstimateOut(model=model.slug, cost_usd=None, price_version=None)
    nanos = cost(price, usage)
    return nanos, EstimateOut(model=model.slug, cost_usd=usd(nanos), price_version=price.valid_from.isoformat())
