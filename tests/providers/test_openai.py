"""OpenAI keeps the contract."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import ContentRefused, ProviderUnavailable
from app.domain.message import ImagePart, Message, ModelRequest, ResponseFormat, TextPart, Usage
from app.providers.base import Endpoint
from app.providers.registry import Providers
from tests.providers.contract import CALL, WEATHER
from tests.providers.contract_broken import BrokenVendorContract
from tests.providers.contract_lines import LineContract
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Script

PROVIDERS = Providers()


class TestOpenAI(BrokenVendorContract, LineContract):
    """The whole contract over a real socket."""

    kind = "openai"


def body(upstream: FakeUpstream, request: ModelRequest) -> dict[str, object]:
    """What is sent for a request."""
    PROVIDERS.get(Endpoint("openai", upstream.url("openai"), "key")).generate(request, timeout_s=5)
    return upstream.seen[-1].body


FULL = ModelRequest(
    model="gpt",
    messages=(
        Message("system", "Be brief."),
        Message("user", (TextPart("Look:"), ImagePart("https://x/y.png")), name="ann"),
        Message("assistant", "", tool_calls=(CALL,)),
        Message("tool", "sunny", tool_call_id="call_a"),
    ),
    max_tokens=9,
    temperature=0.0,
    top_p=0.5,
    stop=("END",),
    seed=0,
    tools=(WEATHER,),
    tool_choice="weather",
    response_format=ResponseFormat("json_schema", name="a", schema={"type": "object"}, strict=True),
    options={"top_k": 3, "reasoning_effort": "low"},
)


def test_every_field_has_its_word(upstream: FakeUpstream) -> None:
    upstream.script = Script(text="ok")

    function = {"name": "weather", "description": "Tells the weather", "parameters": WEATHER.parameters}
    called = {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": CALL.arguments}}
    image = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
    assert body(upstream, FULL) == {
        "model": "gpt",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Look:"}, image], "name": "ann"},
            {"role": "assistant", "content": None, "tool_calls": [called]},
            {"role": "tool", "content": "sunny", "tool_call_id": "call_a"},
        ],
        "max_tokens": 9,
        "temperature": 0.0,
        "top_p": 0.5,
        "stop": ["END"],
        "seed": 0,
        "tools": [{"type": "function", "function": function}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": True},
        },
        "top_k": 3,
        "reasoning_effort": "low",
    }
    assert upstream.seen[-1].headers["authorization"] == "Bearer key"


def test_stream_options_given_as_null_stay_out(upstream: FakeUpstream) -> None:
    upstream.script = Script(text="ok")
    provider = PROVIDERS.get(Endpoint("openai", upstream.url("openai"), "key"))
    request = ModelRequest("m", (Message("user", "?"),), options={"stream_options": None})

    *_, last = provider.stream(request, timeout_s=5)

    assert "stream_options" not in upstream.seen[-1].body
    assert last.usage is not None
    assert last.usage.estimated


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_cache_hit_tokens": 6}, Usage(3, 6, 0, 4)),
        (
            {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cache_write_tokens": 2}},
            Usage(7, 0, 2, 4),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "total_tokens": 20,
                "completion_tokens_details": {"reasoning_tokens": 7},
            },
            Usage(9, 0, 0, 4, 7),
        ),
        (
            {"prompt_tokens": 2, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 5}},
            Usage(0, 5, 0, 1),
        ),
    ],
    ids=["DeepSeek's cache", "OpenRouter's cache writes", "xAI's reasoning beside the completion", "never negative"],
)
def test_compatible_vendors_count_in_their_own_ways(
    upstream: FakeUpstream, told: dict[str, object], usage: Usage
) -> None:
    answer = {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": told}
    upstream.script = Script(body=json.dumps(answer).encode())
    provider = PROVIDERS.get(Endpoint("openai", upstream.url("openai"), "key"))

    assert provider.generate(ModelRequest("m", (Message("user", "?"),)), timeout_s=5).usage == usage


def test_a_withheld_answer_is_a_refusal_and_a_spoken_one_is_kept(upstream: FakeUpstream) -> None:
    provider = PROVIDERS.get(Endpoint("openai", upstream.url("openai"), "key"))
    request = ModelRequest("m", (Message("user", "?"),))
    upstream.script = Script(text="", finish="content_filter")
    with pytest.raises(ContentRefused):
        provider.generate(request, timeout_s=5)
    with pytest.raises(ContentRefused):
        list(provider.stream(request, timeout_s=5))

    upstream.script = Script(error="content")
    with pytest.raises(ContentRefused):
        provider.generate(request, timeout_s=5)

    spoken = {"choices": [{"message": {"content": None, "refusal": "I will not."}, "finish_reason": "stop"}]}
    upstream.script = Script(body=json.dumps(spoken).encode())
    reply = provider.generate(request, timeout_s=5)
    assert (reply.text, reply.finish_reason) == ("I will not.", "content_filter")


def test_the_mean_of_the_logprobs_comes_with_the_answer_where_they_are_asked_for(upstream: FakeUpstream) -> None:
    tokens = [{"token": "a", "logprob": -0.25}, {"token": "b", "logprob": -0.75}, {"token": "c", "logprob": "x"}]
    choice = {"message": {"content": "ab"}, "finish_reason": "stop", "logprobs": {"content": tokens}}
    request = ModelRequest("m", (Message("user", "?"),), options={"logprobs": True})
    provider = PROVIDERS.get(Endpoint("openai", upstream.url("openai"), "key"))

    upstream.script = Script(body=json.dumps({"choices": [choice]}).encode())
    assert provider.generate(request, timeout_s=5).logprob == pytest.approx(-0.5)
    upstream.script = Script(body=json.dumps({"choices": [choice | {"logprobs": None}]}).encode())
    assert provider.generate(request, timeout_s=5).logprob is None


def test_an_answer_broken_off_by_the_vendor_is_no_success(upstream: FakeUpstream) -> None:
    broken = {"choices": [{"message": {"content": "half"}, "finish_reason": "insufficient_system_resource"}]}
    upstream.script = Script(body=json.dumps(broken).encode())

    with pytest.raises(ProviderUnavailable):
        body(upstream, ModelRequest("m", (Message("user", "?"),)))


def test_two_hundred_streams_run_at_once_over_one_provider(upstream: FakeUpstream) -> None:
    upstream.script = Script(text="a b c d", gap_s=0.05)
    provider = PROVIDERS.get(Endpoint("openai", upstream.url("openai"), "key"))
    request = ModelRequest("m", (Message("user", "?"),))

    with ThreadPoolExecutor(200) as pool:
        texts = list(pool.map(lambda _: "".join(d.text for d in provider.stream(request, timeout_s=30)), range(200)))

    assert texts == ["a b c d"] * 200
