"""Conversations keep their turns; a key of idempotency is held by a lease, and kept answers have a type and headers."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Money, Utc

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

LEASED = ("holder", "until", "mimetype", "headers")


def upgrade() -> None:
    """Applies the change."""
    _conversations()
    _turns()
    op.create_index("ix_conversations_created_at", "conversations", ["created_at", "id"])
    op.create_index("ix_conversations_user_id_created_at", "conversations", ["user_id", "created_at"])
    op.create_index("ix_conversations_use_case_id_created_at", "conversations", ["use_case_id", "created_at"])
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])
    op.create_index("ix_conversations_expires_at", "conversations", ["expires_at"])
    with op.batch_alter_table("idempotency") as table:
        table.add_column(sa.Column("holder", sa.Text(), nullable=True))
        table.add_column(sa.Column("until", Utc(), nullable=True))
        table.add_column(sa.Column("mimetype", sa.Text(), nullable=True))
        table.add_column(sa.Column("headers", JsonText(), nullable=True))


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", Id(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("config", JsonText(), nullable=False),
        sa.Column("tags", JsonText(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("characters", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("folded", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("forked_from", Id(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("until", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_conversations_use_case_id"), ondelete="CASCADE"
        ),
    )


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", Id(), nullable=False),
        sa.Column("conversation_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said", JsonText(), nullable=False),
        sa.Column("reply", JsonText(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("call_id", Id(), nullable=True),
        sa.Column("run_id", Id(), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("again", Id(), nullable=True),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_turns_conversation_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("conversation_id", "number", name=op.f("uq_turns_conversation_id_number")),
    )


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("idempotency") as table:
        for name in LEASED:
            table.drop_column(name)
    op.drop_table("turns")
    op.drop_table("conversations")
