"""Sums that an answer states are done again: a wrong one is the surest sign that a cheap model went astray."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.routing.doubt import Doubt
from app.domain.scoring import read_integer

MOST: Final = 50  # sums of one answer
_LONGEST: Final = 120  # characters of one
_NUMBER: Final = r"\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,12})?"
_TOKEN: Final = re.compile(rf"\s*(?:(?P<number>{_NUMBER})(?P<percent>%)?|(?P<sign>\*\*|[-+*/^()]))")
_RUN: Final = re.compile(r"[-+*/^()\d.,% ]*\Z")
_EQUALS: Final = re.compile(r"(?<![=<>!:≈~])=(?![=>])")
_RIGHT: Final = re.compile(rf"[ ]*(?P<value>-?{_NUMBER})(?P<percent>%?)(?P<after>.{{0,12}})")
_NOT_ALONE: Final = re.compile(
    r"[.,]?[\d%]|[A-Za-z_^({\[\\!]|\s*(?:[*/^]|[-+]\s*\d|(?:million|billion|thousand|hundred|mod\b|\(mod|remainder|r\b|rem\b))",
    re.IGNORECASE,
)
_LEADS: Final = re.compile(  # what may stand before a sum; after other words its first number is not the sum's
    r"(?:^|[:;=,<>|(\[→⇒]|\b(?!(?:step|schritt|étape|paso|item|question|part|case|day|chapter|number|no|of|choose|mod|log|ln|exp|"
    r"a?sin|a?cos|a?tan|sqrt|root|per|plus|minus|times|over|by|squared|cubed|power|half|twice|double|det|max|min|sum|abs|"
    r"percent|than|from|less|more|version)\s)[^\W\d_]{2,}\s|\b[aeyèé]\s)\s*\Z",
    re.IGNORECASE,
)
_OTHER_BASE: Final = re.compile(r"\b(?:binary|hex\w*|octal|base[- ]?\d|modul\w*|mod|roman|binär\w*|binaire)\b", re.I)
_ASKS_NUMBER: Final = re.compile(
    r"\b(?:how (?:many|much|far|long|old|tall)|calculate|compute|"
    r"what is the (?:sum|total|product|average|area|probability)|"
    r"wie ?viele?|berechne|combien|calcule\w*|cuánt[oa]s?|quant[oiea]s?|hoeveel)\b",
    re.IGNORECASE,
)
_NO_NUMBER_NEEDED: Final = re.compile(
    r"\b(?:none|nothing|no|never|same|equal\w*|infinite\w*|impossible|undefined|half|twice|double|dozen|both|all|once|"
    r"free|keine?|nichts|aucun\w*|rien|ningun\w*|nada|nessun\w*|geen)\b|[¼½¾⅓⅔∞π√]",
    re.IGNORECASE,
)
_WORKED: Final = 30  # words from which on an answer shows its way
_DIGITS: Final = re.compile(_NUMBER)


def recomputed(prose: str, *, asked: str) -> Iterator[Doubt]:
    """Doubts of sums that do not come out, of a number asked for and not given, of given numbers that nobody used."""
    if not _OTHER_BASE.search(asked) and "=" in prose:
        right = [fits for _, fits in zip(range(MOST), sums(prose), strict=False)]
        wrong = right.count(False)
        if wrong:
            yield Doubt("sums", 1.0, f"{wrong} of {len(right)} sums do not come out")
    given = {_value(found) for found in _DIGITS.findall(asked)}
    if len(given) < 2 or not _ASKS_NUMBER.search(asked):
        return
    if read_integer(prose) is None and not _DIGITS.search(prose) and not _NO_NUMBER_NEEDED.search(prose):
        yield Doubt("number", 1.0, "a number was asked for and none is given")
    elif len(prose.split()) >= _WORKED:
        used = {_value(found) for found in _DIGITS.findall(prose)}
        unused = len(given - used)
        if 2 * unused > len(given):
            yield Doubt("numbers", 1.0, f"{unused} of {len(given)} given numbers are not used")


def sums(text: str) -> Iterator[bool]:
    """Of each sum that stands in the text by itself whether it comes out, within the rounding that it shows."""
    for line in _ascii(text).splitlines():
        for equals in _EQUALS.finditer(line[:2_000]):
            left = _left(line[: equals.start()])
            right = _RIGHT.match(line, equals.end())
            if left is None or right is None or _NOT_ALONE.match(right["after"]):
                continue
            fits = _fits(left, right["value"], percent=bool(right["percent"]))
            if fits is not None:
                yield fits


def _left(before: str) -> str | None:
    """The expression before an equals sign; None where something that is no number belongs to it."""
    found = _RUN.search(before[-_LONGEST - 1 :])
    if found is None or len(found[0]) > _LONGEST:
        return None
    run = found[0].strip()
    lead = before[: len(before) - len(found[0].lstrip())]
    first = run[:1]
    if not first or not (first.isdigit() or first == "(") or not re.search(r"[-+*/^]", run):
        return None
    return run if _LEADS.search(lead[-24:]) else None


def _fits(left: str, stated: str, *, percent: bool) -> bool | None:
    try:
        came = _Sum(left).value()
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    right = _value(stated)
    digits = len(stated.partition(".")[2])
    rough = digits > 0 or "/" in left or "%" in left or "." in left or "^" in left or "**" in left
    near = (10.0**-digits if rough else 0.0) + 1e-9 * abs(came)
    return abs(came - right) <= near or (percent and abs(100 * came - right) <= near)


class _Sum:
    """An expression of numbers, + - * / powers and brackets. Raises ValueError for anything else, and what is huge."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str | float] = []
        at, text = 0, text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError("no sum")
            at = found.end()
            number = found["number"]
            if number is None:
                self._tokens.append("^" if found["sign"] == "**" else found["sign"])
            else:
                self._tokens.append(_value(number) / (100 if found["percent"] else 1))
        self._tokens.reverse()

    def value(self) -> float:
        """What it comes to."""
        came = self._added()
        if self._tokens:
            raise ValueError("more than a sum")
        return came

    def _next(self, *signs: str) -> str | None:
        top = self._tokens[-1] if self._tokens else None
        if isinstance(top, str) and top in signs:
            self._tokens.pop()
            return top
        return None

    def _added(self) -> float:
        came = self._multiplied()
        while sign := self._next("+", "-"):
            came += self._multiplied() * (1 if sign == "+" else -1)
        return came

    def _multiplied(self) -> float:
        came = self._raised()
        while sign := self._next("*", "/"):
            by = self._raised()
            came = came * by if sign == "*" else came / by
        return came

    def _raised(self) -> float:
        came = self._alone()
        if self._next("^"):
            by = self._raised()
            if abs(by) > 64 or (came < 0 and by != int(by)):
                raise ValueError("too large a power")
            return float(came**by)
        return came

    def _alone(self) -> float:
        if self._next("-"):
            return -self._alone()
        if self._next("("):
            came = self._added()
            if not self._next(")"):
                raise ValueError("a bracket is open")
            return came
        if not self._tokens:
            raise ValueError("a number is missing")
        top = self._tokens.pop()
        if isinstance(top, str):
            raise ValueError("a number is missing")
        return top


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _ascii(text: str) -> str:
    """Signs of typography and of LaTeX as plain ones; what only makes text bold is left out."""
    text = re.sub(r"\\(?:times|cdot)\b|[×·⋅]", "*", text)
    text = re.sub(r"\\div\b|÷", "/", text).replace("−", "-")
    text = re.sub(r"(?<!\d)\*\*|\*\*(?!\d)|[$€£`]|\\[()\[\]]", "", text)
    return re.sub(r"(?<=\d)[ ]?x[ ]?(?=\d)", "*", text)
