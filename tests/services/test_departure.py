"""Leaving is told once, to everyone who works for the caller."""

import threading

from app.services.departure import Departure


def test_leaving_cuts_what_is_under_way() -> None:
    departure, cut = Departure(), list[str]()

    with departure.cuts(lambda: cut.append("first")):
        departure.leave()

    assert cut == ["first"]
    assert departure.left


def test_what_begins_after_the_caller_left_is_cut_at_once() -> None:
    departure, cut = Departure(), list[str]()
    departure.leave()

    with departure.cuts(lambda: cut.append("late")):
        pass

    assert cut == ["late"]


def test_what_is_over_is_not_cut() -> None:
    departure, cut = Departure(), list[str]()
    with departure.cuts(lambda: cut.append("over")):
        pass

    departure.leave()

    assert cut == []


def test_a_wait_ends_when_the_caller_leaves() -> None:
    departure = Departure()
    threading.Timer(0.02, departure.leave).start()

    assert departure.wait(60) is True


def test_a_wait_without_leaving_says_so() -> None:
    assert Departure().wait(0.001) is False
