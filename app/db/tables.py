"""All tables of the store, in one place to import from."""

from app.db.columns import metadata
from app.db.tables_access import api_keys, idempotency, leases, revisions, tasks
from app.db.tables_authoring import flow_versions, flows, use_cases
from app.db.tables_facts import call_texts, calls, feedback, runs
from app.db.tables_traffic import epochs, evidence, experiments, moves, sessions

__all__ = [
    "api_keys",
    "call_texts",
    "calls",
    "epochs",
    "evidence",
    "experiments",
    "feedback",
    "flow_versions",
    "flows",
    "idempotency",
    "leases",
    "metadata",
    "moves",
    "revisions",
    "runs",
    "sessions",
    "tasks",
    "use_cases",
]
