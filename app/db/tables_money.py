"""What may be spent, what each period has spent and promised, who holds a part of it, charges that wait, alerts."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from app.db.columns import flag, integer, json, metadata, moment, own_id, text
from app.db.types import Id, Utc

budgets = Table(
    "budgets",
    metadata,
    own_id(),
    text("name"),
    text("scope"),
    text("scope_value", null=True),
    text("unit"),
    Column("limit", BigInteger, nullable=False),
    text("period"),
    text("time_zone"),
    text("action"),
    json("thresholds"),
    flag("active"),
    text("source"),
    moment("created_at"),
    moment("updated_at"),
    UniqueConstraint("name"),
)

# No foreign key leaves these three: a call that waited in the spool is written even when its budget is gone.
# `reserved` is the sum of the period's grants; who changes a grant's amount holds the row of its period first.
budget_periods = Table(
    "budget_periods",
    metadata,
    Column("budget_id", Id, primary_key=True),
    Column("who", Text, primary_key=True),
    Column("starts_at", Utc, primary_key=True),
    Column("settled", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Index("ix_budget_periods_budget_id_starts_at", "budget_id", "starts_at", "who"),
)

# `charged` sums the calls that were taken out of the grant.
grants = Table(
    "grants",
    metadata,
    own_id(),
    text("holder"),
    Column("budget_id", Id, nullable=False),
    text("who"),
    moment("starts_at"),
    Column("amount", BigInteger, nullable=False),
    Column("charged", BigInteger, nullable=False),
    moment("expires_at"),
    Index("ix_grants_expires_at", "expires_at"),
    Index("ix_grants_budget_id", "budget_id"),
)

# What calls have cost their grants and is not yet folded into the periods: rows come with the calls and soon go.
charges = Table(
    "charges",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("budget_id", Id, nullable=False),
    text("who"),
    moment("starts_at"),
    Column("grant_id", Id, nullable=False),
    Column("amount", BigInteger, nullable=False),
    moment("at"),
)

# The id is a hash of what the alert is about, so that it can be written only once.
budget_alerts = Table(
    "budget_alerts",
    metadata,
    own_id(),
    moment("at"),
    text("kind"),
    text("name"),
    Column("budget_id", Id),
    text("who"),
    moment("starts_at"),
    integer("threshold", null=True),
    Column("settled", BigInteger),
    Column("limit", BigInteger),
    flag("told"),
    Index("ix_budget_alerts_at", "at", "id"),
    Index("ix_budget_alerts_told", "told"),
)
