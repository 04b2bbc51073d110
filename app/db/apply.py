"""Facts become rows and sums; applied twice they change nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.db import (
    calls,
    charges,
    evidence,
    feedback,
    flows,
    model_days,
    routes,
    run_steps,
    runs,
    scores,
    served,
    sessions,
    traffic_events,
)
from app.db.ab_counts import Counts
from app.db.evidence import Increments
from app.db.facts import (
    CallDone,
    Fact,
    FeedbackGiven,
    Pin,
    Result,
    RouteDone,
    RunBegun,
    RunDone,
    Scored,
    Served,
    StepBegun,
    StepEnded,
)
from app.db.feedback import Change
from app.db.uow import Tx
from app.domain.feedback import Feedback
from app.domain.session import Session


def apply(tx: Tx, submissions: Sequence[Sequence[Fact]], *, tell: bool = True) -> list[list[Result]]:
    """Writes all facts, a few statements for all submissions together; the results of each submission in order.

    `tell`: what is new is recorded as events too.
    """
    facts = [fact for submission in submissions for fact in submission]
    pins = [fact.session for fact in facts if isinstance(fact, Pin)]
    stored, fresh = sessions.pin(tx, pins) if pins else ([], set[str]())
    new = _write(tx, facts, fresh)
    if tell:
        traffic_events.add(tx, facts, new | fresh)
    answers = iter(stored)
    return [[_answer(fact, answers, new) for fact in submission] for submission in submissions]


def replay(tx: Tx, submissions: Sequence[Sequence[Fact]], *, tell: bool = True) -> None:
    """Writes facts that were acknowledged without the database: a session that lost its race has served, and stays."""
    facts = [fact for submission in submissions for fact in submission]
    fresh = sessions.keep(tx, [fact.session for fact in facts if isinstance(fact, Pin)])
    new = _write(tx, facts, fresh)
    if tell:
        traffic_events.add(tx, facts, new | fresh)


def _write(tx: Tx, facts: Sequence[Fact], fresh: set[str]) -> set[str]:
    """All but the sessions themselves, of which `fresh` are new; the ids of the rows that were new."""
    increments, counts = Increments(), Counts()
    pins = [fact for fact in facts if isinstance(fact, Pin)]
    _count_sessions(tx, [fact.session for fact in pins], fresh, increments)
    for pin in pins:
        if pin.counting is not None and pin.session.id in fresh:
            counts.expose(pin.counting)
    counts.write_units(tx)
    new = _write_runs(tx, facts)
    done = [fact for fact in facts if isinstance(fact, CallDone)]
    new_calls = calls.add_new(tx, [fact.call for fact in done])
    calls.add_texts(tx, [fact.text for fact in done if fact.text is not None and fact.call.id in new_calls])
    routed = [fact.route for fact in facts if isinstance(fact, RouteDone)]
    new |= new_calls | routes.add_new(tx, routed)
    new |= {f"{of} {by}" for of, by in scores.add_new(tx, [fact for fact in facts if isinstance(fact, Scored)])}
    counting = served.counting([fact for fact in facts if isinstance(fact, Served)], new)
    given = [fact for fact in facts if isinstance(fact, FeedbackGiven)]
    opinions = [fact.feedback for fact in given]
    changes = feedback.give(tx, opinions) if opinions else []
    net = feedback.by_people(changes)
    at_once = set() if tx.dialect.name == "sqlite" else net.keys()  # SQLite has one writer at a time
    held = sessions.hold(tx, {fact.session_id for fact in counting} | at_once)
    served.count(tx, counting, held, increments)
    _opine(changes, increments)
    _count_tests(tx, counting, given, changes, counts)
    _rate(tx, changes, net, increments)
    increments.write(tx)
    counts.write(tx)
    made = {fact.call.id: fact for fact in done if fact.call.id in new_calls}
    model_days.add(tx, model_days.of_calls([fact.call for fact in made.values()], routed))
    _charge(tx, made)
    return new | {after.id for _, after in changes}


def _write_runs(tx: Tx, facts: Sequence[Fact]) -> set[str]:
    """Runs and how far their steps are; the ids of runs that have ended now."""
    runs.add_new(tx, [fact.run for fact in facts if isinstance(fact, RunBegun)])
    new = runs.add_new(tx, [fact.run for fact in facts if isinstance(fact, RunDone) and not fact.begun])
    new |= runs.end(tx, [fact.run for fact in facts if isinstance(fact, RunDone) and fact.begun])
    run_steps.begin(tx, [fact.step for fact in facts if isinstance(fact, StepBegun)])
    run_steps.end(tx, [fact.step for fact in facts if isinstance(fact, StepEnded)])
    return new


def _count_sessions(tx: Tx, pinned: Sequence[Session], fresh: set[str], increments: Increments) -> None:
    """A session counts once, though it was handed in twice in one batch."""
    first: dict[tuple[str, int], datetime] = {}
    for session in {session.id: session for session in pinned if session.id in fresh}.values():
        first.setdefault((session.flow_id, session.flow_version), session.assigned_at)
        counts = increments.of(session.epoch_id, session.flow_id, session.flow_version, shadow=session.shadow)
        counts["sessions"] += 1
    flows.mark_served(tx, first)


def _count_tests(
    tx: Tx, served_facts: Sequence[Served], given: Sequence[FeedbackGiven], changes: Sequence[Change], counts: Counts
) -> None:
    """What A/B tests count of runs, and of opinions that stand now.

    An opinion on a unit may replace one that was counted by the window of a former session.
    """
    for fact in served_facts:
        if fact.counting is not None:
            counts.run(fact.counting, failed=fact.failed, latency_ms=fact.latency_ms, cost=fact.cost)
    counting = {fact.feedback.id: fact.counting for fact in given}
    counted = [(of, before, after) for before, after in changes if (of := counting[after.id]) is not None]
    former = {before.session_id for _, before, after in counted if before and before.session_id != after.session_id}
    began = sessions.began(tx, former)
    for of, before, after in counted:
        counts.opine(of, after)
        if before is not None:
            counts.withdraw(replace(of, assigned_at=began.get(before.session_id, of.assigned_at)), before)


def _charge(tx: Tx, done: Mapping[str, CallDone]) -> None:
    """Last of all: where nothing was held for a call, its budgets are settled at once, whose rows others may hold."""
    due = [charge for fact in done.values() for charge in fact.charges]
    if due:
        charges.book(tx, due, at=max(fact.call.at for fact in done.values()))


def _opine(changes: Sequence[Change], increments: Increments) -> None:
    """Opinions worth the same are added as one: there are many opinions, and few things that they can say."""
    worth: Counter[tuple[str | None, str, int, bool, float | None]] = Counter()
    for before, after in changes:
        worth[_said(after)] += 1
        if before is not None:
            worth[_said(before)] -= 1
    for (epoch_id, flow_id, flow_version, shadow, counted), times in worth.items():
        counts = increments.of(epoch_id, flow_id, flow_version, shadow=shadow)
        counts.update({name: times * value for name, value in evidence.of_reward(counted).items()})


def _rate(tx: Tx, changes: Sequence[Change], net: Mapping[str, int], increments: Increments) -> None:
    """A session is rated from its first opinion of a person that counts until none is left."""
    standing = feedback.standing_by_people(tx, net.keys())
    opinions = {one.session_id: one for change in changes for one in change if one is not None}
    for session_id, change in net.items():
        now = standing.get(session_id, 0)
        _where(opinions[session_id], increments)["rated"] += (now > 0) - (now > change)


def _said(opinion: Feedback) -> tuple[str | None, str, int, bool, float | None]:
    return (opinion.epoch_id, opinion.flow_id, opinion.flow_version, opinion.shadow, opinion.counted)


def _where(opinion: Feedback, increments: Increments) -> Counter[str]:
    return increments.of(opinion.epoch_id, opinion.flow_id, opinion.flow_version, shadow=opinion.shadow)


def _answer(fact: Fact, stored: Iterator[Session], new: set[str]) -> Result:
    match fact:
        case Pin():
            return next(stored)
        case RunDone():
            return fact.run.id in new
        case RunBegun() | StepBegun() | StepEnded():
            return True
        case CallDone():
            return fact.call.id in new
        case FeedbackGiven():
            return fact.feedback.id in new
        case Served():
            return fact.of in new
        case RouteDone():
            return fact.route.id in new
        case Scored():
            return f"{fact.call_id} {fact.rubric}" in new
