"""The shipped catalogue is whole, priced as the seeds were, and keeps its past."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import UnknownModel
from app.domain.message import Usage
from app.domain.model import cost, cost_efficiency, price_at
from app.domain.money import to_usd
from app.services.catalogue import Catalogue, load, parse
from app.services.toml_fields import CatalogueInvalid
from tests.catalogues import UNIT, model_entry

SEEDS = datetime(2024, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SHIPPED = load()
ONE_PROVIDER = '[[providers]]\ncode = "own"\nkind = "openai"\ntitle = "Own"\nneeds_key = false\n'
ONE_MODEL = model_entry("own/model", title="Own", tier="cheap", aliases=["mine"])


def own(models: str = ONE_MODEL) -> Catalogue:
    return parse([("providers.toml", ONE_PROVIDER), ("models.toml", UNIT + models)])


def usd(slug: str, usage: Usage, *, at: datetime = SEEDS) -> str:
    price = price_at(SHIPPED.get(slug), at)
    assert price is not None
    return to_usd(cost(price, usage))


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("gpt-3.5-turbo", "0.00125"),
        ("gpt-4", "0.06"),
        ("gpt-4-turbo", "0.025"),
        ("openai/gpt-4-turbo-preview", "0.025"),
        ("openai/gpt-4o", "0.0075"),
        ("anthropic/claude-3.5-sonnet", "0.0105"),
        ("anthropic/claude-3-haiku", "0.000875"),
        ("qwen/qwen-2.5-72b", "0.0006"),
        ("xai/grok-beta", "0.0125"),
        ("deepseek/deepseek-coder", "0.00028"),
        ("openai/text-embedding-ada-002", "0.0001"),
        ("groq/llama-3.3-70b-versatile", "0.00075"),
    ],
)
def test_a_thousand_tokens_in_and_five_hundred_out_cost_what_the_seeds_say(slug: str, expected: str) -> None:
    assert usd(slug, Usage(input_tokens=1_000, output_tokens=500)) == expected


@pytest.mark.parametrize("moment", [SEEDS, NOW])
def test_the_cost_efficiency_of_claude_35_sonnet_follows_the_formula(moment: datetime) -> None:
    assert cost_efficiency(SHIPPED.get("anthropic/claude-3.5-sonnet"), moment) == pytest.approx(93.1, abs=0.05)


def test_the_models_named_by_the_seeds_answer_to_their_own_names() -> None:
    seeds = ("claude-3-5-sonnet", "claude-3-haiku", "gpt-4-turbo", "gpt-3.5-turbo", "llama-3.3-70b", "gpt-4")

    assert [SHIPPED.get(name).slug for name in seeds] == [
        "anthropic/claude-3.5-sonnet",
        "anthropic/claude-3-haiku",
        "openai/gpt-4-turbo",
        "openai/gpt-3.5-turbo",
        "groq/llama-3.3-70b-versatile",
        "openai/gpt-4",
    ]


def test_the_catalogue_holds_some_fifty_models_of_every_tier() -> None:
    assert 40 <= len(SHIPPED.models) <= 60
    assert {model.tier for model in SHIPPED.models.values()} == {"cheap", "mid", "best"}


def test_every_model_can_be_served_and_fits_its_own_window() -> None:
    for model in SHIPPED.all():
        assert model.provider in SHIPPED.providers
        assert model.max_output_tokens <= model.context_window


def test_unpriced_models_are_few_and_known() -> None:
    unpriced = {model.slug for model in SHIPPED.all() if price_at(model, NOW) is None}

    assert unpriced == {"deepseek/deepseek-v4-flash", "qwen/qwen-plus", "simulated/unpriced"}


def test_only_ones_own_machine_is_free() -> None:
    free = {
        model.provider
        for model in SHIPPED.all()
        for price in model.prices
        if price.rates.input + price.rates.output == 0
    }

    assert free == {"ollama"}


def test_a_price_that_has_been_in_force_never_changes() -> None:
    locked = Path(__file__).with_name("price_locks.txt").read_text("utf-8").splitlines()
    standing = [
        f"{model.slug} {price.valid_from} {price.rates} {[(tier.above, tier.rates) for tier in price.tiers]}"
        for model in SHIPPED.all()
        for price in model.prices
    ]

    changed = [line for line in locked if line not in standing]
    unlocked = [line for line in standing if line not in locked]

    assert not changed, "an old price was edited: restore it and add a new entry instead"
    assert not unlocked, "append these lines to price_locks.txt"


def test_an_announced_price_begins_on_its_day() -> None:
    usage = Usage(input_tokens=10**6)

    assert usd("google/gemini-4-argon", usage, at=datetime(2026, 11, 30, tzinfo=UTC)) == "2"
    assert usd("google/gemini-4-argon", usage, at=datetime(2026, 12, 1, tzinfo=UTC)) == "4"


def test_an_unknown_slug_is_refused_by_name_and_field() -> None:
    with pytest.raises(UnknownModel) as refused:
        SHIPPED.get("openai/gpt-99", field="choice.models")

    assert (refused.value.slug, refused.value.field) == ("openai/gpt-99", "choice.models")


def test_models_are_found_by_provider() -> None:
    assert [model.slug for model in SHIPPED.by_provider("local")] == ["local/smollm2-135m"]


def test_models_are_found_by_all_of_the_capabilities_asked() -> None:
    found = SHIPPED.by_capability("vision", "reasoning")

    assert found
    assert all({"vision", "reasoning"} <= model.capabilities for model in found)
    assert SHIPPED.by_capability() == SHIPPED.all()


def test_the_cheapest_model_is_searched_among_those_given() -> None:
    found = SHIPPED.cheapest(NOW, among=SHIPPED.by_provider("anthropic"))

    assert found is not None
    assert found.slug == "anthropic/claude-haiku-5.5"


def test_an_unpriced_model_is_never_the_cheapest() -> None:
    assert SHIPPED.cheapest(NOW, among=[SHIPPED.get("simulated/unpriced")]) is None


def test_the_fastest_model_has_the_shortest_expected_latency() -> None:
    found = SHIPPED.fastest(capability="embeddings", among=SHIPPED.by_provider("openai"))

    assert found is not None
    assert found.slug == "openai/text-embedding-3-small"


def test_a_legacy_model_is_picked_for_neither() -> None:
    legacy = [replace(SHIPPED.get("simulated/small"), legacy=True)]

    assert SHIPPED.cheapest(NOW, among=legacy) is None
    assert SHIPPED.fastest(among=legacy) is None


def test_a_model_is_added_by_data_alone() -> None:
    catalogue = own()

    assert catalogue.get("mine").slug == "own/model"
    assert price_at(catalogue.get("own/model"), NOW) is None


def test_an_operators_file_adds_and_replaces_entries(tmp_path: Path) -> None:
    path = tmp_path / "more.toml"
    replaced = ONE_MODEL.replace("own/model", "openai/gpt-4o").replace('["mine"]', '["gpt-4o"]')
    path.write_text(UNIT + ONE_PROVIDER + ONE_MODEL + replaced)

    catalogue = load(path)

    assert catalogue.get("mine").provider == "own"
    assert catalogue.get("gpt-4o").title == "Own"
    assert len(catalogue.models) == len(SHIPPED.models) + 1


def test_the_catalogue_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        SHIPPED.models["own/model"] = SHIPPED.get("gpt-4o")  # type: ignore[index]  # that is the point


@pytest.mark.parametrize(
    ("models", "rule"),
    [
        (ONE_MODEL + ONE_MODEL, "model 'own/model' stands twice"),
        (ONE_MODEL + ONE_MODEL.replace("own/model", "own/other"), "alias 'mine' stands twice"),
        (ONE_MODEL.replace('["mine"]', '["own/model"]'), "alias 'own/model' is the slug of a model"),
        (ONE_MODEL.replace('provider = "own"', 'provider = "lost"'), "no provider 'lost'"),
    ],
)
def test_entries_that_contradict_each_other_are_refused(models: str, rule: str) -> None:
    with pytest.raises(CatalogueInvalid, match=rule):
        own(models)
