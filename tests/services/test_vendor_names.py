"""Whatever a provider calls a model on its bill leads to the slug it is called by."""

import pytest

from app.services.vendor_names import slug_of, slugs_by_name
from tests.worlds import catalogue


@pytest.mark.parametrize(
    ("provider", "name", "slug"),
    [
        ("openai", "gpt-4o", "openai/gpt-4o"),
        ("openai", "gpt-4o-2024-08-06", "openai/gpt-4o"),
        ("openai", "gpt-4o-mini-2024-07-18", "openai/gpt-4o-mini"),
        ("openai", "gpt-4-turbo-2024-04-09", "openai/gpt-4-turbo"),
        ("openai", "openai/gpt-4o", "openai/gpt-4o"),
        ("openai", "GPT-4o mini", "openai/gpt-4o-mini"),
        ("openai", "gpt-4o-audio", None),
        ("openai", "web_search", None),
        ("anthropic", "claude-3-5-sonnet-20241022", "anthropic/claude-3.5-sonnet"),
        ("anthropic", "claude-3-5-sonnet-20240620", "anthropic/claude-3.5-sonnet"),
        ("anthropic", "Claude 3.5 Sonnet", "anthropic/claude-3.5-sonnet"),
        ("anthropic", "Claude 3.5 Sonnet (2024-10-22)", "anthropic/claude-3.5-sonnet"),
        ("anthropic", "claude-3-haiku-20240307", "anthropic/claude-3-haiku"),
        ("groq", "openai/gpt-oss-120b", "groq/gpt-oss-120b"),
        ("mistral", "mistral-small-2603", "mistral/mistral-small"),
        ("mistral", "mistral-small-latest", "mistral/mistral-small"),
    ],
)
def test_a_billed_name_leads_to_the_slug(provider: str, name: str, slug: str | None) -> None:
    assert slug_of(name, slugs_by_name(catalogue().by_provider(provider))) == slug


def test_every_model_is_known_by_its_own_names() -> None:
    for code in catalogue().providers:
        models = catalogue().by_provider(code)
        known = slugs_by_name(models)
        for model in models:
            assert {slug_of(name, known) for name in (model.provider_model_id, model.slug, *model.aliases)} == {
                model.slug
            }
