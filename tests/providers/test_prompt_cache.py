"""Long beginnings are marked or named for the vendor's cache, short ones and unwilling requests are left alone."""

from dataclasses import replace

import pytest

from app.domain.errors import Unsupported
from app.domain.message import ImagePart, Message, ModelRequest, TextPart, Tool, ToolCall, Usage
from app.providers import prompt_cache
from app.providers.base import Endpoint, Provider
from app.providers.openai import OpenAIProvider
from app.providers.registry import Providers
from tests.providers.fake_upstream import FakeUpstream
from tests.providers.fake_wires import Body, Script

PROVIDERS = Providers()
LONG = "word " * 900  # 4 500 bytes
MARK = {"type": "ephemeral"}
SYSTEM = Message("system", LONG)
ASK = Message("user", "And now?")
SHORT_TOOL, LONG_TOOL = Tool("weather", "Tells it"), Tool("search", LONG)
PLAIN = ModelRequest("m", (Message("system", "Be brief."), ASK))


class AtOpenAI(OpenAIProvider):
    """Takes the fake for OpenAI itself."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._groups = True


def provider(upstream: FakeUpstream, kind: str, *, on: bool = True) -> Provider:
    """A provider of that kind against the fake."""
    return PROVIDERS.get(Endpoint(kind, upstream.url(kind), "key", prompt_cache=on))


def sent(upstream: FakeUpstream, request: ModelRequest, kind: str = "anthropic", *, on: bool = True) -> Body:
    """What goes over the wire."""
    upstream.script = Script(text="ok")
    provider(upstream, kind, on=on).generate(request, timeout_s=5)
    return upstream.seen[-1].body


def test_a_long_system_text_is_marked(upstream: FakeUpstream) -> None:
    body = sent(upstream, replace(PLAIN, messages=(SYSTEM, ASK)))

    assert body["system"] == [{"type": "text", "text": LONG, "cache_control": MARK}]
    assert body["messages"] == [{"role": "user", "content": "And now?"}]


def test_long_tools_are_marked_at_their_last_and_count_towards_the_system_text(upstream: FakeUpstream) -> None:
    body = sent(upstream, replace(PLAIN, tools=(LONG_TOOL, SHORT_TOOL)))

    tools = body["tools"]
    assert isinstance(tools, list)
    assert [tool.get("cache_control") for tool in tools] == [None, MARK]
    assert body["system"] == [{"type": "text", "text": "Be brief.", "cache_control": MARK}]


@pytest.mark.parametrize(
    ("last", "block"),
    [
        (ASK, {"type": "text", "text": "And now?", "cache_control": MARK}),
        (
            Message("tool", "sunny", tool_call_id="a"),
            {"type": "tool_result", "tool_use_id": "a", "content": "sunny", "cache_control": MARK},
        ),
        (
            Message("user", (TextPart("Look:"), ImagePart("https://x/y.png"))),
            {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}, "cache_control": MARK},
        ),
    ],
)
def test_a_long_chat_is_marked_at_its_last_block(upstream: FakeUpstream, last: Message, block: Body) -> None:
    turns = (Message("user", LONG), Message("assistant", "Well.", (ToolCall("a", "weather", "{}"),)), last)

    body = sent(upstream, replace(PLAIN, messages=turns))

    messages = body["messages"]
    assert isinstance(messages, list)
    assert messages[-1]["content"][-1] == block
    assert str(body).count("cache_control") == 1


@pytest.mark.parametrize(
    "request_",
    [
        PLAIN,
        replace(PLAIN, messages=(Message("user", LONG),)),
        replace(PLAIN, messages=(Message("user", LONG), Message("assistant", "Well."), Message("user", ""))),
        replace(PLAIN, messages=(SYSTEM, ASK), options={"prompt_cache": False}),
    ],
    ids=["short", "a single question", "an empty last turn", "unwilling"],
)
def test_what_is_short_or_unwilling_is_not_marked(upstream: FakeUpstream, request_: ModelRequest) -> None:
    body = sent(upstream, request_)

    assert "cache_control" not in str(body)
    assert "prompt_cache" not in body


def test_who_marks_it_oneself_is_left_alone(upstream: FakeUpstream) -> None:
    own = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}

    body = sent(upstream, replace(PLAIN, messages=(SYSTEM, ASK), options=own))

    assert (body["system"], body["cache_control"]) == (LONG, own["cache_control"])


def test_the_operator_switches_it_off_and_a_request_on_again(upstream: FakeUpstream) -> None:
    long = replace(PLAIN, messages=(SYSTEM, ASK))

    assert "cache_control" not in str(sent(upstream, long, on=False))
    assert "cache_control" in str(sent(upstream, replace(long, options={"prompt_cache": True}), on=False))


@pytest.mark.parametrize("kind", ["openai", "anthropic", "gemini", "ollama"])
def test_every_vendor_knows_the_switch_and_none_is_sent_it(upstream: FakeUpstream, kind: str) -> None:
    assert "prompt_cache" not in str(sent(upstream, replace(PLAIN, options={"prompt_cache": False}), kind))

    with pytest.raises(Unsupported) as refused:
        sent(upstream, replace(PLAIN, options={"prompt_cache": "no"}), kind)
    assert refused.value.field == "options.prompt_cache"


def test_the_simulated_models_know_the_switch_too() -> None:
    reply = PROVIDERS.get(Endpoint("simulated")).generate(
        replace(PLAIN, model="small", options={"prompt_cache": False}), timeout_s=5
    )

    assert reply.finish_reason == "stop"


def test_openai_is_told_which_requests_begin_alike(upstream: FakeUpstream) -> None:
    upstream.script = Script(text="ok")
    openai = AtOpenAI(Endpoint("openai", upstream.url("openai"), "key"))
    long = replace(PLAIN, messages=(SYSTEM, ASK))
    asked = [
        long,
        replace(long, messages=(SYSTEM, Message("user", "Other"))),
        replace(long, messages=(Message("system", LONG + "!"), ASK)),
        replace(long, options={"prompt_cache_key": "own"}),
        replace(long, options={"prompt_cache": False}),
        PLAIN,
    ]

    for request in asked:
        openai.generate(request, timeout_s=5)

    one, same, other, own, unwilling, short = [seen.body.get("prompt_cache_key") for seen in upstream.seen[-6:]]
    assert one == same == prompt_cache.group_of(long)
    assert len(str(one)) == 32
    assert other not in (one, None)
    assert (own, unwilling, short) == ("own", None, None)


def test_vendors_that_only_speak_openai_are_not_sent_its_word(upstream: FakeUpstream) -> None:
    assert "prompt_cache_key" not in sent(upstream, replace(PLAIN, messages=(SYSTEM, ASK)), "openai")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("anthropic", Usage(input_tokens=11, cache_read_tokens=5, cache_write_tokens=40, output_tokens=7)),
        ("openai", Usage(input_tokens=11, cache_read_tokens=5, output_tokens=7, reasoning_tokens=3)),
        ("gemini", Usage(input_tokens=11, cache_read_tokens=5, output_tokens=7, reasoning_tokens=3)),
    ],
)
def test_cached_tokens_stand_on_lines_of_their_own(upstream: FakeUpstream, kind: str, told: Usage) -> None:
    upstream.script = Script(text="ok", usage=told)
    asked = provider(upstream, kind)

    assert asked.generate(PLAIN, timeout_s=5).usage == told
    *_, last = asked.stream(PLAIN, timeout_s=5)
    assert last.usage == told
