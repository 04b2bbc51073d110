"""Work that waits for a worker, or is at one under a lease."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from app.db.columns import flag, integer, json, metadata, moment, off, own_id, text, total

LIVE = sql("sole AND status IN ('queued', 'running')")
RUNNING = sql("status = 'running'")

# `holder` runs it until `until`. `parked`: one of its lane is known to come first, so no claim looks at it until that
# one has ended. `sole`: no other of its kind works on the same thing while it lives; `again`: more came meanwhile.
jobs = Table(
    "jobs",
    metadata,
    own_id(),
    text("kind"),
    text("lane", null=True),
    text("about"),
    json("payload"),
    flag("sole"),
    text("status"),
    integer("attempts"),
    integer("most_attempts"),
    moment("due_at"),
    off("parked"),
    off("again"),
    text("holder", null=True),
    moment("until", null=True),
    total("done"),
    integer("total", null=True),
    text("error", null=True),
    moment("created_at"),
    moment("started_at", null=True),
    moment("ended_at", null=True),
    Index("uq_jobs_live", "kind", "about", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    Index("uq_jobs_lane", "lane", unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING),
    Index("ix_jobs_status_kind_due_at", "status", "kind", "parked", "due_at", "id"),
    Index("ix_jobs_until", "kind", "until", sqlite_where=RUNNING, postgresql_where=RUNNING),
    Index("ix_jobs_lane_status_id", "lane", "status", "id"),
    Index("ix_jobs_about_id", "about", "id"),
    Index("ix_jobs_ended_at", "ended_at"),
)
