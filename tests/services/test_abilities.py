"""A request for something a model cannot do is refused by name before anything is sent."""

import pytest

from app.domain.errors import Unsupported
from app.domain.message import ImagePart, Message, ModelRequest, ResponseFormat, TextPart, Tool
from app.services import abilities
from app.services.catalogue import load

HI = (Message("user", "hi"),)
SEEN = (Message("user", (TextPart("what is it?"), ImagePart("https://example.org/a.png"))),)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ModelRequest("", HI, tools=(Tool("look_up"),)), "tools"),
        (ModelRequest("", SEEN), "messages"),
    ],
)
def test_a_model_without_the_capability_is_refused_by_the_field_that_asks(wanted: ModelRequest, field: str) -> None:
    model = load().get("local/smollm2-135m")

    with pytest.raises(Unsupported) as refused:
        abilities.check(model, wanted)

    assert refused.value.field == field
    assert model.slug in refused.value.message


@pytest.mark.parametrize("kind", ["json_object", "json_schema"])
def test_json_is_refused_where_the_catalogue_has_no_word_of_it(kind: str) -> None:
    model = next(model for model in load().all() if model.capabilities.isdisjoint({"json", "json-schema"}))

    with pytest.raises(Unsupported) as refused:
        abilities.check(model, ModelRequest("", HI, response_format=ResponseFormat(kind, schema={})))  # type: ignore[arg-type]  # both kinds

    assert refused.value.field == "response_format"


def test_a_model_with_all_capabilities_is_asked_anything() -> None:
    model = load().get("simulated/small")
    everything = ModelRequest("", SEEN, tools=(Tool("look_up"),), response_format=ResponseFormat("json_object"))

    abilities.check(model, everything)
