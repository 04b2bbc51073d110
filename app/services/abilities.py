"""A model is not asked for what its catalogue entry says it cannot do; it would drop it in silence."""

from collections.abc import Iterator

from app.domain.errors import Unsupported
from app.domain.message import ImagePart, ModelRequest
from app.domain.model import Model


def check(model: Model, request: ModelRequest) -> None:
    """Raises Unsupported, naming the field, for the first thing asked that the model has no capability for."""
    for field, what, enough in _asked(request):
        if model.capabilities.isdisjoint(enough):
            raise Unsupported(f"model {model.slug} offers no {what}", field=field)


def _asked(request: ModelRequest) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Field, its name for people, and the capabilities any of which suffices."""
    if request.tools:
        yield "tools", "tools", ("function-calling",)
    if any(isinstance(part, ImagePart) for message in request.messages for part in message.content):
        yield "messages", "images", ("vision",)
    match request.response_format:
        case None:
            return
        case wanted if wanted.type == "json_schema":
            yield "response_format", "JSON by schema", ("json-schema",)
        case _:
            yield "response_format", "JSON answers", ("json", "json-schema")
