"""The pages of comparisons make, show, steer and judge them; readers change nothing, and no text becomes markup."""

import re
from typing import Any

import pytest

from app.admin import comparison_drafts
from app.domain.comparison.comparison import Comparison, Input, Scoring
from app.services import experiments, keys
from app.services.comparing import comparisons, progress, told
from app.services.comparing.comparisons import ComparisonFilter
from app.services.comparing.wanted import WantedCandidate
from app.services.world import World
from tests.admin.conftest import Browser, issue
from tests.services.comparing.compared import LARGE, MODELS, SMALL, inputs, make, run
from tests.services.made import CODE, make_step, make_use_case
from tests.worlds import with_endpoints

HOSTILE = "<script>alert(1)</script>\"'&"
TYPED: dict[str, Any] = {
    "name": "two models",
    "models": [SMALL, LARGE],
    "format": "lines",
    "content": "first question\n\n  second question  \n",
    "value": "prompt",
    "prompt.text": "{{ prompt }}",
    "prompt.params.max_tokens": "4",
    "weights.quality": "1",
    "weights.cost": "0.5",
    "repeats": "2",
    "concurrency": "4",
    "budget_usd": "$2.50",
    "alpha": "10",
    "judge.criteria": "short",
}


JSONL = """{"prompt": "What is 1+1?", "reference": 2, "label": "easy"}
{"prompt": "What is 12*12?", "reference": "144", "label": "hard"}"""


def stored(world: World) -> list[Comparison]:
    """All comparisons."""
    return comparisons.page(world, ComparisonFilter())[0]


def sure(world: World, **given: Any) -> Comparison:
    """A comparison of two flows that ended with a proven winner: `long` is always right and `short` never."""
    flows = {"short": "Say no {{ prompt }}", "long": "Say yes {{ prompt }}"}
    make_use_case(
        world,
        weights={"short": 9_000, "long": 1_000},
        own={code: [_says(code, text)] for code, text in flows.items()},
    )
    asked = tuple(Input(at, {"prompt": f"{at}"}, "yes") for at in range(12))
    candidates = (WantedCandidate(flow="short"), WantedCandidate(flow="long"))
    return run(
        world, make(world, use_case=CODE, inputs=asked, candidates=candidates, scoring=Scoring("exact"), **given)
    )


def _says(code: str, text: str) -> Any:
    return make_step(prompt=text, label="yes" if code == "long" else "no")


def test_without_a_comparison_the_page_says_what_one_is_for(admin: Browser) -> None:
    shown = admin.get("/comparisons").text

    assert "No comparison yet" in shown
    assert "Make the first comparison" in shown
    assert "No model has met another one yet" in admin.get("/comparisons/ranking").text


def test_a_comparison_is_made_with_a_form(admin: Browser, world: World) -> None:
    done = admin.send("/comparisons/new", TYPED)

    (it,) = stored(world)
    assert (done.status_code, done.location) == (303, f"/admin/comparisons/{it.id}")
    assert (it.name, [each.model for each in it.candidates]) == ("two models", [SMALL, LARGE])
    assert [each.values for each in comparisons.inputs(world, it.id)] == [
        {"prompt": "first question"},
        {"prompt": "second question"},
    ]
    assert (it.budget, it.repeats, it.alpha, it.actor) == (2_500_000_000, 2, 0.1, "ADMIN_KEY")
    assert (it.weights.cost, it.prompt.params.max_tokens) == (0.5, 4)
    shown = admin.get(f"/comparisons/{it.id}").text
    assert "queued" in shown
    assert "0 of 8" in shown


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("csv", "prompt,reference,label\r\nWhat is 1+1?,2,easy\r\nWhat is 12*12?,144,hard\r\n"),
        ("jsonl", JSONL),
    ],
)
def test_inputs_are_pasted_with_references_and_labels(admin: Browser, world: World, format: str, content: str) -> None:
    given = {**TYPED, "format": format, "content": content, "scoring.rule": "first_integer"}

    assert admin.send("/comparisons/new", given).status_code == 303

    (it,) = stored(world)
    found = comparisons.inputs(world, it.id)
    assert [(each.values["prompt"], each.reference, each.label) for each in found] == [
        ("What is 1+1?", "2", "easy"),
        ("What is 12*12?", "144", "hard"),
    ]


