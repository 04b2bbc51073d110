"""The OpenAI-compatible door: any OpenAI client works here; `model` names a use case, a task, `auto` or a model."""

from dataclasses import replace
from typing import Final

import orjson
from flask import Response

from app.api import openai_stream, openai_turns, openai_wire, sse, turn_doors
from app.api.answers import label, label_run
from app.api.cache_payloads import cache_wish
from app.api.caller import caller
from app.api.door import Door, problem_responses
from app.api.forcing import use_case_of
from app.api.generation_payloads import correlation_id
from app.api.guard import scope
from app.api.messages import messages_of, tool_choice_of, tools_of
from app.api.models import is_configured
from app.api.once import Tap, once, once_streamed
from app.api.openai_embedding import embed
from app.api.openai_payloads import ChatIn, EmbeddingsIn
from app.api.payloads import Name, Words
from app.api.world import world
from app.domain.auto import AUTO, STRATEGIES
from app.domain.errors import UnknownModel
from app.domain.flow import Choice, choice_named
from app.services import direct, generate, tasks
from app.services.asking import Asked
from app.services.direct import DirectAsked
from app.services.generate import Started

USE_CASE: Final = "use-case/"
TASK: Final = "task/"
ANY: Final[dict[str, object]] = {"content": {openai_wire.JSON: {"schema": {"type": "object"}}}}

door = Door("openai", prefix="/v1", responses=problem_responses({"type": "object"}, openai_wire.JSON))


class ModelPath(Words):
    """A model by id, which holds slashes."""

    id: Name


@door.post("/chat/completions", responses={200: dict(ANY)})
@scope("run")
def complete_chat(body: ChatIn) -> Response:
    """Create a chat completion."""
    turn = turn_doors.of_chat(body)
    if turn is not None:
        if body.stream:
            return once_streamed(lambda tap: openai_turns.streamed(body, turn, tap), last=openai_wire.DONE)
        return once(lambda: openai_turns.whole(turn), texts=True)
    if body.model.startswith(USE_CASE):
        code, force = use_case_of(body.model.removeprefix(USE_CASE))
        asked = replace(asked_of(body), force=force)
        if body.stream:
            return once_streamed(lambda tap: _use_case_stream(body, code, asked, tap), last=openai_wire.DONE)
        return once(lambda: _use_case(body, code, asked), texts=True)
    question = question_of(body)
    if body.stream:
        return once_streamed(lambda tap: _model_stream(body, question, tap), last=openai_wire.DONE)
    return once(lambda: _model(body, question), texts=True)


@door.post("/embeddings", responses={200: dict(ANY)})
@scope("run")
def create_embeddings(body: EmbeddingsIn) -> Response:
    """Embed texts."""
    return once(lambda: embed(body, choice_of(body.model)))


@door.get("/models", responses={200: dict(ANY)})
@scope("read", "run")
def list_models() -> Response:
    """List what `model` can name: active use cases, tasks, auto, and the models whose provider is configured."""
    return _json({"object": "list", "data": _entries()})


@door.get("/models/<path:id>", responses={200: dict(ANY)})
@scope("read", "run")
def get_model(path: ModelPath) -> Response:
    """Read one entry of the list, also by a model's alias."""
    found = next((entry for entry in _entries() if entry["id"] == path.id), None)
    if found is not None:
        return _json(found)
    if path.id.startswith((USE_CASE, TASK)):
        raise UnknownModel(path.id)
    model = world().catalogue.get(path.id)
    return _json(openai_wire.model_entry(model.slug, owner=model.provider, created=0))


def choice_of(model: str) -> Choice:
    """The choice that a model's name makes."""
    return Choice(task=model.removeprefix(TASK)) if model.startswith(TASK) else choice_named(model)


def question_of(body: ChatIn) -> DirectAsked:
    """What a model or task is asked. Raises Invalid naming a bad turn or format."""
    return DirectAsked(
        choice_of(body.model),
        body.request(),
        caller=caller(cache=cache_wish(body.cache), stream_recovery=body.stream_recovery),
        user_id=body.user,
        tags=body.metadata or {},
    )


def asked_of(body: ChatIn) -> Asked:
    """What a use case is asked. Raises Invalid naming a bad turn."""
    return Asked(
        correlation_id=correlation_id(None),
        messages=messages_of(body.messages),
        user_id=body.user,
        params=body.params(),
        tools=tools_of(body.tools or []),
        tool_choice=tool_choice_of(body.tool_choice),
        caller=caller(cache=cache_wish(body.cache), stream_recovery=body.stream_recovery),
        tags=body.metadata or {},
    )


def _model(body: ChatIn, asked: DirectAsked) -> Response:
    answered = direct.run(world(), asked)
    sent = openai_wire.completion(
        answered.reply, answered.usage, id=_id(answered.call_id or ""), model=answered.model, created=_now()
    )
    return label(Response(sent, mimetype=openai_wire.JSON), answered)


def _use_case(body: ChatIn, code: str, asked: Asked) -> Response:
    finished = generate.run(world(), code, asked)
    sent = openai_wire.completion(
        finished.reply, finished.usage, id=_id(finished.run.id), model=finished.model, created=_now()
    )
    response = label(Response(sent, mimetype=openai_wire.JSON), finished)
    return label_run(response, run_id=finished.run.id, flow=finished.flow.code, session=finished.session)


def _model_stream(body: ChatIn, asked: DirectAsked, tap: Tap) -> Response:
    frames = tap(openai_stream.frames(body, direct.events(world(), asked), id=_id(world().new_id())))
    return sse.respond(frames, asked.caller.departure, on_failure=openai_wire.error_frame)


def _use_case_stream(body: ChatIn, code: str, asked: Asked, tap: Tap) -> Response:
    events = generate.events(world(), code, asked, streamed=True)
    started = next(events)
    if not isinstance(started, Started):
        raise AssertionError("a run begins by naming its flow")
    frames = tap(openai_stream.frames(body, events, id=_id(started.run_id)))
    response = sse.respond(frames, asked.caller.departure, on_failure=openai_wire.error_frame)
    return label_run(response, run_id=started.run_id, flow=started.flow.code, session=started.session)


def _entries() -> list[dict[str, object]]:
    snapshot = world().snapshots.current
    cases = [
        openai_wire.model_entry(USE_CASE + case.code, owner="use-case", created=int(case.created_at.timestamp()))
        for case in snapshot.use_cases.values()
        if case.active
    ]
    named = [
        openai_wire.model_entry(TASK + assignment.task, owner="task", created=0)
        for assignment in tasks.assignments(world())
    ]
    picked = [
        openai_wire.model_entry(name, owner="router", created=0)
        for name in (AUTO, *(f"{AUTO}/{strategy}" for strategy in STRATEGIES))
    ]
    models = [
        openai_wire.model_entry(model.slug, owner=model.provider, created=0)
        for model in world().catalogue.all()
        if is_configured(model)
    ]
    return cases + named + picked + models


def _json(told: dict[str, object]) -> Response:
    return Response(orjson.dumps(told), mimetype=openai_wire.JSON)


def _id(id: str) -> str:
    return f"chatcmpl-{id}"


def _now() -> int:
    return int(world().now().timestamp())
