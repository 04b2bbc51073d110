"""Which endpoints each provider has follows from the variables that the catalogue names: keys, addresses, weights."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from app.domain.errors import Invalid
from app.domain.model import ProviderEntry
from app.providers.base import Endpoint
from app.services.catalogue import Catalogue

UNUSED_KEY: Final = "unused"  # an address of one's own that speaks a vendor's protocol seldom asks for a key
MANY: Final = "S"  # what the name of a variable ends in when it holds several: OPENAI_API_KEYS, OLLAMA_HOSTS
HEAVIEST: Final = 1_000
WEIGHT: Final = re.compile(r"\*(\d{1,9})$")
ADDRESS: Final = re.compile(r"@(?=https?://)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One of several: a key with or without an address of its own, or an address alone. The key is not shown."""

    key: str | None = field(repr=False)
    address: str | None
    weight: int = 1


def endpoints(
    catalogue: Catalogue, variables: Mapping[str, str], *, simulated: bool
) -> dict[str, tuple[Endpoint, ...]]:
    """Where each usable provider is spoken to; one that needs a key and has none is absent.

    The first endpoint is called like its provider, the others `openai-2`, `openai-3`, … Raises Invalid, whose field is
    the variable, for an entry that cannot be read or stands twice; no key is quoted.
    """
    found: dict[str, tuple[Endpoint, ...]] = {}
    for code, entry in catalogue.providers.items():
        if entry.kind == "simulated" and not simulated:
            continue
        several = tuple(
            Endpoint(
                kind=entry.kind,
                provider=code,
                base_url=_url(one.address or entry.base_url),
                api_key=one.key,
                name=code if position == 1 else f"{code}-{position}",
                weight=one.weight,
            )
            for position, one in enumerate(_entries(entry, variables), 1)
        )
        if several:
            found[code] = several
    return found


def host_of(endpoint: Endpoint) -> str | None:
    """Host and port of the address, without path or password; None where the vendor's library knows it."""
    if endpoint.base_url is None:
        return None
    return urlsplit(endpoint.base_url).netloc.rpartition("@")[2]


def _entries(provider: ProviderEntry, variables: Mapping[str, str]) -> tuple[Entry, ...]:
    key, address = _one(variables, provider.key_env), _one(variables, provider.base_url_env)
    keys = list(_several(variables, provider.key_env, keyed=True))
    addresses = list(_several(variables, provider.base_url_env, keyed=False))
    if keys and addresses:
        raise Invalid(
            f"with several addresses ({provider.base_url_env}{MANY}) each key names its own: key@https://host",
            field=f"{provider.key_env}{MANY}",
        )
    if keys:
        first = [] if key is None else [Entry(key, None)]
        found = [Entry(it.key, it.address or address, it.weight) for it in (*first, *keys)]
        return _unlike(found, f"{provider.key_env}{MANY}")
    if key is None and provider.needs_key:
        if address is None and not addresses:
            return ()
        key = UNUSED_KEY
    first = [Entry(key, address)] if address is not None or not addresses else []
    found = [*first, *(Entry(key, it.address, it.weight) for it in addresses)]
    return _unlike(found, f"{provider.base_url_env}{MANY}")


def _one(variables: Mapping[str, str], name: str | None) -> str | None:
    return variables.get(name) or None if name is not None else None


def _several(variables: Mapping[str, str], name: str | None, *, keyed: bool) -> Iterator[Entry]:
    """The entries of `NAME` + S: `key`, `key*3`, `key@https://host/v1*2`, or without key where none is wanted."""
    if name is None:
        return
    texts = [text.strip() for text in variables.get(name + MANY, "").split(",")]
    for position, text in enumerate(texts, 1):
        if text:
            yield _entry(text, keyed=keyed, variable=name + MANY, position=position)


def _entry(text: str, *, keyed: bool, variable: str, position: int) -> Entry:
    weight = WEIGHT.search(text)
    rest = text if weight is None else text[: weight.start()]
    value = 1 if weight is None else int(weight[1])
    if not 1 <= value <= HEAVIEST:
        raise Invalid(f"entry {position}: a weight from 1 to {HEAVIEST} is expected after *", field=variable)
    if not keyed:
        _check_address(_url(rest), variable, position)
        return Entry(None, rest, value)
    key, *own = ADDRESS.split(rest, maxsplit=1)
    if not key or re.search(r"\s|@|://|\*", key):
        raise Invalid(f"entry {position}: key, key*weight or key@https://host*weight is expected", field=variable)
    if own:
        _check_address(own[0], variable, position)
    return Entry(key, own[0] if own else None, value)


def _check_address(address: str | None, variable: str, position: int) -> None:
    try:
        parts = urlsplit(address or "")
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or re.search(r"\s|\*", address or ""):
        raise Invalid(f"entry {position}: an address is expected, http://host:port/path", field=variable)


def _unlike(entries: list[Entry], variable: str) -> tuple[Entry, ...]:
    """The entries. Raises Invalid when two are the same key at the same address."""
    seen: set[tuple[str | None, str | None]] = set()
    for position, entry in enumerate(entries, 1):
        same = (entry.key, _url(entry.address))
        if same in seen:
            raise Invalid(f"endpoint {position} has the key and address of one before it", field=variable)
        seen.add(same)
    return tuple(entries)


def _url(address: str | None) -> str | None:
    """The address with its scheme, which OLLAMA_HOST is often given without."""
    return f"http://{address}" if address and "://" not in address else address
