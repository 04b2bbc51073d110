"""The plugin keeps the allocator bench's contract: plain dictionaries in, shares, phase, claim and a JSON memo out."""

import json
from typing import Any

import numpy as np

from benchmarks.allocator_plugin import make

# Any: the contract is plain JSON-like dictionaries.
Plain = dict[str, Any]

CONFIG: Plain = {
    "k": 2,
    "kind": "binary",
    "scale": [0.0, 1.0],
    "floor": 0.35,
    "min_feedback": 10,
    "baseline": 0,
    "goal": [0.5, 0.5],
    "warm_ticks": 0,
    "eps": 0.02,
    "delta": 0.05,
    "max_step": 0.1,
    "n": 100,
}


def run(means: tuple[float, float], *, ticks: int, late: int = 0, **changes: object) -> list[Plain]:
    """Every answer of one replication; half of the sessions give feedback, `late` ticks after their own."""
    rng, config = np.random.default_rng(11), {**CONFIG, **changes}
    shares, memo, answers = [0.5, 0.5], None, []
    given: list[list[list[int]]] = []
    for tick in range(ticks):
        sessions = rng.multinomial(100, shares)
        good = rng.binomial(sessions // 2, means)
        given.append([[int(n // 2 - g), int(g)] for n, g in zip(sessions, good, strict=True)])
        by_age = [[[0, 0], [0, 0]] for _ in range(late + 1)]
        if tick >= late:
            by_age[late] = given[tick - late]
        told = {
            "tick": tick,
            "shares": shares,
            "memo": memo,
            "new_sessions": sessions.tolist(),
            "new_by_age": by_age,
        }
        answer = make(config).step(told)
        shares, memo = answer["shares"], json.loads(json.dumps(answer["memo"]))
        answers.append(answer)
    return answers


def test_each_answer_has_shares_that_sum_to_one_a_phase_and_a_memo_of_json() -> None:
    for answer in run((0.5, 0.6), ticks=25):
        assert abs(sum(answer["shares"]) - 1) < 1e-9
        assert min(answer["shares"]) >= 0
        assert answer["phase"] in {"warmup", "adaptive", "escaped", "completed"}
        assert set(answer) == {"shares", "phase", "winner", "decision", "escaped", "memo"}


def test_the_better_flow_is_named_once_proven_and_takes_all_traffic() -> None:
    last = run((0.4, 0.8), ticks=40)[-1]

    assert last["winner"] == 1
    assert last["decision"] in {"winner", "equivalent"}
    assert last["phase"] == "completed"
    assert last["shares"] == [0.0, 1.0]


def test_a_flow_under_the_floor_is_listed_as_escaped_from_then_on() -> None:
    answers = run((0.7, 0.1), ticks=20)
    listed = [answer["escaped"] for answer in answers]

    assert listed[-1] == [1]
    assert sorted(map(len, listed)) == list(map(len, listed))


def test_warmup_begins_at_the_shares_in_force() -> None:
    first = run((0.6, 0.6), ticks=1, warm_ticks=10)[0]

    assert first["phase"] == "warmup"


def test_late_feedback_counts_as_much_as_prompt_feedback() -> None:
    late = run((0.4, 0.8), ticks=45, late=5)

    assert late[-1]["winner"] == 1
    assert late[4]["shares"] == [0.5, 0.5]


def test_feedback_belongs_to_the_epoch_its_session_began_in() -> None:
    allocator = make(CONFIG)
    told: Plain = {"tick": 0, "shares": [0.5, 0.5], "memo": None, "new_sessions": [50, 50]}
    memo = allocator.step({**told, "new_by_age": [[[10, 30], [30, 10]]]})["memo"]
    moved = json.loads(memo["state"])["epochs"]
    assert [epoch["number"] for epoch in moved] == [0, 1]

    memo = allocator.step({**told, "tick": 1, "memo": memo, "new_by_age": [[[0, 1], [0, 0]], [[0, 0], [2, 0]]]})["memo"]
    epochs = {epoch["number"]: epoch["evidence"] for epoch in json.loads(memo["state"])["epochs"]}

    assert [flow[1] for flow in epochs[0]] == [40, 42]
    assert [flow[1] for flow in epochs[1]] == [1, 0]
