"""A statement is held against the calls of its provider and its days, and leads to the calls behind each difference."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.db.facts import CallDone
from app.domain.call import Call
from app.domain.errors import Invalid, NotFound
from app.domain.message import Usage
from app.domain.statement import Difference, Statement, Tolerance
from app.services import statements
from app.services.world import World

MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)
DAY, NEXT = date(2026, 11, 1), date(2026, 11, 2)
GPT, MINI = "openai/gpt-4o", "openai/gpt-4o-mini"


def spent(world: World, at: datetime = MIDNIGHT, *, model: str = GPT, **given: object) -> Call:
    """A stored call: 10 tokens in, of which 4 from the vendor's cache, 5 out, for 0.02 USD."""
    usage = Usage(6, 4, 0, 3, 2)
    plain = Call(world.new_id(), at, "served", model, "openai", "ok", 5, usage, 20_000_000, "priced")
    call = replace(plain, **given)  # type: ignore[arg-type]  # fields of Call by name
    world.journal.write([CallDone(call, None)], timeout_s=10)
    return call


def added(world: World, *rows: str, provider: str = "openai") -> Statement:
    content = "\n".join(("day,model,requests,input_tokens,output_tokens,cost_usd", *rows))
    return statements.add(world, provider=provider, format="generic", content=content, actor="anna")


def differences(world: World, statement: Statement, **given: float) -> dict[tuple[date, str], Difference]:
    read = statements.get(world, statement.id, tolerance=Tolerance(**{"percent": 0.0, "cost": 0, **given}))  # type: ignore[arg-type]  # fields of Tolerance by name
    return {(each.day, each.model): each for each in read.differences}


def test_what_was_booked_matches_what_is_billed(world: World) -> None:
    spent(world)
    spent(world, MIDNIGHT + timedelta(hours=23, minutes=59, seconds=59.999999))
    statement = added(world, "2026-11-01,gpt-4o-2024-08-06,2,20,10,0.04")

    (found,) = differences(world, statement).values()

    assert (found.status, found.model, found.names) == ("match", GPT, ("gpt-4o-2024-08-06",))
    assert (statement.first_day, statement.last_day, statement.size) == (DAY, DAY, 1)


def test_the_days_of_the_statement_bound_what_is_compared_in_utc(world: World) -> None:
    spent(world, MIDNIGHT - timedelta(microseconds=1))
    spent(world, MIDNIGHT + timedelta(days=2))
    spent(world, MIDNIGHT + timedelta(days=1))
    statement = added(world, "2026-11-01,gpt-4o,1,10,5,0.02", "2026-11-02,gpt-4o-mini,1,10,5,0.02")

    found = differences(world, statement)

    assert {place: each.status for place, each in found.items()} == {
        (DAY, GPT): "missing-here",
        (NEXT, GPT): "missing-there",
        (NEXT, MINI): "missing-here",
    }


def test_a_difference_is_told_in_tokens_requests_and_money(world: World) -> None:
    spent(world)
    statement = added(world, "2026-11-01,gpt-4o,2,20,10,0.04")

    (found,) = differences(world, statement).values()

    assert found.status == "differs"
    assert [found.of(name) for name in ("requests", "input_tokens", "output_tokens", "cost")] == [
        -1,
        -10,
        -5,
        -20_000_000,
    ]
    assert found.percent("cost") == -50.0


def test_reported_and_cached_calls_stand_apart(world: World) -> None:
    spent(world)
    spent(world, source="reported", cost_status="reported")
    spent(world, outcome="cached", cost=0, cost_status="cached")
    statement = added(world, "2026-11-01,gpt-4o,1,10,5,0.02")

    (found,) = differences(world, statement).values()

    assert (found.status, found.ours and found.ours.reported, found.ours and found.ours.cached) == ("match", 1, 1)


def test_failed_attempts_without_tokens_are_no_requests_and_other_providers_stay_out(world: World) -> None:
    spent(world)
    spent(world, outcome="error", usage=Usage(), cost=0)
    spent(world, provider="openrouter")
    statement = added(world, "2026-11-01,gpt-4o,1,10,5,0.02")

    assert [each.status for each in differences(world, statement).values()] == ["match"]


