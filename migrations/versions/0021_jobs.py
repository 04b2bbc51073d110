"""Jobs: work that waits for a worker, or is at one under a lease."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LIVE = sa.text("sole AND status IN ('queued', 'running')")
RUNNING = sa.text("status = 'running'")


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "jobs",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("payload", JsonText(), nullable=False),
        sa.Column("sole", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("most_attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("until", Utc(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("started_at", Utc(), nullable=True),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("uq_jobs_live", "jobs", ["kind", "about"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    op.create_index("uq_jobs_lane", "jobs", ["lane"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_index("ix_jobs_status_kind_due_at", "jobs", ["status", "kind", "parked", "due_at", "id"])
    op.create_index("ix_jobs_until", "jobs", ["kind", "until"], sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_index("ix_jobs_lane_status_id", "jobs", ["lane", "status", "id"])
    op.create_index("ix_jobs_about_id", "jobs", ["about", "id"])
    op.create_index("ix_jobs_ended_at", "jobs", ["ended_at"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("jobs")
