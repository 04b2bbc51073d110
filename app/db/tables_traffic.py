"""How traffic is shared: experiments, epochs of constant weights, their evidence, moves, and pinned sessions."""

from typing import Final

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy import text as sql

from app.db.columns import flag, integer, json, metadata, moment, off, own_id, owner, text, total
from app.db.types import Id

SUMS: Final = (
    *("sessions", "n", "sum", "sum_sq", *(f"cell_{number}" for number in range(5))),
    *("runs", "failed", "slow", "rated", "cost", "latency_ms", *(f"cost_{number}" for number in range(12))),
)

experiments = Table(
    "experiments",
    metadata,
    own_id(),
    owner("use_case_id", "use_cases.id", index=True),
    text("policy"),
    text("status"),
    text("phase"),
    json("config"),
    json("state"),
    text("outcome", null=True),
    Column("winner_flow_id", Id),
    moment("started_at"),
    moment("ended_at", null=True),
    moment("paused_at", null=True),
    text("decided_by", null=True),
)
Index(
    "uq_experiments_running",
    experiments.c.use_case_id,
    unique=True,
    sqlite_where=sql("status = 'running' AND policy = 'progressive'"),
    postgresql_where=sql("status = 'running' AND policy = 'progressive'"),
)

epochs = Table(
    "epochs",
    metadata,
    own_id(),
    owner("use_case_id", "use_cases.id", index=True),
    owner("experiment_id", "experiments.id"),
    integer("number"),
    json("weights"),
    moment("started_at"),
    moment("ended_at", null=True),
    UniqueConstraint("experiment_id", "number"),
)

# Sums are integers in units of 1e-6, so that adding in any order, or replaying, gives the same figure bit for bit.
evidence = Table(
    "evidence",
    metadata,
    owner("epoch_id", "epochs.id", key=True),
    owner("flow_id", "flows.id", key=True, index=True),
    Column("flow_version", Integer, primary_key=True, autoincrement=False),
    *(total(name) for name in SUMS),
)

# What flows have earned in the shadow: asked for a part of real inputs, never shown, never mixed into evidence.
shadow_evidence = Table(
    "shadow_evidence",
    metadata,
    owner("flow_id", "flows.id", key=True),
    Column("flow_version", Integer, primary_key=True, autoincrement=False),
    *(total(name) for name in SUMS),
)

moves = Table(
    "moves",
    metadata,
    own_id(),
    moment("at"),
    owner("use_case_id", "use_cases.id"),
    Column("experiment_id", Id),
    json("before"),
    json("after"),
    text("phase"),
    text("reason"),
    text("actor"),
    json("inputs"),
    json("outputs"),
    Index("ix_moves_use_case_id_at", "use_case_id", "at"),
)

# One live session per correlation id; an expired one gives way by `live = false` and keeps its id for its runs.
sessions = Table(
    "sessions",
    metadata,
    own_id(),
    owner("use_case_id", "use_cases.id"),
    Column("correlation_id", String(255), nullable=False),
    text("unit"),
    owner("flow_id", "flows.id", index=True),
    integer("flow_version"),
    Column("epoch_id", Id),
    integer("propensity"),
    moment("assigned_at"),
    moment("expires_at"),
    flag("live"),
    Column("replaces", Id),
    total("runs"),
    total("cost"),
    total("latency_ms"),
    off("shadow"),
    off("forced"),
    Index(
        "uq_sessions_live",
        "use_case_id",
        "correlation_id",
        unique=True,
        sqlite_where=sql("live = 1"),
        postgresql_where=sql("live"),
    ),
    Index("ix_sessions_use_case_id_assigned_at", "use_case_id", "assigned_at"),
    Index("ix_sessions_use_case_id_unit_assigned_at", "use_case_id", "unit", "assigned_at"),
    Index("ix_sessions_correlation_id", "correlation_id", "assigned_at"),
    Index("ix_sessions_expires_at", "expires_at"),
)
