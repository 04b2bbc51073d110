"""Experiments, epochs, evidence, moves and sessions."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    _experiments()
    _epochs()
    _evidence()
    _moves()
    _sessions()


def downgrade() -> None:
    """Takes the change back."""
    for name in ("sessions", "moves", "evidence", "epochs", "experiments"):
        op.drop_table(name)


def _experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", Id(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("config", JsonText(), nullable=False),
        sa.Column("state", JsonText(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("winner_flow_id", Id(), nullable=True),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_experiments_use_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
    )
    op.create_index(op.f("ix_experiments_use_case_id"), "experiments", ["use_case_id"], unique=False)
    op.create_index(
        "uq_experiments_running",
        "experiments",
        ["use_case_id"],
        unique=True,
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )


def _epochs() -> None:
    op.create_table(
        "epochs",
        sa.Column("id", Id(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("weights", JsonText(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name=op.f("fk_epochs_experiment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_epochs_use_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epochs")),
        sa.UniqueConstraint("experiment_id", "number", name=op.f("uq_epochs_experiment_id_number")),
    )
    op.create_index(op.f("ix_epochs_use_case_id"), "epochs", ["use_case_id"], unique=False)


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("epoch_id", Id(), nullable=False),
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("flow_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("sum", sa.BigInteger(), nullable=False),
        sa.Column("sum_sq", sa.BigInteger(), nullable=False),
        sa.Column("cell_0", sa.BigInteger(), nullable=False),
        sa.Column("cell_1", sa.BigInteger(), nullable=False),
        sa.Column("cell_2", sa.BigInteger(), nullable=False),
        sa.Column("cell_3", sa.BigInteger(), nullable=False),
        sa.Column("cell_4", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["epoch_id"], ["epochs.id"], name=op.f("fk_evidence_epoch_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f("fk_evidence_flow_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("epoch_id", "flow_id", "flow_version", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_flow_id"), "evidence", ["flow_id"], unique=False)


def _moves() -> None:
    op.create_table(
        "moves",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=True),
        sa.Column("before", JsonText(), nullable=False),
        sa.Column("after", JsonText(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("inputs", JsonText(), nullable=False),
        sa.Column("outputs", JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_moves_use_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
    )
    op.create_index("ix_moves_use_case_id_at", "moves", ["use_case_id", "at"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", Id(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("correlation_id", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("flow_version", sa.Integer(), nullable=False),
        sa.Column("epoch_id", Id(), nullable=True),
        sa.Column("propensity", sa.Integer(), nullable=False),
        sa.Column("assigned_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f("fk_sessions_flow_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_sessions_use_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_correlation_id", "sessions", ["correlation_id", "assigned_at"], unique=False)
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_flow_id"), "sessions", ["flow_id"], unique=False)
    op.create_index("ix_sessions_use_case_id_assigned_at", "sessions", ["use_case_id", "assigned_at"], unique=False)
    op.create_index(
        "uq_sessions_live",
        "sessions",
        ["use_case_id", "correlation_id"],
        unique=True,
        sqlite_where=sa.text("live = 1"),
        postgresql_where=sa.text("live"),
    )
