"""Every route is guarded, described, and named in the style of the house."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.api import guard
from app.api.routes import DOORS, register
from tests.house.tree import sources
from tests.stores import make_store
from tests.worlds import opened

# What anyone may read: that the process lives, the way to the pages, and the documents (P12).
PUBLIC = re.compile(r"/|/health/(live|ready)|/openapi\.json|/docs(/.*)?")
REMEMBERS_NOTHING = {  # questions that need a body
    "/api/v1/models/estimate",
    "/api/v1/models/recommend",
    "/api/v1/use-cases/<code>/ab-plan",
    "/api/v1/benchmarks/prompts",
    "/api/v1/quality/score",
    "/api/v1/use-cases/<code>/preview",
    "/api/v1/use-cases/<code>/flows/<flow>/steps/<step>/preview",
    "/api/v1/difficulty",
}
SEGMENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*|v1|<([a-z]+:)?[a-z_]+>")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application with every door open, on an empty store."""
    folder: Path = tmp_path_factory.mktemp("routes")
    with make_store("sqlite", folder) as store, opened(store, folder) as world:
        yield register(world, max_body_bytes=1_000_000)


def own_rules(app: Flask) -> list[Rule]:
    """The rules of our doors."""
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(("/api/", "/v1/", "/health/"))]


def test_no_route_is_left_undeclared(app: Flask) -> None:
    assert guard.undeclared(app) == []


def test_only_health_and_documents_are_public(app: Flask) -> None:
    found = {rule.rule for rule in app.url_map.iter_rules() if guard.scopes(app, rule.endpoint) == guard.PUBLIC}

    assert sorted(path for path in found if not PUBLIC.fullmatch(path)) == []


def test_a_stranger_is_told_nothing_by_any_guarded_route(app: Flask) -> None:
    client = app.test_client()
    found = []

    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if not PUBLIC.fullmatch(rule.rule) and client.open(path, method=method).status_code != 401:
                found.append(f"{method} {rule.rule}")

    assert found == []


def test_reading_needs_no_more_than_read_and_writing_needs_more(app: Flask) -> None:
    reading = {"read", "admin", "run"}

    for rule in own_rules(app):
        scopes = set(guard.scopes(app, rule.endpoint) or ())
        if "GET" in (rule.methods or ()):
            assert scopes <= reading, rule
        elif rule.rule not in REMEMBERS_NOTHING:
            assert "read" not in scopes, rule


def test_every_route_is_described_in_the_openapi_document(app: Flask) -> None:
    described = {
        (re.sub(r"{\w+}", "<>", path), method.upper())
        for path, item in app.test_client().get("/openapi.json").get_json()["paths"].items()
        for method in item
    }

    routed = {
        (re.sub(r"<[^>]+>", "<>", rule.rule), method)
        for rule in own_rules(app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert sorted(routed - described) == []


def test_every_route_says_in_the_document_what_it_does(app: Flask) -> None:
    paths = app.test_client().get("/openapi.json").get_json()["paths"]

    found = [path for path, item in paths.items() for operation in item.values() if not operation.get("summary")]

    assert found == []


def test_paths_are_kebab_case_nouns(app: Flask) -> None:
    found = {
        rule.rule
        for rule in own_rules(app)
        for segment in rule.rule.strip("/").split("/")
        if not SEGMENT.fullmatch(segment)
    }

    assert sorted(found) == []


def test_every_door_that_is_written_is_opened() -> None:
    written = {source.path for source in sources() if re.search(r"^door = Door\(", source.text, re.M)}

    assert len(written) == len(DOORS)
