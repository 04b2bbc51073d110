"""Models: what the catalogue holds, what tokens would cost on each, and whether one answers right now."""

from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import http
from app.api.answers import AnswerOut, answer_out, label
from app.api.caller import caller
from app.api.door import Door
from app.api.estimate_payloads import EstimateIn, EstimateOut
from app.api.guard import scope
from app.api.model_payloads import ModelOut
from app.api.once import once
from app.api.payloads import Name, Page, Payload, Text, Words
from app.api.world import world
from app.domain.errors import NotFound
from app.domain.flow import Choice
from app.domain.message import Message, ModelRequest
from app.domain.model import Model, Tier
from app.services import direct, estimates, model_search, prices
from app.services.direct import Answered, DirectAsked
from app.services.model_search import Sort, Sought

door = Door("models")


class ModelQuery(Words):
    """What a model must match."""

    provider: Name | None = None
    capability: Annotated[Name, Field(description="one, or several separated by commas")] | None = None
    tier: Tier | None = None
    legacy: bool | None = None
    recommended: bool | None = None
    configured: bool | None = None
    sort: Annotated[
        Sort, Field(description="cheapest, fastest, or most for the money first; then legacy models come last")
    ] = "catalogue"

    def to_domain(self) -> Sought:
        """What is sought."""
        return Sought(
            provider=self.provider,
            capabilities=tuple(self.capability.split(",")) if self.capability else (),
            tier=self.tier,
            legacy=self.legacy,
            recommended=self.recommended,
            configured=self.configured,
            sort=self.sort,
        )


class ModelPath(Words):
    """A model by slug, `vendor/name`."""

    slug: Name


class TryIn(Payload):
    """A question that shows whether the model answers."""

    model: Name
    prompt: Text = "Answer with the word ready."
    max_tokens: Annotated[int, Field(ge=1, le=4_096)] = 64


@door.get("/models", responses={200: Page[ModelOut]})
@scope("read", "run")
def list_models(query: ModelQuery) -> Response:
    """Find models by provider, capability, tier and more, in the order that is wanted."""
    found = model_search.search(world(), query.to_domain())
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
    """Foresee what a call would cost on some or all models; nothing is called."""
    found = estimates.estimate(world(), body.to_domain())
    return http.answer(Page[EstimateOut](items=[EstimateOut.of(each) for each in found], next=None))


@door.post("/models/test", responses={200: AnswerOut})
@scope("run")
def try_model(body: TryIn) -> Response:
    """Really ask a model something small; it is a call like any other."""
    request = ModelRequest(model="", messages=(Message("user", body.prompt),), max_tokens=body.max_tokens)
    asked = DirectAsked(Choice((body.model,)), request, caller=caller(), tags={"purpose": "test"})
    return once(lambda: _told(direct.run(world(), asked)), texts=True)


def is_configured(model: Model) -> bool:
    """Whether this server has what the model's provider needs: an address, and a key if it takes one."""
    return model_search.is_configured(world(), model)


def _told(answered: Answered) -> Response:
    return label(http.answer(answer_out(answered)), answered)


def _out(model: Model) -> ModelOut:
    return ModelOut.of(prices.priced(world(), model), world().now(), configured=is_configured(model))
