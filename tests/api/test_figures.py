"""Prometheus can read what is shown: every family has its help and type, and no label names a person."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.services.world import World
from tests.api.conftest import ADMIN, Api
from tests.services.test_tally import call

SECRETS = {"Authorization": f"Bearer {ADMIN}"}
LABELS = {
    "provider",
    "model",
    "endpoint",
    "outcome",
    "kind",
    "found",
    "limit",
    "reason",
    "ended",
    "source",
    "budget",
    "unit",
    "le",
}


def text(api: Api) -> str:
    """What is shown now."""
    response = api.client.get("/metrics", headers=SECRETS)
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=0.0.4")
    return response.text


def test_every_family_has_help_and_type_and_is_read_by_the_library(api: Api, world: World) -> None:
    world.tally.ended(call(attempt=2, cost=5))
    shown = text(api)

    families = list(text_string_to_metric_families(shown))

    assert len(families) > 25
    assert all(family.documentation and family.type != "unknown" for family in families)
    assert all(family.name.startswith("model_match_") for family in families)
    labels = {name for family in families for sample in family.samples for name in sample.labels}
    assert labels <= LABELS


def test_seconds_are_a_histogram_whose_buckets_add_up(api: Api, world: World) -> None:
    world.tally.ended(call(provider="p", model="p/slow", latency_ms=700))
    world.tally.ended(call(provider="p", model="p/slow", latency_ms=400_000))

    (family,) = [it for it in text_string_to_metric_families(text(api)) if it.name == "model_match_call_seconds"]
    mine = [sample for sample in family.samples if sample.labels["model"] == "p/slow"]
    buckets = {sample.labels["le"]: sample.value for sample in mine if sample.name.endswith("_bucket")}

    assert (buckets["0.5"], buckets["1.0"], buckets["300.0"], buckets["+Inf"]) == (0, 1, 1, 2)
    assert [sample.value for sample in mine if sample.name.endswith("_sum")] == [400.7]


def test_a_budget_for_all_is_shown_and_one_for_each_is_not(api: Api) -> None:
    for name, scope in (('all "of" us', "global"), ("each user", "user")):
        api.made("/budgets", {"name": name, "scope": scope, "limit_usd": "12.5", "period": "day"})

    found = re.findall(r"^model_match_budget_limit(.*) (\S+)$", text(api), re.M)

    assert ('{budget="all \\"of\\" us",unit="usd"}', "12.5") in found
    assert not any("each user" in labels for labels, _ in found)


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (SECRETS, 200)])
def test_a_key_is_needed(api: Api, headers: dict[str, str], status: int) -> None:
    assert api.client.get("/metrics", headers=headers).status_code == status
