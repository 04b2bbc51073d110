"""All tables of the store, in one place to import from."""

from app.db.columns import metadata
from app.db.tables_ab import ab_sums, ab_units, ab_values
from app.db.tables_access import api_keys, idempotency, leases, revisions, tasks
from app.db.tables_authoring import flow_versions, flows, use_cases
from app.db.tables_batches import batch_file_parts, batch_files, batch_lines, batch_shipments, batches
from app.db.tables_breakers import breakers, rests
from app.db.tables_cache import cached_answers
from app.db.tables_comparisons import (
    benchmark_inputs,
    benchmarks,
    comparison_answers,
    comparison_candidates,
    comparison_inputs,
    comparison_meetings,
    comparison_tallies,
    comparisons,
    judgements,
)
from app.db.tables_conversations import conversations, turns
from app.db.tables_events import deliveries, events, webhooks
from app.db.tables_facts import call_texts, calls, feedback, run_steps, runs
from app.db.tables_jobs import jobs
from app.db.tables_labels import flow_label_moves, flow_labels
from app.db.tables_limits import buckets, seats
from app.db.tables_money import budget_alerts, budget_periods, budgets, charges, grants
from app.db.tables_prices import prices, statement_lines, statements
from app.db.tables_routing import (
    cursors,
    model_days,
    outcomes,
    preferences,
    router_heads,
    router_standings,
    routes,
    rubric_weights,
    scores,
)
from app.db.tables_traffic import epochs, evidence, experiments, moves, sessions, shadow_evidence

__all__ = [
    "ab_sums",
    "ab_units",
    "ab_values",
    "api_keys",
    "batch_file_parts",
    "batch_files",
    "batch_lines",
    "batch_shipments",
    "batches",
    "benchmark_inputs",
    "benchmarks",
    "breakers",
    "buckets",
    "budget_alerts",
    "budget_periods",
    "budgets",
    "cached_answers",
    "call_texts",
    "calls",
    "charges",
    "comparison_answers",
    "comparison_candidates",
    "comparison_inputs",
    "comparison_meetings",
    "comparison_tallies",
    "comparisons",
    "conversations",
    "cursors",
    "deliveries",
    "epochs",
    "events",
    "evidence",
    "experiments",
    "feedback",
    "flow_label_moves",
    "flow_labels",
    "flow_versions",
    "flows",
    "grants",
    "idempotency",
    "jobs",
    "judgements",
    "leases",
    "metadata",
    "model_days",
    "moves",
    "outcomes",
    "preferences",
    "prices",
    "rests",
    "revisions",
    "router_heads",
    "router_standings",
    "routes",
    "rubric_weights",
    "run_steps",
    "runs",
    "scores",
    "seats",
    "sessions",
    "shadow_evidence",
    "statement_lines",
    "statements",
    "tasks",
    "turns",
    "use_cases",
    "webhooks",
]
