"""A/B tests run beside each other, count units and what they do, and feedback can be a reported number."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, Utc

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SUMS = (
    *("n", "sum", "sum_sq", "sum_sq_rest", *(f"cell_{number}" for number in range(5))),
    *("before_n", "before_x", "before_xx", "before_xx_rest", "before_xy", "before_xy_rest", "before_y"),
)
ONE_ROLLOUT = "status = 'running' AND policy = 'progressive'"
ONE_RUNNING = "status = 'running'"


def upgrade() -> None:
    """Applies the change."""
    _only(ONE_ROLLOUT)
    with op.batch_alter_table("feedback") as feedback:
        feedback.add_column(sa.Column("metric", sa.Text(), nullable=False, server_default=""))
        feedback.add_column(sa.Column("event", sa.Text(), nullable=False, server_default=""))
        feedback.drop_constraint(op.f("uq_feedback_target_id_kind_rater"), type_="unique")
        feedback.create_unique_constraint(
            op.f("uq_feedback_target_id_kind_rater_metric_event"), ["target_id", "kind", "rater", "metric", "event"]
        )
    op.create_index("ix_sessions_use_case_id_unit_assigned_at", "sessions", ["use_case_id", "unit", "assigned_at"])
    op.create_table(
        "ab_units",
        *_keys("ab_units", "unit"),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("exposed_at", Utc(), nullable=False),
        sa.Column("covariate", sa.BigInteger(), nullable=True),
        sa.Column("looked_at", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_ab_units_experiment_id_looked_at", "ab_units", ["experiment_id", "looked_at"])
    op.create_table("ab_values", *_keys("ab_values", "unit", "metric"), *_sums("count", "sum"))
    op.create_table("ab_sums", *_keys("ab_sums", "arm", "metric"), *_sums(*SUMS))


def _keys(table: str, *names: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("experiment_id", Id(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name=op.f(f"fk_{table}_experiment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("experiment_id", *names, name=op.f(f"pk_{table}")),
    ]


def _sums(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in names]


def _only(which: str) -> None:
    """At most one such experiment runs on a use case."""
    op.drop_index("uq_experiments_running", "experiments")
    op.create_index(
        "uq_experiments_running",
        "experiments",
        ["use_case_id"],
        unique=True,
        sqlite_where=sa.text(which),
        postgresql_where=sa.text(which),
    )


def downgrade() -> None:
    """Takes the change back."""
    for table in ("ab_sums", "ab_values", "ab_units"):
        op.drop_table(table)
    op.drop_index("ix_sessions_use_case_id_unit_assigned_at", "sessions")
    op.execute("DELETE FROM feedback WHERE metric <> '' OR event <> ''")
    with op.batch_alter_table("feedback") as feedback:
        feedback.drop_constraint(op.f("uq_feedback_target_id_kind_rater_metric_event"), type_="unique")
        feedback.create_unique_constraint(op.f("uq_feedback_target_id_kind_rater"), ["target_id", "kind", "rater"])
        feedback.drop_column("event")
        feedback.drop_column("metric")
    op.execute("UPDATE experiments SET status = 'ended' WHERE status = 'running' AND policy = 'fixed'")
    _only(ONE_RUNNING)
