"""Dated prices with their source, and providers' statements."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Money, Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    _prices()
    _statements()
    _statement_lines()


def downgrade() -> None:
    """Takes the change back."""
    for name in ("statement_lines", "statements", "prices"):
        op.drop_table(name)


def _prices() -> None:
    op.create_table(
        "prices",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("checked", sa.Date(), nullable=False),
        sa.Column("input", Money(), nullable=False),
        sa.Column("output", Money(), nullable=False),
        sa.Column("cache_read", Money(), nullable=False),
        sa.Column("cache_write", Money(), nullable=False),
        sa.Column("reasoning", Money(), nullable=False),
        sa.Column("tiers", JsonText(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", "valid_from", name=op.f("pk_prices")),
    )


def _statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", Id(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index("ix_statements_created_at", "statements", ["created_at", "id"], unique=False)


def _statement_lines() -> None:
    op.create_table(
        "statement_lines",
        sa.Column("statement_id", Id(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("requests", sa.BigInteger(), nullable=True),
        sa.Column("input_tokens", sa.BigInteger(), nullable=True),
        sa.Column("output_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statements.id"],
            name=op.f("fk_statement_lines_statement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", "day", "name", name=op.f("pk_statement_lines")),
    )
