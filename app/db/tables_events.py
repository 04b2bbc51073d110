"""What others are told: the events of experiments, webhooks, and deliveries that wait for them."""

from sqlalchemy import Index, Table

from app.db.columns import flag, integer, json, metadata, moment, own_id, owner, text

experiment_events = Table(
    "experiment_events",
    metadata,
    own_id(),
    moment("at"),
    owner("use_case_id", "use_cases.id"),
    owner("experiment_id", "experiments.id"),
    text("kind"),
    text("text"),
    json("data"),
    Index("ix_experiment_events_experiment_id_id", "experiment_id", "id"),
)

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
