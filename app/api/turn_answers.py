"""The answer of a turn, whole or as it is written; the same at each door that a conversation has."""

from flask import Response

from app.api import generation_stream, http, problems, sse
from app.api.answers import label, label_run
from app.api.once import Tap
from app.api.payloads import Out
from app.api.turn_payloads import turn_answer_out
from app.api.world import world
from app.services.conversing.turning import TurnAsked, Turned, Turning
from app.services.direct import Answered
from app.services.generate import Finished, Started

TURN: str = "X-MM-Turn-Id"
CONVERSATION: str = "X-MM-Conversation-Id"


def whole(asked: TurnAsked) -> Response:
    """The whole answer."""
    turned = taken(asked)
    return labelled(http.answer(turn_answer_out(turned)), turned)


def taken(asked: TurnAsked) -> Turned:
    """The turn from its beginning to its end. Raises what `Turning` raises."""
    turning = Turning(world(), asked)
    turning.begin()
    return turning.run()


def streamed(asked: TurnAsked, tap: Tap) -> Response:
    """The answer as it is written, as at the door that asks without a conversation; headers name the turn."""
    turning = Turning(world(), asked)
    turning.begin()
    events = turning.events()
    failing = sse.error_frame(problems.request_id())

    def out(answer: Answered | Finished) -> Out:
        if turning.turned is None:
            raise AssertionError("an answer leaves after its turn is stored")
        return turn_answer_out(turning.turned)

    if turning.use_case is None:
        frames = tap(generation_stream.model_frames(events, out=out))
        return named(sse.respond(frames, asked.caller.departure, on_failure=failing), turning)
    started = next(events)
    if not isinstance(started, Started):
        raise AssertionError("a run begins by naming its flow")
    frames = tap(generation_stream.run_frames(started, events, use_case=turning.use_case, out=out))
    response = sse.respond(frames, asked.caller.departure, on_failure=failing)
    return named(label_run(response, run_id=started.run_id, flow=started.flow.code, session=started.session), turning)


def labelled(response: Response, turned: Turned) -> Response:
    """The response with the headers of its answer and of its turn."""
    label(response, turned.answer)
    if isinstance(turned.answer, Finished):
        finished = turned.answer
        label_run(response, run_id=finished.run.id, flow=finished.flow.code, session=finished.session)
    return _named(response, turned.turn.conversation_id, turned.turn.id)


def named(response: Response, turning: Turning) -> Response:
    """The response with headers that say which turn it answers."""
    return _named(response, turning.turn.conversation_id, turning.turn.id)


def _named(response: Response, conversation_id: str, turn_id: str) -> Response:
    response.headers[CONVERSATION] = conversation_id
    response.headers[TURN] = turn_id
    return response
