"""A version of a flow may say how long a run of it may take and what it may cost."""

import sqlalchemy as sa
from alembic import op

from app.db.types import JsonText

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.add_column("flow_versions", sa.Column("limits", JsonText(), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("flow_versions") as table:
        table.drop_column("limits")
