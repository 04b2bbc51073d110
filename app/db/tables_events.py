"""What others are told: events, webhooks, and deliveries that wait for them. Events refer to nothing: they stay."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from app.db.columns import flag, integer, json, metadata, moment, off, own_id, owner, text, total
from app.db.types import Id, JsonText

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
    Column("use_case_id", Id),
    off("texts"),
    Column("headers", JsonText, nullable=False, server_default="{}"),
    text("former_secret", null=True),
    moment("former_until", null=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    moment("failing_since", null=True),
    moment("paused_until", null=True),
    moment("disabled_at", null=True),
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
    Column("event_id", Id),
    Column("about", Text, nullable=False, server_default=""),
    total("number"),
    off("replayed"),
    Column("tries", JsonText, nullable=False, server_default="[]"),
    Index("ix_deliveries_webhook_id_id", "webhook_id", "id"),
    Index("ix_deliveries_event_id", "event_id", "webhook_id", unique=True),
)
PENDING: Final = deliveries.c.status == "pending"
for _name, _columns in (("due", ("due_at",)), ("order", ("about", "number"))):
    Index(
        f"ix_deliveries_{_name}",
        *(deliveries.c[each] for each in ("webhook_id", *_columns)),
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
