"""A receiver is a stranger's server: spoken to within a few seconds, and only where the internet at large could be."""

import socket
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Final
from urllib.parse import urlsplit

from app.domain.delivery import Answer
from app.domain.errors import Invalid
from app.domain.webhook import is_public
from app.providers.lines import Line

HTTP: Final = "app.providers.receiver_http"  # its libraries take 6 MB: loaded with the first attempt
TIMEOUT_S: Final = 5.0
GRACE_S: Final = 1.0  # a name server may take longer than the line, which knows nothing of it; its thread is left alone
LATE: Final = "gave no answer in time"
PORTS: Final = {"http": 80, "https": 443}

Address = tuple[int, int, int, str, tuple[object, ...]]


def check(url: str) -> None:
    """Raises Invalid (`url`) unless its host has addresses, and all of them are public."""
    parts = urlsplit(url)
    try:
        port = parts.port or PORTS[parts.scheme]
        found = socket.getaddrinfo(parts.hostname or "", port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Invalid("the host of the address is not known", field="url") from None
    refuse_private(found)


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool, timeout_s: float = TIMEOUT_S) -> Answer:
    """One attempt, over within `timeout_s` and a second. No redirect is followed and no proxy used.

    `private`: whether the host may be on this machine or in this network.
    """
    line, found, begun = Line(timeout_s=timeout_s), list[Answer](), time.monotonic()

    def speak() -> None:
        found.append(import_module(HTTP).speak(line, url, body, headers, private=private))

    thread = threading.Thread(target=speak, name="webhook", daemon=True)
    thread.start()
    thread.join(timeout_s + GRACE_S)
    if not found:
        line.hang_up()
    answer = found[0] if found else Answer(None, LATE)
    return replace(answer, latency_ms=round((time.monotonic() - begun) * 1000))


def refuse_private(found: Iterable[Address]) -> None:
    """Raises Invalid (`url`) unless all of these are public."""
    if not all(is_public(str(address[0])) for *_, address in found):
        raise Invalid(
            "the host is on this machine or in a private network, which WEBHOOK_PRIVATE_HOSTS=true would allow",
            field="url",
        )
