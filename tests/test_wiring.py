"""Settings decide where answers are kept, at rest or in memory, and how long grants of budgets live."""

import traceback
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.errors import UnknownModel
from app.services.answer_cache import AnswerCache
from app.wiring import answer_cache, environment_tasks, open_world, policy, terms, usable_endpoints
from config import Settings
from tests.shelves import REDIS, kept
from tests.worlds import catalogue


def cache_of(folder: Path, **variables: str) -> AnswerCache:
    """The cache that these settings make."""
    return answer_cache(Settings.load(variables), Store(f"sqlite:///{folder}/store.db"))


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({}, "sqlite"),
        ({"REDIS_URL": REDIS or "redis://127.0.0.1:9/0"}, "redis"),
        ({"KEEP_TEXTS": "off"}, None),
        ({"KEEP_TEXTS": "off", "REDIS_URL": "redis://127.0.0.1:9/0"}, None),
        ({"CACHE": "off"}, None),
    ],
)
def test_answers_are_at_rest_only_where_texts_may_be(
    tmp_path: Path, variables: dict[str, str], kind: str | None
) -> None:
    cache = cache_of(tmp_path, **variables)

    assert cache.readings().shared == kind
    cache.close()


def test_the_settings_bound_the_memory(tmp_path: Path) -> None:
    cache = cache_of(tmp_path, KEEP_TEXTS="off", CACHE_ENTRIES="2")
    for key in "abc":
        cache.keep(key, kept(), ttl_s=60)

    assert cache.readings().entries == 2
    assert cache_of(tmp_path, KEEP_TEXTS="off", CACHE_MAX_BYTES="10").readings().entries == 0


def test_the_rules_follow_the_settings() -> None:
    rules = policy(Settings.load({"CACHE": "off", "CACHE_TTL_S": "60", "CACHE_SCOPE": "shared"})).caching

    assert (rules.on, rules.ttl_s, rules.scope) == (False, 60.0, "shared")


@pytest.mark.parametrize("word", ["on", "off"])
def test_providers_are_asked_to_cache_prompts_unless_it_is_off(word: str) -> None:
    several = usable_endpoints(Settings.load({"PROMPT_CACHE": word, "OPENAI_API_KEY": "k"}), catalogue())

    assert {one.prompt_cache for known in several.values() for one in known} == {word == "on"}


@pytest.mark.parametrize(("hold", "run", "lives"), [("900", "180", 930), ("10", "180", 240), ("10", "1800", 1860)])
def test_grants_are_spent_for_as_long_as_is_set_and_longer_than_any_run(hold: str, run: str, lives: int) -> None:
    made = terms(Settings.load({"BUDGET_HOLD_S": hold, "RUN_TIMEOUT_S": run, "BUDGET_SHARE_PERCENT": "7"}))

    assert (made.ttl_s, made.share_percent) == (lives, 7)


def test_tasks_come_from_settings_and_from_any_variable_of_their_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_SUMMARIES_MODEL", "simulated/large")
    monkeypatch.setenv("AI_CHAT_MODEL", "simulated/large")  # the settings were read from elsewhere: they count
    chosen = Settings.load({"AI_CHAT_MODEL": "simulated/small", "AI_PREFERENCE_MODEL": "auto/best_cost"})

    found = environment_tasks(chosen, catalogue())

    assert found.items() >= {
        ("summaries", "simulated/large"),
        ("chat", "simulated/small"),
        ("preference_extraction", "auto/best_cost"),
    }
    assert "preference" not in found


def test_a_wrong_model_of_a_task_stops_the_start_before_anything_is_opened(tmp_path: Path) -> None:
    chosen = Settings.load({"AI_CHAT_MODEL": "nobody/knows", "DATABASE_URL": f"sqlite:///{tmp_path}/store.db"})

    with pytest.raises(UnknownModel) as refused:
        open_world(chosen)

    assert refused.value.field == "AI_CHAT_MODEL"
    assert "see the variable AI_CHAT_MODEL" in "".join(traceback.format_exception(refused.value))
    assert list(tmp_path.iterdir()) == []
