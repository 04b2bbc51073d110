"""Circuit breakers and resting targets, shared by all processes."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "breakers",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=True),
        sa.Column("retry_at", Utc(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "model", "endpoint", name=op.f("pk_breakers")),
    )
    op.create_table(
        "rests",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "model", "endpoint", name=op.f("pk_rests")),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("rests")
    op.drop_table("breakers")
