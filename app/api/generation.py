"""Generation: ask a use case, whose session keeps its flow, or a model or task by name; or only pick the flow."""

from flask import Response

from app.api import generation_stream, http, sse, turn_answers, turn_doors
from app.api.answers import AnswerOut, RunAnswerOut, answer_out, label, label_run, label_session, run_answer_out
from app.api.door import Door
from app.api.forcing import force_of
from app.api.generation_payloads import DirectIn, GenerateIn, PickIn, PickOut, correlation_id
from app.api.guard import scope
from app.api.once import once, once_streamed
from app.api.payloads import ByCode
from app.api.step_payloads import steps_out
from app.api.world import world
from app.services import direct, generate, picks, serving
from app.services.asking import Asked
from app.services.direct import DirectAsked

door = Door("generation")


@door.post("/generate", responses={200: AnswerOut})
@scope("run")
def ask_model(body: DirectIn) -> Response:
    """Ask a model or a task."""
    if body.conversation_id is not None:
        turn = turn_doors.of_model(body)
        if body.stream:
            return once_streamed(lambda tap: turn_answers.streamed(turn, tap), last=sse.DONE)
        return once(lambda: turn_answers.whole(turn), texts=True)
    asked = body.to_domain()
    if body.stream:
        return once_streamed(lambda tap: generation_stream.of_model(asked, tap), last=sse.DONE)
    return once(lambda: _of_model(asked), texts=True)


@door.post("/use-cases/<code>/generate", responses={200: RunAnswerOut})
@scope("run")
def ask_use_case(path: ByCode, body: GenerateIn) -> Response:
    """Ask a use case; its session keeps its flow."""
    if body.conversation_id is not None:
        turn = turn_doors.of_use_case(path.code, body)
        if body.stream:
            return once_streamed(lambda tap: turn_answers.streamed(turn, tap), last=sse.DONE)
        return once(lambda: turn_answers.whole(turn), texts=True)
    asked = body.to_domain()
    if body.stream:
        return once_streamed(lambda tap: generation_stream.of_use_case(path.code, asked, tap), last=sse.DONE)
    return once(lambda: _of_use_case(path.code, asked), texts=True)


@door.post("/use-cases/<code>/pick", responses={200: PickOut})
@scope("run")
def pick(path: ByCode, body: PickIn) -> Response:
    """Pick the session's flow and get its configuration; no model is called."""
    chosen = picks.pick(
        world(),
        path.code,
        correlation_id=correlation_id(body.correlation_id),
        user_id=body.user_id,
        step=body.step,
        force=force_of(body.flow, body.version, body.label),
    )
    experiment_id, arm = serving.part_of(world(), chosen.session)
    out = PickOut(
        use_case=path.code,
        correlation_id=chosen.session.correlation_id,
        session_id=chosen.session.id,
        flow=chosen.flow.code,
        flow_version=chosen.flow.version,
        first=chosen.first,
        reassigned=chosen.session.replaces is not None,
        forced=chosen.session.forced,
        propensity=chosen.session.propensity,
        experiment_id=experiment_id,
        arm=arm,
        steps=steps_out(chosen.steps, of=chosen.flow.steps),
    )
    return label_session(http.answer(out), chosen.session)


def _of_model(asked: DirectAsked) -> Response:
    answered = direct.run(world(), asked)
    return label(http.answer(answer_out(answered)), answered)


def _of_use_case(code: str, asked: Asked) -> Response:
    finished = generate.run(world(), code, asked)
    response = label(http.answer(run_answer_out(finished, use_case=code)), finished)
    return label_run(response, run_id=finished.run.id, flow=finished.flow.code, session=finished.session)
