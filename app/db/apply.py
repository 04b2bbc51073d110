"""Facts become rows and sums; applied twice they change nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from app.db import calls, evidence, feedback, flows, runs, sessions
from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, Result, RunDone
from app.db.uow import Tx
from app.domain.session import Session

Increments = defaultdict[evidence.Place, Counter[str]]


def apply(tx: Tx, submissions: Sequence[Sequence[Fact]]) -> list[list[Result]]:
    """Writes all facts, a few statements for all submissions together; the results of each submission in order."""
    facts = [fact for submission in submissions for fact in submission]
    pins = [fact.session for fact in facts if isinstance(fact, Pin)]
    stored, fresh = sessions.pin(tx, pins) if pins else ([], set[str]())
    new = _write(tx, facts, fresh)
    answers = iter(stored)
    return [[_answer(fact, answers, new) for fact in submission] for submission in submissions]


def replay(tx: Tx, submissions: Sequence[Sequence[Fact]]) -> None:
    """Writes facts that were acknowledged without the database: a session that lost its race has served, and stays."""
    facts = [fact for submission in submissions for fact in submission]
    _write(tx, facts, sessions.keep(tx, [fact.session for fact in facts if isinstance(fact, Pin)]))


def _write(tx: Tx, facts: Sequence[Fact], fresh: set[str]) -> set[str]:
    """All but the sessions themselves, of which `fresh` are new; the ids of the rows that were new."""
    increments: Increments = defaultdict(Counter)
    _count_sessions(tx, [fact.session for fact in facts if isinstance(fact, Pin)], fresh, increments)
    new = runs.add_new(tx, [fact.run for fact in facts if isinstance(fact, RunDone)])
    done = [fact for fact in facts if isinstance(fact, CallDone)]
    new_calls = calls.add_new(tx, [fact.call for fact in done])
    calls.add_texts(tx, [fact.text for fact in done if fact.text is not None and fact.call.id in new_calls])
    new |= new_calls | _opine(tx, [fact for fact in facts if isinstance(fact, FeedbackGiven)], increments)
    evidence.add(tx, increments)
    return new


def _count_sessions(tx: Tx, pinned: Sequence[Session], fresh: set[str], increments: Increments) -> None:
    served: dict[tuple[str, int], datetime] = {}
    for session in pinned:
        if session.id not in fresh:
            continue
        served.setdefault((session.flow_id, session.flow_version), session.assigned_at)
        if session.epoch_id is not None:
            increments[session.epoch_id, session.flow_id, session.flow_version]["sessions"] += 1
    flows.mark_served(tx, served)


def _opine(tx: Tx, given: Sequence[FeedbackGiven], increments: Increments) -> set[str]:
    changes = feedback.give(tx, [fact.feedback for fact in given]) if given else []
    for before, after in changes:
        if after.epoch_id is not None:
            increments[after.epoch_id, after.flow_id, after.flow_version].update(evidence.of_reward(after.reward))
        if before is not None and before.epoch_id is not None:
            increments[before.epoch_id, before.flow_id, before.flow_version].subtract(evidence.of_reward(before.reward))
    return {after.id for _, after in changes}


def _answer(fact: Fact, stored: Iterator[Session], new: set[str]) -> Result:
    match fact:
        case Pin():
            return next(stored)
        case RunDone():
            return fact.run.id in new
        case CallDone():
            return fact.call.id in new
        case FeedbackGiven():
            return fact.feedback.id in new
