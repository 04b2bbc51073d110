"""The doors that ask models and use cases take the next turn of a conversation where a request names one."""

from uuid import UUID

from flask import request

from app.api import http
from app.api.cache_payloads import cache_wish
from app.api.caller import caller
from app.api.forcing import force_of, use_case_of
from app.api.generation_payloads import DirectIn, GenerateIn, said
from app.api.messages import messages_of, tool_choice_of, tools_of
from app.api.naming import TASK, USE_CASE
from app.api.openai_payloads import ChatIn
from app.api.turn_payloads import checked
from app.domain.errors import Invalid
from app.domain.flow import Choice, choice_named
from app.services.conversing.turning import TurnAsked


def of_model(body: DirectIn) -> TurnAsked:
    """What a model or task is asked; without either, whoever the conversation is with. Raises Invalid."""
    if body.system is not None:
        raise Invalid("what the system says is said when a conversation begins", field="system")
    now = said(prompt=body.prompt, system=None, messages=body.messages)
    return TurnAsked(
        conversation_id=str(body.conversation_id),
        said=checked(now, field="messages"),
        choice=body.target(),
        params=body.params(),
        tools=tools_of(body.tools),
        tool_choice=tool_choice_of(body.tool_choice),
        caller=caller(cache=cache_wish(body.cache), stream_recovery=body.stream_recovery),
        user_id=body.user_id,
        tags=body.tags,
    )


def of_use_case(code: str, body: GenerateIn) -> TurnAsked:
    """What a use case is asked; the session is that of the conversation. Raises Invalid, Forbidden."""
    if body.correlation_id is not None:
        raise Invalid("the session of a conversation bears its id", field="correlation_id")
    if not body.messages:
        raise Invalid("a turn of a conversation says something", field="messages")
    return TurnAsked(
        conversation_id=str(body.conversation_id),
        said=checked(messages_of(body.messages), field="messages"),
        use_case=code,
        inputs=body.inputs,
        step=body.step,
        force=force_of(body.flow, body.version, body.label),
        params=body.params(),
        tools=tools_of(body.tools),
        tool_choice=tool_choice_of(body.tool_choice),
        caller=caller(cache=cache_wish(body.cache), stream_recovery=body.stream_recovery),
        user_id=body.user_id,
        tags=body.tags,
    )


def of_chat(body: ChatIn) -> TurnAsked | None:
    """What an OpenAI client asks in the conversation that a header names, None without one. Raises Invalid."""
    named = request.headers.get(http.CONVERSATION)
    if named is None:
        return None
    use_case, force = (None, None)
    choice: Choice | None = None
    if body.model.startswith(USE_CASE):
        use_case, force = use_case_of(body.model.removeprefix(USE_CASE))
    elif body.model.startswith(TASK):
        choice = Choice(task=body.model.removeprefix(TASK))
    else:
        choice = choice_named(body.model)
    return TurnAsked(
        conversation_id=_id(named),
        said=checked(messages_of(body.messages), field="messages"),
        use_case=use_case,
        choice=choice,
        force=force,
        params=body.params(),
        tools=tools_of(body.tools or []),
        tool_choice=tool_choice_of(body.tool_choice),
        caller=caller(cache=cache_wish(body.cache), stream_recovery=body.stream_recovery),
        user_id=body.user,
        tags=body.metadata or {},
    )


def _id(named: str) -> str:
    try:
        return str(UUID(named))
    except ValueError:
        raise Invalid("the id of a conversation is expected", field=http.CONVERSATION) from None
