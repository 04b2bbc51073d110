"""The pages of rollouts draft, start, show and steer them; what cannot be taken back is typed once more."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.admin import rollout_shown
from app.domain.experiment import Experiment
from app.services import experiments, feedback, operating, picks
from app.services.feedback import Given
from app.services.rollout_json import wanted_of
from app.services.rollouts import Wanted, WantedRule, WantedWarmup
from app.services.world import World
from tests.admin.conftest import TOKEN, Browser, issue
from tests.services.made import CODE, make_use_case, start, weights_now

HALVES = {"a": 5000, "b": 5000}
NEW = f"/rollouts/new/{CODE}"
SHARES = f"/rollouts/weights/{CODE}"
FORM: Mapping[str, str] = {
    "mode": "certify",
    "metric.failures": "zero",
    "certification": "fe",
    "on_escape": "evict",
    "warmup.by": "off",
    "warmup.shape": "linear",
    "warmup.hold": "yes",
}


def stored(world: World) -> Experiment:
    """The newest experiment."""
    return experiments.page(world, use_case=CODE, cursor=None, limit=1)[0][0]


def path_of(experiment: Experiment) -> str:
    """Its page."""
    return f"/rollouts/{experiment.id}"


def drafted(world: World, **wanted: object) -> str:
    """The page of a draft."""
    return path_of(experiments.draft(world, CODE, Wanted(**wanted)))  # type: ignore[arg-type]  # fields of Wanted


def act(browser: Browser, path: str, name: str, **form: str) -> int:
    """Do it; the status."""
    return browser.send(f"{path}/{name}", form, at=path).status_code


@pytest.fixture(autouse=True)
def use_case(world: World) -> None:
    make_use_case(world, weights=HALVES)


def test_use_cases_without_a_rollout_are_listed_with_a_way_to_make_one(admin: Browser) -> None:
    shown = admin.get("/rollouts").text

    assert "No rollout yet" in shown
    assert f'href="/admin{NEW}"' in shown


def test_a_draft_is_written_in_percent_and_dollars(admin: Browser, world: World) -> None:
    done = admin.send(
        NEW,
        {
            **FORM,
            "warmup.by": "sessions",
            "warmup.length": "200",
            "warmup.goals.b": "33.34 %",
            "escape.b.max_error_rate": "2.5",
            "escape.b.max_cost_usd_per_session": "$0.02",
            "escape.b.min_runs": "30",
            "max_sessions": "1,000",
            "delta": "1",
            "holdout": "5",
            "metric.kind": "thumb",
        },
    )

    assert (done.status_code, done.location) == (303, f"/admin{path_of(stored(world))}")
    wanted = wanted_of(stored(world))
    assert wanted.warmup == WantedWarmup(sessions=200, goals={"b": 3334})
    assert wanted.escape == {"b": WantedRule(max_error_rate=0.025, max_cost=20_000_000, min_runs=30)}
    assert (wanted.max_sessions, wanted.delta, wanted.holdout, wanted.metric.kind) == (1000, 0.01, 500, "thumb")
    assert "200 sessions, linear" in admin.get(path_of(stored(world))).text


@pytest.mark.parametrize(
    ("name", "typed", "at"),
    [
        ("max_sessions", "many", ""),
        ("max_sessions", "0", ""),
        ("max_days", "-1", ""),
        ("delta", "100", ""),
        ("epsilon", "1e9", ""),
        ("mode", "guess", ""),
        ("baseline", "nobody", ""),
        ("holdout", "5.555", ""),
        ("escape.a.lower_score", "2", ""),
        ("escape.a.max_error_rate", "a lot", ""),
        ("escape.b.max_cost_usd_per_session", "0", ""),
        ("objective.cost", "1", "objective.dearest_usd"),
        ("best_guess", "yes", ""),
        ("warmup.by", "weeks", ""),
        ("warmup.by", "minutes", "warmup.length"),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_typed_is_lost(
    admin: Browser, world: World, name: str, typed: str, at: str
) -> None:
    found = admin.send(NEW, {**FORM, "max_feedback": "4321", name: typed})

    assert found.status_code == 422
    assert f'id="{at or name}-fault"' in found.text
    assert 'value="4321"' in found.text
    assert experiments.page(world, use_case=CODE, cursor=None, limit=1)[0] == []


def test_goals_over_a_hundred_percent_are_told_beside_them(admin: Browser) -> None:
    typed = {"warmup.by": "minutes", "warmup.length": "5", "warmup.goals.a": "80", "warmup.goals.b": "80"}

    found = admin.send(NEW, {**FORM, **typed})

    assert (found.status_code, 'id="warmup.goals-fault"' in found.text) == (422, True)


def test_a_draft_is_changed_and_keeps_what_the_form_does_not_show(admin: Browser, world: World) -> None:
    rule = WantedRule(lower_score=0.4, rollback={"a": 10_000})
    path = drafted(world, escape={"b": rule}, max_sessions=70)
    shown = admin.get(f"{path}/change").text
    assert 'value="70"' in shown
    assert 'value="0.4"' in shown

    sent = {**FORM, "max_sessions": "90", "escape.b.lower_score": "0.5"}
    assert admin.send(f"{path}/change", sent).status_code == 303

    wanted = wanted_of(stored(world))
    assert wanted.max_sessions == 90
    assert wanted.escape == {"b": WantedRule(lower_score=0.5, rollback={"a": 10_000})}


def test_a_draft_is_started_once(admin: Browser, world: World) -> None:
    path = drafted(world)

    assert act(admin, path, "start") == 303

    assert stored(world).status == "running"
    assert "Traffic over time" in admin.get(path).text
    assert act(admin, path, "start") == 409


def test_a_draft_is_deleted_once_its_use_case_is_typed(admin: Browser, world: World) -> None:
    path = drafted(world)

    assert act(admin, path, "delete", typed="yes") == 422
    assert stored(world).status == "draft"
    assert act(admin, path, "delete", typed=CODE) == 303
    assert experiments.page(world, use_case=CODE, cursor=None, limit=1)[0] == []


def test_a_rollout_is_paused_resumed_and_stopped(admin: Browser, world: World) -> None:
    path = path_of(start(world))

    assert act(admin, path, "pause") == 303
    assert stored(world).paused_at is not None
    assert "weights stay until it is resumed" in admin.get(path).text
    assert act(admin, path, "pause") == 409
    assert act(admin, path, "resume") == 303
    assert stored(world).paused_at is None
    assert act(admin, path, "stop") == 303
    assert stored(world).status == "ended"
    assert "hx-get" not in admin.get(path).text


@pytest.mark.parametrize(("name", "shares"), [("escape", {"a": 10_000, "b": 0}), ("complete", {"a": 0, "b": 10_000})])
def test_a_flow_is_sent_away_or_chosen_only_once_its_code_is_typed(
    admin: Browser, world: World, name: str, shares: dict[str, int]
) -> None:
    path = path_of(start(world))

    wrong = admin.send(f"{path}/{name}", {"flow": "b", "typed": "a"}, at=path)
    assert (wrong.status_code, f'id="{name}-fault"' in wrong.text, 'value="a"' in wrong.text) == (422, True, True)
    assert act(admin, path, name, flow="", typed="") == 422
    assert weights_now(world) == HALVES

    assert act(admin, path, name, flow="b", typed="b") == 303
    assert weights_now(world) == shares


def test_the_winner_is_told_and_an_operator_opens_the_rollout_again(admin: Browser, world: World) -> None:
    path = path_of(start(world))
    operating.complete(world, stored(world).id, "b", actor="test")

    shown = admin.get(path).text
    assert "Winner: <strong>b</strong>" in shown
    assert "b was chosen by an operator" in shown
    assert "b was chosen by an operator" in admin.get("/rollouts").text

    assert act(admin, path, "reopen", pardon="yes") == 303
    assert stored(world).outcome is None


def test_a_best_guess_is_not_told_as_a_proof(admin: Browser, world: World) -> None:
    rollout = replace(start(world), outcome="completed", decided_by="rule", state={"outcome": "guess"})

    told = rollout_shown.title(world, rollout).told

    assert "best guess, not proven" in told
    assert "won" not in told


def test_only_what_changes_is_renewed_until_other_things_can_be_done(admin: Browser, world: World) -> None:
    path = path_of(start(world))
    whole = admin.get(path).text
    seen = whole.split("?seen=")[1].split('"')[0]
    assert 'hx-trigger="every 3s"' in whole

    part = admin.get(f"{path}?seen={seen}", headers={"HX-Request": "true"})
    assert ("<html" in part.text, "<form" in part.text, "Traffic over time" in part.text) == (False, False, True)

    operating.pause(world, stored(world).id, actor="test")
    assert admin.get(f"{path}?seen={seen}", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_comments_are_text_and_never_markup(admin: Browser, world: World) -> None:
    path = path_of(start(world, escape={"a": WantedRule(lower_score=0.2, max_error_rate=0.1, max_cost=10**9)}))
    picks.pick(world, CODE, correlation_id="c1")
    hostile = "<script>alert(1)</script>\"'&{{ 7*7 }}"
    said = Given("thumb", 1.0, use_case=CODE, correlation_id="c1", comment=hostile, author="<b>Ann</b>")
    feedback.give(world, said)

    shown = admin.get(path).text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;b&gt;Ann&lt;/b&gt;" in shown
    assert "<script>alert" not in shown
    assert "<b>Ann" not in shown
    assert "Errors" in shown


def test_whoever_only_reads_sees_all_and_can_do_nothing(browser: Browser, world: World) -> None:
    waiting = drafted(world)
    running = path_of(start(world))
    browser.log_in(issue(world, "read").secret)

    for path in ("/rollouts", waiting, running, SHARES):
        shown = browser.get(path)
        assert shown.status_code == 200
        assert shown.text.count("<form") == 1  # the one that logs out
        assert "New rollout" not in shown.text
    for path in (NEW, SHARES, f"{SHARES}/a", f"{waiting}/change", f"{waiting}/start", f"{running}/stop"):
        assert browser.send(path, dict(FORM), at="/rollouts").status_code == 403
    assert weights_now(world) == HALVES


def test_whoever_writes_may_steer_without_an_admin_key(browser: Browser, world: World) -> None:
    path = path_of(start(world))
    browser.log_in(issue(world, "write").secret)

    assert act(browser, path, "pause") == 303


def test_a_form_without_the_token_of_its_visit_is_refused(admin: Browser, world: World) -> None:
    path = path_of(start(world))

    for form in ({}, {"token": "x"}):
        assert admin.client.post(f"/admin{path}/stop", data=form).status_code == 403
    assert stored(world).status == "running"


def test_weights_are_shared_by_hand_in_percent(admin: Browser, world: World) -> None:
    assert admin.send(SHARES, {"share.a": "33.34", "share.b": "66.66 %"}).status_code == 303
    assert weights_now(world) == {"a": 3334, "b": 6666}


@pytest.mark.parametrize(("a", "b"), [("50", "60"), ("x", "50"), ("99.999", "0"), ("", "")])
def test_weights_that_are_no_hundred_percent_are_refused_and_kept(admin: Browser, world: World, a: str, b: str) -> None:
    found = admin.send(SHARES, {"share.a": a, "share.b": b})

    assert (found.status_code, f'value="{a}"' in found.text) == (422, True)
    assert weights_now(world) == HALVES


def test_a_flow_rests_and_takes_part_again(admin: Browser, world: World) -> None:
    assert admin.send(f"{SHARES}/b", {"active": "no"}, at=SHARES).status_code == 303
    assert weights_now(world) == {"a": 10_000, "b": 0}
    assert admin.send(f"{SHARES}/a", {"active": "no"}, at=SHARES).status_code == 409
    assert admin.send(f"{SHARES}/b", {"active": "yes"}, at=SHARES).status_code == 303


def test_weights_of_a_use_case_in_a_rollout_are_not_set_by_hand(admin: Browser, world: World) -> None:
    start(world)

    found = admin.send(SHARES, {"share.a": "10", "share.b": "90"})

    assert (found.status_code, "stop it first" in found.text) == (422, True)


@pytest.mark.parametrize("path", ["/rollouts/00000000-0000-0000-0000-0000000000aa", "/rollouts/new/nowhere"])
def test_what_is_not_there_is_told_as_a_page(admin: Browser, path: str) -> None:
    assert admin.get(path).status_code == 404


def test_an_act_that_does_not_exist_is_told_as_a_page(admin: Browser, world: World) -> None:
    path = path_of(start(world))
    token = TOKEN.search(admin.get(path).text)

    assert token
    assert admin.client.post(f"/admin{path}/explode", data={"token": token[1]}).status_code == 404
