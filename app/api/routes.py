"""All doors of the HTTP API, opened on one application; whatever is not listed here does not exist."""

from typing import Any, Final

from flask import Flask, current_app
from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.openapi import OpenAPI

from app.api import (
    ab,
    ab_plan,
    authoring,
    batches,
    benchmarks,
    budgets,
    cache,
    calls,
    comparison_events,
    comparison_report,
    comparison_votes,
    comparisons,
    conversations,
    difficulty,
    entry,
    events,
    experiment_events,
    experiments,
    feedback,
    figures,
    flow_labels,
    flow_versions,
    flows,
    front,
    generation,
    guard,
    headers,
    health,
    http,
    jobs,
    kept_routes,
    keys,
    model_costs,
    models,
    moves,
    openai,
    openai_batches,
    openai_files,
    operating,
    pictures,
    plugins,
    preferences,
    presets,
    previews,
    prices,
    problems,
    providers,
    quality,
    rankings,
    raw_text,
    recommend,
    records,
    routing_report,
    run_events,
    runs,
    savings,
    scoring,
    sessions,
    shadow,
    spending,
    sse,
    statements,
    tasks,
    unread,
    use_cases,
    webhooks,
)
from app.api import world as worlds
from app.api.compat import budget as compat_budget
from app.api.guard import public
from app.api.openai_wire import error_response
from app.api.problem_payload import ProblemOut
from app.services.world import World

DOORS: Final = (
    generation.door,
    raw_text.door,
    conversations.door,
    calls.door,
    runs.door,
    run_events.door,
    sessions.door,
    use_cases.door,
    flows.door,
    flow_versions.door,
    flow_labels.door,
    previews.door,
    pictures.door,
    presets.door,
    authoring.door,
    moves.door,
    shadow.door,
    experiments.door,
    operating.door,
    ab.door,
    ab_plan.door,
    experiment_events.door,
    comparisons.door,
    comparison_events.door,
    comparison_report.door,
    comparison_votes.door,
    rankings.door,
    benchmarks.door,
    batches.door,
    jobs.door,
    events.door,
    webhooks.door,
    feedback.door,
    models.door,
    model_costs.door,
    recommend.door,
    kept_routes.door,
    routing_report.door,
    records.door,
    prices.door,
    statements.door,
    spending.door,
    savings.door,
    providers.door,
    quality.door,
    scoring.door,
    difficulty.door,
    cache.door,
    tasks.door,
    plugins.door,
    preferences.door,
    keys.door,
    budgets.door,
    health.door,
    figures.door,
    openai.door,
    openai_files.door,
    openai_batches.door,
    compat_budget.door,
)
SECURITY: Final[dict[str, SecurityScheme | dict[str, object]]] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "api_key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}
TITLE: Final = "Model Match"
VERSION: Final = "1.0.0"


def register(world: World, *, max_body_bytes: int) -> Flask:
    """The application with every door open, its documents at /openapi.json and /docs."""
    app = OpenAPI(
        "app",
        info=Info(title=TITLE, version=VERSION),
        security_schemes=SECURITY,
        validation_error_model=ProblemOut,
        doc_prefix="/docs",
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.url_map.merge_slashes = False  # a correlation id may hold two slashes in a row
    worlds.attach(app, world)
    unread.register(app)  # before what follows, so that it comes after: a body that dribbles in holds no place
    http.register(app)
    app.before_request(guard.check)
    entry.register(app)
    problems.register(app, {"/v1/": error_response})
    front.register(app)
    for door in DOORS:
        app.register_api(door)

    app.add_url_rule("/openapi.json", "openapi_json", _document)
    _describe_streams(app.api_doc)
    raw_text.describe(app.api_doc)
    headers.describe(app.api_doc, guard.limited(app))
    return app


@public
def _document() -> dict[str, object]:
    """The OpenAPI document."""
    app = current_app
    return app.api_doc if isinstance(app, OpenAPI) else {}


def _describe_streams(document: dict[str, Any]) -> None:
    """Say of each route whose body or query may ask for a stream that it may answer with one."""
    for item in document["paths"].values():
        reading = item.get("get", {})
        if any(parameter["name"] == "stream" for parameter in reading.get("parameters", ())):
            reading["responses"]["200"]["content"][sse.MIMETYPE] = {"schema": {"type": "string"}}
        content = item.get("post", {}).get("requestBody", {}).get("content", {})
        name = content.get(http.JSON, {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "stream" in document["components"]["schemas"].get(name, {}).get("properties", {}):
            item["post"]["responses"]["200"]["content"][sse.MIMETYPE] = {"schema": {"type": "string"}}
