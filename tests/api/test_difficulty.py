"""Difficulty is estimated over HTTP, prompt by prompt, and what cannot be judged is refused by its field."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.api.routes import register
from app.services.routing.difficulty import UNSET, WHY
from app.services.routing.own_scorer import OwnScorer
from app.services.world import World
from tests.api.conftest import Api
from tests.house.tree import ROOT
from tests.waiting import LONGEST_S

PATH = "/difficulty"


@pytest.fixture
def roomy(world: World) -> Api:
    """A door through which a megabyte fits."""
    app: Flask = register(world, max_body_bytes=10_000_000)
    return Api(app.test_client())


def scored(world: World, scorer: Callable[[list[str]], list[float]]) -> Api:
    """A door of a server with this scorer of the operator's."""
    own = replace(world, own_scorer=OwnScorer(scorer, timeout_s=LONGEST_S))
    return Api(register(own, max_body_bytes=200_000).test_client())


def test_a_prompt_gets_a_score_a_level_and_what_made_it(api: Api) -> None:
    found = api.post(PATH, {"prompt": "What is the capital of France?"})

    assert (found.status_code, found.json["next"]) == (200, None)
    (item,) = found.json["items"]
    assert 0 <= item["score"] <= 1
    assert item["level"] in ("easy", "medium", "hard")
    assert (item["estimator"], item["fallback"]) == ("learned", None)
    assert item["contributions"]


def test_several_prompts_are_answered_in_their_order_as_each_alone(api: Api) -> None:
    prompts = ["Why?", "Prove Fermat's last theorem, step by step."]

    together = api.post(PATH, {"prompts": prompts}).json["items"]

    assert together == [api.post(PATH, {"prompt": prompt}).json["items"][0] for prompt in prompts]
    assert together[0] != together[1]


def test_of_a_conversation_the_last_text_of_the_user_counts(api: Api) -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Prove it."},
        {"role": "assistant", "content": "How?"},
        {"role": "user", "content": "Step by step."},
    ]

    found = api.post(PATH, {"messages": turns}).json

    assert found == api.post(PATH, {"prompt": "Step by step."}).json


def test_of_a_conversation_without_a_turn_of_the_user_all_of_it_counts(api: Api) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "assistant", "content": "Prove it."}]

    found = api.post(PATH, {"messages": turns}).json

    assert found == api.post(PATH, {"prompt": "Be brief.\nProve it."}).json


def test_every_word_of_the_example_does_something(api: Api) -> None:
    text = (ROOT / "docs" / "difficulty.md").read_text(encoding="utf-8")
    asked = json.loads(re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)[0])

    rules = asked["rules"]

    def words(**other: list[str]) -> float:
        answer = api.post(PATH, {**asked, "rules": {**rules, **other}})
        return float(answer.json["items"][0]["contributions"]["words"])

    every = rules["complex_words"]
    assert all(words(complex_words=[entry for entry in every if entry != absent]) < words() for absent in every)
    assert words(simple_words=[]) > words()


def test_parts_of_the_heuristic_sum_to_its_score(api: Api) -> None:
    found = api.post(PATH, {"prompt": "Explain the proof.", "estimator": "heuristic"}).json["items"][0]

    assert set(found["contributions"]) == {"length", "words", "structure"}
    assert sum(found["contributions"].values()) == pytest.approx(found["score"], abs=1e-3)


def test_weights_and_words_of_ones_own_choose_the_heuristic(api: Api) -> None:
    plain = {"prompt": "Leg mir bitte den Sachverhalt dar"}
    weights = {"length": 0, "words": 1, "structure": 0}

    found = api.post(PATH, {**plain, "rules": {"weights": weights}}).json["items"][0]
    more = api.post(PATH, {**plain, "rules": {"weights": weights, "complex_words": ["leg mir bitte", "Sachverhalt"]}})
    less = api.post(PATH, {**plain, "rules": {"weights": weights, "simple_words": ["Sachverhalt"]}})

    assert (found["estimator"], found["score"]) == ("heuristic", 0.5)
    assert more.json["items"][0]["score"] == pytest.approx(0.8)
    assert less.json["items"][0]["score"] == pytest.approx(0.2)


