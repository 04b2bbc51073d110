"""Conversations: begun, listed, read, forked and deleted; and their turns, asked and read."""

from uuid import UUID

from flask import Response

from app.api import codes, guard, http, sse, turn_answers
from app.api.conversation_payloads import ConversationIn, ConversationOut, ConversationsQuery
from app.api.door import Door
from app.api.guard import scope
from app.api.once import once, once_streamed
from app.api.payloads import ById, Page
from app.api.turn_payloads import ForkIn, TurnAnswerOut, TurnIn, TurnOut, TurnsQuery
from app.api.world import world
from app.domain.conversation import Conversation
from app.services.conversing import conversations
from app.services.conversing.conversations import ConversationFilter

door = Door("conversations")


@door.post("/conversations", responses={201: ConversationOut})
@scope("run")
def begin_conversation(body: ConversationIn) -> Response:
    """Begin a conversation; nothing is asked yet."""
    wanted = body.to_domain()
    key_id = guard.key().id
    return once(lambda: _created(conversations.create(world(), wanted, key_id=key_id)))


@door.get("/conversations", responses={200: Page[ConversationOut]})
@scope("read", "run")
def list_conversations(query: ConversationsQuery) -> Response:
    """Read conversations, newest first."""
    use_case_id = None if query.use_case is None else codes.use_case_id(query.use_case)
    wanted = ConversationFilter(user_id=query.user_id, use_case_id=use_case_id)
    found, following = conversations.page(world(), wanted, cursor=query.cursor, limit=query.limit)
    return http.answer(Page[ConversationOut](items=[ConversationOut.of(each) for each in found], next=following))


@door.get("/conversations/<id>", responses={200: ConversationOut})
@scope("read", "run")
def get_conversation(path: ById) -> Response:
    """Read a conversation."""
    return http.answer(ConversationOut.of(conversations.get(world(), str(path.id))))


@door.delete("/conversations/<id>", responses={204: None})
@scope("run")
def delete_conversation(path: ById) -> Response:
    """Forget a conversation with all that was said; its calls stay on the books."""
    conversations.delete(world(), str(path.id))
    return http.no_content()


@door.post("/conversations/<id>/turns", responses={200: TurnAnswerOut})
@scope("run")
def take_turn(path: ById, body: TurnIn) -> Response:
    """Say something and get the answer; turns of one conversation are answered one after the other."""
    asked = body.asked(str(path.id))
    if body.stream:
        return once_streamed(lambda tap: turn_answers.streamed(asked, tap), last=sse.DONE)
    return once(lambda: turn_answers.whole(asked), texts=True)


@door.get("/conversations/<id>/turns", responses={200: Page[TurnOut]})
@scope("read", "run")
def list_turns(path: ById, query: TurnsQuery) -> Response:
    """Read the turns of a conversation, oldest first."""
    found, following = conversations.turns(
        world(), str(path.id), order=query.order, cursor=query.cursor, limit=query.limit
    )
    return http.answer(Page[TurnOut](items=[TurnOut.of(turn) for turn in found], next=following))


@door.post("/conversations/<id>/fork", responses={201: ConversationOut})
@scope("run")
def fork_conversation(path: ById, body: ForkIn) -> Response:
    """Begin another conversation that has said the same up to a turn."""
    turn_id = _text(body.turn)
    return once(lambda: _created(conversations.fork(world(), str(path.id), turn_id)))


def _created(conversation: Conversation) -> Response:
    return http.created(ConversationOut.of(conversation))


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)
