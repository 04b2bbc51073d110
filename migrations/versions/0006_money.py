"""Budgets: what each period has spent and promised, who holds a grant, charges that wait, and alerts."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    _budgets()
    _budget_periods()
    _grants()
    _charges()
    _budget_alerts()


def downgrade() -> None:
    """Takes the change back."""
    for name in ("budget_alerts", "charges", "grants", "budget_periods", "budgets"):
        op.drop_table(name)


def _budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_value", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("thresholds", JsonText(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint("name", name=op.f("uq_budgets_name")),
    )


def _budget_periods() -> None:
    op.create_table(
        "budget_periods",
        sa.Column("budget_id", Id(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("budget_id", "who", "starts_at", name=op.f("pk_budget_periods")),
    )
    op.create_index(op.f("ix_budget_periods_budget_id_starts_at"), "budget_periods", ["budget_id", "starts_at", "who"])


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", Id(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("budget_id", Id(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("charged", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_expires_at"), "grants", ["expires_at"])
    op.create_index(op.f("ix_grants_budget_id"), "grants", ["budget_id"])


def _charges() -> None:
    op.create_table(
        "charges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("budget_id", Id(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("grant_id", Id(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
    )


def _budget_alerts() -> None:
    op.create_table(
        "budget_alerts",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("budget_id", Id(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("starts_at", Utc(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=True),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.Column("limit", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_alerts")),
    )
    op.create_index(op.f("ix_budget_alerts_at"), "budget_alerts", ["at", "id"])
    op.create_index(op.f("ix_budget_alerts_told"), "budget_alerts", ["told"])
