"""A step's prompt, the request and the flow's params become one request to a model."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.domain.errors import Invalid
from app.domain.flow import Choice, Params, Step
from app.domain.message import (
    Delta,
    ImagePart,
    Message,
    ModelRequest,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCallDelta,
    Usage,
)
from app.services import generate
from app.services.asking import Asked, check_heard, request_of
from app.services.generate import Event, Finished
from app.services.world import World
from tests.services.made import CODE, SMALL, ask, make_step, make_use_case, say
from tests.worlds import with_script

CHAIN = (make_step("first"), make_step("second", "Improve {{ outputs.first }}"))


def stream(world: World, **given: object) -> Iterator[Event]:
    """The run as it happens."""
    return generate.events(world, CODE, ask(**given), streamed=True)


def test_an_input_cannot_take_the_name_of_outputs(world: World) -> None:
    make_use_case(world)

    with pytest.raises(Invalid) as refused:
        generate.run(world, CODE, ask(inputs={"text": "x", "outputs": {}}))

    assert refused.value.field == "inputs.outputs"


def test_tools_reach_the_last_step_alone_and_its_call_is_put_together(world: World) -> None:
    make_use_case(world, steps=CHAIN)
    asked: list[ModelRequest] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request)
        if not request.tools:
            yield from say("plain")
            return
        yield Delta(tool_calls=(ToolCallDelta(0, "t1", "find", '{"a"'),))
        yield Delta(tool_calls=(ToolCallDelta(0, arguments=": 1}"),))
        yield Delta(finish_reason="tool_calls", usage=Usage(1, output_tokens=1))

    *_, done = stream(with_script(world, speak), tools=(Tool("find"),), tool_choice="auto")

    assert isinstance(done, Finished)
    assert [len(request.tools) for request in asked] == [0, 1]
    (tool_call,) = done.reply.tool_calls
    assert (tool_call.id, tool_call.name, tool_call.arguments) == ("t1", "find", '{"a": 1}')
    assert done.reply.finish_reason == "tool_calls"


def test_a_chats_last_turn_fills_the_prompt_and_its_history_goes_along(world: World) -> None:
    make_use_case(world, steps=(replace(make_step(prompt="Q: {{ prompt }}"), system="Be {{ tone }}"),))
    asked: list[ModelRequest] = []

    def speak(request: ModelRequest) -> Iterator[Delta]:
        asked.append(request)
        return say("fine")

    turns = (Message("user", "hi"), Message("assistant", "hello"), Message("user", "how are you"))
    generate.run(with_script(world, speak), CODE, ask(inputs={"tone": "kind"}, messages=turns))

    assert [(message.role, message.text) for message in asked[0].messages] == [
        ("system", "Be kind"),
        ("user", "hi"),
        ("assistant", "hello"),
        ("user", "Q: how are you"),
    ]


def test_the_step_wins_over_the_request_and_zero_is_a_value() -> None:
    step = Step("s", "p", Choice((SMALL,)), params=Params(temperature=0.0, seed=0, stop=("x",), options={"a": 1}))
    asked = Asked("c1", params=Params(temperature=0.9, top_p=0.5, seed=4, stop=("y",), options={"b": 1}))

    request = request_of(step, asked, {}, last=True)

    assert (request.temperature, request.top_p, request.seed) == (0.0, 0.5, 0)
    assert (request.stop, request.options) == (("x",), {"a": 1})


def test_the_requests_form_of_answer_concerns_the_last_step_alone() -> None:
    step = Step("s", "p", Choice((SMALL,)))
    asked = Asked("c1", params=Params(response_format={"type": "json_object"}))

    assert request_of(step, asked, {}, last=False).response_format is None
    assert request_of(step, asked, {}, last=True).response_format == ResponseFormat("json_object")


def test_a_tools_answer_goes_on_without_a_new_question() -> None:
    step = Step("s", "Q: {{ prompt }}", Choice((SMALL,)), system="Be kind")
    turns = (Message("user", "hi"), Message("assistant", ""), Message("tool", "42", tool_call_id="t1"))

    request = request_of(step, Asked("c1", messages=turns), {}, last=True)

    assert request.messages == (Message("system", "Be kind"), *turns)


def test_images_of_the_last_turn_stay_with_the_question() -> None:
    image = ImagePart("https://example.org/cat.png")
    turn = Message("user", (TextPart("what is "), TextPart("this"), image))

    request = request_of(Step("s", "Q: {{ prompt }}", Choice((SMALL,))), Asked("c1", messages=(turn,)), {}, last=True)

    assert request.messages == (Message("user", (TextPart("Q: what is this"), image)),)


def test_a_step_without_history_hears_the_question_alone() -> None:
    turns = (Message("user", "hi"), Message("assistant", "hello"), Message("user", "bye"))
    step = Step("s", "{{ prompt }}", Choice((SMALL,)), history=False)

    assert request_of(step, Asked("c1", messages=turns), {}, last=True).messages == (Message("user", "bye"),)


def test_an_input_of_that_name_wins_over_the_chats_last_words() -> None:
    step = Step("s", "{{ prompt }}", Choice((SMALL,)))
    asked = Asked("c1", inputs={"prompt": "given"}, messages=(Message("user", "said"),))

    assert request_of(step, asked, {}, last=True).messages == (Message("user", "given"),)


def test_a_step_without_a_prompt_passes_the_chat_on() -> None:
    turns = (Message("user", "hi"), Message("assistant", "hello"), Message("user", "how are you?"))
    step = make_step(prompt="")

    request = request_of(step, Asked("c1", messages=turns), {}, last=True)

    assert request.messages == turns


def test_a_step_without_a_prompt_needs_messages() -> None:
    with pytest.raises(Invalid) as refused:
        request_of(make_step(prompt=""), Asked("c1"), {}, last=True)

    assert refused.value.field == "messages"


def test_a_chat_that_no_step_would_hear_is_refused() -> None:
    deaf, hearing = make_step(prompt="Say {{ text }}"), make_step("second", prompt="Answer {{ prompt }}")
    chat = Asked("c1", messages=(Message("user", "hi"),))

    with pytest.raises(Invalid) as refused:
        check_heard([deaf], chat)
    check_heard([deaf, hearing], chat)
    check_heard([deaf], Asked("c1"))

    assert refused.value.field == "messages"
