"""A receiver's name may change its meaning at any moment: connected is only to addresses that were looked at."""

import socket
from collections.abc import Iterator

import pytest

from app.domain.errors import Invalid
from app.providers import receiver
from tests.services.receiving import Receiver

PUBLIC = "93.184.215.14"


@pytest.fixture
def private() -> Iterator[Receiver]:
    with Receiver() as private:
        yield private


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The resolver answers one after the other, the last for ever; the names that it is asked for."""
    asked: list[str] = []

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        addresses = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_a_name_that_turns_private_after_it_was_checked_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch, private: Receiver
) -> None:
    asked = resolving(monkeypatch, [PUBLIC], ["127.0.0.1"])
    url = private.url.replace("127.0.0.1", "rebound.example")

    receiver.check(url)
    answer = receiver.post(url, b"{}", {}, private=False)

    assert asked == ["rebound.example"] * 2
    assert private.received == []
    assert answer.status is None
    assert "WEBHOOK_PRIVATE_HOSTS" in (answer.error or "")


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.7", "100.100.100.200", "127.0.0.1"])
def test_one_private_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolving(monkeypatch, [PUBLIC, address])

    with pytest.raises(Invalid) as refused:
        receiver.check("https://host.example/hook")
    answer = receiver.post("http://host.example/hook", b"{}", {}, private=False)

    assert refused.value.field == "url"
    assert "WEBHOOK_PRIVATE_HOSTS" in (answer.error or "")


def test_where_private_hosts_are_allowed_the_name_is_asked_once_and_the_time_told(
    monkeypatch: pytest.MonkeyPatch, private: Receiver
) -> None:
    asked = resolving(monkeypatch, ["127.0.0.1"])

    answer = receiver.post(private.url.replace("127.0.0.1", "near.example"), b"{}", {"X-A": "1"}, private=True)

    assert (answer.status, answer.error, asked) == (204, None, ["near.example"])
    assert answer.latency_ms >= 0
    assert private.received[0].headers["x-a"] == "1"
