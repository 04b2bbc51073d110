"""Calls say who is behind them, which endpoint was used and what a cache saved; keys have owner and limits."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Money

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WORDS = ("endpoint", "upstream_id", "user_id", "owner", "team")


def upgrade() -> None:
    """Applies the change."""
    with op.batch_alter_table("calls") as calls:
        for name in WORDS:
            calls.add_column(sa.Column(name, sa.Text(), nullable=True))
        calls.add_column(sa.Column("experiment_id", Id(), nullable=True))
        calls.add_column(sa.Column("cache_key", sa.Text(), nullable=True))
        calls.add_column(sa.Column("saved", Money(), nullable=True))
    with op.batch_alter_table("api_keys") as keys:
        keys.add_column(sa.Column("owner", sa.Text(), nullable=True))
        keys.add_column(sa.Column("team", sa.Text(), nullable=True))
        keys.add_column(sa.Column("limits", JsonText(), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("api_keys") as keys:
        for name in ("limits", "team", "owner"):
            keys.drop_column(name)
    with op.batch_alter_table("calls") as calls:
        for name in ("saved", "cache_key", "experiment_id", *reversed(WORDS)):
            calls.drop_column(name)
