"""The catalogue is read once, checked aloud and never changes while the process lives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from app.domain.errors import UnknownModel
from app.domain.message import Usage
from app.domain.model import Model, ProviderEntry, cost, price_at
from app.services.catalogue_toml import read_catalogue
from app.services.toml_fields import CatalogueInvalid

T = TypeVar("T")

# A request as most are: the yardstick by which a model is called cheapest.
TYPICAL = Usage(input_tokens=1_000, output_tokens=500)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Models by slug and providers by code, in the order of the files; `aliases` lead other names to slugs."""

    models: Mapping[str, Model]
    providers: Mapping[str, ProviderEntry]
    aliases: Mapping[str, str]

    def get(self, slug: str, *, field: str = "model") -> Model:
        """The model of that slug or alias. Raises UnknownModel."""
        model = self.models.get(self.aliases.get(slug, slug))
        if model is None:
            raise UnknownModel(slug, field=field)
        return model

    def all(self) -> tuple[Model, ...]:
        """Every model, legacy ones too."""
        return tuple(self.models.values())

    def by_provider(self, code: str) -> tuple[Model, ...]:
        """The models that this provider serves."""
        return tuple(model for model in self.models.values() if model.provider == code)

    def by_capability(self, *capabilities: str) -> tuple[Model, ...]:
        """The models that have all of these capabilities."""
        return tuple(model for model in self.models.values() if model.capabilities.issuperset(capabilities))

    def cheapest(
        self, moment: datetime, *, capability: str = "chat", among: Iterable[Model] | None = None
    ) -> Model | None:
        """The cheapest model for 1 000 tokens in and 500 out; neither a legacy nor an unpriced one. None if none fits.

        `among` narrows the search, for instance to the providers that have a key.
        """
        priced = [
            (cost(price, TYPICAL), model.slug, model)
            for model in self._current(capability, among)
            if (price := price_at(model, moment)) is not None
        ]
        return min(priced)[2] if priced else None

    def fastest(self, *, capability: str = "chat", among: Iterable[Model] | None = None) -> Model | None:
        """The model with the shortest expected latency, legacy ones aside. None if none fits."""
        return min(self._current(capability, among), key=lambda model: (model.latency_ms, model.slug), default=None)

    def _current(self, capability: str, among: Iterable[Model] | None) -> list[Model]:
        models = self.models.values() if among is None else among
        return [model for model in models if capability in model.capabilities and not model.legacy]


def load(extra: Path | None = None) -> Catalogue:
    """The catalogue that ships with the product, and the operator's own file on top of it.

    An entry of `extra` takes the place of a shipped one with the same slug or code. Raises CatalogueInvalid naming the
    entry and the rule, OSError when `extra` cannot be read.
    """
    shipped = files("app.catalogue")
    texts = [(name, shipped.joinpath(name).read_text("utf-8")) for name in ("providers.toml", "models.toml")]
    if extra is not None:
        texts.append((extra.name, extra.read_text("utf-8")))
    return parse(texts)


def parse(texts: Iterable[tuple[str, str]]) -> Catalogue:
    """The catalogue of these files, given as name and text; later ones take precedence. Raises CatalogueInvalid."""
    models: dict[str, Model] = {}
    providers: dict[str, ProviderEntry] = {}
    for where, text in texts:
        some_models, some_providers = read_catalogue(text, where=where)
        models |= _keyed(((model.slug, model) for model in some_models), noun="model")
        providers |= _keyed(((entry.code, entry) for entry in some_providers), noun="provider")
    for model in models.values():
        if model.provider not in providers:
            raise CatalogueInvalid(f"model {model.slug!r}: no provider {model.provider!r}")
    aliases = _keyed(((alias, model.slug) for model in models.values() for alias in model.aliases), noun="alias")
    taken = sorted(models.keys() & aliases.keys())
    if taken:
        raise CatalogueInvalid(f"alias {taken[0]!r} is the slug of a model")
    return Catalogue(MappingProxyType(models), MappingProxyType(providers), MappingProxyType(aliases))


def _keyed(pairs: Iterable[tuple[str, T]], *, noun: str) -> dict[str, T]:
    found: dict[str, T] = {}
    for key, value in pairs:
        if key in found:
            raise CatalogueInvalid(f"{noun} {key!r} stands twice")
        found[key] = value
    return found
