"""An embedding is a call like any other: routed, timed, priced, and durable before its answer leaves."""

from flask import Response

from app.api import guard, openai_wire
from app.api.answers import label
from app.api.openai_payloads import EmbeddingsIn
from app.api.world import world
from app.db.facts import CallDone
from app.domain.errors import ProviderError, ProviderUnconfigured, Unpriced
from app.domain.flow import Choice
from app.domain.message import Embeddings, Message, ModelReply, ModelRequest
from app.domain.model import price_at
from app.services.attempts import Asker, Attempts, Watch
from app.services.routes import Leg, route


def embed(body: EmbeddingsIn, choice: Choice) -> Response:
    """The vectors. Raises UnknownModel, UnknownTask, Unpriced, Unsupported and ProviderError."""
    leg = route(world(), choice)[0]
    attempts = Attempts()
    asker = Asker(key_id=guard.key().id, unit=body.user, task=choice.task)
    try:
        found = _attempt(leg, body.texts, asker, attempts)
    finally:
        facts = [CallDone(attempt.call, attempt.text) for attempt in attempts.made]
        if facts:
            world().journal.write(facts, timeout_s=world().policy.journal_timeout_s)
    sent = openai_wire.embeddings(found, model=body.model, encoded=body.encoding_format == "base64")
    return label(Response(sent, mimetype=openai_wire.JSON), (attempts.last,))


def _attempt(leg: Leg, texts: list[str], asker: Asker, attempts: Attempts) -> Embeddings:
    served = world()
    if served.policy.unpriced == "block" and price_at(leg.model, served.now()) is None:
        raise Unpriced(f"the price of {leg.model.slug} is unknown", field="model")
    endpoint = served.endpoints.get(leg.model.provider)
    if endpoint is None:
        raise ProviderUnconfigured(f"provider {leg.model.provider} is switched off", provider=leg.model.provider)
    asked = ModelRequest(leg.model.provider_model_id, tuple(Message("user", text) for text in texts))
    watch = Watch(served, leg, asker, asked, attempt=1, attempts=attempts)
    try:
        provider = served.providers.get(endpoint)
        found = provider.embed(leg.model.provider_model_id, texts, timeout_s=served.policy.call_timeout_s)
    except ProviderError as error:
        watch.failed(error)
        raise
    watch.answered(ModelReply("", "stop", found.usage, found.model))
    return found
