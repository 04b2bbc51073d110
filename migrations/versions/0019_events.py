"""Events of everything stand in one log, numbered in the order in which they are told; webhooks name kinds whole."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DASHED = "||'-'||".join(
    f"substr(experiment_id, {at}, {chars})" for at, chars in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
)
WEBHOOKS = sa.table("webhooks", sa.column("id", Id()), sa.column("kinds", JsonText()))


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "events",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=True),
        sa.Column("experiment_id", Id(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_number", "events", ["number"], unique=True)
    unnumbered = sa.text("number IS NULL")
    op.create_index("ix_events_unnumbered", "events", ["id"], postgresql_where=unnumbered, sqlite_where=unnumbered)
    for column in ("kind", "about", "use_case_id"):
        op.create_index(f"ix_events_{column}_id", "events", [column, "id"])
    about = DASHED if op.get_bind().dialect.name == "sqlite" else "experiment_id::text"
    op.execute(
        "INSERT INTO events (id, at, kind, about, use_case_id, experiment_id, text, data, number) "
        f"SELECT id, at, 'experiment.' || kind, {about}, use_case_id, experiment_id, text, data, "
        "row_number() OVER (ORDER BY id) FROM experiment_events"
    )
    op.drop_table("experiment_events")
    op.execute("UPDATE deliveries SET kind = 'experiment.' || kind")
    _rename(lambda kind: f"experiment.{kind}")


def _rename(name: Callable[[str], str]) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(WEBHOOKS)).all():
        kinds = [name(kind) for kind in row.kinds]
        connection.execute(sa.update(WEBHOOKS).where(WEBHOOKS.c.id == row.id).values(kinds=kinds))


def downgrade() -> None:
    """Takes the change back; events that are not of experiments are lost."""
    op.create_table(
        "experiment_events",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_experiment_events_use_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name=op.f("fk_experiment_events_experiment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment_events")),
    )
    op.create_index("ix_experiment_events_experiment_id_id", "experiment_events", ["experiment_id", "id"])
    op.execute(
        "INSERT INTO experiment_events (id, at, use_case_id, experiment_id, kind, text, data) "
        "SELECT id, at, use_case_id, experiment_id, substr(kind, 12), text, data FROM events "
        "WHERE kind LIKE 'experiment.%' AND experiment_id IN (SELECT id FROM experiments)"
    )
    op.drop_table("events")
    op.execute("UPDATE deliveries SET kind = substr(kind, 12) WHERE kind LIKE 'experiment.%'")
    _rename(lambda kind: kind.removeprefix("experiment."))
