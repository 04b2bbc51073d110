"""Savings are told for a use case, a task or direct questions, with money as text."""

from collections import Counter
from typing import Any

from app.db import model_days
from tests.api.conftest import Api


def test_a_dear_model_has_cheaper_ones_beside_it(api: Api, world: Any) -> None:
    good = {"outcomes": 200, "weight": 200_000_000, "quality": 160_000_000}
    sums = Counter(calls=50, answered=50, input_tokens=50_000, output_tokens=5_000, priced=50, cost=900_000_000, **good)
    day = world.now().date()
    with world.store.write() as tx:
        model_days.add(tx, {("task:savings", "simulated/large", "easy", day): sums})
        model_days.add(tx, {("task:savings", "simulated/small", "easy", day): Counter(good)})

    found = api.get("/reports/savings?task=savings").json["items"]

    assert "simulated/small" in {each["instead"] for each in found}
    assert {(each["model"], each["spent_usd"]) for each in found} == {("simulated/large", "0.9")}
    assert all(0 < each["saved_percent"] <= 100 for each in found)


def test_who_is_asked_about_is_named_once(api: Api) -> None:
    both = api.get("/reports/savings?task=a&use_case=b")
    unknown = api.get("/reports/savings?use_case=nowhere")

    assert (both.status_code, both.json["field"]) == (422, "task")
    assert unknown.status_code == 404
