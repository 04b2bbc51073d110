"""The vitals of a process and of what it shares with others, as figures; nothing in them names a person or a text."""

from typing import Final

from app.domain.breaker import State
from app.domain.errors import StoreUnavailable
from app.domain.money import NANOS_PER_USD
from app.services import budgets
from app.services.answer_cache import Readings
from app.services.budgets import State as BudgetState
from app.services.figures import Family, Reading, counter, gauge, merged
from app.services.jobs import standing
from app.services.world import World

STATES: Final[dict[State, float]] = {"closed": 0.0, "half-open": 1.0, "open": 2.0}
TARGET: Final = ("provider", "model", "endpoint")
PLACE: Final = ("provider", "endpoint")
BUDGETS: Final = 200  # budgets, by name, that are shown


def everything(world: World) -> list[Family]:
    """What all processes of this server have counted, and where budgets and jobs stand."""
    own = of_process(world)
    told = [own] if world.figure_files is None else world.figure_files.exchange(own)
    return [*merged(told), *_budgets(world), *standing.families(world)]


def of_process(world: World) -> list[Family]:
    """What this process knows by itself; asks nobody."""
    return [
        *world.tally.families(),
        *_breakers(world),
        *_endpoints(world),
        *_journal(world),
        *_cache(world.cache.readings(count=False)),
        *_entry(world),
        *_mirrors(world),
        *_scorings(world),
        *_own_scorer(world),
    ]


def _breakers(world: World) -> list[Family]:
    states, trips = [], []
    for it in world.breakers.readings():
        labels = (it.target.provider, it.target.model, it.target.endpoint)
        states.append(Reading(labels, (STATES[it.state],)))
        trips.append(Reading(labels, (float(it.trips),)))
    told = "0 closed: calls pass; 1 half-open: a probe is under way; 2 open: none passes"
    return [
        Family("model_match_breaker_state", told, "gauge", TARGET, tuple(states), "max"),
        Family("model_match_breaker_trips", "How often it opened", "counter", TARGET, tuple(trips), "max"),
    ]


def _endpoints(world: World) -> list[Family]:
    busy, cooling = [], []
    for code, loads in world.balancer.loads().items():
        for load in loads:
            busy.append(Reading((code, load.endpoint.name), (float(load.in_flight),)))
            cooling.append(Reading((code, load.endpoint.name), (round(load.cooling_for_s, 3),)))
    rest = "Seconds for which a model of it still rests after a 429, at most"
    return [
        Family("model_match_endpoint_in_flight", "Calls under way", "gauge", PLACE, tuple(busy)),
        Family("model_match_endpoint_cooling_seconds", rest, "gauge", PLACE, tuple(cooling), "max"),
    ]


def _journal(world: World) -> list[Family]:
    seen, away = world.journal.figures(), world.store.reads.away or world.store.writes.away
    return [
        gauge("model_match_journal_pending", "Requests whose rows wait for the store", seen.pending),
        counter("model_match_journal_batches", "Transactions committed", seen.batches),
        counter("model_match_journal_facts", "Rows committed", seen.facts),
        counter("model_match_journal_spooled", "Rows written to the spool instead", seen.spooled),
        counter("model_match_journal_replayed", "Rows brought from the spool to the store", seen.replayed),
        counter("model_match_journal_rejected", "Rows of the spool that the store refused", seen.rejected),
        gauge(
            "model_match_store_away", "1 while the store does not answer, or takes no writes", float(away), merge="max"
        ),
    ]


