"""A route becomes a row when its outcome is known, with what its first model did apart from the whole."""

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from app.domain.route import Tried
from app.domain.routing.earning_rows import Decision, Logged, logged

A, B = "v/a", "v/b"


def rated(chance: float, cost: float = 100.0) -> tuple[float, float, float]:
    return chance, 0.6, cost


ROUTE = Decision(
    id="r",
    picked=A,
    by_router=B,
    held_out=True,
    models=(A, B),
    rated=np.array([rated(0.1), rated(0.9)]),
    tried=(Tried("c1", A, cost=120),),
    model=A,
    session_id=None,
)
ESCALATED = replace(
    ROUTE,
    picked=A,
    by_router=A,
    held_out=False,
    model=B,
    tried=(Tried("c1", A, confidence=0.2, cost=120), Tried("c2", B, cost=900)),
)


def row(route: Decision, **qualities: float) -> Logged:
    found = logged(route, qualities)
    assert found is not None
    return found


def test_a_route_with_an_outcome_is_a_row() -> None:
    found = row(ROUTE, c1=0.8)

    assert (found.models, found.asked, found.by_router, found.held_out, found.group) == ((A, B), 0, 1, True, "r")
    assert found.rated.tolist() == [[0.1, 0.6, 100.0], [0.9, 0.6, 100.0]]
    assert (found.first_quality, found.first_cost, found.last_quality, found.last_cost) == (0.8, 120, 0.8, 120)


def test_an_escalated_route_has_the_first_answer_apart_from_what_it_came_to() -> None:
    found = row(ESCALATED, c1=0.3, c2=0.9)

    assert (found.first_quality, found.first_cost, found.last_quality, found.last_cost) == (0.3, 120, 0.9, 1020)


def test_of_an_answer_left_behind_its_confidence_stands_for_the_outcome() -> None:
    assert row(ESCALATED, c2=0.9).first_quality == 0.2


def test_retries_of_the_first_model_are_charged_to_it() -> None:
    again = replace(ROUTE, tried=(Tried("c0", A, failed=True), Tried("c1", A, cost=120)))

    assert row(again, c1=1.0).first_cost == 120
    charged = replace(ROUTE, tried=(Tried("c0", A, cost=30, failed=True), Tried("c1", A, cost=120)))
    assert row(charged, c1=1.0).first_cost == 150


def test_the_whole_cost_counts_judges_and_writers_and_a_writer_is_no_first_answer() -> None:
    council = replace(ROUTE, spent=500, tried=(*ROUTE.tried, Tried("c2", A, cost=80, written=True)))
    found = row(council, c1=0.3, c2=0.9)

    assert (found.first_quality, found.first_cost, found.last_quality, found.last_cost) == (0.3, 120, 0.9, 500)


def test_an_unknown_cost_is_the_expected_one_and_unknown_without() -> None:
    silent = replace(ROUTE, tried=(Tried("c1", A),))
    unpriced = replace(silent, rated=np.array([rated(0.1, np.nan), rated(0.9)]))

    assert row(silent, c1=1.0).first_cost == 100
    assert isnan(row(unpriced, c1=1.0).first_cost)
    assert isnan(float(row(unpriced, c1=1.0).rated[0, 2]))


def test_a_refusal_counts_as_what_the_first_model_did() -> None:
    refused = replace(ESCALATED, tried=(Tried("c1", A, failed=True), Tried("c2", B, cost=900)))

    assert row(refused, c1=0.0, c2=1.0).first_quality == 0.0


def test_rows_of_one_session_are_of_one_group() -> None:
    assert row(replace(ROUTE, session_id="s"), c1=1.0).group == "s"


@pytest.mark.parametrize(
    "silent",
    [
        replace(ROUTE, tried=()),
        replace(ROUTE, tried=(Tried("c9", A),)),
        replace(ROUTE, picked="v/other"),
        replace(ROUTE, by_router="v/other"),
        replace(ROUTE, rated=np.array([rated(0.0), rated(1.0)])),
        replace(ROUTE, rated=np.array([rated(1.0), rated(0.0)])),
        replace(ROUTE, model=B, tried=(Tried("c0", A, failed=True), Tried("c1", B))),
    ],
    ids=["nothing tried", "no outcome", "not rated", "router not rated", "no chance", "router no chance", "away"],
)
def test_a_route_that_says_nothing_is_no_row(silent: Decision) -> None:
    assert logged(silent, {"c1": 1.0}) is None
