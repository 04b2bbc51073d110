"""Gemini keeps the contract, and the traps of its library stay closed."""

import json
import sys

import pytest

from app.domain.errors import ContentRefused, ProviderRateLimited, Unsupported
from app.domain.message import ImagePart, Message, ModelRequest, ResponseFormat, TextPart
from app.providers.base import Endpoint, Provider
from app.providers.registry import Providers
from tests.providers.contract import CALL, WEATHER
from tests.providers.contract_broken import BrokenVendorContract
from tests.providers.contract_lines import LineContract
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script

PROVIDERS = Providers()
QUESTION = ModelRequest("gemini", (Message("user", "?"),))


class TestGemini(BrokenVendorContract, LineContract):
    """The whole contract over a real socket."""

    kind = "gemini"
    pings = (b": keep-alive\n\n", b"\n", b"event: ping\n\n")
    request_id = "r1"  # of the body


@pytest.fixture
def provider(upstream: FakeUpstream) -> Provider:
    """Gemini's provider against the fake."""
    return PROVIDERS.get(Endpoint("gemini", upstream.url("gemini"), "key"))


FULL = ModelRequest(
    model="gemini",
    messages=(
        Message("system", "Be brief."),
        Message("user", (TextPart("Look:"), ImagePart("data:image/png;base64,QUJD"), ImagePart("https://x/y.png"))),
        Message("assistant", "", tool_calls=(CALL,)),
        Message("tool", '{"sky":"blue"}', tool_call_id="call_a"),
        Message("user", "And?"),
    ),
    max_tokens=9,
    temperature=0.0,
    top_p=0.5,
    stop=("END",),
    seed=4,
    tools=(WEATHER,),
    tool_choice="weather",
    response_format=ResponseFormat("json_schema", schema={"type": "object"}),
    options={"top_k": 3, "thinking_config": {"thinkingBudget": 0}, "safety_settings": []},
)


def test_every_field_has_its_word(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(text="ok")

    provider.generate(FULL, timeout_s=5)

    declared = {"name": "weather", "description": "Tells the weather", "parametersJsonSchema": WEATHER.parameters}
    told = {"functionResponse": {"name": "weather", "response": {"sky": "blue"}}}
    assert upstream.seen[-1].path == "/v1beta/models/gemini:generateContent"
    assert upstream.seen[-1].headers["x-goog-api-key"] == "key"
    assert upstream.seen[-1].body == {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"text": "Look:"},
                    {"inlineData": {"mimeType": "image/png", "data": "QUJD"}},
                    {"fileData": {"fileUri": "https://x/y.png", "mimeType": "image/png"}},
                ],
            },
            {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Zürich"}}}]},
            {"role": "user", "parts": [told, {"text": "And?"}]},
        ],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {
            "maxOutputTokens": 9,
            "temperature": 0.0,
            "topP": 0.5,
            "stopSequences": ["END"],
            "seed": 4,
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"},
            "topK": 3,
            "thinkingConfig": {"thinkingBudget": 0},
        },
        "tools": [{"functionDeclarations": [declared]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
        "safetySettings": [],
    }


def test_the_signature_of_a_tool_call_goes_back_with_it(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(tool_calls=(CALL,))
    (call,) = provider.generate(QUESTION, timeout_s=5).tool_calls
    upstream.script = Script(text="ok")
    turns = (Message("assistant", "", tool_calls=(call,)), Message("tool", "sunny", tool_call_id=call.id))

    provider.generate(ModelRequest("gemini", (*QUESTION.messages, *turns)), timeout_s=5)

    _, asked, told = upstream.seen[-1].body["contents"]
    assert asked["parts"][0]["thoughtSignature"] == "c2lnbmVk"
    assert told["parts"][0]["functionResponse"] == {"name": "weather", "response": {"result": "sunny"}}


def test_the_library_is_never_configured_globally(upstream: FakeUpstream, provider: Provider) -> None:
    library = sys.modules["google.generativeai.client"]

    assert library._client_manager.client_config["client_options"].api_key != "key"
    assert library._client_manager.clients == {}


def test_two_keys_stay_apart(upstream: FakeUpstream) -> None:
    for key in ("one", "two", "one"):
        PROVIDERS.get(Endpoint("gemini", upstream.url("gemini"), key)).generate(QUESTION, timeout_s=5)

    assert [seen.headers["x-goog-api-key"] for seen in upstream.seen] == ["one", "two", "one"]


def test_a_blocked_prompt_is_content_refused(upstream: FakeUpstream, provider: Provider) -> None:
    upstream.script = Script(body=json.dumps({"promptFeedback": {"blockReason": "SAFETY"}}).encode())

    with pytest.raises(ContentRefused):
        provider.generate(QUESTION, timeout_s=5)


def test_the_wait_told_in_the_body_is_known(upstream: FakeUpstream, provider: Provider) -> None:
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17.5s"}
    error = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [retry]}}
    upstream.script = Script(body=json.dumps(error).encode())

    with pytest.raises(ProviderRateLimited) as caught:
        provider.generate(QUESTION, timeout_s=5)

    assert caught.value.retry_after_s == 17.5


def test_an_answer_to_no_tool_call_is_refused_by_name(provider: Provider) -> None:
    lost = ModelRequest("gemini", (Message("tool", "sunny", tool_call_id="call_z"),))

    with pytest.raises(Unsupported) as caught:
        provider.generate(lost, timeout_s=5)

    assert caught.value.field == "messages[0].tool_call_id"
