"""Comparisons leave sums of what models did, for rankings and recommendations that read no answers."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Utc

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "comparison_meetings", *_keys("comparison_meetings", "one", "other"), *_sums("wins", "losses", "ties")
    )
    op.create_index("ix_comparison_meetings_ended_at", "comparison_meetings", ["ended_at"])
    op.create_index("ix_comparison_meetings_use_case_id_ended_at", "comparison_meetings", ["use_case_id", "ended_at"])
    op.create_table(
        "comparison_tallies",
        *_keys("comparison_tallies", "model", "stratum"),
        *_sums("inputs", "scored"),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("squares", sa.Float(53), nullable=False),
        *_sums("priced", "cost", "timed", "latency"),
    )
    op.create_index("ix_comparison_tallies_use_case_id_ended_at", "comparison_tallies", ["use_case_id", "ended_at"])


def _keys(table: str, *names: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("comparison_id", Id(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.Column("use_case_id", Id(), nullable=True),
        sa.Column("ended_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparisons.id"], name=op.f(f"fk_{table}_comparison_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comparison_id", *names, name=op.f(f"pk_{table}")),
    ]


def _sums(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in names]


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("comparison_tallies")
    op.drop_table("comparison_meetings")
