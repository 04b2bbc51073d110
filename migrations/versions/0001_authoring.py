"""Use cases, flows and versions of flows."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    _use_cases()
    _flows()
    _flow_versions()


def downgrade() -> None:
    """Takes the change back."""
    for name in ("flow_versions", "flows", "use_cases"):
        op.drop_table(name)


def _use_cases() -> None:
    op.create_table(
        "use_cases",
        sa.Column("id", Id(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("steps", JsonText(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("epoch_id", Id(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_use_cases_code")),
    )


def _flows() -> None:
    op.create_table(
        "flows",
        sa.Column("id", Id(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_flows_use_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flows")),
        sa.UniqueConstraint("use_case_id", "code", name=op.f("uq_flows_use_case_id_code")),
    )


def _flow_versions() -> None:
    op.create_table(
        "flow_versions",
        sa.Column("flow_id", Id(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("steps", JsonText(), nullable=False),
        sa.Column("served_at", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f("fk_flow_versions_flow_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("flow_id", "version", name=op.f("pk_flow_versions")),
    )