def _cache(seen: Readings) -> list[Family]:
    looks = {"hit": seen.hits, "joined": seen.joined, "miss": seen.misses}
    counted = tuple(Reading((found,), (float(count),)) for found, count in looks.items())
    return [
        Family("model_match_cache_lookups", "Look-ups by what was found", "counter", ("found",), counted),
        counter("model_match_cache_kept", "Answers kept", seen.kept),
        counter("model_match_cache_evicted", "Answers that had to leave the memory", seen.evicted),
        counter("model_match_cache_too_large", "Answers too large to keep", seen.too_large),
        counter("model_match_cache_unwritten", "Answers that did not reach the shared shelf", seen.unwritten),
        gauge("model_match_cache_entries", "Answers in memory", seen.entries),
        gauge("model_match_cache_bytes", "Memory that they take", seen.bytes),
    ]


def _entry(world: World) -> list[Family]:
    told = "Requests refused at a limit of their key"
    refused = tuple(Reading((limit,), (float(count),)) for limit, count in world.limiter.refusals().items())
    admission = world.admission
    return [
        Family("model_match_limit_refusals", told, "counter", ("limit",), refused),
        gauge("model_match_admission_running", "Generations under way", admission.running),
        gauge("model_match_admission_queued", "Generations that wait for a place", admission.waiting),
        counter("model_match_admission_refused", "Generations sent away for want of a place", admission.refused),
    ]


def _mirrors(world: World) -> list[Family]:
    seen = world.mirrors.figures()
    runs, dropped = (
        tuple(Reading((label,), (float(count),)) for label, count in counted.items())
        for counted in (seen.runs, seen.dropped)
    )
    return [
        gauge("model_match_shadow_queued", "Copies of requests that wait for a shadow", seen.waiting),
        gauge("model_match_shadow_running", "Runs of shadows under way", seen.under_way),
        Family("model_match_shadow_runs", "Runs of shadows that ended", "counter", ("status",), runs),
        Family(
            "model_match_shadow_dropped", "Copies that no shadow answered, by reason", "counter", ("reason",), dropped
        ),
    ]


def _own_scorer(world: World) -> list[Family]:
    """Of the operator's own scorer of difficulty; none where none is set."""
    if world.own_scorer is None:
        return []
    seen = world.own_scorer.readings()
    told = "Questions to the operator's own scorer, by how they ended"
    ended = {"answered": seen.answered, **seen.failed}
    counted = tuple(Reading((how,), (float(count),)) for how, count in ended.items())
    rests = "1 while the operator's own scorer is not asked, after failures"
    return [
        Family("model_match_own_scorer_questions", told, "counter", ("ended",), counted),
        gauge("model_match_own_scorer_resting", rests, float(seen.resting), merge="max"),
    ]


def _scorings(world: World) -> list[Family]:
    seen = world.scorings.figures()
    dropped = tuple(Reading((reason,), (float(count),)) for reason, count in seen.dropped.items())
    return [
        gauge("model_match_scores_queued", "Answers that wait to be scored", seen.waiting),
        counter("model_match_scores", "Answers that were scored", seen.scored),
        Family(
            "model_match_scores_dropped", "Answers that were not scored, by reason", "counter", ("reason",), dropped
        ),
    ]


def _budgets(world: World) -> list[Family]:
    """Budgets that are one for all who fall under them, in their present period; none while the store is away."""
    try:
        states, _ = budgets.page(world, cursor=None, limit=BUDGETS)
    except StoreUnavailable:
        states = []
    shared = [state for state in states if state.budget.active and not state.budget.for_each]
    told = {"settled": "Spent for good", "reserved": "Promised to calls under way", "limit": "What may be spent"}
    return [
        Family(
            f"model_match_budget_{name}",
            f"{sentence}, in US dollars or tokens",
            "gauge",
            ("budget", "unit"),
            tuple(_reading(state, name) for state in shared),
        )
        for name, sentence in told.items()
    ]


def _reading(state: BudgetState, name: str) -> Reading:
    budget = state.budget
    amount = {"settled": state.balance.settled, "reserved": state.balance.reserved, "limit": budget.limit}[name]
    return Reading((budget.name, budget.unit), (amount / NANOS_PER_USD if budget.unit == "usd" else float(amount),))
