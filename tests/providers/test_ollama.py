"""Ollama keeps the contract, and each field of a request has its word or is refused by name."""

import pytest

from app.domain.errors import ProviderBadAnswer, Unsupported
from app.domain.message import ImagePart, Message, ModelRequest, ResponseFormat, TextPart, Usage
from app.providers.base import Endpoint, Provider
from app.providers.registry import Providers
from tests.providers.contract import CALL, WEATHER
from tests.providers.contract_broken import BrokenVendorContract
from tests.providers.contract_lines import LineContract
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script

PROVIDERS = Providers()


class TestOllama(BrokenVendorContract, LineContract):
    """The whole contract over a real socket."""

    kind = "ollama"
    pings = (b"\n", b" \r\n", b'{"message": {"content": ""}, "done": false}\n')
    tool_choice = "auto"
    usage = Usage(input_tokens=16, output_tokens=10)


@pytest.fixture
def provider(upstream: FakeUpstream) -> Provider:
    """Ollama's provider against the fake."""
    return PROVIDERS.get(Endpoint("ollama", upstream.url("ollama")))


FULL = ModelRequest(
    model="llama",
    messages=(
        Message("system", "Be brief."),
        Message("user", (TextPart("Look:"), ImagePart("data:image/png;base64,QUJD"))),
        Message("assistant", "", tool_calls=(CALL,)),
        Message("tool", "sunny", tool_call_id="call_a"),
    ),
    max_tokens=9,
    temperature=0.0,
    top_p=0.5,
    stop=("END",),
    seed=0,
    tools=(WEATHER,),
    response_format=ResponseFormat("json_schema", schema={"type": "object"}),
    options={"num_ctx": 4096, "keep_alive": "10m"},
)


def test_every_field_has_its_word(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(text="ok")

    provider.generate(FULL, timeout_s=5)

    function = {"name": "weather", "description": "Tells the weather", "parameters": WEATHER.parameters}
    assert "authorization" not in upstream.seen[-1].headers
    assert upstream.seen[-1].body == {
        "model": "llama",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Look:", "images": ["QUJD"]},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Zürich"}}}],
            },
            {"role": "tool", "content": "sunny", "tool_name": "weather"},
        ],
        "tools": [{"type": "function", "function": function}],
        "format": {"type": "object"},
        "options": {"num_predict": 9, "temperature": 0.0, "top_p": 0.5, "stop": ["END"], "seed": 0, "num_ctx": 4096},
        "keep_alive": "10m",
        "stream": False,
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tools": (WEATHER,), "tool_choice": "required"}, "tool_choice"),
        ({"messages": (Message("user", "?", name="ann"),)}, "messages[0].name"),
        ({"messages": (Message("user", (ImagePart("https://x/y.png"),)),)}, "messages[0].content"),
    ],
)
def test_what_has_no_word_is_refused_by_name(
    upstream: FakeUpstream, provider: Provider, fields: dict[str, object], field: str
) -> None:
    request = ModelRequest(**{"model": "llama", "messages": (Message("user", "?"),), **fields})

    with pytest.raises(Unsupported) as caught:
        provider.generate(request, timeout_s=5)

    assert caught.value.field == field
    assert upstream.seen == []


def test_tools_that_may_not_be_called_are_not_shown(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(text="ok")

    provider.generate(ModelRequest("llama", (Message("user", "?"),), tools=(WEATHER,), tool_choice="none"), timeout_s=5)

    assert "tools" not in upstream.seen[-1].body


def test_a_model_that_was_only_loaded_has_not_answered(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(
        body=b'{"model": "llama", "message": {"content": ""}, "done": true, "done_reason": "load"}'
    )

    with pytest.raises(ProviderBadAnswer):
        provider.generate(ModelRequest("llama", (Message("user", "?"),)), timeout_s=5)
