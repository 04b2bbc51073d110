"""Runs, calls, texts and feedback."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Money, Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    _runs()
    _calls()
    _calls_indexes()
    _call_texts()
    _feedback()


def downgrade() -> None:
    """Takes the change back."""
    for name in ("feedback", "call_texts", "calls", "runs"):
        op.drop_table(name)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", Id(), nullable=False),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("flow_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("failed_step", sa.Text(), nullable=True),
        sa.Column("inputs", JsonText(), nullable=False),
        sa.Column("outputs", JsonText(), nullable=False),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_runs_session_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_runs_use_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_session_id"), "runs", ["session_id"], unique=False)
    op.create_index("ix_runs_use_case_id_started_at", "runs", ["use_case_id", "started_at"], unique=False)


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("ttft_ms", sa.Integer(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cache_read_tokens", sa.Integer(), nullable=False),
        sa.Column("cache_write_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("reasoning_tokens", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("cost_status", sa.Text(), nullable=False),
        sa.Column("price_version", sa.Text(), nullable=True),
        sa.Column("run_id", Id(), nullable=True),
        sa.Column("use_case_id", Id(), nullable=True),
        sa.Column("flow_id", Id(), nullable=True),
        sa.Column("flow_version", sa.Integer(), nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("session_id", Id(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("task", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("finish_reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("tags", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )


def _calls_indexes() -> None:
    op.create_index("ix_calls_at", "calls", ["at", "id"], unique=False)
    op.create_index("ix_calls_model_at", "calls", ["model", "at"], unique=False)
    op.create_index("ix_calls_run_id", "calls", ["run_id"], unique=False)
    op.create_index("ix_calls_session_id", "calls", ["session_id"], unique=False)
    op.create_index("ix_calls_use_case_id_at", "calls", ["use_case_id", "at"], unique=False)


def _call_texts() -> None:
    op.create_table(
        "call_texts",
        sa.Column("call_id", Id(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_texts_call_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_texts")),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("call_id", Id(), nullable=True),
        sa.Column("target_id", Id(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("flow_version", sa.Integer(), nullable=False),
        sa.Column("epoch_id", Id(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rater", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(precision=53), nullable=True),
        sa.Column("reward", sa.Float(precision=53), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("reference_link", sa.Text(), nullable=True),
        sa.Column("edit_distance", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_feedback_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_feedback_use_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("target_id", "kind", "rater", name=op.f("uq_feedback_target_id_kind_rater")),
    )
    op.create_index(op.f("ix_feedback_session_id"), "feedback", ["session_id"], unique=False)
    op.create_index("ix_feedback_use_case_id_at", "feedback", ["use_case_id", "at"], unique=False)
