"""Addresses that must not be called are refused, signatures are those of the standard, and waits grow to an end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.delivery import MOST_ATTEMPTS, TRIES_KEPT, Answer, Delivery, after
from app.domain.errors import Invalid
from app.domain.webhook import (
    Webhook,
    check_headers,
    check_url,
    is_public,
    rotated,
    secret_of,
    signature,
)

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PENDING = Delivery("d", "w", "escaped", {}, "pending", 0, NOON, None, None, NOON, None)
REFUSED = Answer(500, "answered 500")


def test_a_signature_is_that_of_the_standards_own_example() -> None:
    # The example of the reference implementations of Standard Webhooks.
    secret = secret_of(bytes.fromhex("31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0"))

    found = signature(secret, id_="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}')

    assert secret == "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "2001:0:7f00:1::", "localhost", "",
    ],
)  # fmt: skip
def test_an_address_of_this_machine_or_a_network_behind_it_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "", "hook", "//host/hook", "ftp://host/hook", "file:///etc/passwd", "http://", "https:///hook", "http://:80/",
        "https://user@host/", "https://user:pass" + "word@host/", "https://host:0/", "https://host:99999/",
        "https://host:x/", "https://host/a b", "https://host\\@other/", "https://höst/", "http://[::1/",
        "https://host/" + "a" * 2_048,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_url(url)

    assert caught.value.field == "url"


@pytest.mark.parametrize("url", ["https://host/hook?token=a@b", "http://host:8080", "https://[2001:db8::1]/x"])
def test_an_address_of_a_receiver_is_taken(url: str) -> None:
    check_url(url)


def test_a_delivery_is_delivered_by_the_first_2xx() -> None:
    ended = after(replace(PENDING, attempts=3, error="answered 500"), Answer(204, None), NOON)

    assert (ended.status, ended.attempts, ended.answered, ended.error) == ("delivered", 4, 204, None)
    assert ended.ended_at == NOON


def test_waits_grow_fourfold_until_the_last_attempt_within_a_day() -> None:
    delivery, moment, waits = PENDING, NOON, list[timedelta]()

    while delivery.status == "pending":
        delivery = after(delivery, REFUSED, moment)
        waits.append(delivery.due_at - moment)
        moment = delivery.due_at

    assert (delivery.status, delivery.attempts, delivery.answered) == ("dead", MOST_ATTEMPTS, 500)
    assert [wait.total_seconds() for wait in waits[:-1]] == [15 * 4**number for number in range(7)]
    assert timedelta(hours=20) < moment - NOON < timedelta(days=1)


def test_the_secret_is_not_shown_where_a_webhook_is_printed() -> None:
    assert "hidden-part" not in repr(Webhook("w", "https://host/", "whsec_hidden-part", (), True, NOON, NOON))


def test_only_the_last_attempts_are_kept() -> None:
    again = PENDING
    for number in range(TRIES_KEPT + 2):
        again = after(again, Answer(500 + number, "x", latency_ms=number), NOON)

    assert [one["answered"] for one in again.tries] == [502 + number for number in range(TRIES_KEPT)]


def test_a_secret_that_was_replaced_signs_for_another_day() -> None:
    old, new = secret_of(b"a" * 32), secret_of(b"b" * 32)
    webhook = rotated(Webhook("w", "https://host/", old, ("*",), True, NOON, NOON), new, NOON)
    timestamp = int(NOON.timestamp())

    both = webhook.signatures(id_="e", moment=NOON + timedelta(hours=23, minutes=59), body=b"{}").split()
    one = webhook.signatures(id_="e", moment=NOON + timedelta(days=1), body=b"{}").split()
    now = webhook.signatures(id_="e", moment=NOON, body=b"{}").split()

    assert (len(both), len(one)) == (2, 1)
    assert now == [signature(secret, id_="e", timestamp=timestamp, body=b"{}") for secret in (new, old)]
    assert old not in repr(webhook)


@pytest.mark.parametrize("headers", [{}, {"X-Origin": "a b"}, {"x-a": "1"}])
def test_headers_of_ones_own_begin_with_x(headers: dict[str, str]) -> None:
    check_headers(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "a"}, {"X": "a"}, {"X-": "a"}, {"X-A": ""}, {"X-A": " a"}, {"X-A": "a\r\nB: c"}, {"X-A\n": "a"},
        {"X-A": "é"}, {"X-A": "a" * 257}, {f"X-{number}": "a" for number in range(9)},
    ],
)  # fmt: skip
def test_other_headers_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        check_headers(headers)

    assert refused.value.field == "headers"
