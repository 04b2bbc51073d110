"""Reports come as a sealed page, as CSV and as JSON."""

import csv
import io
from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from app.services import keys
from app.services.comparing import report_html
from app.services.world import World
from tests.api.conftest import Api
from tests.api.test_comparisons import LARGE, SMALL, done, made


@pytest.fixture
def id_(api: Api, world: World) -> str:
    return done(api, world, name="two <b>", repeats=2)


def test_a_page_is_sealed_and_holds_the_winners_sentence(api: Api, id_: str) -> None:
    found = api.get(f"/comparisons/{id_}/report?format=html")

    assert (found.status_code, found.mimetype) == (200, "text/html")
    policy = found.headers["Content-Security-Policy"]
    assert policy.startswith(report_html.POLICY)
    assert "sandbox" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert "two &lt;b&gt;" in found.text
    assert api.get(f"/comparisons/{id_}").json["readout"]["winner"]["sentence"] in unescape(found.text)


@pytest.mark.parametrize(("query", "count"), [("", 2), ("&rows=candidates", 2), ("&rows=answers", 32)])
def test_a_table_has_a_row_for_each(api: Api, id_: str, query: str, count: int) -> None:
    found = api.get(f"/comparisons/{id_}/report?format=csv{query}")

    assert (found.status_code, found.mimetype) == (200, "text/csv")
    assert f"comparison-{id_}" in found.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(found.text, newline="")))
    assert len(rows) == count
    assert {row["candidate"] for row in rows} == {SMALL, LARGE}


def test_json_holds_what_the_comparison_itself_tells_and_the_worst_inputs(api: Api, id_: str) -> None:
    found = api.get(f"/comparisons/{id_}/report").json
    plain = api.get(f"/comparisons/{id_}").json

    assert found["readout"] == plain["readout"]
    assert found["comparison"]["name"] == "two <b>"
    assert found["question"].startswith("Which of 2 candidates answers these 8 inputs best, 2 times each")
    worst: list[dict[str, Any]] = found["worst_inputs"]
    assert [row["mean"] for row in worst] == sorted(row["mean"] for row in worst)
    assert set(worst[0]["candidates"]) == {SMALL, LARGE}


def test_a_comparison_that_waits_has_a_report_already(api: Api) -> None:
    found = api.get(f"/comparisons/{made(api)}/report?format=html")

    assert found.status_code == 200
    assert "It has not ended" in found.text


@pytest.mark.parametrize(
    ("query", "status"),
    [("format=pdf", 422), ("format=html&rows=answers", 422), ("rows=all", 422), ("colour=red", 422)],
)
def test_what_there_is_not_is_refused(api: Api, id_: str, query: str, status: int) -> None:
    assert api.get(f"/comparisons/{id_}/report?{query}").status_code == status


@pytest.mark.parametrize("query", ["format=html", "format=csv", "format=csv&rows=answers", "format=json"])
def test_an_unknown_comparison_is_told_as_a_problem(api: Api, query: str) -> None:
    found = api.get(f"/comparisons/{uuid4()}/report?{query}")

    assert (found.status_code, found.mimetype) == (404, "application/problem+json")


def test_a_report_is_read_with_the_scope_read_and_by_no_stranger(api: Api, world: World, id_: str) -> None:
    path = f"/api/v1/comparisons/{id_}/report"

    def status(*scopes: Any) -> int:
        secret = keys.issue(world, "k", scopes).secret
        return api.client.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code

    assert (status("read"), status("run")) == (200, 403)
    assert api.client.get(path).status_code == 401
