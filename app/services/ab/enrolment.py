"""Enrolment says whether a new session takes part in an A/B test of its use case, and for whom its facts count."""

from dataclasses import dataclass

from app.db.snapshot import Snapshot
from app.domain.ab import slots
from app.domain.ab.counting import Counting
from app.domain.ab.design import Arm, Design
from app.domain.experiment import Experiment
from app.domain.session import Session
from app.services.ab.designs import design_of, epoch_of


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A session's arm. `epoch_id` None: a tester, who counts for nothing."""

    arm: Arm
    epoch_id: str | None


def enrol(snapshot: Snapshot, use_case_id: str, correlation_id: str, *, user_id: str | None) -> Enrolment | None:
    """The arm that a new session is given, None when it takes part in no test. No SQL.

    Tests of one use case take disjoint slots of one layer, so that at most one of them takes it.
    """
    found: Enrolment | None = None
    for test in snapshot.tests.get(use_case_id, ()):
        design = design_of(test)
        unit = _unit(design, correlation_id, user_id)
        if unit is None:
            continue
        if unit in design.overrides:
            return Enrolment(design.arm(design.overrides[unit]), None)
        if found is None and slots.enrolled(design.layer, unit, design.slots):
            arm = design.arm(slots.arm_of(test.id, unit, design.weights))
            found = Enrolment(arm, epoch_of(test))
    return found


def test_of(snapshot: Snapshot, session: Session) -> Experiment | None:
    """The running test that the session takes part in."""
    if session.epoch_id is None or session.shadow:
        return None
    tests = snapshot.tests.get(session.use_case_id, ())
    return next((test for test in tests if epoch_of(test) == session.epoch_id), None)


def counting_of(test: Experiment | None, session: Session) -> Counting | None:
    """For which unit and arm the session's facts count; the test may have ended. None when it is no A/B test."""
    if test is None or test.policy != "fixed":
        return None
    design = design_of(test)
    unit = session.correlation_id if design.unit == "correlation_id" else session.unit
    return Counting(
        experiment_id=test.id,
        unit=unit,
        arm=slots.arm_of(test.id, unit, design.weights),
        metrics=design.metrics,
        assigned_at=session.assigned_at,
        window_days=design.window_days,
    )


def _unit(design: Design, correlation_id: str, user_id: str | None) -> str | None:
    """Who is randomised; None for a session without a user where the test is by user."""
    match design.unit:
        case "auto":
            return user_id or correlation_id
        case "user_id":
            return user_id
        case _:
            return correlation_id
