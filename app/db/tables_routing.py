"""What the router decided and learned: routes, the quality reached, sums by day, and the heads of each model."""

from sqlalchemy import BigInteger, Column, Date, Float, Index, LargeBinary, Table, Text

from app.db.columns import flag, integer, json, metadata, moment, own_id, owner, text, total
from app.db.types import Id

# No foreign key leaves `routes`, `outcomes`, `model_days` and `scores`: like calls they are facts, and wait in the
# spool without the rows that they speak of. `rated` is a list for each model, in the order of the fields of Rated.
routes = Table(
    "routes",
    metadata,
    own_id(),
    moment("at"),
    text("learner"),
    text("strategy"),
    text("picked"),
    text("by_router"),
    text("drawn"),
    Column("difficulty", Float(53), nullable=False),
    text("level"),
    json("rated"),
    json("removed"),
    flag("met"),
    text("reasoning"),
    text("estimator"),
    Column("encoding", LargeBinary, nullable=False),
    Column("own", Float(53)),
    Column("use_case_id", Id),
    Column("flow_id", Id),
    Column("session_id", Id),
    Column("run_id", Id),
    text("step", null=True),
    text("task", null=True),
    text("key_id", null=True),
    text("model", null=True),
    json("tried"),
    Column("spent", BigInteger),
    Index("ix_routes_learner_at", "learner", "at"),
    Index("ix_routes_session_id", "session_id"),
    Index("ix_routes_at", "at"),
)

# One row per call: the most trusted source wins. `quality` 0…1, `weight` how far it is trusted; `seq` says in which
# order rows changed, so that learners read on from where they stopped.
outcomes = Table(
    "outcomes",
    metadata,
    Column("call_id", Id, primary_key=True),
    moment("at"),
    text("learner"),
    text("model"),
    text("level"),
    Column("day", Date, nullable=False),
    Column("route_id", Id),
    Column("use_case_id", Id),
    text("source"),
    Column("quality", Float(53), nullable=False),
    Column("weight", Float(53), nullable=False),
    Column("seq", Id, nullable=False),
    Index("ix_outcomes_learner_seq", "learner", "seq"),
    Index("ix_outcomes_route_id", "route_id"),
    Index("ix_outcomes_at", "at"),
)

# Sums of a UTC day. `level` is empty for calls that no router chose. Latency in ms, cost in nano-dollars, `weight` and
# `quality` (weight times quality) in millionths.
model_days = Table(
    "model_days",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    total("calls"),
    total("errors"),
    total("answered"),
    total("latency_ms"),
    total("input_tokens"),
    total("output_tokens"),
    total("priced"),
    total("cost"),
    total("outcomes"),
    total("weight"),
    total("quality"),
    Index("ix_model_days_day", "day"),
)

router_heads = Table(
    "router_heads",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("outcomes", Float(53), nullable=False),
    Column("seq", Id),
    integer("fitted"),
    moment("updated_at"),
)

# Whether a learner's router is better than one model all the time, as last judged; `single` is that model.
router_standings = Table(
    "router_standings",
    metadata,
    Column("learner", Text, primary_key=True),
    text("verdict"),
    text("single", null=True),
    json("told"),
    moment("judged_at"),
)

scores = Table(
    "scores",
    metadata,
    Column("call_id", Id, primary_key=True),
    Column("rubric", Text, primary_key=True),
    moment("at"),
    text("model"),
    Column("use_case_id", Id),
    Column("session_id", Id),
    Column("run_id", Id),
    Column("total", Float(53), nullable=False),
    json("dimensions"),
    Index("ix_scores_session_id", "session_id"),
    Index("ix_scores_at", "at"),
)

rubric_weights = Table(
    "rubric_weights",
    metadata,
    owner("use_case_id", "use_cases.id", key=True),
    Column("rubric", Text, primary_key=True),
    json("weights"),
    text("source"),
    integer("answers"),
    moment("updated_at"),
)

# Who prefers which model for a task: `kind` is user or team, `who` its id.
preferences = Table(
    "preferences",
    metadata,
    Column("task", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("who", Text, primary_key=True),
    text("model"),
    moment("updated_at"),
)

# How far a job that reads facts in order has come.
cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Text, nullable=False),
    Column("steps", BigInteger, nullable=False, server_default="0"),
)
