"""Which class speaks to which kind of vendor; a class and its library are imported when first needed, not before."""

from collections import OrderedDict
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
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
GROUP = "model_match.providers"
KEPT = 64


def kinds() -> frozenset[str]:
    """The kinds in the table, and those that others have installed."""
    return frozenset((*KINDS, *(entry.name for entry in entry_points(group=GROUP))))


def provider_class(kind: str) -> type[Provider]:
    """The class for a kind, of the table first. Raises KeyError for one that is nowhere, TypeError for no provider."""
    if kind in KINDS:
        module, _, name = KINDS[kind].partition(":")
        return cast(type[Provider], getattr(import_module(module), name))
    found: object = {entry.name: entry for entry in entry_points(group=GROUP)}[kind].load()
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise TypeError("the entry point is no class of a provider")
    return found


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
    if endpoint.base_url is not None and not _is_address(endpoint.base_url):
        raise ProviderUnconfigured(f"the address of {endpoint.provider} is no URL", provider=endpoint.provider)
    try:
        made = provider_class(kind)
    except KeyError:
        raise ProviderUnconfigured(f"no kind of provider is called {kind!r}", provider=endpoint.provider) from None
    except (Exception, SystemExit) as error:  # a stranger's code; what it says may hold a secret
        told = f"the provider {kind!r} does not load ({type(error).__name__})"
        raise ProviderUnconfigured(told, provider=endpoint.provider) from error
    return made(endpoint)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
