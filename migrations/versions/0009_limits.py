"""Buckets and seats of shared limits."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "buckets",
        sa.Column("name", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("at_ms", "requests", "tokens", "day", "day_requests", "day_tokens")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_buckets")),
    )
    op.create_index(op.f("ix_buckets_at_ms"), "buckets", ["at_ms"], unique=False)
    op.create_table(
        "seats",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
    )
    op.create_index("ix_seats_name_until_ms", "seats", ["name", "until_ms"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("seats")
    op.drop_table("buckets")
