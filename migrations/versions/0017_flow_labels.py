"""Versions of a flow say who wrote them and why, labels name versions, and sessions of testers are told apart."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Utc

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.add_column("flow_versions", sa.Column("actor", sa.Text(), nullable=True))
    op.add_column("flow_versions", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("forced", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "flow_labels",
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", Utc(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        _of_flow("flow_labels"),
        sa.PrimaryKeyConstraint("flow_id", "label", name=op.f("pk_flow_labels")),
    )
    op.create_table(
        "flow_label_moves",
        sa.Column("id", Id(), nullable=False),
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        _of_flow("flow_label_moves"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_label_moves")),
    )
    op.create_index("ix_flow_label_moves_flow_id_at", "flow_label_moves", ["flow_id", "at"])


def _of_flow(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f(f"fk_{table}_flow_id"), ondelete="CASCADE")


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("flow_label_moves")
    op.drop_table("flow_labels")
    with op.batch_alter_table("sessions") as table:
        table.drop_column("forced")
    with op.batch_alter_table("flow_versions") as table:
        table.drop_column("note")
        table.drop_column("actor")
