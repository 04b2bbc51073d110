"""Embeddings as OpenAI's protocol tells them."""

from flask import Response

from app.api import openai_wire
from app.api.answers import label_calls
from app.api.caller import caller
from app.api.openai_payloads import EmbeddingsIn
from app.api.world import world
from app.domain.flow import Choice
from app.services import embedding, routes
from app.services.attempts import Asker


def embed(body: EmbeddingsIn, choice: Choice) -> Response:
    """The vectors. Raises UnknownModel, UnknownTask, Unpriced, Unsupported and ProviderError."""
    asker = Asker(caller=caller(), user_id=body.user, unit=body.user, task=choice.task)
    routes.require(world(), choice, "embeddings", user_id=asker.user_id, team=asker.caller.team)
    found, call = embedding.run(world(), choice, body.texts, asker=asker)
    sent = openai_wire.embeddings(found, model=body.model, encoded=body.encoding_format == "base64")
    return label_calls(Response(sent, mimetype=openai_wire.JSON), (call,), by=call)
