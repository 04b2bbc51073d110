"""A turn of a conversation as OpenAI's clients hear it."""

from collections.abc import Generator

from flask import Response

from app.api import openai_stream, openai_wire, sse, turn_answers
from app.api.answers import label_run
from app.api.once import Tap
from app.api.openai_payloads import ChatIn
from app.api.world import world
from app.services.conversing.turning import Event, TurnAsked, Turning
from app.services.generate import Started


def whole(asked: TurnAsked) -> Response:
    """The whole completion."""
    turned = turn_answers.taken(asked)
    answer = turned.answer
    created = int(world().now().timestamp())
    sent = openai_wire.completion(
        answer.reply, answer.usage, id=_id(turned.turn.id), model=answer.model, created=created
    )
    return turn_answers.labelled(Response(sent, mimetype=openai_wire.JSON), turned)


def streamed(body: ChatIn, asked: TurnAsked, tap: Tap) -> Response:
    """The chunks as they are written."""
    turning = Turning(world(), asked)
    turning.begin()
    events: Generator[Event] = turning.events()
    started = next(events) if turning.use_case is not None else None
    frames = tap(openai_stream.frames(body, events, id=_id(turning.turn.id)))
    response = sse.respond(frames, asked.caller.departure, on_failure=openai_wire.error_frame)
    if isinstance(started, Started):
        label_run(response, run_id=started.run_id, flow=started.flow.code, session=started.session)
    return turn_answers.named(response, turning)


def _id(turn_id: str) -> str:
    return f"chatcmpl-{turn_id}"