def test_an_unpriced_call_makes_the_cost_of_its_day_unknown(world: World) -> None:
    spent(world)
    spent(world, cost=None, cost_status="unpriced")
    statement = added(world, "2026-11-01,gpt-4o,2,20,10,0.04")

    (found,) = differences(world, statement).values()

    assert (found.status, found.of("cost"), found.of("input_tokens")) == ("match", None, 0)


def test_costs_of_many_rows_are_added_exactly_and_rounded_once(world: World) -> None:
    statement = added(world, *["2026-11-01,gpt-4o,1,1,1,0.0000000004"] * 5)

    (found,) = differences(world, statement).values()

    assert found.theirs is not None
    assert (found.theirs.cost, found.theirs.requests) == (2, 5)


def test_a_name_that_means_no_model_here_is_kept_as_it_is(world: World) -> None:
    statement = added(world, "2026-11-01,web_search,1,0,0,0.10")

    assert {each.model: each.status for each in differences(world, statement).values()} == {
        "web_search": "missing-here"
    }


def test_the_calls_behind_a_difference_are_found_by_page(world: World) -> None:
    mine = [spent(world, MIDNIGHT + timedelta(hours=hour)) for hour in range(3)]
    spent(world, model=MINI)
    spent(world, MIDNIGHT + timedelta(days=1))
    statement = added(world, "2026-11-01,gpt-4o,1,10,5,0.02")

    first, cursor = statements.calls(world, statement.id, day=DAY, model="gpt-4o", cursor=None, limit=2)
    rest, end = statements.calls(world, statement.id, day=DAY, model=GPT, cursor=cursor, limit=2)
    every, _ = statements.calls(world, statement.id, day=DAY, model="*", cursor=None, limit=9)

    assert [call.id for call in first + rest] == [call.id for call in reversed(mine)]
    assert end is None
    assert len(every) == 4


def test_statements_are_listed_newest_first_and_forgotten(world: World) -> None:
    made = [added(world, "2026-11-01,gpt-4o,1,1,1,1") for _ in range(3)]

    first, cursor = statements.page(world, cursor=None, limit=2)
    rest, _ = statements.page(world, cursor=cursor, limit=2)
    statements.drop(world, made[0].id)

    assert [each.id for each in first + rest] == [each.id for each in reversed(made)]
    with pytest.raises(NotFound):
        statements.get(world, made[0].id)
    with pytest.raises(NotFound):
        statements.drop(world, made[0].id)


@pytest.mark.parametrize(
    ("provider", "row", "field"),
    [
        ("acme", "2026-11-01,m,1,1,1,1", "provider"),
        ("openai", "2026-11-01,m,0,0,0,0", "content"),
        ("openai", "2026-11-01,m\x00,1,1,1,1", "content"),
        ("openai", "9999-12-31,m,1,1,1,1", "content"),
        ("openai", "0001-01-01,m,1,1,1,1", "content"),
    ],
)
def test_what_cannot_be_held_against_anything_is_refused(world: World, provider: str, row: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        added(world, row, provider=provider)

    assert refused.value.field == field


def test_a_statement_of_too_many_lines_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="at most"):
        added(world, *(f"2026-11-01,m{number},1,1,1,1" for number in range(statements.LINES + 1)))


def test_a_day_that_cannot_be_meant_has_no_calls_to_look_for(world: World) -> None:
    statement = added(world, "2026-11-01,m,1,1,1,1")

    with pytest.raises(Invalid) as refused:
        statements.calls(world, statement.id, day=date.max, model=None, cursor=None, limit=9)

    assert refused.value.field == "day"


def test_a_name_with_half_a_sign_in_it_is_refused_before_the_store_sees_it(world: World) -> None:
    bucket = {"start_time": 1_793_491_200, "end_time": 1_793_577_600, "results": [{"model": "m\ud800"}]}

    content = json.dumps({"data": [bucket]})

    with pytest.raises(Invalid, match="printed"):
        statements.add(world, provider="openai", format="openai-usage", content=content, actor="anna")
