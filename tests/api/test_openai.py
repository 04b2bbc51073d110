"""The real OpenAI SDK speaks to the service over a real socket and notices no difference."""

import json
from collections import deque
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionChunk

from app.domain.message import Json
from app.services.calls import CallFilter, page
from app.services.world import World
from tests.api.conftest import ADMIN, Api

QUESTION = [{"role": "user", "content": "a word"}]
MODEL = "simulated/small"
WEATHER: Json = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture
def sdk(address: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{address}/v1", api_key=ADMIN, max_retries=0) as client:
        yield client


def test_a_completion_has_text_end_and_usage(sdk: OpenAI) -> None:
    completion = sdk.chat.completions.create(model=MODEL, messages=QUESTION, seed=3, user="u", max_completion_tokens=40)

    assert completion.object == "chat.completion"
    assert completion.choices[0].message.content
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion.usage.completion_tokens > 0


def test_a_stream_says_the_same_and_ends_with_usage(sdk: OpenAI) -> None:
    whole = sdk.chat.completions.create(model=MODEL, messages=QUESTION)

    chunks = list(
        sdk.chat.completions.create(model=MODEL, messages=QUESTION, stream=True, stream_options={"include_usage": True})
    )

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_stream_has_usage_only_when_asked(sdk: OpenAI) -> None:
    chunks = list(sdk.chat.completions.create(model=MODEL, messages=QUESTION, stream=True))

    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


def test_a_tool_is_called_and_its_answer_goes_back(sdk: OpenAI) -> None:
    first = sdk.chat.completions.create(model=MODEL, messages=QUESTION, tools=[WEATHER], tool_choice="required")
    call = first.choices[0].message.tool_calls[0]
    history = [
        *QUESTION,
        first.choices[0].message.model_dump(),
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
    ]

    second = sdk.chat.completions.create(model=MODEL, messages=history, tools=[WEATHER], tool_choice="none")

    assert first.choices[0].finish_reason == "tool_calls"
    assert call.function.name == "weather"
    assert "city" in json.loads(call.function.arguments)
    assert second.choices[0].message.content


def test_a_tool_call_streams_in_pieces_that_fit_together(sdk: OpenAI) -> None:
    with sdk.chat.completions.stream(model=MODEL, messages=QUESTION, tools=[WEATHER], tool_choice="required") as stream:
        final = stream.get_final_completion()

    assert final.choices[0].message.tool_calls[0].function.name == "weather"
    assert final.choices[0].finish_reason == "tool_calls"


def test_json_is_answered_as_asked(sdk: OpenAI) -> None:
    completion = sdk.chat.completions.create(model=MODEL, messages=QUESTION, response_format={"type": "json_object"})

    assert isinstance(json.loads(completion.choices[0].message.content), dict)


def test_parts_with_images_and_a_single_stop_are_understood(sdk: OpenAI) -> None:
    parts = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]

    completion = sdk.chat.completions.create(
        model=MODEL, messages=[{"role": "developer", "content": "short"}, {"role": "user", "content": parts}], stop="\n"
    )

    assert completion.choices[0].message.content


def test_a_use_case_is_a_model_and_keeps_its_session(sdk: OpenAI, api: Api) -> None:
    code = api.use_case("a", "b", prompt="Say {{ prompt }}.")
    headers = {"X-Correlation-Id": "chat-1"}

    flows = {
        sdk.chat.completions.with_raw_response.create(
            model=f"use-case/{code}", messages=QUESTION, extra_headers=headers, user="someone"
        ).headers["X-MM-Flow"]
        for _ in range(4)
    }

    assert len(flows) == 1
    session = api.get("/sessions/chat-1").json["items"][0]
    assert (session["use_case"], session["unit"]) == (code, "someone")


def test_a_use_case_streams(sdk: OpenAI, api: Api) -> None:
    code = api.use_case(prompt="Say {{ prompt }}.")

    chunks = list(sdk.chat.completions.create(model=f"use-case/{code}", messages=QUESTION, stream=True))

    assert chunks[-1].choices[0].finish_reason == "stop"
    assert api.get(f"/calls?use_case={code}").json["items"][0]["outcome"] == "ok"


def test_a_task_is_a_model(sdk: OpenAI) -> None:
    raw = sdk.chat.completions.with_raw_response.create(model="task/chat", messages=QUESTION)

    assert raw.headers["X-MM-Model"] == "simulated/medium"
    assert raw.parse().model == "simulated/medium"


