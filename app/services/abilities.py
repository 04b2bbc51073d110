"""A model is not asked for what its catalogue entry says it cannot do; it would drop it in silence."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain.errors import Unsupported
from app.domain.message import ModelRequest
from app.domain.model import Model


class Need(NamedTuple):
    """Field, its name for people, and the capabilities any of which suffices."""

    field: str
    what: str
    enough: tuple[str, ...]


def check(model: Model, request: ModelRequest) -> None:
    """Raises Unsupported, naming the field, for the first thing asked that the model has no capability for."""
    lacking = lacks(model, asked(request))
    if lacking is not None:
        raise Unsupported(f"model {model.slug} offers no {lacking.what}", field=lacking.field)


def lacks(model: Model, needs: Iterable[Need]) -> Need | None:
    """The first of the needs that the model does not meet, None when it meets all."""
    return next((need for need in needs if model.capabilities.isdisjoint(need.enough)), None)


def asked(request: ModelRequest) -> tuple[Need, ...]:
    """What the request needs of any model."""
    return tuple(_asked(request))


def _asked(request: ModelRequest) -> Iterator[Need]:
    if request.tools:
        yield Need("tools", "tools", ("function-calling",))
    if any(message.images for message in request.messages):
        yield Need("messages", "images", ("vision",))
    match request.response_format:
        case None:
            return
        case wanted if wanted.type == "json_schema":
            yield Need("response_format", "JSON by schema", ("json-schema",))
        case _:
            yield Need("response_format", "JSON answers", ("json", "json-schema"))
