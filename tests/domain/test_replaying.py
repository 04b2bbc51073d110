"""A stored step is taken again from its text bit for bit, and whoever tampered with it is found."""

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.allocation import Observation, Plan, State, initial
from app.domain.allocation_json import decision_to_json, observation_to_json, plan_to_json, state_to_json
from app.domain.allocator import advance
from app.domain.commands import Command, obey
from app.domain.errors import Conflict, Invalid
from app.domain.escape import EscapeRule
from app.domain.evidence import Evidence, from_cells
from app.domain.replaying import again, differences
from app.domain.warmup import Warmup
from tests.domain.allocating import plan, played

COMMANDS = (
    Command("escape", "b"),
    Command("escape", "c", (5000, 3000, 2000)),
    Command("complete", "a"),
    Command("reopen", pardon=True),
    Command("reopen", weights=(2000, 2000, 6000)),
)
RULE = EscapeRule(0.3, 10, 0.2, 500, 1_000_000, 20)


def settings_of(seed: int) -> Plan:
    rng = np.random.default_rng(seed)
    return plan(
        3,
        escape={"b": RULE, "c": EscapeRule(max_cost=1000, rollback=(8000, 2000, 0))},
        warmup=Warmup(5, hold=bool(seed % 2)) if seed % 3 else None,
        start=(8000, 1000, 1000),
        holdout=int(rng.integers(0, 2)) * 700,
        stop=("certified", "guess", "never")[seed % 3],
        certification=("fe", "both")[seed % 2],
        warm_start=(from_cells(plan().scale, (3, 4)),) * 3 if seed % 4 == 0 else (),
        max_ticks=30,
    )


def arriving(rng: np.random.Generator, state: State, means: Sequence[float]) -> Observation:
    last = state.epochs[-1]
    news = []
    for mean, weight in zip(means, state.weights, strict=True):
        n = int(rng.poisson(30 * weight / 10_000))
        good = int(rng.binomial(n, mean))
        served = (n, int(rng.binomial(n, 0.1)), int(rng.binomial(n, 0.05)), *rng.multinomial(n, [1 / 12] * 12).tolist())
        news.append(Evidence(n, n, good * 1_000_000, good * 1_000_000, (n - good, good), served))
    now = tuple(known.plus(new) for known, new in zip(last.evidence, news, strict=True))
    return Observation(state.tick + 1, {last.number: now})


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_any_step_comes_out_bit_for_bit_from_its_text(seed: int) -> None:
    setting, rng = settings_of(seed), np.random.default_rng(seed)
    state = initial(setting)
    means = rng.uniform(0.1, 0.9, 3).tolist()

    for _ in range(14):
        seen = arriving(rng, state, means)
        kind = rng.integers(0, 6)
        command = COMMANDS[int(rng.integers(0, len(COMMANDS)))] if kind == 0 else None
        try:
            decision = (
                advance(setting, state, seen, paused=kind == 1)
                if command is None
                else obey(setting, state, seen, command)
            )
        except Conflict:
            continue
        inputs = {
            "plan": plan_to_json(setting),
            "state": state_to_json(state),
            "observation": observation_to_json(seen),
            "command": None
            if command is None
            else {name: getattr(command, name) for name in ("kind", "flow", "weights", "pardon")},
            "paused": bool(kind == 1),
        }
        stored = json.loads(json.dumps(decision_to_json(decision)))
        taken = again(json.loads(json.dumps(inputs)))

        assert differences(stored, taken) == []
        assert json.dumps(taken) == json.dumps(stored)
        assert sum(decision.weights) == 10_000
        state = decision.state


def outputs() -> dict[str, object]:
    decision = played(plan(2), lambda _: (0.4, 0.6), ticks=4, seed=5)[-1][2]
    plain: dict[str, object] = json.loads(json.dumps(decision_to_json(decision)))
    return plain


def test_a_float_that_differs_in_its_last_bit_is_found() -> None:
    stored, taken = outputs(), outputs()
    row = taken["log_e"][0]  # type: ignore[index]  # a right value
    row[1] = math.nextafter(row[1], math.inf)

    found = differences(stored, taken)

    assert len(found) == 1
    assert found[0].startswith("log_e[0][1]: ")


@pytest.mark.parametrize(
    ("key", "tampered"),
    [("phase", "escaped"), ("weights", [5000.0, 5000.0]), ("weights", [10_000]), ("winner", ""), ("means", None)],
)
def test_a_value_that_was_changed_is_found_where_it_is(key: str, tampered: object) -> None:
    found = differences({**outputs(), key: tampered}, outputs())

    assert found
    assert all(line.startswith(key) for line in found)


@pytest.mark.parametrize(("one", "other"), [(True, 1), (0, False), (1, 1.0), (0.0, -0.0), (None, 0), ("1", 1)])
def test_what_is_equal_but_not_the_same_is_found(one: object, other: object) -> None:
    assert differences({"state": {"round": one}}, {"state": {"round": other}}) == [
        f"state.round: {one!r} was stored, {other!r} came out"
    ]


def test_a_missing_key_is_found_on_either_side() -> None:
    whole, less = {"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}

    assert differences(less, whole) == ["a.c: only in the replay"]
    assert differences(whole, less) == ["a.c: only in the store"]
    assert differences(whole, whole) == []


@pytest.mark.parametrize("broken", ["plan", "state", "observation"])
@pytest.mark.parametrize("value", [None, [], {}, 3])
def test_inputs_that_are_not_whole_are_refused(broken: str, value: object) -> None:
    setting = plan(2)
    state = initial(setting)
    inputs = {
        "plan": plan_to_json(setting),
        "state": state_to_json(state),
        "observation": observation_to_json(Observation(1, {})),
    }

    for bad in ({**inputs, broken: value}, {key: inputs[key] for key in inputs if key != broken}):
        with pytest.raises(Invalid) as caught:
            again(bad)
        assert caught.value.field == "inputs"


def test_a_command_that_is_none_is_refused() -> None:
    setting = plan(2)
    inputs = {
        "plan": plan_to_json(setting),
        "state": state_to_json(initial(setting)),
        "observation": {"tick": 1, "evidence": {}},
        "command": {"kind": "escape", "flow": "a", "weights": [None, 1]},
    }

    with pytest.raises(Invalid):
        again(inputs)
