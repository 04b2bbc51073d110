"""A run of several steps is seen while it runs, and says enough to be resumed or cancelled."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Money, Utc

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RUNNING = sa.text("status = 'running'")


def upgrade() -> None:
    """Applies the change."""
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("ended_at", existing_type=Utc(), nullable=True)
        runs.add_column(sa.Column("asked", JsonText(), nullable=True))
        runs.add_column(sa.Column("resumes", Id(), nullable=True))
        runs.add_column(sa.Column("cancel_asked_at", Utc(), nullable=True))
    op.create_index("ix_runs_running", "runs", ["started_at"], sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_table(
        "run_steps",
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=True),
        sa.Column("output", JsonText(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "step", name=op.f("pk_run_steps")),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("run_steps")
    op.drop_index("ix_runs_running", "runs")
    op.execute("DELETE FROM runs WHERE status = 'running'")
    with op.batch_alter_table("runs") as runs:
        for name in ("cancel_asked_at", "resumes", "asked"):
            runs.drop_column(name)
        runs.alter_column("ended_at", existing_type=Utc(), nullable=False)
