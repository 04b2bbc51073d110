"""What is compared outside live traffic: candidates, inputs, their answers, judgements, and benchmarks to repeat it."""

from sqlalchemy import Column, Float, Index, Integer, Table, Text, UniqueConstraint

from app.db.columns import flag, integer, json, metadata, moment, own_id, owner, text, total
from app.db.types import Id, Money

# Its job says who runs it. The sums are counted in the transaction that records what they count, so that nobody
# counts 100 000 answers to see how far it is; `taken_done` is where the sums stood when it was begun last.
comparisons = Table(
    "comparisons",
    metadata,
    own_id(),
    text("name"),
    text("status"),
    Column("use_case_id", Id),
    text("benchmark", null=True),
    json("config"),
    integer("inputs"),
    integer("repeats"),
    integer("concurrency"),
    text("seed"),
    Column("alpha", Float(53), nullable=False),
    Column("budget", Money),
    moment("created_at"),
    text("actor"),
    moment("started_at", null=True),
    moment("ended_at", null=True),
    text("error", null=True),
    moment("taken_at", null=True),
    total("taken_done"),
    total("answers"),
    total("answered"),
    total("failed"),
    Column("judgements", Integer),
    total("judged"),
    total("undecided"),
    total("spent"),
    total("unpriced"),
    Index("ix_comparisons_created_at", "created_at", "id"),
    Index("ix_comparisons_status_created_at", "status", "created_at"),
    Index("ix_comparisons_use_case_id", "use_case_id", "created_at"),
    Index("ix_comparisons_benchmark", "benchmark", "created_at"),
)

# No foreign key to flows: a result stays readable when the flow that gave it is gone.
comparison_candidates = Table(
    "comparison_candidates",
    metadata,
    owner("comparison_id", "comparisons.id", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    text("name"),
    text("model", null=True),
    text("flow", null=True),
    Column("flow_id", Id),
    integer("flow_version", null=True),
    Index("ix_comparison_candidates_model", "model"),
)

comparison_inputs = Table(
    "comparison_inputs",
    metadata,
    owner("comparison_id", "comparisons.id", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    json("values"),
    text("reference", null=True),
    text("label", null=True),
)

# All answers stand here from the start, in the order in which they are asked; each is written once.
comparison_answers = Table(
    "comparison_answers",
    metadata,
    own_id(),
    owner("comparison_id", "comparisons.id"),
    integer("place"),
    integer("candidate"),
    integer("input"),
    integer("repeat"),
    flag("done"),
    text("text", null=True),
    text("error", null=True),
    Column("score", Float(53)),
    Column("cost", Money),
    integer("latency_ms", null=True),
    integer("ttft_ms", null=True),
    integer("input_tokens"),
    integer("output_tokens"),
    Column("call_id", Id),
    UniqueConstraint("comparison_id", "place"),
    UniqueConstraint("comparison_id", "input", "repeat", "candidate"),
)

judgements = Table(
    "judgements",
    metadata,
    own_id(),
    owner("comparison_id", "comparisons.id"),
    integer("place"),
    integer("input"),
    integer("repeat"),
    integer("first"),
    integer("second"),
    text("rater"),
    flag("done"),
    text("verdict", null=True),
    text("error", null=True),
    Column("cost", Money),
    UniqueConstraint("comparison_id", "rater", "input", "repeat", "first", "second"),
    Index("ix_judgements_comparison_id_rater_place", "comparison_id", "rater", "place"),
)

# What a comparison that succeeded tells of models, so that nobody reads its answers for that. `one` stands before
# `other` in the alphabet; a later vote moves these sums. Both lie beside when and for what it was, to be found by it. A
# `stratum` is what its models were asked with: a flow's id, or "" for the comparison's own prompt.
comparison_meetings = Table(
    "comparison_meetings",
    metadata,
    owner("comparison_id", "comparisons.id", key=True),
    Column("one", Text, primary_key=True),
    Column("other", Text, primary_key=True),
    Column("use_case_id", Id),
    moment("ended_at"),
    total("wins"),
    total("losses"),
    total("ties"),
    Index("ix_comparison_meetings_ended_at", "ended_at"),
    Index("ix_comparison_meetings_use_case_id_ended_at", "use_case_id", "ended_at"),
)

comparison_tallies = Table(
    "comparison_tallies",
    metadata,
    owner("comparison_id", "comparisons.id", key=True),
    Column("model", Text, primary_key=True),
    Column("stratum", Text, primary_key=True),
    Column("use_case_id", Id),
    moment("ended_at"),
    total("inputs"),
    total("scored"),
    Column("score", Float(53), nullable=False),
    Column("squares", Float(53), nullable=False),
    total("priced"),
    total("cost"),
    total("timed"),
    total("latency"),
    Index("ix_comparison_tallies_use_case_id_ended_at", "use_case_id", "ended_at"),
)

benchmarks = Table(
    "benchmarks",
    metadata,
    own_id(),
    text("code"),
    text("title"),
    json("config"),
    integer("inputs"),
    integer("every_hours", null=True),
    moment("next_at", null=True),
    moment("created_at"),
    moment("updated_at"),
    text("actor"),
    UniqueConstraint("code"),
    Index("ix_benchmarks_next_at", "next_at"),
)

benchmark_inputs = Table(
    "benchmark_inputs",
    metadata,
    owner("benchmark_id", "benchmarks.id", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    json("values"),
    text("reference", null=True),
    text("label", null=True),
)
