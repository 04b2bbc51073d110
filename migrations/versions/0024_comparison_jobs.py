"""Who runs a comparison is for its job to say: those that wait or run get one."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

COMPARISONS = sa.table("comparisons", sa.column("id", Id()), sa.column("status"), sa.column("created_at", Utc()))
JOBS = sa.table(
    "jobs",
    sa.column("id", Id()),
    sa.column("kind"),
    sa.column("about"),
    sa.column("payload", JsonText()),
    sa.column("sole", sa.Boolean()),
    sa.column("status"),
    sa.column("attempts"),
    sa.column("most_attempts"),
    sa.column("due_at", Utc()),
    sa.column("created_at", Utc()),
)


def upgrade() -> None:
    """Applies the change."""
    connection = op.get_bind()
    live = sa.select(COMPARISONS).where(COMPARISONS.c.status.in_(("queued", "running")))
    for row in connection.execute(live).all():
        job = {"id": row.id, "kind": "comparison", "about": row.id, "payload": {}, "sole": True, "status": "queued"}
        job |= {"attempts": 0, "most_attempts": 8, "due_at": row.created_at, "created_at": row.created_at}
        connection.execute(sa.insert(JOBS).values(job))
    with op.batch_alter_table("comparisons") as table:
        table.drop_column("holder")
        table.drop_column("until")


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("comparisons") as table:
        table.add_column(sa.Column("holder", sa.Text(), nullable=True))
        table.add_column(sa.Column("until", Utc(), nullable=True))
    op.execute("DELETE FROM jobs WHERE kind = 'comparison'")
