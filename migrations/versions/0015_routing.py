"""The router keeps what it decided and what came of it; keys may name the models that they ask, opinions their run."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Utc

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = (
    ("routes", ("learner", "at")),
    ("routes", ("session_id",)),
    ("routes", ("at",)),
    ("outcomes", ("learner", "seq")),
    ("outcomes", ("route_id",)),
    ("outcomes", ("at",)),
    ("model_days", ("day",)),
    ("scores", ("session_id",)),
    ("scores", ("at",)),
)
COUNTED = ("calls", "errors", "answered", "latency_ms", "input_tokens", "output_tokens", "priced", "cost")
SUMS = (*COUNTED, "outcomes", "weight", "quality")


def upgrade() -> None:
    """Applies the change."""
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("models", JsonText(), nullable=True))
    op.add_column("feedback", sa.Column("run_id", Id(), nullable=True))
    _routes()
    _outcomes()
    _table(
        "model_days",
        *_texts("learner", "model", "level"),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in SUMS),
        key=("learner", "model", "level", "day"),
    )
    _table(
        "router_heads",
        *_texts("learner", "model"),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("outcomes", sa.Float(53), nullable=False),
        sa.Column("seq", Id(), nullable=True),
        sa.Column("fitted", sa.Integer(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        key=("learner", "model"),
    )
    _table(
        "router_standings",
        *_texts("learner", "verdict"),
        sa.Column("single", sa.Text(), nullable=True),
        sa.Column("told", JsonText(), nullable=False),
        sa.Column("judged_at", Utc(), nullable=False),
        key=("learner",),
    )
    _quality()
    _table(
        "preferences",
        *_texts("task", "kind", "who", "model"),
        sa.Column("updated_at", Utc(), nullable=False),
        key=("task", "kind", "who"),
    )
    _table(
        "cursors",
        *_texts("name", "position"),
        sa.Column("steps", sa.BigInteger(), nullable=False, server_default="0"),
        key=("name",),
    )
    for table_name, columns in INDEXES:
        op.create_index(f"ix_{table_name}_{'_'.join(columns)}", table_name, list(columns))


def _routes() -> None:
    _table(
        "routes",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        *_texts("learner", "strategy", "picked", "by_router", "drawn"),
        sa.Column("difficulty", sa.Float(53), nullable=False),
        *_texts("level"),
        sa.Column("rated", JsonText(), nullable=False),
        sa.Column("removed", JsonText(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        *_texts("reasoning", "estimator"),
        sa.Column("encoding", sa.LargeBinary(), nullable=False),
        sa.Column("own", sa.Float(53), nullable=True),
        *(sa.Column(name, Id(), nullable=True) for name in ("use_case_id", "flow_id", "session_id", "run_id")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("step", "task", "key_id", "model")),
        sa.Column("tried", JsonText(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=True),
        key=("id",),
    )


def _outcomes() -> None:
    _table(
        "outcomes",
        sa.Column("call_id", Id(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        *_texts("learner", "model", "level"),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, Id(), nullable=True) for name in ("route_id", "use_case_id")),
        *_texts("source"),
        sa.Column("quality", sa.Float(53), nullable=False),
        sa.Column("weight", sa.Float(53), nullable=False),
        sa.Column("seq", Id(), nullable=False),
        key=("call_id",),
    )


def _quality() -> None:
    _table(
        "scores",
        sa.Column("call_id", Id(), nullable=False),
        *_texts("rubric"),
        sa.Column("at", Utc(), nullable=False),
        *_texts("model"),
        *(sa.Column(name, Id(), nullable=True) for name in ("use_case_id", "session_id", "run_id")),
        sa.Column("total", sa.Float(53), nullable=False),
        sa.Column("dimensions", JsonText(), nullable=False),
        key=("call_id", "rubric"),
    )
    _table(
        "rubric_weights",
        sa.Column("use_case_id", Id(), nullable=False),
        *_texts("rubric"),
        sa.Column("weights", JsonText(), nullable=False),
        *_texts("source"),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["use_case_id"], ["use_cases.id"], name=op.f("fk_rubric_weights_use_case_id"), ondelete="CASCADE"
        ),
        key=("use_case_id", "rubric"),
    )


def _table(name: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")))


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def downgrade() -> None:
    """Takes the change back."""
    for name in (
        "cursors",
        "preferences",
        "rubric_weights",
        "scores",
        "router_standings",
        "router_heads",
        "model_days",
        "outcomes",
        "routes",
    ):
        op.drop_table(name)
    with op.batch_alter_table("feedback") as table:
        table.drop_column("run_id")
    with op.batch_alter_table("api_keys") as table:
        table.drop_column("models")
