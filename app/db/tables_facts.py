"""What happened: runs, calls (the ledger, which outlives what it refers to), their texts, and feedback."""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from app.db.columns import flag, integer, json, metadata, moment, off, own_id, owner, text
from app.db.types import Id, Money

RUNNING: Final = sql("status = 'running'")

# `asked` is what a run needs beside its inputs to be resumed; only of those that run in several steps or did not end
# well. `resumes` names the run that this one goes on with; no foreign key, for either may be deleted first.
runs = Table(
    "runs",
    metadata,
    own_id(),
    owner("session_id", "sessions.id", index=True),
    owner("use_case_id", "use_cases.id"),
    Column("flow_id", Id, nullable=False),
    integer("flow_version"),
    text("status"),
    text("step", null=True),
    text("error", null=True),
    text("failed_step", null=True),
    json("inputs"),
    json("outputs"),
    Column("cost", Money),
    integer("latency_ms"),
    moment("started_at"),
    moment("ended_at", null=True),
    json("asked", null=True),
    Column("resumes", Id),
    moment("cancel_asked_at", null=True),
    Index("ix_runs_use_case_id_started_at", "use_case_id", "started_at"),
    Index("ix_runs_running", "started_at", sqlite_where=RUNNING, postgresql_where=RUNNING),
)

# How far each step of a run is, of runs of several steps; `place` is that in the flow. `items` are those of a fan-out.
run_steps = Table(
    "run_steps",
    metadata,
    owner("run_id", "runs.id", key=True),
    Column("step", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    text("state"),
    integer("tries"),
    integer("rounds"),
    integer("items", null=True),
    json("output", null=True),
    text("error", null=True),
    Column("cost", Money),
    integer("latency_ms"),
    moment("started_at"),
    moment("ended_at", null=True),
)

# No foreign key leaves this table: money that was spent stays on the books when a use case is deleted, and a call that
# waited in the spool can always be written.
calls = Table(
    "calls",
    metadata,
    own_id(),
    moment("at"),
    text("source"),
    text("model"),
    text("provider"),
    text("outcome"),
    integer("latency_ms"),
    integer("ttft_ms", null=True),
    integer("input_tokens"),
    integer("cache_read_tokens"),
    integer("cache_write_tokens"),
    integer("output_tokens"),
    integer("reasoning_tokens"),
    flag("estimated"),
    Column("cost", Money),
    text("cost_status"),
    text("price_version", null=True),
    Column("run_id", Id),
    Column("use_case_id", Id),
    Column("flow_id", Id),
    integer("flow_version", null=True),
    text("step", null=True),
    Column("session_id", Id),
    text("unit", null=True),
    text("task", null=True),
    text("key_id", null=True),
    integer("attempt"),
    text("reason"),
    text("finish_reason", null=True),
    text("error", null=True),
    json("tags"),
    text("endpoint", null=True),
    text("upstream_id", null=True),
    text("user_id", null=True),
    text("owner", null=True),
    text("team", null=True),
    Column("experiment_id", Id),
    text("cache_key", null=True),
    Column("saved", Money),
    Index("ix_calls_at", "at", "id"),
    Index("ix_calls_use_case_id_at", "use_case_id", "at"),
    Index("ix_calls_model_at", "model", "at"),
    Index("ix_calls_session_id", "session_id"),
    Index("ix_calls_run_id", "run_id"),
)

call_texts = Table(
    "call_texts",
    metadata,
    owner("call_id", "calls.id", key=True),
    text("prompt"),
    text("reply"),
)

# `target_id` is the call, else the run, else the session, or stands for a unit in one epoch: one opinion per target,
# kind and rater, and of reported numbers per name; `event` tells those apart that a rater gives oftener. `run_id` is
# the run that was named, or that of the call; it is absent on opinions from before the column.
feedback = Table(
    "feedback",
    metadata,
    own_id(),
    moment("at"),
    owner("session_id", "sessions.id", index=True),
    Column("call_id", Id),
    Column("target_id", Id, nullable=False),
    owner("use_case_id", "use_cases.id"),
    Column("flow_id", Id, nullable=False),
    integer("flow_version"),
    Column("epoch_id", Id),
    text("kind"),
    text("rater"),
    Column("value", Float(53)),
    Column("reward", Float(53)),
    text("comment", null=True),
    text("reference_link", null=True),
    Column("edit_distance", Float(53)),
    Column("counted", Float(53)),
    text("author", null=True),
    off("shadow"),
    Column("metric", Text, nullable=False, server_default=""),
    Column("event", Text, nullable=False, server_default=""),
    Column("run_id", Id),
    UniqueConstraint("target_id", "kind", "rater", "metric", "event"),
    Index("ix_feedback_use_case_id_at", "use_case_id", "at"),
)
