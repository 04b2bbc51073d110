"""Answers kept for repeats."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Money, Utc

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "cached_answers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("call_id", Id(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_cached_answers")),
    )
    op.create_index("ix_cached_answers_expires_at", "cached_answers", ["expires_at"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index("ix_cached_answers_expires_at", table_name="cached_answers")
    op.drop_table("cached_answers")
