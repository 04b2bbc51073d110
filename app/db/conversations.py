"""Conversations as rows; whoever answers a turn holds the conversation by a lease."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update

from app.db.frozen_json import codec
from app.db.paging import Orders, order_by
from app.db.paging import page as paged
from app.db.tables import conversations
from app.db.uow import Tx
from app.domain.conversation import Conversation, Summing, WhenLong
from app.domain.errors import NotFound
from app.domain.flow import Choice

c = conversations.c


@dataclass(frozen=True, slots=True)
class Config:
    """What of a conversation nothing is looked up by."""

    choice: Choice | None = None
    system: str = ""
    window_tokens: int | None = None
    when_long: WhenLong = "drop"
    summing: Summing | None = None


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations are meant; None means any."""

    user_id: str | None = None
    use_case_id: str | None = None


CONFIG: Final = codec(Config)
CONFIG_FIELDS: Final = tuple(each.name for each in fields(Config))
FIELDS: Final = tuple(each.name for each in fields(Conversation) if each.name not in CONFIG_FIELDS)
COLUMNS: Final = (*(c[name] for name in FIELDS), c.config)
ORDERS: Final[Orders] = {"created_at": c.created_at}


def add(tx: Tx, conversation: Conversation) -> None:
    """Stores the conversation, which nobody holds."""
    config = CONFIG.encode(Config(**{name: getattr(conversation, name) for name in CONFIG_FIELDS}))
    tx.execute(
        insert(conversations).values({name: getattr(conversation, name) for name in FIELDS} | {"config": config})
    )


def get(tx: Tx, conversation_id: str, moment: datetime) -> Conversation:
    """Raises NotFound, also for one that has expired."""
    live = or_(c.expires_at.is_(None), c.expires_at > moment)
    row = tx.execute(select(*COLUMNS).where(c.id == conversation_id, live)).one_or_none()
    if row is None:
        raise NotFound("conversation", conversation_id)
    return _conversation(row)


def page(
    tx: Tx, wanted: ConversationFilter, moment: datetime, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Conversation], str | None]:
    """Conversations that have not expired, newest first, and the next page's cursor. Raises Invalid."""
    asked = [or_(c.expires_at.is_(None), c.expires_at > moment)]
    asked += [c[name] == value for name in ("user_id", "use_case_id") if (value := getattr(wanted, name)) is not None]
    by = order_by("-created_at", ORDERS, unique=c.id)
    return paged(tx, select(*COLUMNS).where(*asked), order=by, cursor=cursor, limit=limit, to=_conversation)


def remove(tx: Tx, conversation_id: str) -> None:
    """With its turns. Raises NotFound."""
    if not tx.execute(delete(conversations).where(c.id == conversation_id)).rowcount:
        raise NotFound("conversation", conversation_id)


def prune(tx: Tx, moment: datetime, *, idle_since: datetime, limit: int) -> int:
    """How many were dropped of those that expired, or in which nothing was said since; at most `limit`."""
    over = or_(c.expires_at <= moment, c.updated_at < idle_since)
    chosen = select(c.id).where(over, or_(c.until.is_(None), c.until <= moment)).limit(limit)
    return tx.execute(delete(conversations).where(c.id.in_(chosen))).rowcount


def free(tx: Tx, conversation_id: str, moment: datetime, ttl_s: float) -> bool:
    """Whether nobody holds it, or it is gone, which `claim` tells."""
    held = and_(c.id == conversation_id, ~_free(moment, ttl_s))
    return tx.execute(select(c.id).where(held)).one_or_none() is None


def claim(tx: Tx, conversation_id: str, holder: str, moment: datetime, ttl_s: float) -> Conversation | None:
    """The conversation, which is now the holder's for `ttl_s`; None while it is another one's. Raises NotFound."""
    own = and_(c.id == conversation_id, _free(moment, ttl_s))
    values = {"holder": holder, "until": moment + timedelta(seconds=ttl_s)}
    if tx.execute(update(conversations).where(own).values(values)).rowcount != 1:
        get(tx, conversation_id, moment)
        return None
    return get(tx, conversation_id, moment)


def renew(tx: Tx, conversation_id: str, holder: str, until: datetime) -> None:
    """The holder lives, and will say so again before that moment."""
    tx.execute(update(conversations).where(_held(conversation_id, holder)).values(until=until))


def grow(tx: Tx, conversation_id: str, *, turns: int = 0, characters: int = 0) -> None:
    """Counts turns that were begun and characters that are kept."""
    grown = {"turns": c.turns + turns, "characters": c.characters + characters}
    tx.execute(update(conversations).where(c.id == conversation_id).values(grown))


def fold(tx: Tx, conversation_id: str, holder: str, *, folded: int, summary: str) -> bool:
    """Whether it was still the holder's, and turns up to that number are now told by the summary."""
    values = {"folded": folded, "summary": summary}
    return tx.execute(update(conversations).where(_held(conversation_id, holder)).values(values)).rowcount == 1


def give_back(tx: Tx, conversation_id: str, holder: str, moment: datetime) -> bool:
    """Whether it was still the holder's; the next turn may begin."""
    values = {"holder": None, "until": None, "updated_at": moment}
    return tx.execute(update(conversations).where(_held(conversation_id, holder)).values(values)).rowcount == 1


def _free(moment: datetime, ttl_s: float) -> ColumnElement[bool]:
    """One that ends later than two terms from now was given by a clock that has since been set back."""
    late = moment + timedelta(seconds=2 * ttl_s)
    return or_(c.until.is_(None), c.until <= moment, c.until > late)


def _held(conversation_id: str, holder: str) -> ColumnElement[bool]:
    return and_(c.id == conversation_id, c.holder == holder)


def _conversation(row: Row[Any]) -> Conversation:
    values = dict(row._mapping)
    config = CONFIG.decode(values.pop("config"))
    return Conversation(**values, **{name: getattr(config, name) for name in CONFIG_FIELDS})
