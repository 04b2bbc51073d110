"""How traffic is shared: experiments, epochs of constant weights, their evidence, moves, and pinned sessions."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy import text as sql

from app.db.columns import flag, integer, json, metadata, moment, own_id, owner, text
from app.db.types import Id

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
)
Index(
    "uq_experiments_running",
    experiments.c.use_case_id,
    unique=True,
    sqlite_where=sql("status = 'running'"),
    postgresql_where=sql("status = 'running'"),
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
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("sessions", "n", "sum", "sum_sq", "cell_0", "cell_1", "cell_2", "cell_3", "cell_4")
    ),
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
    Index(
        "uq_sessions_live",
        "use_case_id",
        "correlation_id",
        unique=True,
        sqlite_where=sql("live = 1"),
        postgresql_where=sql("live"),
    ),
    Index("ix_sessions_use_case_id_assigned_at", "use_case_id", "assigned_at"),
    Index("ix_sessions_correlation_id", "correlation_id", "assigned_at"),
    Index("ix_sessions_expires_at", "expires_at"),
)
