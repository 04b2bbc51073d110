"""A kind of job is known everywhere, and has been killed in the middle of its work."""

from app.services.jobs.handlers import ENDINGS, HANDLERS, REVIVALS
from tests.faults.kills import KILLS


def test_every_kind_of_job_is_killed_by_a_test() -> None:
    assert sorted(KILLS) == sorted(HANDLERS)


def test_kinds_stand_in_the_order_of_the_alphabet_and_no_other_is_told_of() -> None:
    assert list(HANDLERS) == sorted(HANDLERS)
    assert ENDINGS.keys() | REVIVALS.keys() <= HANDLERS.keys()
