"""What a run says of its flow becomes sums, once: failures, slow runs, money and time, and what each session costs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from app.db import sessions
from app.db.evidence import COSTS, Increments
from app.db.facts import Served
from app.db.uow import Tx
from app.domain.guards import cost_cell


def counting(facts: Sequence[Served], new: set[str]) -> list[Served]:
    """Those that count: of a run or call that is new, once though it was handed in twice in one batch."""
    first: dict[str, Served] = {}
    for fact in facts:
        if fact.of in new:
            first.setdefault(fact.of, fact)
    return list(first.values())


def count(tx: Tx, facts: Sequence[Served], held: Mapping[str, sessions.Held], increments: Increments) -> None:
    """Adds the facts to the evidence, and to the `held` sessions that keep sums.

    A session that is gone, as its flow or use case is, counts for nothing: a reported call outlives it.
    """
    summed: defaultdict[str, list[Served]] = defaultdict(list)
    for fact in facts:
        if fact.session_id not in held:
            continue
        _place(fact, increments).update(_sums(fact))
        if fact.summed:
            summed[fact.session_id].append(fact)
    grown: dict[str, Counter[str]] = {}
    for session_id, own in summed.items():
        grown[session_id] = Counter()
        for fact in own:
            grown[session_id].update({"runs": 1, "cost": fact.cost or 0, "latency_ms": fact.latency_ms})
        _move(own, held[session_id], grown[session_id]["cost"], increments)
    sessions.grow(tx, grown)


def _place(fact: Served, increments: Increments) -> Counter[str]:
    return increments.of(fact.epoch_id, fact.flow_id, fact.flow_version, shadow=fact.shadow)


def _sums(fact: Served) -> Counter[str]:
    return Counter(
        runs=1, failed=int(fact.failed), slow=int(fact.slow), cost=fact.cost or 0, latency_ms=fact.latency_ms
    )


def _move(own: Sequence[Served], before: sessions.Held, added: int, increments: Increments) -> None:
    """One cell counts each session with a limit: it leaves the one of its cost before, for the one of its cost now.

    A session keeps its flow and epoch, and with them its limit, so that any of its facts can say the limit.
    """
    for fact in own:
        if fact.cost_limit is not None and fact.epoch_id is not None and not fact.shadow:
            cells = _place(fact, increments)
            if before.runs > 0:
                cells[COSTS[cost_cell(before.cost, fact.cost_limit)]] -= 1
            cells[COSTS[cost_cell(before.cost + added, fact.cost_limit)]] += 1
            return
