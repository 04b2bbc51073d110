"""An answer that has a label is checked by a rule, never by taste: 1.0 when it says what the label says, else 0.0."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from app.domain.errors import Invalid

_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_ONES + _TEENS)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_DIGITS = r"(?<![\w.,])-?\d{1,300}(?:,\d{3}){0,100}(?!\d|[.,]\d)"  # bounded, so that no text takes long
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:])}))?|{'|'.join(_TEENS + _ONES)})"
_HUNDREDS = rf"(?:(?:{_SMALL}|an?)[- ])?hundred(?:(?: and)?[- ]{_SMALL})?"
_INTEGER = re.compile(rf"(?P<digits>{_DIGITS})|\b(?P<words>{_HUNDREDS}|{_SMALL})\b", re.IGNORECASE)


def score(answer: str, label: str, *, rule: str) -> float:
    """1.0 when `answer` matches `label` under `rule`, else 0.0. Raises Invalid for an unknown rule."""
    check = RULES.get(rule)
    if check is None:
        raise Invalid(f"no scoring rule {rule!r}; there are {', '.join(RULES)}", field="rule")
    return check(answer, label)


def exact(answer: str, label: str) -> float:
    """1.0 when both are the same text after folding case, white space and surrounding punctuation."""
    return float(_folded(answer) == _folded(label))


def label_first(answer: str, label: str) -> float:
    """1.0 when the answer begins with the label as whole words: `Positive, because …` says `positive`."""
    wanted, given = _folded(label).split(), _folded(answer).split()
    return float(bool(wanted) and [_stripped(word) for word in given[: len(wanted)]] == wanted)


def first_integer(answer: str, label: str) -> float:
    """1.0 when the first whole number in the answer, in digits or English words, is the label's."""
    found = read_integer(answer)
    return float(found is not None and found == read_integer(label))


def read_integer(text: str) -> int | None:
    """The first whole number below 10 000 in words (`twenty-five`) or of up to 300 digits (`1,200`); None without.

    Decimals and digits glued to letters on their left (`A4`) are not whole numbers.
    """
    found = _INTEGER.search(text)
    if found is None:
        return None
    digits = found["digits"]
    return int(digits.replace(",", "")) if digits else _in_words(found["words"])


def _in_words(words: str) -> int:
    total = 0
    for word in re.split(r"[- ]", words.lower()):
        total = max(total, 1) * 100 if word == "hundred" else total + _VALUES.get(word, 0)
    return total


def _folded(text: str) -> str:
    return _stripped(" ".join(text.split()).casefold())


def _stripped(text: str) -> str:
    return text.strip(" \t\n.,;:!?\"'`*()[]{}")


RULES: Mapping[str, Callable[[str, str], float]] = MappingProxyType(
    {"exact": exact, "first_integer": first_integer, "label": label_first}
)
