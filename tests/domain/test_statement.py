"""Both sides of a statement stand beside each other, whole, with a status that follows from the figures."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.statement import EVERY, Booked, Difference, Figures, Place, StatementLine, Tolerance, compare
from app.domain.statement_sums import sums_of

DAY, NEXT = date(2026, 11, 1), date(2026, 11, 2)
USD = 1_000_000_000
EXACT = Tolerance(percent=0, cost=0)


def line(name: str, figures: Figures, *, day: date = DAY, model: str | None = None) -> StatementLine:
    return StatementLine(day, name, model, figures)


def booked(cost: int | None, *, requests: int = 1, read: int = 10, written: int = 5) -> Booked:
    return Booked(Figures(requests, read, written, cost))


def one(theirs: Figures, ours: Figures, tolerance: Tolerance = EXACT) -> Difference:
    (found,) = compare([line("m", theirs, model="v/m")], {(DAY, "v/m"): Booked(ours)}, tolerance=tolerance)
    return found


def test_equal_figures_match_and_others_differ() -> None:
    same = Figures(2, 10, 5, USD)

    assert one(same, same).status == "match"
    assert one(same, Figures(2, 11, 5, USD)).status == "differs"


def test_what_one_side_does_not_know_is_not_compared() -> None:
    assert one(Figures(cost=USD), Figures(2, 10, 5, USD)).status == "match"
    assert one(Figures(input_tokens=10), Figures(2, 10, 5, None)).status == "match"


def test_nothing_to_compare_is_no_match() -> None:
    found = one(Figures(cost=USD), Figures(2, 10, 5, None))

    assert (found.status, found.of("cost")) == ("differs", None)


def test_a_side_that_is_missing_is_named_and_counts_as_nothing() -> None:
    here, there = compare([line("m", Figures(cost=3), model="v/m")], {(NEXT, "v/m"): booked(4)}, tolerance=EXACT)

    assert (here.status, here.of("cost")) == ("missing-here", -3)
    assert (there.status, there.of("cost")) == ("missing-there", 4)


@pytest.mark.parametrize(("ours", "status"), [(101, "match"), (99, "match"), (102, "differs"), (98, "differs")])
def test_the_tolerance_is_a_share_of_theirs_and_includes_its_end(ours: int, status: str) -> None:
    assert one(Figures(input_tokens=100), Figures(input_tokens=ours), Tolerance(percent=1)).status == status


def test_costs_may_be_apart_by_the_rounding_of_an_export_and_no_more() -> None:
    assert one(Figures(cost=0), Figures(cost=10_000_000), Tolerance()).status == "match"
    assert one(Figures(cost=0), Figures(cost=10_000_001), Tolerance()).status == "differs"


def test_names_of_one_model_are_added_up() -> None:
    lines = [line(name, Figures(requests=2, cost=3), model="v/m") for name in ("m", "m-2024-08-06")]

    (found,) = compare(lines, {(DAY, "v/m"): booked(6, requests=4)}, tolerance=EXACT)

    assert (found.names, found.status, found.theirs) == (("m", "m-2024-08-06"), "match", Figures(requests=4, cost=6))


def test_a_line_for_the_whole_day_stands_beside_the_sum_of_that_day_only() -> None:
    ours = {(DAY, "v/a"): booked(1), (DAY, "v/b"): booked(2), (NEXT, "v/a"): booked(4)}

    whole, rest = compare([line(EVERY, Figures(cost=3))], ours, tolerance=EXACT)

    assert (whole.model, whole.status, whole.ours) == (EVERY, "match", booked(3, requests=2, read=20, written=10))
    assert (rest.day, rest.status) == (NEXT, "missing-there")


def test_a_sum_with_an_unpriced_part_is_unknown() -> None:
    ours = {(DAY, "v/a"): booked(1), (DAY, "v/b"): booked(None)}

    (whole,) = compare([line(EVERY, Figures(cost=3))], ours, tolerance=EXACT)

    assert (whole.status, whole.of("cost")) == ("differs", None)


def test_a_day_that_the_cache_answered_is_billed_by_nobody() -> None:
    (found,) = compare([], {(DAY, "v/a"): Booked(Figures(0, 0, 0, 0), cached=7)}, tolerance=EXACT)

    assert found.status == "match"


def test_a_share_of_nothing_is_unknown() -> None:
    found = one(Figures(input_tokens=0, cost=200), Figures(input_tokens=1, cost=199))

    assert (found.percent("cost"), found.percent("input_tokens"), found.percent("requests")) == (-0.5, None, None)


FIGURES = st.builds(Figures, *[st.integers(0, 10**12)] * 4)
PLACES = st.tuples(st.sampled_from([DAY, NEXT]), st.sampled_from(["v/a", "v/b", "v/c"]))


@given(st.dictionaries(PLACES, FIGURES), st.dictionaries(PLACES, FIGURES))
def test_no_dollar_is_lost_on_either_side(theirs: dict[Place, Figures], ours: dict[Place, Figures]) -> None:
    lines = [line(name, figures, day=day, model=name) for (day, name), figures in theirs.items()]
    mine = {place: Booked(figures) for place, figures in ours.items()}

    sums = sums_of(compare(lines, mine, tolerance=Tolerance()))

    assert sums.theirs == sum(figures.cost or 0 for figures in theirs.values())
    assert sums.ours == sum(figures.cost or 0 for figures in ours.values())
    assert sums.difference == (sums.ours or 0) - (sums.theirs or 0)
    assert sum(sums.counts.values()) == len({*theirs, *ours})