def test_levels_begin_where_the_rules_say_for_every_estimator(api: Api) -> None:
    rules = {"medium_from": 0.001, "hard_from": 0.002}

    found = api.post(PATH, {"prompt": "Why is that so?", "rules": rules}).json["items"][0]

    assert (found["estimator"], found["level"]) == ("learned", "hard")


def test_the_own_scorer_is_asked_where_one_is_set(world: World) -> None:
    found = scored(world, lambda prompts: [0.9] * len(prompts)).post(PATH, {"prompts": ["a", "b"]}).json["items"]

    assert [(item["score"], item["level"], item["estimator"]) for item in found] == [(0.9, "hard", "own")] * 2


def test_an_own_scorer_that_fails_is_told_and_the_learned_one_counts(world: World, api: Api) -> None:
    broken = scored(world, lambda prompts: [math.nan])

    found = broken.post(PATH, {"prompt": "Why?", "estimator": "own"}).json["items"][0]

    assert (found["estimator"], found["fallback"]) == ("learned", WHY["not-a-number"])
    assert api.post(PATH, {"prompt": "Why?", "estimator": "own"}).json["items"][0]["fallback"] == UNSET


def test_its_questions_are_among_the_figures(world: World) -> None:
    broken = scored(world, lambda prompts: [math.nan])
    broken.post(PATH, {"prompt": "Why?"})

    figures = broken.client.get("/metrics", headers={"Authorization": f"Bearer {broken.secret}"}).text

    assert 'model_match_own_scorer_questions_total{ended="not-a-number"} 1.0' in figures
    assert "model_match_own_scorer_resting 0.0" in figures


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n"}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "x" * 1_000_001}, "prompt"),
        ({"prompts": ["Why?", " "]}, "prompts[1]"),
        ({"prompts": ["Why?"] * 101}, "prompts"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages"),
        ({"prompt": "Why?", "prompts": ["Why?"]}, "prompts"),
        ({"prompt": "Why?", "estimator": "magic"}, "estimator"),
        ({"prompt": "Why?", "rules": {"weights": {"length": 0.9}}}, "rules.weights"),
        ({"prompt": "Why?", "rules": {"weights": {"length": -1}}}, "rules.weights.length"),
        ({"prompt": "Why?", "rules": {"medium_from": 0.9}}, "rules.hard_from"),
        ({"prompt": "Why?", "rules": {"hard_from": 0.9}}, "rules.medium_from"),
        ({"prompt": "Why?", "rules": {"medium_from": 0.9, "hard_from": 0.1}}, "rules.hard_from"),
        ({"prompt": "Why?", "rules": {"complex_words": ["proof", "!"]}}, "rules.complex_words[1]"),
        ({"prompt": "Why?", "rules": {"simple_words": ["x"] * 201}}, "rules.simple_words"),
        ({"prompt": "Why?", "rules": {"simple_words": ["x"]}, "estimator": "learned"}, "rules.simple_words"),
        ({"prompt": "Why?", "task_type": "chat"}, "task_type"),
    ],
)
def test_a_wrong_field_is_named(roomy: Api, body: dict[str, object], field: str) -> None:
    found = roomy.post(PATH, body)

    assert (found.status_code, found.json["field"]) == (422, field)


def test_a_megabyte_is_judged_and_a_body_too_large_is_refused(roomy: Api, api: Api) -> None:
    text = ("Prove that 2 + 2 = 4, and explain why. " * 26_000)[:1_000_000]

    assert roomy.post(PATH, {"prompt": text}).status_code == 200
    assert api.post(PATH, {"prompt": text}).status_code == 413


def test_no_word_of_the_prompt_comes_back(api: Api) -> None:
    assert "zyxomma" not in api.post(PATH, {"prompt": "Zyxomma zyxomma?"}).text


@pytest.mark.parametrize("scope", ["read", "run"])
def test_a_key_that_reads_or_runs_may_ask(api: Api, scope: str) -> None:
    secret = api.made("/keys", {"name": f"asks-{scope}", "scopes": [scope]})["secret"]

    assert Api(api.client, secret).post(PATH, {"prompt": "Why?"}).status_code == 200


def test_a_stranger_may_not(api: Api) -> None:
    assert Api(api.client, "nobody").post(PATH, {"prompt": "Why?"}).status_code == 401
