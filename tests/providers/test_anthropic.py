"""Anthropic keeps the contract, and each field of a request has its word or is refused by name."""

import pytest

from app.domain.errors import ContentRefused, ProviderUnavailable, Unsupported
from app.domain.message import ImagePart, Message, ModelRequest, ResponseFormat, TextPart, ToolCall
from app.providers.base import Endpoint, Provider
from app.providers.registry import Providers
from tests.providers.contract import CALL, WEATHER
from tests.providers.contract_broken import BrokenVendorContract
from tests.providers.contract_lines import LineContract
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script

PROVIDERS = Providers()


class TestAnthropic(BrokenVendorContract, LineContract):
    """The whole contract over a real socket."""

    kind = "anthropic"
    embeds = False


@pytest.fixture
def provider(upstream: FakeUpstream) -> Provider:
    """Anthropic's provider against the fake."""
    return PROVIDERS.get(Endpoint("anthropic", upstream.url("anthropic"), "key"))


FULL = ModelRequest(
    model="claude",
    messages=(
        Message("system", "Be brief."),
        Message("user", (TextPart("Look:"), ImagePart("data:image/png;base64,QUJD"), ImagePart("https://x/y.png"))),
        Message("assistant", "Wait.", tool_calls=(CALL, ToolCall("call_b", "weather", "not JSON"))),
        Message("tool", "sunny", tool_call_id="call_a"),
        Message("tool", "rain", tool_call_id="call_b"),
    ),
    max_tokens=9,
    temperature=0.0,
    top_p=0.5,
    stop=("END",),
    tools=(WEATHER,),
    tool_choice="required",
    response_format=ResponseFormat("json_schema", schema={"type": "object"}),
    options={"top_k": 3, "output_config": {"effort": "low"}},
)


def test_every_field_has_its_word(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(text="ok")

    provider.generate(FULL, timeout_s=5)

    tool = {"name": "weather", "description": "Tells the weather", "input_schema": WEATHER.parameters}
    assert upstream.seen[-1].body == {
        "model": "claude",
        "max_tokens": 9,
        "system": "Be brief.",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look:"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
                    {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Wait."},
                    {"type": "tool_use", "id": "call_a", "name": "weather", "input": {"city": "Zürich"}},
                    {"type": "tool_use", "id": "call_b", "name": "weather", "input": {"input": "not JSON"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_a", "content": "sunny"},
                    {"type": "tool_result", "tool_use_id": "call_b", "content": "rain"},
                ],
            },
        ],
        "temperature": 0.0,
        "top_p": 0.5,
        "stop_sequences": ["END"],
        "tools": [tool],
        "tool_choice": {"type": "any"},
        "top_k": 3,
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"seed": 7}, "seed"),
        ({"response_format": ResponseFormat("json_object")}, "response_format"),
        ({"messages": (Message("user", "?", name="ann"),)}, "messages[0].name"),
    ],
)
def test_what_has_no_word_is_refused_by_name(
    upstream: FakeUpstream, provider: Provider, fields: dict[str, object], field: str
) -> None:
    request = ModelRequest(**{"model": "claude", "messages": (Message("user", "?"),), **fields})

    with pytest.raises(Unsupported) as caught:
        provider.generate(request, timeout_s=5)
    with pytest.raises(Unsupported):
        list(provider.stream(request, timeout_s=5))

    assert caught.value.field == field
    assert upstream.seen == []


def test_an_overload_told_in_the_middle_of_a_stream_is_an_outage(upstream: FakeUpstream, provider: Provider) -> None:
    event = b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "?"}}\n\n'
    upstream.script = Script(body=event)

    with pytest.raises(ProviderUnavailable):
        list(provider.stream(ModelRequest("claude", (Message("user", "?"),)), timeout_s=5))


def test_a_refusal_without_a_word_is_content_refused(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(text="", finish="content_filter")

    with pytest.raises(ContentRefused):
        list(provider.stream(ModelRequest("claude", (Message("user", "?"),)), timeout_s=5))
