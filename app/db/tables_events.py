"""What others are told: events, webhooks, and deliveries that wait for them. Events refer to nothing: they stay."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table

from app.db.columns import flag, integer, json, metadata, moment, own_id, owner, text
from app.db.types import Id

events = Table(
    "events",
    metadata,
    own_id(),
    moment("at"),
    text("kind"),
    text("about"),
    Column("use_case_id", Id),
    Column("experiment_id", Id),
    text("actor", null=True),
    text("text"),
    json("data"),
    Column("number", BigInteger),
    Index("ix_events_number", "number", unique=True),
    Index("ix_events_kind_id", "kind", "id"),
    Index("ix_events_about_id", "about", "id"),
    Index("ix_events_use_case_id_id", "use_case_id", "id"),
)
UNNUMBERED: Final = events.c.number.is_(None)
Index("ix_events_unnumbered", events.c.id, postgresql_where=UNNUMBERED, sqlite_where=UNNUMBERED)

webhooks = Table(
    "webhooks",
    metadata,
    own_id(),
    text("url"),
    text("secret"),
    json("kinds"),
    flag("active"),
    moment("created_at"),
    moment("updated_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    own_id(),
    owner("webhook_id", "webhooks.id"),
    text("kind"),
    json("payload"),
    text("status"),
    integer("attempts"),
    moment("due_at"),
    integer("answered", null=True),
    text("error", null=True),
    moment("created_at"),
    moment("ended_at", null=True),
    Index("ix_deliveries_status_due_at", "status", "due_at"),
    Index("ix_deliveries_webhook_id_id", "webhook_id", "id"),
)
