"""Entries of catalogue files for tests: a model with its prices, as somebody writes it down."""

import json

UNIT = 'unit = "USD per million tokens"\n'


def model_entry(slug: str, *prices: str, **given: object) -> str:
    """A model with these prices, made by the vendor of the slug; `given` is laid over the plain fields."""
    vendor, _, name = slug.partition("/")
    fields = {
        "slug": slug,
        "title": name.capitalize(),
        "provider": vendor,
        "provider_model_id": name,
        "tier": "mid",
        "capabilities": ["chat"],
        "context_window": 8_192,
        "max_output_tokens": 1_024,
        "latency_ms": 100,
        **given,
    }
    return "\n[[models]]\n" + _lines(fields) + "".join(prices)


def price_entry(since: str = "2026-01-01", more: str = "", **rates: str) -> str:
    """A price since that day, per million tokens; `more` stands below it as it is."""
    dated = f'\n[[models.prices]]\nvalid_from = {since}\nsource = "a page"\nchecked = 2026-11-21\n'
    return dated + _lines(rates or {"input": "1", "output": "2"}) + more


def _lines(fields: dict[str, object] | dict[str, str]) -> str:
    return "".join(f"{name} = {_written(value)}\n" for name, value in fields.items())


def _written(value: object) -> str:
    return f"{value:_}" if isinstance(value, int) else json.dumps(value)
