"""Conversations are begun, read, forked at a turn, and deleted; turns.py of the database keeps what was said."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from app.db import conversations as rows
from app.db import turns as turn_rows
from app.db.conversations import ConversationFilter
from app.db.uow import Tx
from app.domain.conversation import Conversation, Summing, Turn, WhenLong, size
from app.domain.errors import Conflict, Invalid
from app.domain.flow import Choice, check_balance, check_choice
from app.domain.message import Json
from app.domain.session import check_correlation_id
from app.services import traffic
from app.services.routes import route
from app.services.world import World

__all__ = ["ConversationFilter", "Wanted", "check_kept", "create", "delete", "fork", "get", "page", "turns"]

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A new conversation: with a use case by its code, or with the models of a choice."""

    use_case: str | None = None
    choice: Choice | None = None
    system: str = ""
    window_tokens: int | None = None
    when_long: WhenLong = "drop"
    summing: Summing | None = None
    user_id: str | None = None
    tags: Json | None = None
    expires_at: datetime | None = None


def create(world: World, wanted: Wanted, *, key_id: str | None) -> Conversation:
    """The conversation, without a turn. Raises Invalid naming the field, NotFound; Conflict where no texts are kept."""
    check_kept(world)
    _check(world, wanted)
    moment = world.now()
    code = wanted.use_case
    conversation = Conversation(
        id=world.new_id(),
        created_at=moment,
        updated_at=moment,
        use_case_id=None if code is None else traffic.known_use_case(world, code).id,
        choice=wanted.choice,
        system=wanted.system,
        window_tokens=wanted.window_tokens,
        when_long=wanted.when_long,
        summing=wanted.summing,
        user_id=wanted.user_id,
        key_id=key_id,
        tags=wanted.tags or {},
        expires_at=wanted.expires_at,
    )
    with world.store.write() as tx:
        rows.add(tx, conversation)
    return conversation


def get(world: World, conversation_id: str) -> Conversation:
    """One conversation. Raises NotFound."""
    with world.store.read() as tx:
        return rows.get(tx, conversation_id, world.now())


def page(
    world: World, wanted: ConversationFilter, *, cursor: str | None, limit: int
) -> tuple[list[Conversation], str | None]:
    """Conversations, newest first, and the next page's cursor. Raises Invalid."""
    with world.store.read() as tx:
        return rows.page(tx, wanted, world.now(), cursor=cursor, limit=limit)


def turns(
    world: World, conversation_id: str, *, order: str, cursor: str | None, limit: int
) -> tuple[list[Turn], str | None]:
    """Its turns by `number` or `-number`, and the next page's cursor. Raises NotFound, Invalid."""
    with world.store.read() as tx:
        rows.get(tx, conversation_id, world.now())
        return turn_rows.page(tx, conversation_id, order=order, cursor=cursor, limit=limit)


def fork(world: World, conversation_id: str, turn_id: str | None) -> Conversation:
    """A new conversation that has said the same up to that turn, or so far; what failed is left behind.

    A summary goes along unless it tells of later turns; then older turns are summarised anew when need be. Raises
    NotFound.
    """
    check_kept(world)
    moment = world.now()
    with world.store.write() as tx:
        origin = rows.get(tx, conversation_id, moment)
        last = origin.turns if turn_id is None else turn_rows.get(tx, conversation_id, turn_id).number
        told = origin.folded <= last
        new = replace(
            origin,
            id=world.new_id(),
            created_at=moment,
            updated_at=moment,
            turns=0,
            characters=0,
            folded=origin.folded if told else 0,
            summary=origin.summary if told else None,
            forked_from=origin.id,
        )
        rows.add(tx, new)
        found = turn_rows.answered(tx, conversation_id, above=0, upto=last, back=False)
        rows.grow(tx, new.id, turns=last, characters=_copy(tx, world, new, found))
        return rows.get(tx, new.id, moment)


def delete(world: World, conversation_id: str) -> None:
    """Forget it with its turns; their calls stay on the books. Raises NotFound."""
    with world.store.write() as tx:
        rows.remove(tx, conversation_id)


def check_kept(world: World) -> None:
    """Raises Conflict where no texts are kept: a conversation is nothing else."""
    if not world.policy.keep_texts:
        raise Conflict("this server keeps no texts (KEEP_TEXTS=off), and so no conversations", code="texts-not-kept")


def _check(world: World, wanted: Wanted) -> None:
    if (wanted.use_case is None) == (wanted.choice is None):
        raise Invalid("either a use case, or one of model, models, task and auto is expected", field="use_case")
    if wanted.user_id is not None:
        check_correlation_id(wanted.user_id, field="user_id")
    if wanted.expires_at is not None and wanted.expires_at <= world.now():
        raise Invalid("a moment that is still to come is expected", field="expires_at")
    if wanted.choice is not None:
        route(world, wanted.choice, user_id=wanted.user_id)
    if wanted.summing is not None:
        if wanted.when_long != "summarise":
            raise Invalid("a summary belongs to when_long: summarise", field="summary")
        check_choice(wanted.summing.choice, field="summary.choice")
        check_balance(wanted.summing.choice, field="summary.choice")
        route(world, wanted.summing.choice, field="summary.choice")
    elif wanted.when_long == "summarise" and wanted.choice is None:
        raise Invalid("with a use case, say which model summarises", field="summary")


def _copy(tx: Tx, world: World, new: Conversation, found: Iterator[Turn]) -> int:
    """The same turns under ids of their own, a part at a time; their calls and costs stay with the first ones.

    How many characters they hold.
    """
    characters = 0
    while some := list(islice(found, AT_ONCE)):
        copies = [
            replace(turn, id=world.new_id(), conversation_id=new.id, call_id=None, run_id=None, cost=None, again=None)
            for turn in some
        ]
        turn_rows.add(tx, copies)
        characters += sum(size(turn.messages) for turn in copies)
    return characters
