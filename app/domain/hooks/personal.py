"""Personal data in a text, by form and check digits: addresses, numbers of phones, accounts and cards; never names."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal["email", "iban", "card", "ip", "phone"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# Every repetition is bounded, and no two that follow each other can take the same character: a search is linear.
EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
CARD: Final = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]\d)")
IP: Final = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:]|\.\d)"
)
PHONE: Final = re.compile(
    r"(?<![\w+.])(?<!\d[ -])(?:(?:\+|00)[1-9]\d{0,3}|\(?0\d{1,5}\)?|\(?[2-9]\d{2}\)?(?=[ .-]\d{3}[ .-]\d{4}(?!\d)))"
    r"(?:[ ./-]?\(?\d{1,6}\)?){1,7}(?![\w@])"
)
DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
DIGITS: Final = range(7, 16)  # ITU-T E.164 has at most 15


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data, from `start` to before `end`."""

    kind: Kind
    start: int
    end: int


def found(text: str, kinds: tuple[Kind, ...] = KINDS) -> tuple[Found, ...]:
    """What the text holds, in order, none over another; where two kinds claim a place, the earlier in KINDS has it."""
    taken: list[Found] = []
    for kind in (kind for kind in KINDS if kind in kinds):
        taken += [each for each in _of(kind, text) if not _overlaps(each, taken)]
    return tuple(sorted(taken, key=lambda each: each.start))


def _of(kind: Kind, text: str) -> Iterator[Found]:
    form, holds = FORMS[kind]
    for match in form.finditer(text):
        if holds(match[0]):
            yield Found(kind, match.start(), match.end())


def _overlaps(each: Found, taken: list[Found]) -> bool:
    return any(each.start < other.end and other.start < each.end for other in taken)


def _iban(text: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as 10…35, is 1 modulo 97."""
    plain = text.replace(" ", "")
    return int("".join(str(int(mark, 36)) for mark in plain[4:] + plain[:4])) % 97 == 1


def _luhn(text: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled, less 9 where that has two digits; the sum ends in 0."""
    digits = [int(mark) for mark in text if mark.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text != "::"


def _phone(text: str) -> bool:
    return sum(mark.isdigit() for mark in text) in DIGITS and not DATE.fullmatch(text)


FORMS: Final[dict[Kind, tuple[re.Pattern[str], Callable[[str], bool]]]] = {
    "email": (EMAIL, lambda _: True),
    "iban": (IBAN, _iban),
    "card": (CARD, _luhn),
    "ip": (IP, _address),
    "phone": (PHONE, _phone),
}
