"""What serving leaves as evidence: each run, and each reported call, speaks for or against the flow that served it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from app.db.facts import Fact, FeedbackGiven, Served
from app.domain.errors import (
    ModelMatchError,
    PromptInvalid,
    PromptRunaway,
    ProviderError,
    ProviderRateLimited,
    StepNotConfigured,
    StoreUnavailable,
    UnknownModel,
    UnknownTask,
    Unsupported,
)
from app.domain.experiment import Experiment
from app.domain.feedback import Feedback
from app.domain.rollout import FlowLimits, Terms
from app.domain.run_errors import ExpressionInvalid, NothingAnswered, OutputInvalid, RunBudgetExceeded, TooManyItems
from app.domain.session import Session
from app.services import advancing
from app.services.ab import enrolment
from app.services.terms import terms_of
from app.services.world import World

RATER: Final = "model-match"  # of the opinion that a failure is
OF_THE_FLOW: Final = (
    ProviderError,
    OutputInvalid,
    NothingAnswered,
    ExpressionInvalid,
    TooManyItems,
    RunBudgetExceeded,
    PromptInvalid,
    PromptRunaway,
    StepNotConfigured,
    UnknownModel,
    UnknownTask,
    Unsupported,
)


def failed_by_flow(error: ModelMatchError) -> bool:
    """Whether the flow failed the run: its models gave no answer, or its prompts and steps could not be asked.

    The budget of a run is the flow's own: a flow that does not get along with it has failed.

    Neither success nor failure are: a budget that blocks, a price that policy demands, the limits that we keep towards
    a provider (its own 429 carries that status), our overload, our store, and a caller who left. Those say nothing of
    the flow, and would hit the flow with the most traffic hardest.
    """
    if isinstance(error, ProviderRateLimited) and error.status is None:
        return False
    return isinstance(error, OF_THE_FLOW)


def experiment_of(world: World, session: Session) -> Experiment | None:
    """The running experiment that the session counts for; None also for sessions of an earlier experiment."""
    snapshot = world.snapshots.current
    test = enrolment.test_of(snapshot, session)
    if test is not None:
        return test
    running = snapshot.experiments.get(session.use_case_id)
    if running is None or session.epoch_id is None or session.shadow:
        return None
    use_case = snapshot.use_cases_by_id.get(session.use_case_id)
    current = use_case is not None and use_case.epoch_id == session.epoch_id
    return running if current or session.assigned_at >= running.started_at else None


def part_of(world: World, session: Session) -> tuple[str | None, str | None]:
    """The id of the running experiment that the session counts for, and its arm in an A/B test; None for none."""
    experiment = experiment_of(world, session)
    counting = enrolment.counting_of(experiment, session)
    return None if experiment is None else experiment.id, None if counting is None else counting.arm


def evidence(world: World, session: Session, *, of: str, failed: bool, latency_ms: int, cost: int | None) -> list[Fact]:
    """What goes into the journal with the run or call whose id is `of`; nothing outside of a running experiment.

    By intention to treat a session that its flow failed counts once with reward 0, unless the metric ignores failures.
    """
    experiment = experiment_of(world, session)
    if experiment is None:
        return []
    terms = terms_of(experiment)
    limits = terms.limits.get(session.flow_id, FlowLimits())
    served = Served(
        of=of,
        epoch_id=session.epoch_id,
        flow_id=session.flow_id,
        flow_version=session.flow_version,
        session_id=session.id,
        failed=failed,
        slow=limits.slow_ms is not None and latency_ms > limits.slow_ms,
        latency_ms=latency_ms,
        cost=cost,
        cost_limit=limits.cost,
        summed=limits.cost is not None or terms.objective.measured,
        counting=enrolment.counting_of(experiment, session),
    )
    if failed and terms.metric.failures == "zero":
        return [served, FeedbackGiven(_failure(world, session, terms), served.counting)]
    return [served]


def look_after(world: World, facts: Sequence[Fact]) -> None:
    """Let the allocator look when the facts, which are safe now, hold an opinion that counts."""
    for fact in facts:
        if not isinstance(fact, FeedbackGiven) or fact.counting is not None:  # A/B tests are looked at with the beat
            continue
        if fact.feedback.counted is not None and fact.feedback.epoch_id is not None:
            look(world, fact.feedback.use_case_id)
            return


def look(world: World, use_case_id: str) -> None:
    """Let the allocator look at what has been said; with the store gone the beat looks once it is back."""
    with suppress(StoreUnavailable):
        world.looks.look(use_case_id, lambda: advancing.advance_on_feedback(world, use_case_id))


def _failure(world: World, session: Session, terms: Terms) -> Feedback:
    moment = world.now()
    counts = terms.metric.takes("failure", age=moment - session.assigned_at)
    return Feedback(
        id=world.new_id(),
        at=moment,
        session_id=session.id,
        call_id=None,
        use_case_id=session.use_case_id,
        flow_id=session.flow_id,
        flow_version=session.flow_version,
        epoch_id=session.epoch_id,
        kind="failure",
        rater=RATER,
        value=None,
        reward=0.0,
        counted=0.0 if counts else None,
    )
