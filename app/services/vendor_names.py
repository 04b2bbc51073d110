"""The name by which a provider bills a model leads to its slug, dated or written for people as it may be."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from app.domain.model import Model

# `-2024-08-06`, `-20241022`, `@20241022`, `-latest`, `(2024-10-22)`: which edition of a model, not another model.
EDITION: Final = re.compile(r"[-@]?\(?(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)\)?$")


def slugs_by_name(models: Iterable[Model]) -> Mapping[str, str]:
    """Slug by every name that a model is known by; an exact name goes before one without its edition."""
    exact: dict[str, str] = {}
    undated: dict[str, str] = {}
    for model in models:
        for name in (model.provider_model_id, model.slug, model.slug.partition("/")[2], *model.aliases, model.title):
            exact.setdefault(plain(name), model.slug)
            undated.setdefault(without_edition(plain(name)), model.slug)
    return {**undated, **exact}


def slug_of(name: str, known: Mapping[str, str]) -> str | None:
    """The slug that a billed name stands for, or None."""
    asked = plain(name)
    return known.get(asked) or known.get(without_edition(asked))


def plain(name: str) -> str:
    """The name in one way of writing: lower case, every other sign a dash."""
    return re.sub(r"[^a-z0-9/@()]+", "-", name.strip().lower()).strip("-")


def without_edition(name: str) -> str:
    """The name without the date at its end."""
    return EDITION.sub("", name).strip("-") or name
