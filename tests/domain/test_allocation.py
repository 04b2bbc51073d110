"""A plan that cannot run is refused, and names the field that is wrong."""

import pytest

from app.domain.allocation import initial
from app.domain.errors import Invalid
from app.domain.escape import EscapeRule
from app.domain.warmup import Warmup
from tests.domain.allocating import plan


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"flows": ("a", "a", "b")}, "flows"),
        ({"flows": ()}, "flows"),
        ({"baseline": "z"}, "baseline"),
        ({"start": (5000, 5000)}, "start"),
        ({"goal": (5000, 5000, 1)}, "goal"),
        ({"escape": {"a": EscapeRule(0.4, rollback=(12_000, -2000, 0))}}, "escape.a.rollback"),
        ({"holdout": 5001}, "holdout"),
        ({"escape": {"z": EscapeRule(0.4)}}, "escape.z"),
        ({"escape": {"a": EscapeRule(1.0)}}, "escape.a"),
        ({"delta": 0.0}, "delta"),
        ({"epsilon": 1.5}, "delta"),
    ],
)
def test_a_plan_names_what_cannot_run(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        plan(3, **changes)

    assert caught.value.field == field


def test_the_first_state_serves_the_start_and_has_seen_nothing() -> None:
    state = initial(plan(2, start=(9000, 1000), warmup=Warmup(5)), tick=7)

    assert (state.phase, state.weights, state.reached) == ("warmup", (9000, 1000), 7)
    assert [epoch.number for epoch in state.epochs] == [0]
    assert state.received == state.sessions == (0, 0)
