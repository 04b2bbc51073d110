"""Which class speaks to which kind of vendor; a class and its library are imported when first needed, not before."""

from collections import OrderedDict
from collections.abc import Mapping
from importlib import import_module
from threading import Lock
from typing import cast
from urllib.parse import urlsplit

from app.domain.errors import ProviderUnconfigured
from app.providers.base import Endpoint, Provider

KINDS: Mapping[str, str] = {
    "openai": "app.providers.openai:OpenAIProvider",
    "anthropic": "app.providers.anthropic:AnthropicProvider",
    "gemini": "app.providers.gemini:GeminiProvider",
    "ollama": "app.providers.ollama:OllamaProvider",
    "simulated": "app.providers.simulated:SimulatedProvider",
}
KEPT = 64


def provider_class(kind: str) -> type[Provider]:
    """The class for a kind. Raises KeyError for a kind that is not in the table."""
    module, _, name = KINDS[kind].partition(":")
    return cast(type[Provider], getattr(import_module(module), name))


class Providers:
    """One provider per endpoint, built when first asked for; the `kept` most recently used stay warm.

    A provider that is dropped finishes the answers that it is giving: its connections close with its last user.
    """

    def __init__(self, *, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = Lock()
        self._built: OrderedDict[Endpoint, Provider] = OrderedDict()
        self._turns: dict[Endpoint, Lock] = {}

    def get(self, endpoint: Endpoint) -> Provider:
        """The provider for this endpoint. Raises ProviderUnconfigured for an unknown kind or a missing key."""
        with self._lock:
            found = self._built.get(endpoint)
            if found is not None:
                self._built.move_to_end(endpoint)
                return found
            turn = self._turns.setdefault(endpoint, Lock())
        # Importing a library takes seconds: only those who want this very endpoint wait for it.
        with turn:
            return self._built.get(endpoint) or self._keep(endpoint)

    def _keep(self, endpoint: Endpoint) -> Provider:
        try:
            provider = _build(endpoint)
            with self._lock:
                self._built[endpoint] = provider
                if len(self._built) > self._kept:
                    self._built.popitem(last=False)
            return provider
        finally:
            with self._lock:
                self._turns.pop(endpoint, None)


def _build(endpoint: Endpoint) -> Provider:
    kind = endpoint.kind or endpoint.provider
    if kind not in KINDS:
        raise ProviderUnconfigured(f"no kind of provider is called {kind!r}", provider=endpoint.provider)
    if endpoint.base_url is not None and not _is_address(endpoint.base_url):
        raise ProviderUnconfigured(f"the address of {endpoint.provider} is no URL", provider=endpoint.provider)
    return provider_class(kind)(endpoint)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
