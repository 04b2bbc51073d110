"""Webhooks rest while their receiver fails and may ask for a use case alone; deliveries keep the order of events."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

DUE = ("ix_deliveries_due", ["webhook_id", "due_at"])
ORDER = ("ix_deliveries_order", ["webhook_id", "about", "number"])


def upgrade() -> None:
    """Applies the change."""
    with op.batch_alter_table("webhooks") as table:
        table.add_column(sa.Column("use_case_id", Id(), nullable=True))
        table.add_column(sa.Column("texts", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("headers", JsonText(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("former_secret", sa.Text(), nullable=True))
        table.add_column(sa.Column("former_until", Utc(), nullable=True))
        table.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("failing_since", Utc(), nullable=True))
        table.add_column(sa.Column("paused_until", Utc(), nullable=True))
        table.add_column(sa.Column("disabled_at", Utc(), nullable=True))
    with op.batch_alter_table("deliveries") as table:
        table.drop_index("ix_deliveries_status_due_at")
        table.add_column(sa.Column("event_id", Id(), nullable=True))
        table.add_column(sa.Column("about", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("replayed", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("tries", JsonText(), nullable=False, server_default="[]"))
    op.create_index("ix_deliveries_event_id", "deliveries", ["event_id", "webhook_id"], unique=True)
    pending = sa.text("status = 'pending'")
    for name, columns in (DUE, ORDER):
        op.create_index(name, "deliveries", columns, postgresql_where=pending, sqlite_where=pending)


def downgrade() -> None:
    """Takes the change back."""
    for name in (ORDER[0], DUE[0], "ix_deliveries_event_id"):
        op.drop_index(name, table_name="deliveries")
    with op.batch_alter_table("deliveries") as table:
        for name in ("tries", "replayed", "number", "about", "event_id"):
            table.drop_column(name)
        table.create_index("ix_deliveries_status_due_at", ["status", "due_at"])
    with op.batch_alter_table("webhooks") as table:
        for name in ("disabled_at", "paused_until", "failing_since", "failures", "former_until", "former_secret"):
            table.drop_column(name)
        for name in ("headers", "texts", "use_case_id"):
            table.drop_column(name)
