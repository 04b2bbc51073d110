"""A stored step can be replayed bit for bit from its JSON."""

import json

from app.domain.allocation import Plan
from app.domain.allocation_json import (
    decision_to_json,
    observation_from_json,
    observation_to_json,
    plan_from_json,
    plan_to_json,
    state_from_json,
    state_to_json,
)
from app.domain.allocator import advance
from app.domain.escape import EscapeRule
from app.domain.warmup import Warmup
from tests.domain.allocating import plan, played


def through_text(plain: dict[str, object]) -> dict[str, object]:
    result: dict[str, object] = json.loads(json.dumps(plain))
    return result


def full() -> Plan:
    return plan(
        3,
        goal=(4000, 3000, 3000),
        start=(9000, 500, 500),
        warmup=Warmup(5),
        escape={"b": EscapeRule(0.4), "c": EscapeRule(0.3, 20)},
        max_sessions=100_000,
    )


def test_a_plan_survives_json() -> None:
    for each in (full(), plan(2), plan(2, escape={"a": EscapeRule(0.2, rollback=(1, 9999))})):
        assert plan_from_json(through_text(plan_to_json(each))) == each


def test_every_step_of_a_run_is_replayed_bit_for_bit_from_its_stored_inputs() -> None:
    setting = full()
    phases = set()

    for state, seen, decision in played(setting, lambda tick: (0.5, 0.9 if tick < 60 else 0.5, 0.1), ticks=90, seed=21):
        stored = json.dumps([plan_to_json(setting), state_to_json(state), observation_to_json(seen)])
        plain_plan, plain_state, plain_seen = json.loads(stored)
        again = advance(plan_from_json(plain_plan), state_from_json(plain_state), observation_from_json(plain_seen))

        assert again == decision
        assert json.dumps(decision_to_json(again)) == json.dumps(decision_to_json(decision))
        phases.add(decision.phase)

    assert phases == {"warmup", "adaptive", "completed"}
