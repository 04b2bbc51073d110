"""Synthetic inputs have the right answers, are the same for the same seed, and grow harder by level."""

import ast
import json
import operator
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comparison.comparison import Input
from app.domain.comparison.exercises import Kind, Level
from app.domain.comparison.scoring import check_scoring, score_of
from app.domain.comparison.synthetic import KINDS, LEVELS, SCORING, generate
from app.domain.errors import Invalid
from tests.domain.comparison.checking import CHECKS

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
SECONDS = {"weeks": 7 * 24 * 3600, "days": 24 * 3600, "hours": 3600, "minutes": 60, "seconds": 1}
METRES = {"kilometres": 1e3, "metres": 1.0, "decimetres": 1e-1, "centimetres": 1e-2, "millimetres": 1e-3}
GRAMS = {"tonnes": 1e6, "kilograms": 1e3, "grams": 1.0, "milligrams": 1e-3, "micrograms": 1e-6}


def question(given: Input) -> str:
    """The prompt without the line that asks for JSON."""
    return str(given.values["prompt"]).rpartition("\n")[0]


def answer(given: Input) -> object:
    """What the reference says."""
    return json.loads(given.reference or "")["answer"]


def made(kind: Kind, level: Level, count: int = 40) -> list[Input]:
    return generate("seed", count, [level], kinds=[kind])


def calculated(text: str) -> int:
    """The value of an expression, by its syntax tree."""

    def value(node: ast.expr) -> int:
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.BinOp(left, sign, right):
                return OPERATORS[type(sign)](value(left), value(right))
        raise AssertionError(ast.dump(node))

    return value(ast.parse(text, mode="eval").body)


def solved_arithmetic(text: str) -> object:
    return calculated(text.removeprefix("What is ").removesuffix("?"))


def solved_word_count(text: str) -> object:
    return len(text.split('"')[1].split())


def solved_sorting(text: str) -> object:
    left = [int(number) for number in re.findall(r"-?\d+", text)]
    found = []
    while left:
        found.append(min(left))
        left.remove(found[-1])
    return found


def solved_date_difference(text: str) -> object:
    begin, end = (date.fromisoformat(found) for found in re.findall(r"\d{4}-\d\d-\d\d", text))
    return (end - begin).days


def solved_extraction(text: str) -> object:
    number, keys = re.findall(r"Of order (\d+), name (.*) as an object", text)[0]
    pattern = rf"Order {number}: (?P<quantity>\d+) (?P<item>\w+) go to (?P<city>\w+) on (?P<day>\w+)\."
    (found,) = [found.groupdict() for found in re.finditer(pattern, text)]
    return {key: int(found[key]) if key == "quantity" else found[key] for key in keys.split(", ")}


def solved_logic(text: str) -> object:
    before = set()
    for one, side, other in re.findall(r"The (\w+) came in right (before|after) the (\w+)\.", text):
        before.add((one, other) if side == "before" else (other, one))
    runners = {runner for pair in before for runner in pair}
    if len(runners) <= 5:
        (order,) = [order for order in permutations(runners) if before == set(pairwise(order))]
        return list(order)
    following = dict(before)
    (first,) = runners - {behind for _, behind in before}
    found = [first]
    while found[-1] in following:
        found.append(following[found[-1]])
    return found


def solved_units(text: str) -> object:
    target, told = re.findall(r"How many (\w+) are (.*), together\?", text)[0]
    sizes = next(sizes for sizes in (SECONDS, METRES, GRAMS) if target in sizes)
    parts = [found.split() for found in told.split(", ")]
    return round(sum(int(amount) * sizes[unit] for amount, unit in parts) / sizes[target])


SOLVED: dict[Kind, Callable[[str], object]] = {
    "arithmetic": solved_arithmetic,
    "word_count": solved_word_count,
    "sorting": solved_sorting,
    "date_difference": solved_date_difference,
    "extraction": solved_extraction,
    "logic": solved_logic,
    "units": solved_units,
}
SIZES: dict[Kind, Callable[[str, object], float]] = {
    "arithmetic": lambda text, value: len(re.findall(r"\d+", text)),
    "word_count": lambda text, value: len(text.split()),
    "sorting": lambda text, value: len(re.findall(r"-?\d+", text)),
    "date_difference": lambda text, value: float(str(value)),
    "extraction": lambda text, value: text.count("go to"),
    "logic": lambda text, value: text.count("came in"),
    "units": lambda text, value: text.count(","),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_is_what_an_independent_calculation_finds(kind: Kind, level: Level) -> None:
    for one in made(kind, level):
        assert answer(one) == SOLVED[kind](question(one))
        assert one.label == level


@pytest.mark.parametrize("kind", KINDS)
def test_every_input_of_a_level_is_larger_than_all_of_the_level_before(kind: Kind) -> None:
    sizes = [[SIZES[kind](question(given), answer(given)) for given in made(kind, level)] for level in LEVELS]

    for easier, harder in pairwise(sizes):
        assert max(easier) < min(harder)


@given(st.text(), st.integers(1, 60))
def test_the_same_seed_makes_the_same_inputs_and_none_twice(seed: str, count: int) -> None:
    found = generate(seed, count)

    assert found == generate(seed, count)
    assert found == generate(seed, 60)[:count]
    assert [given.number for given in found] == list(range(count))
    assert len({question(given) for given in found}) == count


def test_another_seed_makes_other_inputs() -> None:
    one, other = ({question(given) for given in generate(seed, 60)} for seed in ("a", "b"))

    assert not one & other


def test_levels_and_kinds_have_equal_parts() -> None:
    found = generate("seed", 210)

    assert set(Counter(given.label for given in found).values()) == {70}
    assert len([given for given in found if "Sort" in question(given)]) == 30


def test_one_rule_scores_a_mixed_suite() -> None:
    found = generate("seed", 42)

    check_scoring(SCORING, found, checks=CHECKS)
    for at, one in enumerate(found):
        right, wrong = f"Sure:\n```json\n{one.reference}\n```", found[at - 1].reference or ""
        assert score_of(right, one.reference, SCORING, checks=CHECKS) == 1.0
        assert score_of(wrong, one.reference, SCORING, checks=CHECKS) == float(answer(one) == answer(found[at - 1]))


@pytest.mark.parametrize(
    ("count", "levels", "kinds", "field"),
    [
        (0, LEVELS, KINDS, "count"),
        (10_001, LEVELS, KINDS, "count"),
        (1, [], KINDS, "levels"),
        (1, ["easy", "easy"], KINDS, "levels"),
        (1, ["awful"], KINDS, "levels"),
        (1, LEVELS, ["poetry"], "kinds"),
        (1, LEVELS, [], "kinds"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(count: int, levels: list[Level], kinds: list[Kind], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        generate("seed", count, levels, kinds=kinds)

    assert refusal.value.field == field


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_enough_inputs_for_the_largest_comparison(kind: Kind) -> None:
    begun = time.process_time()

    assert len(generate("seed", 10_000, ["easy"], kinds=[kind])) == 10_000

    assert time.process_time() - begun < 20