def test_flows_are_compared_alone_or_with_each_model(admin: Browser, world: World) -> None:
    make_use_case(world, weights={"a": 5_000, "b": 5_000})
    at = f"/comparisons/new?use_case={CODE}"
    shown = admin.get(at).text
    assert 'value="a"' in shown
    assert 'value="b"' in shown
    assert re.search(r'name="value" value="text"', shown)
    given = {**TYPED, "use_case": CODE, "flows": ["a", "b"], "value": "text"}

    assert admin.send("/comparisons/new", {**given, "models": []}, at=at).status_code == 303
    assert admin.send("/comparisons/new", {**given, "joined": "yes"}, at=at).status_code == 303

    joined, alone = stored(world)
    assert [(each.flow, each.model) for each in alone.candidates] == [("a", None), ("b", None)]
    assert [(each.flow, each.model) for each in joined.candidates] == [
        ("a", SMALL),
        ("a", LARGE),
        ("b", SMALL),
        ("b", LARGE),
    ]


@pytest.mark.parametrize(
    ("name", "typed", "place"),
    [
        ("models", [SMALL], "candidates"),
        ("models", [SMALL, "nobody/knows"], "candidates"),
        ("content", " ", "content"),
        ("value", "no name", "value"),
        ("format", "xml", "format"),
        ("name", "x" * 300, "name"),
        ("budget_usd", "much", "budget_usd"),
        ("budget_usd", "0", "budget_usd"),
        ("repeats", "0", "repeats"),
        ("repeats", "two", "repeats"),
        ("concurrency", "33", "concurrency"),
        ("alpha", "50", "alpha"),
        ("weights.quality", "-1", "weights.quality"),
        ("prompt.params.temperature", "3", "prompt.params.temperature"),
        ("scoring.rule", "exact", "content"),
        ("scoring.rule", "magic", "scoring.rule"),
        ("judge.model", "nobody/knows", "judge.model"),
        ("prompt.text", "{{ other }}", "content"),
    ],
)
def test_a_fault_is_told_at_its_field_and_nothing_typed_is_lost(
    admin: Browser, world: World, name: str, typed: Any, place: str
) -> None:
    found = admin.send("/comparisons/new", {**TYPED, "seed": "kept as typed", name: typed})

    assert found.status_code == 422
    assert f'id="{place}-fault"' in found.text
    assert 'value="kept as typed"' in found.text
    assert re.search(rf'value="{SMALL}" checked', found.text)
    assert stored(world) == []


def test_a_broken_row_is_told_by_its_line(admin: Browser) -> None:
    found = admin.send("/comparisons/new", {**TYPED, "format": "csv", "content": "prompt,label\none,a\ntwo\n"})

    assert found.status_code == 422
    assert "Line 3: 1 cells, and the header names 2." in found.text
    assert "prompt,label\none,a\ntwo" in found.text


def test_pasted_inputs_may_be_longer_than_other_forms(admin: Browser, world: World) -> None:
    content = "\n".join(f"question {number} {'x' * 200}" for number in range(1_000))

    assert admin.send("/comparisons/new", {**TYPED, "content": content}).status_code == 303
    assert stored(world)[0].inputs == 1_000
    assert admin.client.post("/admin/comparisons/new", data={"content": "x" * 5_000_000}).status_code == 413


def test_figures_winner_pairs_labels_and_worst_inputs_are_shown(admin: Browser, world: World) -> None:
    it = sure(world)

    shown = admin.get(f"/comparisons/{it.id}").text

    assert "Winner: <strong>long</strong>" in shown
    assert "1.000" in shown
    assert "24 of 24" in shown
    assert re.search(r"<td>12 / 0 / 0</td>", shown)
    assert f'href="/admin/comparisons/{it.id}/answers?input=0"' in shown
    assert "hx-get" not in shown, "it has ended"


