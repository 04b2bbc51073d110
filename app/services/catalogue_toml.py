"""A table of the catalogue becomes a model or a provider only when every field of it is right."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import cast

from app.domain.model import CAPABILITIES, LongPrompt, Model, Price, ProviderEntry, Rates, Tier
from app.domain.money import NANOS_PER_USD
from app.providers.registry import kinds
from app.services.toml_fields import Fields, read_toml

UNIT = "USD per million tokens"
TIERS = frozenset({"cheap", "mid", "best"})

_SLUG = re.compile(r"[a-z0-9-]+/[a-z0-9][a-z0-9._-]*")
_LINES = frozenset({"input", "output", "cache_read", "cache_write", "reasoning"})
_LONG_PROMPT = _LINES | {"above"}
_PRICE = _LINES | {"valid_from", "source", "checked", "tiers"}
_MODEL = frozenset(Model.__dataclass_fields__)
_PROVIDER = frozenset(ProviderEntry.__dataclass_fields__)


def read_catalogue(text: str, *, where: str) -> tuple[list[Model], list[ProviderEntry]]:
    """The models and providers of one file, in its order. Raises CatalogueInvalid."""
    root = read_toml(text, where=where)
    root.only(frozenset({"unit", "models", "providers"}))
    models = root.tables("models")
    if models and root.text("unit") != UNIT:
        raise root.fault(f"unit must be {UNIT!r}, is {root.text('unit')!r}")
    return [_model(table) for table in models], [_provider(table) for table in root.tables("providers")]


def _provider(table: Fields) -> ProviderEntry:
    fields = Fields(table.table, f"provider {table.text('code')!r}")
    fields.only(_PROVIDER)
    entry = ProviderEntry(
        code=fields.text("code"),
        kind=fields.one_of("kind", kinds()),
        title=fields.text("title"),
        base_url=fields.optional_text("base_url"),
        base_url_env=fields.optional_text("base_url_env"),
        key_env=fields.optional_text("key_env"),
        needs_key=fields.flag("needs_key", default=True),
        batch_percent=fields.count("batch_percent") if "batch_percent" in table.table else None,
        batch_source=fields.optional_text("batch_source"),
        batch_checked=fields.day("batch_checked") if "batch_checked" in table.table else None,
    )
    if entry.batch_percent is not None and (entry.batch_source is None or entry.batch_checked is None):
        raise fields.fault("states batch_percent without batch_source and batch_checked")
    if entry.needs_key and entry.key_env is None:
        raise fields.fault("needs a key and names no key_env")
    return entry


def _model(table: Fields) -> Model:
    fields = Fields(table.table, f"model {table.text('slug')!r}")
    fields.only(_MODEL)
    slug, capabilities = fields.text("slug"), frozenset(fields.texts("capabilities"))
    if not _SLUG.fullmatch(slug):
        raise fields.fault("slug must read vendor/name in lower case")
    if not capabilities or not capabilities <= CAPABILITIES:
        raise fields.fault(f"capabilities must be some of {', '.join(sorted(CAPABILITIES))}")
    return Model(
        slug=slug,
        title=fields.text("title"),
        provider=fields.text("provider"),
        provider_model_id=fields.text("provider_model_id"),
        capabilities=capabilities,
        tier=cast(Tier, fields.one_of("tier", TIERS)),
        context_window=fields.count("context_window"),
        max_output_tokens=fields.count("max_output_tokens"),
        latency_ms=fields.count("latency_ms"),
        default_temperature=fields.optional_number("default_temperature"),
        recommended=fields.flag("recommended", default=False),
        legacy=fields.flag("legacy", default=False),
        description=fields.text("description", ""),
        aliases=fields.texts("aliases"),
        prices=_prices(fields),
    )


def _prices(fields: Fields) -> tuple[Price, ...]:
    prices = tuple(map(_price, fields.tables("prices")))
    _check_ascending(fields, "prices must ascend by valid_from", [price.valid_from.toordinal() for price in prices])
    return prices


def _price(fields: Fields) -> Price:
    fields.only(_PRICE)
    tiers = []
    for table in fields.tables("tiers"):
        table.only(_LONG_PROMPT)
        tiers.append(LongPrompt(above=table.count("above"), rates=_rates(table)))
    _check_ascending(fields, "tiers must ascend by above", [tier.above for tier in tiers])
    return Price(
        valid_from=fields.day("valid_from"),
        source=fields.text("source"),
        checked=fields.day("checked"),
        rates=_rates(fields),
        tiers=tuple(tiers),
    )


def _rates(fields: Fields) -> Rates:
    return Rates.of(
        input=_amount(fields, "input"),
        output=_amount(fields, "output"),
        **{line: _amount(fields, line) for line in _LINES - {"input", "output"} if line in fields.table},
    )


def _amount(fields: Fields, line: str) -> int:
    text = fields.text(line)
    try:
        nanos = Decimal(text) * NANOS_PER_USD
    except InvalidOperation as fault:
        raise fields.fault(f"{line} must be a decimal number, is {text!r}") from fault
    if not nanos.is_finite() or nanos < 0 or nanos != nanos.to_integral_value():
        raise fields.fault(f"{line} must be whole nano-dollars, at least 0, is {text!r}")
    return int(nanos)


def _check_ascending(fields: Fields, rule: str, values: Sequence[int]) -> None:
    if any(later <= earlier for earlier, later in pairwise(values)):
        raise fields.fault(rule)
