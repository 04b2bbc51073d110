"""Conversations and their turns; what was said stands here as long as somebody may go on with it."""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from app.db.columns import integer, json, metadata, moment, own_id, owner, text, total
from app.db.types import Id, Money

# `holder` answers a turn until `until`. `turns` counts all that were begun, `characters` what they hold; what stands in
# `summary` was said in turns up to the number `folded`.
conversations = Table(
    "conversations",
    metadata,
    own_id(),
    Column("use_case_id", Id, ForeignKey("use_cases.id", ondelete="CASCADE")),
    text("user_id", null=True),
    text("key_id", null=True),
    json("config"),
    json("tags"),
    moment("created_at"),
    moment("updated_at"),
    moment("expires_at", null=True),
    integer("turns"),
    total("characters"),
    integer("folded"),
    text("summary", null=True),
    Column("forked_from", Id),
    text("holder", null=True),
    moment("until", null=True),
    Index("ix_conversations_created_at", "created_at", "id"),
    Index("ix_conversations_user_id_created_at", "user_id", "created_at"),
    Index("ix_conversations_use_case_id_created_at", "use_case_id", "created_at"),
    Index("ix_conversations_updated_at", "updated_at"),
    Index("ix_conversations_expires_at", "expires_at"),
)

# What the user said and the answer to it. `said` and `reply` are messages; `tokens` is what both take in a request.
turns = Table(
    "turns",
    metadata,
    own_id(),
    owner("conversation_id", "conversations.id"),
    integer("number"),
    text("state"),
    json("said"),
    json("reply", null=True),
    text("error", null=True),
    integer("tokens"),
    text("model", null=True),
    Column("call_id", Id),
    Column("run_id", Id),
    Column("cost", Money),
    Column("again", Id),
    moment("started_at"),
    moment("ended_at", null=True),
    UniqueConstraint("conversation_id", "number"),
)