def test_metadata_becomes_tags_of_the_call(sdk: OpenAI, world: World) -> None:
    raw = sdk.chat.completions.with_raw_response.create(
        model=MODEL, messages=QUESTION, metadata={"trip": "42"}, store=False, parallel_tool_calls=True
    )

    calls, _ = page(world, CallFilter(), cursor=None, limit=200)
    assert next(call for call in calls if call.id == raw.headers["X-MM-Call-Id"]).tags == {"trip": "42"}


def test_models_are_listed_and_found(sdk: OpenAI, api: Api) -> None:
    code = api.use_case()

    listed = {model.id for model in sdk.models.list()}

    assert {f"use-case/{code}", "task/chat", MODEL} <= listed
    assert not any(name.startswith("anthropic/") for name in listed)  # no key for it on this server
    assert sdk.models.retrieve(MODEL).owned_by == "simulated"
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("acme/none")


def test_embeddings_come_as_floats_and_as_base64(sdk: OpenAI) -> None:
    packed = sdk.embeddings.create(model=MODEL, input=["a b", "a b", "c"])
    plain = sdk.embeddings.create(model=MODEL, input="a b", encoding_format="float")

    assert packed.data[0].embedding == packed.data[1].embedding != packed.data[2].embedding
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    assert plain.usage.prompt_tokens == 2


def test_a_model_without_embeddings_is_refused_before_anything_is_sent(sdk: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="offers no embeddings") as refused:
        sdk.embeddings.create(model="anthropic/claude-opus-5.5", input="a")

    assert (refused.value.param, refused.value.code) == ("model", "unsupported_parameter")


@pytest.mark.parametrize(
    ("extra", "param", "code"),
    [
        ({"n": 2}, "n", "invalid_value"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"web_search_options": {}}, "web_search_options", "unsupported_parameter"),
        ({"colour": "red"}, "colour", "unknown_parameter"),
        ({"frequency_penalty": 1.5}, "frequency_penalty", "unsupported_parameter"),
        ({"store": True}, "store", "invalid_value"),
    ],
)
def test_what_is_not_carried_is_refused_by_name(sdk: OpenAI, extra: dict[str, object], param: str, code: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.chat.completions.create(model=MODEL, messages=QUESTION, extra_body=extra)

    assert (refused.value.param, refused.value.code) == (param, code)
    assert refused.value.type == "invalid_request_error"


def test_what_asks_for_nothing_is_taken(sdk: OpenAI) -> None:
    nothing = {"n": 1, "logprobs": False, "functions": None, "frequency_penalty": 0, "service_tier": "auto"}

    assert sdk.chat.completions.create(model=MODEL, messages=QUESTION, extra_body=nothing).choices


@pytest.mark.parametrize("model", ["acme/none", "task/none"])
def test_an_unknown_model_is_not_found(sdk: OpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        sdk.chat.completions.create(model=model, messages=QUESTION)

    assert refused.value.code == "model_not_found"


def test_a_stranger_is_refused_as_openai_does(address: str) -> None:
    with (
        OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        stranger.models.list()

    assert refused.value.code == "invalid_api_key"


def test_a_stream_that_fails_before_its_first_word_is_an_ordinary_error(sdk: OpenAI, api: Api) -> None:
    code = api.use_case(prompt="{{ prompt }}", params={"options": {"faults": {"rate_limited": 1}}})

    with pytest.raises(openai.InternalServerError) as refused:
        sdk.chat.completions.create(model=f"use-case/{code}", messages=QUESTION, stream=True)

    assert refused.value.code == "provider_rate_limited"
    assert int(refused.value.response.headers["Retry-After"]) >= 1


def test_a_stream_that_is_cut_ends_in_an_error_and_never_in_done(sdk: OpenAI, api: Api) -> None:
    code = api.use_case(prompt="{{ prompt }}", params={"options": {"faults": {"cut_stream": 1}, "tokens": 20}})
    stream = sdk.chat.completions.create(model=f"use-case/{code}", messages=QUESTION, stream=True)
    heard: list[ChatCompletionChunk] = []

    with pytest.raises(openai.APIError) as cut:
        deque(map(heard.append, stream), maxlen=0)

    assert heard
    assert all(chunk.choices[0].finish_reason is None for chunk in heard)
    assert cut.value.code == "provider_bad_answer"
