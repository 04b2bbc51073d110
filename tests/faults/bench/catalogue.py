"""The catalogue file of the bench: two priced models per scenario, at a provider of its own."""

from collections.abc import Iterable, Iterator
from typing import Final

from tests.catalogues import UNIT, model_entry, price_entry
from tests.faults.bench.scenario import Scenario

PROVIDER: Final = """
[[providers]]
code = "{code}"
kind = "openai"
title = "{code}"
base_url = "{address}"
needs_key = false
"""
CAPABILITIES: Final = ["chat", "streaming", "text"]


def catalogue(scenarios: Iterable[Scenario], *, port: int, deaf_port: int) -> str:
    """The file's text."""
    parts = [UNIT]
    for scenario in scenarios:
        parts += _of(scenario, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{deaf_port}")
    return "".join(parts)


def _of(scenario: Scenario, heard: str, deaf: str) -> Iterator[str]:
    first = scenario.provider or scenario.name
    second = f"{scenario.name}-2" if scenario.apart else first
    if scenario.provider is None:
        address = deaf if scenario.deaf else heard
        yield PROVIDER.format(code=first, address=f"{address}/{scenario.name}/v1")
    if scenario.apart:
        yield PROVIDER.format(code=second, address=f"{heard}/{scenario.name}/v1")
    for name, provider, window in (
        ("primary", first, 8_192),
        ("secondary", second, 32_768 if scenario.wide else 8_192),
    ):
        slug, sizes = f"{scenario.name}/{name}", {"context_window": window, "max_output_tokens": 4_096}
        yield model_entry(slug, price_entry("2024-01-01"), provider=provider, capabilities=CAPABILITIES, **sizes)
