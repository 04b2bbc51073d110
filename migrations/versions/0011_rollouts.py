"""Rollouts watch errors, cost and latency, let sessions go, mirror to shadows, and tell others what happened."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SUMS = ("runs", "failed", "slow", "rated", "cost", "latency_ms", *(f"cost_{number}" for number in range(12)))
SHADOW_SUMS = ("sessions", "n", "sum", "sum_sq", *(f"cell_{number}" for number in range(5)), *SUMS)


def upgrade() -> None:
    """Applies the change."""
    with op.batch_alter_table("experiments") as experiments:
        experiments.add_column(sa.Column("paused_at", Utc(), nullable=True))
        experiments.add_column(sa.Column("decided_by", sa.Text(), nullable=True))
    with op.batch_alter_table("evidence") as evidence:
        for name in SUMS:
            evidence.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("feedback") as feedback:
        feedback.add_column(sa.Column("counted", sa.Float(53), nullable=True))
        feedback.add_column(sa.Column("author", sa.Text(), nullable=True))
        feedback.add_column(sa.Column("shadow", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("replaces", Id(), nullable=True))
        sessions.add_column(sa.Column("runs", sa.BigInteger(), nullable=False, server_default="0"))
        sessions.add_column(sa.Column("cost", sa.BigInteger(), nullable=False, server_default="0"))
        sessions.add_column(sa.Column("latency_ms", sa.BigInteger(), nullable=False, server_default="0"))
        sessions.add_column(sa.Column("shadow", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("flows") as flows:
        flows.add_column(sa.Column("evicted_at", Utc(), nullable=True))
        flows.add_column(sa.Column("shadow_share", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE feedback SET counted = reward WHERE epoch_id IS NOT NULL")
    _shadow_evidence()
    _experiment_events()
    _webhooks()


def _shadow_evidence() -> None:
    op.create_table(
        "shadow_evidence",
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("flow_version", sa.Integer(), nullable=False, autoincrement=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in SHADOW_SUMS),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f("fk_shadow_evidence_flow_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("flow_id", "flow_version", name=op.f("pk_shadow_evidence")),
    )


def _experiment_events() -> None:
    op.create_table(
        "experiment_events",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_case_id"],
            ["use_cases.id"],
            name=op.f("fk_experiment_events_use_case_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_experiment_events_experiment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_events")),
    )
    op.create_index("ix_experiment_events_experiment_id_id", "experiment_events", ["experiment_id", "id"], unique=False)


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", Id(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("kinds", JsonText(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", Id(), nullable=False),
        sa.Column("webhook_id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", JsonText(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_status_due_at", "deliveries", ["status", "due_at"], unique=False)
    op.create_index("ix_deliveries_webhook_id_id", "deliveries", ["webhook_id", "id"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    for table in ("deliveries", "webhooks", "experiment_events", "shadow_evidence"):
        op.drop_table(table)
    for table, names in (
        ("flows", ("shadow_share", "evicted_at")),
        ("sessions", ("shadow", "latency_ms", "cost", "runs", "replaces")),
        ("feedback", ("shadow", "author", "counted")),
        ("evidence", tuple(reversed(SUMS))),
        ("experiments", ("decided_by", "paused_at")),
    ):
        with op.batch_alter_table(table) as altered:
            for name in names:
                altered.drop_column(name)
