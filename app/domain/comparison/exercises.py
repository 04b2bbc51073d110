"""Exercises whose right answer is known because it was there first: text is made from the answer, by level."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal

from app.domain.comparison.drawing import Drawing
from app.domain.comparison.exercise_words import ANIMALS, CITIES, DAYS, GOODS, UNITS, WORDS

Level = Literal["easy", "medium", "hard"]
Kind = Literal["arithmetic", "word_count", "sorting", "date_difference", "extraction", "logic", "units"]
Exercise = tuple[str, object]
"""The question and the value that answers it."""

_OPERANDS: Final[Mapping[Level, int]] = {"easy": 2, "medium": 4, "hard": 7}
_WORDS: Final[Mapping[Level, tuple[int, int]]] = {"easy": (4, 8), "medium": (14, 24), "hard": (40, 60)}
_NUMBERS: Final[Mapping[Level, int]] = {"easy": 4, "medium": 9, "hard": 20}
_DAYS: Final[Mapping[Level, tuple[int, int]]] = {"easy": (2, 27), "medium": (60, 700), "hard": (4_000, 20_000)}
_ORDERS: Final[Mapping[Level, int]] = {"easy": 1, "medium": 4, "hard": 12}
_RUNNERS: Final[Mapping[Level, int]] = {"easy": 3, "medium": 5, "hard": 9}
_UNITS: Final[Mapping[Level, int]] = {"easy": 1, "medium": 2, "hard": 5}


def arithmetic(draw: Drawing, level: Level) -> Exercise:
    """2, 4 or 7 numbers; from medium on one product in brackets, at hard two, of numbers up to 99."""
    numbers = [draw.between(11, 99) for _ in range(_OPERANDS[level])]
    products = {"easy": 0, "medium": 1, "hard": 2}[level]
    parts: list[tuple[str, int]] = []
    for _ in range(products):
        one, other = numbers.pop(), numbers.pop()
        parts.append((f"({one} * {other})", one * other))
    parts.extend((str(number), number) for number in numbers)
    parts = draw.some(parts, len(parts))
    text, value = parts[0]
    for shown, number in parts[1:]:
        minus = draw.between(0, 1)
        text, value = f"{text} {'-' if minus else '+'} {shown}", value - number if minus else value + number
    return f"What is {text}?", value


def word_count(draw: Drawing, level: Level) -> Exercise:
    """4–8, 14–24 or 40–60 words to be counted."""
    number = draw.between(*_WORDS[level])
    text = " ".join(draw.one(WORDS) for _ in range(number))
    return f'How many words stand between the quotation marks? "{text}"', number


def sorting(draw: Drawing, level: Level) -> Exercise:
    """4, 9 or 20 different numbers to be put in order; from medium on some are negative, at hard they lie close."""
    low, high = {"easy": (1, 999), "medium": (-999, 999), "hard": (-75, 75)}[level]
    numbers = draw.some(range(low, high + 1), _NUMBERS[level])
    return f"Sort these numbers from the smallest to the largest, as a list: {', '.join(map(str, numbers))}.", sorted(
        numbers
    )


def date_difference(draw: Drawing, level: Level) -> Exercise:
    """Days within about a month, within two years, or over decades with their leap years."""
    begin = date(1960, 1, 1) + timedelta(days=draw.between(0, 14_600))
    days = draw.between(*_DAYS[level])
    return f"How many days after {begin} is {begin + timedelta(days=days)}?", days


def extraction(draw: Drawing, level: Level) -> Exercise:
    """One order among 1, 4 or 12 told in a text, with 3 or, from medium on, 4 things to be named."""
    count = _ORDERS[level]
    numbers, cities = draw.some(range(1000, 10_000), count), draw.some(CITIES, count)
    orders = [
        {"city": city, "day": draw.one(DAYS), "item": draw.one(GOODS), "quantity": draw.between(2, 99)}
        for city in cities
    ]
    told = " ".join(
        f"Order {number}: {order['quantity']} {order['item']} go to {order['city']} on {order['day']}."
        for number, order in zip(numbers, orders, strict=True)
    )
    keys = ("city", "item", "quantity") if level == "easy" else ("city", "day", "item", "quantity")
    wanted = draw.between(0, count - 1)
    question = f"Of order {numbers[wanted]}, name {', '.join(keys)} as an object with these keys. {told}"
    return question, {key: orders[wanted][key] for key in keys}


def logic(draw: Drawing, level: Level) -> Exercise:
    """3, 5 or 9 runners and what is known of their order; from medium on shuffled and told from both sides."""
    runners = draw.some(ANIMALS, _RUNNERS[level])
    clues = []
    for ahead, behind in pairwise(runners):
        turned = level != "easy" and draw.between(0, 1)
        clues.append(
            f"The {behind} came in right after the {ahead}."
            if turned
            else f"The {ahead} came in right before the {behind}."
        )
    told = " ".join(clues if level == "easy" else draw.some(clues, len(clues)))
    return f"{told} List all runners from the first to the last, without articles.", runners


def units(draw: Drawing, level: Level) -> Exercise:
    """1, 2 or 5 units of one measure, put into a smaller one, or at hard into the smallest."""
    measure = draw.one(UNITS)
    count = _UNITS[level]
    begin = draw.between(0, len(measure) - count - 1) if level != "hard" else 0
    named = measure[begin : begin + count]
    target = measure[min(begin + count, len(measure) - 1)]
    amounts = [draw.between(2, 9_999 if level == "easy" else 99) for _ in named]
    told = ", ".join(f"{amount} {unit}" for amount, (unit, _) in zip(amounts, named, strict=True))
    value = sum(amount * size for amount, (_, size) in zip(amounts, named, strict=True)) // target[1]
    return f"How many {target[0]} are {told}, together?", value


EXERCISES: Final[Mapping[Kind, Callable[[Drawing, Level], Exercise]]] = MappingProxyType(
    {
        "arithmetic": arithmetic,
        "word_count": word_count,
        "sorting": sorting,
        "date_difference": date_difference,
        "extraction": extraction,
        "logic": logic,
        "units": units,
    }
)
