"""Personal data is found by its form and its check digits, and what only looks like it is left alone."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.hooks.personal import KINDS, found


def kinds(text: str) -> list[tuple[str, str]]:
    """What is found, in words."""
    return [(each.kind, text[each.start : each.end]) for each in found(text)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "ann.lee+shop@example.co.uk"),
        ("email", "o_brien@mail-2.example.org"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("iban", "GB29NWBK60161331926819"),
        ("card", "4111 1111 1111 1111"),
        ("card", "378282246310005"),
        ("ip", "192.168.1.20"),
        ("ip", "2001:db8::8a2e:370:7334"),
        ("phone", "+44 20 7946 0958"),
        ("phone", "+1 (415) 555-2671"),
        ("phone", "555-123-4567"),
        ("phone", "0171/1234567"),
        ("phone", "(030) 901820"),
    ],
)
def test_a_value_is_found_wherever_it_stands(kind: str, value: str) -> None:
    assert kinds(value) == [(kind, value)]
    assert kinds(f"Reach me: {value}, please.") == [(kind, value)]
    assert kinds(f'{{"who":"{value}"}}') == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "order 12345678 of 2026-11-22 and 12.05.2024",
        "4111 1111 1111 1112",  # Luhn fails
        "DE89 3704 0044 0532 0130 01",  # ISO 13616 fails
        "version 1.2.3.4.5 at 10:30:15",
        "999.999.999.999",
        "a total of 1,234.50 for 100 000 pieces",
        "@handle and user@localhost",
        "0000 0000 0000 0000",
        "std::vector and 12:30",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert kinds(text) == []


def test_only_the_kinds_that_are_asked_for_are_found() -> None:
    text = "ann@example.org 192.168.1.20"

    assert [each.kind for each in found(text, ("ip",))] == ["ip"]


@given(st.text(alphabet="0123456789 +()-./@abcdefABCDEF:", max_size=200))
def test_what_is_found_stands_in_order_and_none_over_another(text: str) -> None:
    several = found(text)

    assert all(first.end <= second.start for first, second in itertools.pairwise(several))
    assert all(each.kind in KINDS and 0 <= each.start < each.end <= len(text) for each in several)
