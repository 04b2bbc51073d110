"""Whatever somebody changes, or the service finds, is an event: in the transaction of the change, without a secret."""

from datetime import date, timedelta

import pytest

from app.domain.model import Price, Rates
from app.domain.money import NANOS_PER_USD
from app.services import acting, budgets, event_log, flows, keys, prices, tasks, use_cases, webhooks
from app.services.budgets import Edit, Wanted
from app.services.event_log import Asked
from app.services.flows import FlowEdit
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, make_use_case

SMALL = "simulated/small"
DAY = date(2026, 1, 1)
PRICE = Price(valid_from=DAY, source="list", checked=DAY, rates=Rates.of(input=1, output=1))


def told(world: World, *kinds: str) -> list[tuple[str, str, str | None]]:
    """Kind, text and actor of what was recorded, oldest first."""
    found, _ = event_log.page(world, Asked(kinds), oldest_first=True, cursor=None, limit=200)
    return [(one.event.kind, one.event.text, one.event.actor) for one in found]


def test_use_cases_and_their_flows(world: World) -> None:
    with acting.acting("console"):
        make_use_case(world, weights={"a": 10_000, "b": 0})
        use_cases.change(world, CODE, UseCaseEdit(title="New"))
        flows.set_weights(world, CODE, {"a": 4_000, "b": 6_000}, actor="hand")
        flows.change(world, CODE, "a", FlowEdit(title="First"), actor="hand")
        use_cases.change(world, CODE, UseCaseEdit(active=False))
        use_cases.delete(world, CODE)

    kinds = [kind for kind, _, _ in told(world, "use-case.*", "flow.*")]
    found, _ = event_log.page(world, Asked(["flow.weighed"]), cursor=None, limit=1)
    assert kinds[0] == "use-case.created"
    assert kinds[-5:] == ["use-case.changed", "flow.weighed", "flow.changed", "use-case.changed", "use-case.deleted"]
    assert kinds.count("flow.created") == 2
    assert (found[0].event.actor, found[0].event.data["after"]) == ("hand", {"a": 4_000, "b": 6_000})
    assert found[0].use_case is None  # it is gone; its events are not
    assert told(world, "use-case.deleted")[0] == ("use-case.deleted", f"use case {CODE} deleted", "console")


def test_an_edit_that_fails_is_no_event(world: World) -> None:
    make_use_case(world)
    before = told(world)

    with pytest.raises(Exception, match="active"):
        use_cases.delete(world, CODE)

    assert told(world) == before


def test_keys_without_what_opens_doors(world: World) -> None:
    issued = keys.issue(world, "reader", ("read",))
    keys.change(world, issued.key.id, lambda key: key)
    rotated = keys.rotate(world, issued.key.id, overlap=timedelta(days=1))
    keys.revoke(world, rotated.key.id)
    keys.revoke(world, rotated.key.id)

    found, _ = event_log.page(world, Asked(["key"]), oldest_first=True, cursor=None, limit=9)
    assert [one.event.what for one in found] == ["created", "changed", "rotated", "revoked"]
    everything = repr(found)
    for secret in (issued.secret, rotated.secret, issued.key.digest, issued.key.prefix):
        assert secret not in everything


def test_budgets_tasks_prices_and_webhooks(world: World) -> None:
    wanted = Wanted(name="b", scope="total", unit="usd", limit=5 * NANOS_PER_USD, period="day")
    budget = budgets.create(world, wanted)
    budgets.change(world, budget.id, Edit(active=False))
    budgets.remove(world, budget.id)
    tasks.assign(world, "email", SMALL)
    tasks.unassign(world, "email")
    prices.put(world, SMALL, PRICE, actor="hand")
    prices.drop(world, SMALL, DAY)
    webhook = webhooks.create(world, "https://8.8.8.8/hidden-part", ("budget.*",))
    webhooks.rotate(world, webhook.id)
    webhooks.remove(world, webhook.id)

    assert [kind for kind, _, _ in told(world)] == [
        "budget.created",
        "budget.changed",
        "budget.deleted",
        "task.assigned",
        "task.dropped",
        "price.changed",
        "price.changed",
        "webhook.created",
        "webhook.rotated",
        "webhook.deleted",
    ]
    assert "hidden-part" not in repr(event_log.page(world, Asked(), cursor=None, limit=50))
