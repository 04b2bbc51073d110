"""A wrong entry stops the reading and is named."""

from datetime import date

import pytest

from app.domain.model import Rates
from app.services.catalogue_toml import read_catalogue
from app.services.toml_fields import CatalogueInvalid
from tests.catalogues import UNIT, model_entry, price_entry

TIERS = """\
tiers = [{ above = 1_000, input = "0.3", output = "1.2" }, { above = 2_000, input = "0.6", output = "2.4" }]
"""
MODEL = UNIT + model_entry(
    "own/model",
    price_entry(more=TIERS, input="0.15", cache_read="0.0375", output="0.6"),
    price_entry("2026-02-01", input="0.1", output="0.4"),
    tier="cheap",
)
PROVIDER = '[[providers]]\ncode = "own"\nkind = "openai"\ntitle = "Own"\nkey_env = "OWN_KEY"\n'


def test_a_model_is_read_with_all_its_prices() -> None:
    [model], _ = read_catalogue(MODEL, where="own.toml")

    first, second = model.prices
    assert first.rates == Rates.of(input=150_000_000, output=600_000_000, cache_read=37_500_000)
    assert [tier.above for tier in first.tiers] == [1_000, 2_000]
    assert second.valid_from == date(2026, 2, 1)


def test_a_provider_is_read_with_its_defaults() -> None:
    _, [provider] = read_catalogue(PROVIDER, where="own.toml")

    assert (provider.code, provider.needs_key, provider.base_url) == ("own", True, None)


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ("USD per million tokens", "USD per thousand tokens", "unit must be"),
        ('unit = "USD per million tokens"', "", "unit is missing"),
        ("unit =", "units =", "unknown field 'units'"),
        ("[[models.prices]]\nvalid_from = 2026-02", "[[models.prices]]\nvalid_from = 2025-02", "prices must ascend"),
        ("above = 2_000", "above = 1_000", "tiers must ascend"),
        ("above = 2_000", "over = 2_000", "unknown field 'over'"),
        ('input = "0.15"', "input = 0.15", "input must be str"),
        ('input = "0.15"', 'input = "cheap"', "input must be a decimal number"),
        ('input = "0.15"', 'input = "-0.15"', "input must be whole nano-dollars"),
        ('input = "0.15"', 'input = "Infinity"', "input must be whole nano-dollars"),
        ('input = "0.15"', 'input = "0.0000000001"', "input must be whole nano-dollars"),
        ('input = "0.15"\n', "", "input is missing"),
        ("valid_from = 2026-01-01", "valid_from = 2026-01-01T00:00:00Z", "valid_from must be a date"),
        ('source = "a page"', 'source = ""', "source is empty"),
        ('tier = "cheap"', 'tier = "free"', "tier must be one of best, cheap, mid"),
        ('capabilities = ["chat"]', 'capabilities = ["telepathy"]', "capabilities must be some of"),
        ('capabilities = ["chat"]', "capabilities = [1]", "capabilities must hold texts only"),
        ("latency_ms = 100", "latency_ms = -1", "latency_ms must be a whole number"),
        ("latency_ms = 100", "latency_ms = true", "latency_ms must be a whole number"),
        ("latency_ms = 100", "latency_ms = 100\nspeed = 1", "unknown field 'speed'"),
        ('slug = "own/model"', 'slug = "Own Model"', "slug must read vendor/name"),
        ("[[models.prices]]", "[[models.price]]", "unknown field 'price'"),
        ("[[models]]", "[[models", "own.toml: "),
    ],
)
def test_a_wrong_model_is_refused_with_its_rule(right: str, wrong: str, rule: str) -> None:
    broken = MODEL.replace(right, wrong)

    assert broken != MODEL
    with pytest.raises(CatalogueInvalid, match=rule.replace("[", r"\[")):
        read_catalogue(broken, where="own.toml")


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ('kind = "openai"', 'kind = "soap"', "kind must be one of"),
        ('key_env = "OWN_KEY"', "", "names no key_env"),
        ('title = "Own"', 'title = "Own"\ncolour = "red"', "unknown field 'colour'"),
    ],
)
def test_a_wrong_provider_is_refused_with_its_rule(right: str, wrong: str, rule: str) -> None:
    with pytest.raises(CatalogueInvalid, match=rule):
        read_catalogue(PROVIDER.replace(right, wrong), where="own.toml")
