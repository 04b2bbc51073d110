"""Comparisons: what is asked of whom outside live traffic, every answer, who judged it, and benchmarks to repeat it."""

import sqlalchemy as sa
from alembic import op

from app.db.types import Id, JsonText, Money, Utc

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "comparisons",
    "comparison_candidates",
    "comparison_inputs",
    "comparison_answers",
    "judgements",
    "benchmarks",
    "benchmark_inputs",
)


def upgrade() -> None:
    """Applies the change."""
    _comparisons()
    _comparison_candidates()
    _comparison_inputs()
    _comparison_answers()
    _judgements()
    _benchmarks()
    _benchmark_inputs()


def _comparisons() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("use_case_id", Id(), nullable=True),
        sa.Column("benchmark", sa.Text(), nullable=True),
        sa.Column("config", JsonText(), nullable=False),
        sa.Column("inputs", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("alpha", sa.Float(53), nullable=False),
        sa.Column("budget", Money(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("started_at", Utc(), nullable=True),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("until", Utc(), nullable=True),
        sa.Column("taken_at", Utc(), nullable=True),
        sa.Column("taken_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("answers", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("answered", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("judgements", sa.Integer(), nullable=True),
        sa.Column("judged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("undecided", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("spent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unpriced", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparisons")),
    )
    op.create_index("ix_comparisons_benchmark", "comparisons", ["benchmark", "created_at"], unique=False)
    op.create_index("ix_comparisons_created_at", "comparisons", ["created_at", "id"], unique=False)
    op.create_index("ix_comparisons_status_created_at", "comparisons", ["status", "created_at"], unique=False)
    op.create_index("ix_comparisons_use_case_id", "comparisons", ["use_case_id", "created_at"], unique=False)


def _comparison_candidates() -> None:
    op.create_table(
        "comparison_candidates",
        sa.Column("comparison_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("flow", sa.Text(), nullable=True),
        sa.Column("flow_id", Id(), nullable=True),
        sa.Column("flow_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparisons.id"],
            name=op.f("fk_comparison_candidates_comparison_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comparison_id", "number", name=op.f("pk_comparison_candidates")),
    )
    op.create_index("ix_comparison_candidates_model", "comparison_candidates", ["model"], unique=False)


def _comparison_inputs() -> None:
    op.create_table(
        "comparison_inputs",
        sa.Column("comparison_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", JsonText(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparisons.id"], name=op.f("fk_comparison_inputs_comparison_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comparison_id", "number", name=op.f("pk_comparison_inputs")),
    )


def _comparison_answers() -> None:
    op.create_table(
        "comparison_answers",
        sa.Column("id", Id(), nullable=False),
        sa.Column("comparison_id", Id(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("input", sa.Integer(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(53), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("ttft_ms", sa.Integer(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("call_id", Id(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparisons.id"], name=op.f("fk_comparison_answers_comparison_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison_answers")),
        sa.UniqueConstraint(
            "comparison_id",
            "input",
            "repeat",
            "candidate",
            name=op.f("uq_comparison_answers_comparison_id_input_repeat_candidate"),
        ),
        sa.UniqueConstraint("comparison_id", "place", name=op.f("uq_comparison_answers_comparison_id_place")),
    )


def _judgements() -> None:
    op.create_table(
        "judgements",
        sa.Column("id", Id(), nullable=False),
        sa.Column("comparison_id", Id(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("input", sa.Integer(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("second", sa.Integer(), nullable=False),
        sa.Column("rater", sa.Text(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cost", Money(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparisons.id"], name=op.f("fk_judgements_comparison_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
        sa.UniqueConstraint(
            "comparison_id",
            "rater",
            "input",
            "repeat",
            "first",
            "second",
            name=op.f("uq_judgements_comparison_id_rater_input_repeat_first_second"),
        ),
    )
    op.create_index(
        "ix_judgements_comparison_id_rater_place", "judgements", ["comparison_id", "rater", "place"], unique=False
    )


def _benchmarks() -> None:
    op.create_table(
        "benchmarks",
        sa.Column("id", Id(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("config", JsonText(), nullable=False),
        sa.Column("inputs", sa.Integer(), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=True),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benchmarks")),
        sa.UniqueConstraint("code", name=op.f("uq_benchmarks_code")),
    )
    op.create_index("ix_benchmarks_next_at", "benchmarks", ["next_at"], unique=False)


def _benchmark_inputs() -> None:
    op.create_table(
        "benchmark_inputs",
        sa.Column("benchmark_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", JsonText(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["benchmark_id"], ["benchmarks.id"], name=op.f("fk_benchmark_inputs_benchmark_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("benchmark_id", "number", name=op.f("pk_benchmark_inputs")),
    )


def downgrade() -> None:
    """Takes the change back."""
    for table in reversed(TABLES):
        op.drop_table(table)