def test_money_is_told_alike_on_every_page(admin: Browser, world: World) -> None:
    it = run(world, make(world, inputs=inputs(7)))
    spent = told.dollars(progress.of(world, it.id).spent)

    assert spent in admin.get("/comparisons").text
    assert f"<dd>{spent}</dd>" in admin.get(f"/comparisons/{it.id}").text


def test_models_that_cost_nothing_are_offered_first(
    admin: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = with_endpoints(world, {"anthropic": world.endpoints["simulated"], **world.endpoints})
    monkeypatch.setattr(comparison_drafts, "world", lambda: several)

    offered = re.findall(r'name="models" value="(\w+)/', admin.get("/comparisons/new").text)

    assert offered == sorted(offered, key=lambda provider: provider != "simulated")
    assert set(offered) == {"simulated", "anthropic"}


def test_what_runs_renews_itself_and_loads_anew_once_it_has_ended(admin: Browser, world: World) -> None:
    it = make(world)
    path = f"/comparisons/{it.id}"
    assert f'hx-get="/admin{path}?seen=queued"' in admin.get(path).text

    parts = [f"{path}?seen=queued{more}" for more in ("", "&part=far")]
    figures, far = (admin.get(part, headers={"HX-Request": "true"}).text for part in parts)
    run(world, it)
    after = [admin.get(part, headers={"HX-Request": "true"}) for part in parts]

    assert "<html" not in figures + far
    assert "0 of 6" in far
    assert "Candidates" not in far
    assert "Candidates" in figures
    assert [(each.text, each.headers["HX-Refresh"]) for each in after] == [("", "true")] * 2


def test_figures_of_many_answers_are_read_less_often_than_how_far_it_is(admin: Browser, world: World) -> None:
    it = make(world, inputs=inputs(5_000), repeats=2)

    shown = admin.get(f"/comparisons/{it.id}").text

    assert re.findall(r'hx-trigger="every (\d+)s"', shown) == ["2", "12"]


def test_the_list_is_filtered(admin: Browser, world: World) -> None:
    waiting = make(world, name="one that waits")
    ended = run(world, make(world, name="one that ended", candidates=(*MODELS, WantedCandidate("simulated/medium"))))

    def names(query: str) -> list[bool]:
        text = admin.get(f"/comparisons?{query}").text
        return [waiting.name in text, ended.name in text]

    assert names("") == [True, True]
    assert names("status=succeeded") == [False, True]
    assert names("model=simulated/medium") == [False, True]
    assert names("benchmark=none") == [False, False]
    assert "No comparison matches" in admin.get("/comparisons?status=failed").text
    assert admin.get("/comparisons?use_case=nowhere").status_code == 404


def test_answers_stand_side_by_side_with_their_scores(admin: Browser, world: World) -> None:
    it = sure(world, repeats=2)

    shown = admin.get(f"/comparisons/{it.id}/answers?input=3").text

    assert shown.count("score 1") == 2
    assert shown.count("score 0") == 2
    assert "Repeat 2 of 2" in shown
    assert 'rel="prev"' in shown
    assert 'rel="next"' in shown
    assert 'rel="next"' not in admin.get(f"/comparisons/{it.id}/answers?input=11").text
    for wrong in ("12", "-1", "x", "9" * 30):
        assert admin.get(f"/comparisons/{it.id}/answers?input={wrong}").status_code == 404


def test_a_ballot_names_nobody_and_each_vote_counts_once(admin: Browser, world: World) -> None:
    it = run(world, make(world, inputs=inputs(2)))
    path = f"/comparisons/{it.id}/vote"

    for count in range(2):
        shown = admin.get(path).text
        assert SMALL not in shown
        assert LARGE not in shown
        assert f"You have voted on {count} pair" in shown
        pair = re.findall(r'name="pair" value="(\d+)"', shown)[0]
        assert admin.send(path, {"pair": pair, "verdict": "tie"}).status_code == 303

    assert "You have voted on every pair" in admin.get(path).text
    given = comparisons.judgements(world, it.id)
    assert [(each.rater, each.verdict) for each in given] == [("ADMIN_KEY", "tie")] * 2


@pytest.mark.parametrize(
    "form", [{"pair": "0", "verdict": "both"}, {"pair": "99", "verdict": "tie"}, {"verdict": "tie"}]
)
def test_a_vote_that_cannot_be_meant_is_told(admin: Browser, world: World, form: dict[str, str]) -> None:
    it = run(world, make(world))

    found = admin.send(f"/comparisons/{it.id}/vote", form)

    assert found.status_code == 422
    assert 'role="alert"' in found.text
    assert comparisons.judgements(world, it.id) == []


def test_nothing_to_vote_on_is_told(admin: Browser, world: World) -> None:
    assert "Nothing to vote on" in admin.get(f"/comparisons/{make(world).id}/vote").text


def test_one_that_waits_is_cancelled_goes_on_and_is_deleted(admin: Browser, world: World) -> None:
    it = make(world, budget=10**9)
    path = f"/comparisons/{it.id}"

    assert admin.send(f"{path}/delete", {}, at=path).status_code == 409
    assert admin.send(f"{path}/cancel", {}, at=path).status_code == 303
    assert comparisons.get(world, it.id).status == "cancelled"
    assert "It was cancelled" in admin.get(path).text
    assert admin.send(f"{path}/resume", {"budget_usd": "lots"}, at=path).status_code == 422
    assert admin.send(f"{path}/resume", {"budget_usd": "3"}, at=path).status_code == 303
    assert (comparisons.get(world, it.id).status, comparisons.get(world, it.id).budget) == ("queued", 3 * 10**9)
    run(world, it)
    again = admin.send(f"{path}/cancel", {}, at=path)
    assert (again.status_code, "The comparison has ended." in again.text) == (409, True)
    assert admin.send(f"{path}/nonsense", {}, at=path).status_code == 404
    assert admin.send(f"{path}/delete", {}, at=path).location == "/admin/comparisons"
    assert stored(world) == []


def test_the_winner_is_tried_on_live_traffic_by_a_draft(admin: Browser, world: World) -> None:
    it = sure(world)
    path = f"/comparisons/{it.id}"
    assert "long, the winner" in admin.get(path).text

    done = admin.send(f"{path}/promote", {"candidate": ""}, at=path)

    assert done.status_code == 303
    (draft,) = experiments.page(world, use_case=CODE, cursor=None, limit=5)[0]
    assert (draft.status, done.location) == ("draft", f"/admin/rollouts/{draft.id}")


def test_without_a_proven_winner_nobody_is_promoted_unnamed(admin: Browser, world: World) -> None:
    make_use_case(world, weights={"a": 10_000})
    it = run(world, make(world, scoring=Scoring("contains", expected="no such word")))
    path = f"/comparisons/{it.id}"
    assert "not proven" in admin.get(path).text

    found = admin.send(f"{path}/promote", {"candidate": "", "use_case": CODE}, at=path)

    assert found.status_code == 409
    assert "No winner" in found.text


def test_reports_are_taken_as_files(admin: Browser, world: World) -> None:
    it = run(world, make(world, scoring=Scoring("contains", expected="e")))

    for query, kind, count in (
        ("format=html", "text/html", None),
        ("format=csv", "text/csv", 3),
        ("format=csv&rows=answers", "text/csv", 7),
    ):
        found = admin.get(f"/comparisons/{it.id}/report?{query}")
        assert (found.status_code, found.mimetype) == (200, kind)
        assert found.headers["Content-Disposition"].startswith("attachment; filename=")
        assert count is None or len(found.text.splitlines()) == count
    assert admin.get(f"/comparisons/{it.id}/report?format=pdf").status_code == 404


def test_models_are_ranked_with_intervals(admin: Browser, world: World) -> None:
    run(world, make(world, inputs=inputs(8), scoring=Scoring("contains", expected="e")))

    shown = admin.get("/comparisons/ranking").text

    assert "From 1 comparison that succeeded" in shown
    assert SMALL in shown
    assert re.search(r"[\d,]+ to [\d,]+", shown)
    assert admin.get("/comparisons/ranking?use_case=nowhere").status_code == 404


def test_a_model_that_met_nobody_has_no_rating_on_the_page(admin: Browser, world: World) -> None:
    run(world, make(world, inputs=inputs(2)))

    shown = admin.get("/comparisons/ranking").text

    assert SMALL in shown
    assert "1,000 to 1,000" not in shown
    assert "never met" not in shown


def test_a_text_is_text_and_never_markup(admin: Browser, world: World) -> None:
    given = (Input(0, {"prompt": HOSTILE, HOSTILE: HOSTILE}, HOSTILE, HOSTILE), *inputs(3)[1:])
    candidates = (WantedCandidate(SMALL, name=HOSTILE), WantedCandidate(LARGE))
    it = run(
        world,
        make(world, name=HOSTILE, inputs=given, candidates=candidates, scoring=Scoring("contains", expected=HOSTILE)),
    )
    admin.client.get("/admin/")

    for path in ("", f"/{it.id}", f"/{it.id}/answers", f"/{it.id}/vote"):
        shown = admin.get(f"/comparisons{path}").text
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown or path.endswith("/vote")
    assert "<script>alert" not in admin.send("/comparisons/new", {**TYPED, "name": HOSTILE, "repeats": "x"}).text


def test_whoever_only_reads_sees_all_and_changes_nothing(browser: Browser, world: World) -> None:
    it = sure(world)
    browser.log_in(issue(world, "read").secret)
    path = f"/comparisons/{it.id}"

    shown = browser.get(path).text
    assert "Winner: <strong>long" in shown
    for word in ("Draft a rollout", "Delete", "Vote blindly"):
        assert word not in shown
    assert "New comparison" not in browser.get("/comparisons").text
    assert browser.get(f"{path}/answers").status_code == 200
    assert browser.get(f"{path}/report?format=csv").status_code == 200
    for hidden in ("/comparisons/new", f"{path}/vote"):
        assert browser.get(hidden).status_code == 403
    for forbidden in (
        "/comparisons/new",
        f"{path}/vote",
        *(f"{path}/{act}" for act in ("cancel", "delete", "promote")),
    ):
        assert browser.send(forbidden, TYPED, at=path).status_code == 403
    assert [each.id for each in stored(world)] == [it.id]


def test_a_form_without_its_token_does_nothing(admin: Browser, world: World) -> None:
    it = run(world, make(world))

    for path in ("new", f"{it.id}/delete", f"{it.id}/vote"):
        assert admin.client.post(f"/admin/comparisons/{path}", data={**TYPED, "token": "guessed"}).status_code == 403
    assert [each.id for each in stored(world)] == [it.id]


def test_an_unknown_comparison_is_told_as_a_page(admin: Browser) -> None:
    id_ = "00000000-0000-0000-0000-000000000001"

    for path in ("", "/answers", "/vote", "/report?format=csv"):
        assert admin.get(f"/comparisons/{id_}{path}").status_code == 404


def test_a_key_called_as_the_judge_cannot_vote_in_its_place(browser: Browser, world: World) -> None:
    it = run(world, make(world))
    browser.log_in(keys.issue(world, "judge", ("read", "write")).secret)
    path = f"/comparisons/{it.id}/vote"

    shown = browser.get(path)
    sent = browser.send(path, {"pair": "0", "verdict": "first"}, at=f"/comparisons/{it.id}")

    assert (shown.status_code, "This key cannot vote" in shown.text) == (200, True)
    assert sent.status_code == 422
    assert comparisons.judgements(world, it.id) == []
