"""Calls are read here, and calls made elsewhere are reported here."""

from dataclasses import dataclass, field, replace

from app.db import calls as rows
from app.db.calls import CallFilter
from app.db.facts import CallDone, Fact
from app.domain.call import Call, CallText, CostStatus
from app.domain.errors import NotFound, UnknownModel
from app.domain.message import Json, Usage
from app.domain.model import Model, cost
from app.domain.session import Session
from app.domain.use_case import UseCase
from app.services import bills, serving, texts, traffic
from app.services.prices import price_of, version
from app.services.world import World

__all__ = ["CallFilter", "CallRead", "Reported", "get", "page", "report"]


@dataclass(frozen=True, slots=True)
class CallRead:
    """A call and what was said in it, if texts are kept."""

    call: Call
    text: CallText | None


@dataclass(frozen=True, slots=True)
class Reported:
    """A call that the caller made itself. `cost` in nano-dollars wins over the price known here."""

    model: str
    latency_ms: int
    usage: Usage
    use_case: str | None = None
    correlation_id: str | None = None
    user_id: str | None = None
    step: str | None = None
    provider: str | None = None
    cost: int | None = None
    error: str | None = None
    ttft_ms: int | None = None
    prompt: str | None = None
    reply: str | None = None
    key_id: str | None = None
    owner: str | None = None
    team: str | None = None
    tags: Json = field(default_factory=dict)


def report(world: World, reported: Reported) -> Call:
    """The stored call. A model outside the catalogue is accepted when its provider is named, and is unpriced.

    Its budgets are charged, also beyond their limits: the money is spent.
    Raises UnknownModel, NotFound, UseCaseInactive, Invalid.
    """
    model = _known(world, reported)
    amount, status, version = _cost(world, model, reported)
    use_case, session = _place(world, reported)
    call = _placed(
        world,
        reported,
        use_case,
        session,
        Call(
            id=world.new_id(),
            at=world.now(),
            source="reported-test" if session is not None and session.forced else "reported",
            model=reported.model,
            provider=reported.provider or (model.provider if model else "unknown"),
            outcome="ok" if reported.error is None else "error",
            latency_ms=reported.latency_ms,
            usage=reported.usage,
            cost=amount,
            cost_status=status,
            price_version=version,
            ttft_ms=reported.ttft_ms,
            step=reported.step,
            key_id=reported.key_id,
            reason="reported",
            error=reported.error,
            tags=reported.tags,
            user_id=reported.user_id,
            owner=reported.owner,
            team=reported.team,
        ),
    )
    _write(world, call, session, reported)
    return call


def page(world: World, wanted: CallFilter, *, cursor: str | None, limit: int) -> tuple[list[Call], str | None]:
    """Calls that match, newest first, with the cursor of the next page."""
    with world.store.read() as tx:
        return rows.page(tx, wanted, cursor=cursor, limit=limit)


def get(world: World, call_id: str) -> CallRead:
    """One call with its text. Raises NotFound."""
    with world.store.read() as tx:
        return CallRead(rows.get(tx, call_id), rows.text_of(tx, call_id))


def _write(world: World, call: Call, session: Session | None, reported: Reported) -> None:
    """The call with its charges, and what it says of the session's flow."""
    facts: list[Fact] = [CallDone(call, _text(world, call.id, reported), bills.book(world, call))]
    if session is not None:
        failed = call.outcome == "error"
        facts += serving.evidence(world, session, of=call.id, failed=failed, latency_ms=call.latency_ms, cost=call.cost)
    world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)
    serving.look_after(world, facts)


def _known(world: World, reported: Reported) -> Model | None:
    try:
        return world.catalogue.get(reported.model)
    except UnknownModel:
        if reported.provider is None:
            raise
        return None


def _cost(world: World, model: Model | None, reported: Reported) -> tuple[int | None, CostStatus, str | None]:
    if reported.cost is not None:
        return reported.cost, "reported", None
    price = None if model is None else price_of(world, model, world.now())
    if price is None:
        return None, "unpriced", None
    return cost(price, reported.usage), "priced", version(price)


def _place(world: World, reported: Reported) -> tuple[UseCase | None, Session | None]:
    """The use case, and the session that an earlier pick or run has pinned, also if its flow is served no more.

    The use case is active, unless a tester has the session.
    """
    if reported.use_case is None:
        return None, None
    use_case, session = traffic.known_use_case(world, reported.use_case), None
    if reported.correlation_id is not None:
        session = traffic.find(world, use_case, reported.correlation_id)
    if session is None or not session.forced:
        use_case = traffic.active_use_case(world, reported.use_case)
    if reported.step is not None:
        use_case.require_step(reported.step)
    if session is None and reported.correlation_id is not None:
        raise NotFound("session", reported.correlation_id)
    return use_case, session


def _placed(world: World, reported: Reported, use_case: UseCase | None, session: Session | None, call: Call) -> Call:
    """The call with the use case and session it belongs to."""
    if use_case is None:
        return replace(call, unit=reported.user_id or reported.correlation_id)
    if session is None:
        return replace(call, use_case_id=use_case.id, unit=reported.user_id)
    experiment = serving.experiment_of(world, session)
    return replace(
        call,
        use_case_id=use_case.id,
        experiment_id=None if experiment is None else experiment.id,
        session_id=session.id,
        flow_id=session.flow_id,
        flow_version=session.flow_version,
        unit=session.unit,
    )


def _text(world: World, call_id: str, reported: Reported) -> CallText | None:
    if reported.prompt is None and reported.reply is None:
        return None
    return texts.told(world.policy, call_id, reported.prompt or "", reported.reply or "")
