"""Batches: many questions submitted at once, what came of each, what providers took, and uploaded files."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Money, Utc

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = ("batches", "batch_lines", "batch_shipments", "batch_files", "batch_file_parts")
TOTALS = (
    "taken_done",
    "lines",
    "skipped",
    "answered",
    "failed",
    "spent",
    "unpriced",
    "input_tokens",
    "output_tokens",
)


def upgrade() -> None:
    """Applies the change."""
    _batches()
    _batch_lines()
    _batch_shipments()
    _batch_files()
    op.create_index("ix_batches_created_at", "batches", ["created_at", "id"])
    op.create_index("ix_batches_status_created_at", "batches", ["status", "created_at"])
    op.create_index("ix_batches_ended_at", "batches", ["ended_at"])
    op.create_index("ix_batch_lines_batch_id_turn", "batch_lines", ["batch_id", "turn"])
    op.create_index("ix_batch_lines_shipment_id", "batch_lines", ["shipment_id"])
    op.create_index("ix_batch_shipments_batch_id", "batch_shipments", ["batch_id"])
    op.create_index("ix_batch_files_created_at", "batch_files", ["created_at", "id"])


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", Id(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("config", JsonText(), nullable=False),
        sa.Column("skipped_lines", JsonText(), nullable=False),
        sa.Column("file_id", Id(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("budget", Money(), nullable=True),
        sa.Column("deadline", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("started_at", Utc(), nullable=True),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("forgotten_at", Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("taken_at", Utc(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in TOTALS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )


def _batch_lines() -> None:
    op.create_table(
        "batch_lines",
        sa.Column("batch_id", Id(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("custom_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("question", JsonText(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("answer", JsonText(), nullable=True),
        sa.Column("error", JsonText(), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("shipment_id", Id(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "place", name=op.f("pk_batch_lines")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_lines_batch_id"), ondelete="CASCADE"),
        sa.UniqueConstraint("batch_id", "custom_id", name=op.f("uq_batch_lines_batch_id_custom_id")),
    )


def _batch_shipments() -> None:
    op.create_table(
        "batch_shipments",
        sa.Column("id", Id(), nullable=False),
        sa.Column("batch_id", Id(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("held", Money(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_shipments")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_shipments_batch_id"), ondelete="CASCADE"
        ),
    )


def _batch_files() -> None:
    op.create_table(
        "batch_files",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_files")),
    )
    op.create_table(
        "batch_file_parts",
        sa.Column("file_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_batch_file_parts")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["batch_files.id"], name=op.f("fk_batch_file_parts_file_id"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Takes the change back."""
    for table in reversed(TABLES):
        op.drop_table(table)
