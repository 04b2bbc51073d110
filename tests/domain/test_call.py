"""A call begins unpriced: nothing costs zero for want of a price."""

from app.domain.call import Call
from app.domain.message import Usage
from tests.worlds import NOON


def test_a_call_without_a_price_is_unpriced_and_costs_nothing_known() -> None:
    call = Call("c1", NOON, "served", "m/a", "simulated", "ok", 5)

    assert (call.cost, call.cost_status, call.usage) == (None, "unpriced", Usage())
    assert (call.attempt, call.reason) == (1, "first")
