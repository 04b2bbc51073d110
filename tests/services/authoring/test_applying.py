"""What files say becomes so, once, whole or not at all, by the rules of the doors."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.domain.errors import ModelMatchError
from app.services import budgets, experiments, flows, picks, shadow, tasks, use_cases, webhooks
from app.services.authoring.applying import Applied, apply
from app.services.authoring.exporting import export
from app.services.authoring.yaml_reading import FilesInvalid
from app.services.flows import FlowEdit
from app.services.rollouts import Wanted
from app.services.use_cases import UseCaseEdit
from app.services.world import World
from tests.services.made import CODE, all_flows, make_step, make_use_case, start, weights_now
from tests.stores import make_store
from tests.worlds import numbered, opened

HOOK = "https://93.184.216.34/hook"
FILE = f"use-cases/{CODE}.yaml"
BARE = """\
code: uc
active: true
flows:
  - code: a
    active: true
    steps:
      - code: answer
        prompt: Say {{ text }}
        choice: {models: [simulated/small]}
"""


@pytest.fixture
def other(store_kind: str, tmp_path: Path) -> Iterator[World]:
    """A world on another, empty store of the same kind."""
    folder = tmp_path / "other"
    folder.mkdir()
    with make_store(store_kind, folder) as store, opened(store, folder, new_id=numbered()) as world:
        yield world


def done(world: World, files: Mapping[str, str], **given: bool) -> Applied:
    return apply(world, files, actor="ci", **given)


def verdicts(applied: Applied) -> dict[str, str]:
    return {change.name: change.verdict for change in applied.changes}


def refusals(applied: Applied) -> list[str]:
    return [str(change.refused) for change in applied.refused]


def furnish(world: World) -> None:
    """One of everything that files can say."""
    make_use_case(world, weights={"a": 4000, "b": 6000}, own={"b": [make_step(prompt="Tell me.\n\n{{ text }}\n")]})
    make_use_case(world, "other", weights={"only": 10_000})
    flows.create(world, CODE, FlowEdit(code="draft", title="Not yet", steps=(make_step(),)))
    use_cases.create(world, UseCaseEdit(code="empty", description="Nothing yet."))
    tasks.assign(world, "chat", "auto/balanced")
    small = budgets.Wanted(name="small", scope="use-case", scope_value=CODE, unit="usd", limit=10**10, period="month")
    budgets.create(world, small)
    tokens = budgets.Wanted(
        name="tokens", scope="flow", scope_value=f"{CODE}/a", unit="tokens", limit=1000, period="day"
    )
    budgets.create(world, tokens)
    webhooks.create(world, HOOK, ("experiment.escaped",))
    experiments.draft(world, CODE, Wanted(scale="binary", min_feedback=40))


def test_an_export_that_is_applied_to_an_empty_store_exports_the_same(world: World, other: World) -> None:
    furnish(world)
    files = export(world, webhooks=True).files

    assert done(other, files).written

    assert export(other, webhooks=True).files == files
    assert weights_now(other) == {"a": 4000, "b": 6000, "draft": 0}


def test_a_second_time_nothing_is_done(world: World, other: World) -> None:
    furnish(world)
    files = export(world, webhooks=True).files
    done(other, files)

    for each in (world, other):
        again = done(each, files)
        assert set(verdicts(again).values()) == {"same"}
        assert not again.differs


def test_a_dry_run_tells_everything_and_does_nothing(world: World, other: World) -> None:
    furnish(world)
    files = export(world, webhooks=True).files
    before = other.store.revision()

    told = done(other, files, dry_run=True)

    assert set(verdicts(told).values()) == {"create"}
    assert (told.written, told.differs, told.refused) == (False, True, ())
    assert export(other, webhooks=True).files.keys() == {"tasks.yaml", "budgets.yaml", "webhooks.yaml"}
    assert other.store.revision() == before


def test_a_new_webhook_tells_its_secret_once(world: World) -> None:
    file = {"webhooks.yaml": f"webhooks:\n  - url: {HOOK}\n"}

    assert list(done(world, file).secrets) == [HOOK]
    assert done(world, file).secrets == {}


def test_a_served_flow_gets_a_new_version_and_sessions_keep_theirs(world: World) -> None:
    make_use_case(world)
    picked = picks.pick(world, CODE, correlation_id="c1")
    files = export(world, webhooks=False).files
    files[FILE] = files[FILE].replace("Say {{ text }}", "Tell {{ text }}")

    told = done(world, files)

    assert "-        prompt: Say {{ text }}\n+        prompt: Tell {{ text }}" in told.changes[0].diff
    after = all_flows(world)["a"]
    assert (after.version, after.steps[0].prompt) == (2, "Tell {{ text }}")
    assert picked.flow.version == 1


def test_weights_and_activity_follow_the_file(world: World) -> None:
    make_use_case(world, weights={"a": 4000, "b": 6000})
    files = export(world, webhooks=False).files
    files[FILE] = (
        files[FILE].replace("weight: 4000", "weight: 10000").replace("active: true\n    weight: 6000", "active: false")
    )

    assert done(world, files).written

    assert weights_now(world) == {"a": 10_000, "b": 0}
    assert not all_flows(world)["b"].active


def test_weights_that_are_not_said_stay(world: World) -> None:
    make_use_case(world, weights={"a": 4000, "b": 6000})
    text = export(world, webhooks=False).files[FILE].replace("    weight: 4000\n", "").replace("    weight: 6000\n", "")

    assert not done(world, {FILE: text}).differs
    assert done(world, {FILE: "title: Named\n" + text.replace("title: uc\n", "")}).written
    assert weights_now(world) == {"a": 4000, "b": 6000}


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("Say {{ text }}", "Say {{ text", f"{FILE}:8: flows[0].steps[0].prompt: the prompt does not parse"),
        ("simulated/small", "nobody/none", "flows[0].steps[0].choice.models: no model 'nobody/none' in the catalogue"),
        ("code: answer", "code: reply", "flows[0].steps[0].code: the use case declares no step 'reply'"),
        ("    active: true", "    active: true\n    weight: 9000", "weights: weights sum to 9000, not to 10000"),
        ("    active: true", "    weight: 10000", "flows[0].weight: an inactive flow carries no weight"),
        ("    active: true", "    active: false", "a use case is activated only with an active flow"),
        ("code: uc", "code: 'U C'", f"{FILE}:1: code: a code holds a-z"),
    ],
)
def test_what_the_doors_refuse_is_refused_by_line_and_nothing_is_written(
    world: World, before: str, after: str, why: str
) -> None:
    told = done(world, {FILE: BARE.replace(before, after), "tasks.yaml": "tasks: {chat: simulated/small}"})

    assert [why in refusal for refusal in refusals(told)] == [True], refusals(told)
    assert not told.written
    assert export(world, webhooks=True).files["tasks.yaml"] == "tasks: {}\n"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({FILE: BARE.replace("prompt:", "prompts:")}, [f"{FILE}:8: flows[0].steps[0].prompts: unknown field"]),
        ({FILE: BARE, "use-cases/b.yaml": BARE}, ["use case 'uc' stands in use-cases/b.yaml too"]),
        ({"use_cases/uc.yaml": BARE}, ["use_cases/uc.yaml:1: no file of a configuration"]),
        ({FILE: ""}, [f"{FILE}:1: the file is empty"]),
        ({FILE: "- a"}, [f"{FILE}:1: a mapping is expected"]),
        ({"budgets.yaml": "budgets:\n  - {name: b, period: month}"}, ["either limit_usd or limit_tokens is expected"]),
        ({"tasks.yaml": "tasks:\n  chat: 3"}, ["tasks.yaml:2: tasks.chat: Input should be a valid string"]),
    ],
)
def test_files_without_their_shape_are_refused_by_line(world: World, files: dict[str, str], why: list[str]) -> None:
    with pytest.raises(FilesInvalid) as caught:
        done(world, files)

    assert all(part in str(caught.value) for part in why), str(caught.value)


def test_what_stands_in_no_file_stays_unless_it_is_pruned(world: World) -> None:
    furnish(world)
    files = {"tasks.yaml": "tasks: {}", "budgets.yaml": "budgets: []", "webhooks.yaml": "webhooks: []", FILE: BARE}

    kept = verdicts(done(world, files, dry_run=True))
    assert {name for name, verdict in kept.items() if verdict == "keep"} >= {
        "chat",
        "small",
        "tokens",
        HOOK,
        "other",
        f"{CODE}/b",
    }

    refused = done(world, files, prune=True)
    assert sorted(each.refused.code for each in refused.refused if each.refused) == ["flow-active", "use-case-active"]
    assert tasks.assignments(world)

    use_cases.change(world, "other", UseCaseEdit(active=False))
    flows.set_weights(world, CODE, {"a": 10_000}, actor="test")
    flows.change(world, CODE, "b", FlowEdit(active=False), actor="test")
    assert done(world, files, prune=True).written
    left = export(world, webhooks=True).files
    assert left.keys() == {FILE, "tasks.yaml", "budgets.yaml", "webhooks.yaml"}
    assert list(all_flows(world)) == ["a"]
    assert not done(world, files, prune=True).differs


def test_a_kind_that_no_file_speaks_of_is_not_pruned(world: World) -> None:
    furnish(world)

    assert not done(world, {"budgets.yaml": export(world, webhooks=False).files["budgets.yaml"]}, prune=True).differs


def test_budgets_that_a_shadow_keeps_are_neither_told_nor_pruned(world: World) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})
    shadow.put(world, CODE, "b", share=100, limit=10**9)

    found = export(world, webhooks=False)
    assert found.files["budgets.yaml"] == "budgets: []\n"
    assert "budget shadow of uc/b: it is not made by people" in found.left_out
    assert not done(world, {"budgets.yaml": "budgets: []"}, prune=True).differs


def test_while_a_rollout_runs_its_weights_and_steps_are_refused_and_the_rest_is_not(world: World) -> None:
    make_use_case(world, weights={"a": 4000, "b": 6000})
    files = export(world, webhooks=False).files
    start(world)

    told = done(world, {FILE: files[FILE].replace("4000", "5000").replace("6000", "5000")})
    assert [each.refused.code for each in told.refused if each.refused] == ["experiment-running"]
    assert not done(world, export(world, webhooks=False).files).differs
    assert done(world, {FILE: export(world, webhooks=False).files[FILE].replace("title: uc", "title: Other")}).written


def test_an_experiment_is_drafted_once_and_started_only_when_asked(world: World) -> None:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    files = {FILE: export(world, webhooks=False).files[FILE] + "experiments:\n  - rollout: {scale: binary}\n"}

    assert done(world, files).written
    assert not done(world, files).differs
    (draft,), _ = experiments.page(world, use_case=CODE, cursor=None, limit=9)
    assert draft.status == "draft"

    changed = {FILE: files[FILE].replace("binary", "decimal")}
    assert list(verdicts(done(world, changed)).values()).count("change") == 1

    assert done(world, changed, start=True).written
    (running,), _ = experiments.page(world, use_case=CODE, cursor=None, limit=9)
    assert (running.id, running.status) == (draft.id, "running")
    assert not done(world, {FILE: export(world, webhooks=False).files[FILE]}, start=True, prune=True).differs

    experiments.stop(world, running.id)
    assert not done(world, {FILE: changed[FILE].replace("    weight: 5000\n", "")}, start=True).differs


def test_an_experiment_that_cannot_be_is_refused_by_line(world: World) -> None:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    text = export(world, webhooks=False).files[FILE]

    nobody = done(world, {FILE: text + "experiments:\n  - rollout: {scale: binary, baseline: nobody}\n"})
    both = done(world, {FILE: text + "experiments:\n  - {}\n"})

    assert refusals(nobody)[0].startswith(f"{FILE}:{text.count(chr(10)) + 2}: experiments[0].rollout.baseline: ")
    assert refusals(both) == [
        f"{FILE}:{text.count(chr(10)) + 2}: experiments[0]: either rollout or ab_test is expected"
    ]


def test_what_a_budget_counts_cannot_change(world: World) -> None:
    furnish(world)
    text = export(world, webhooks=False).files["budgets.yaml"]

    other_period = done(world, {"budgets.yaml": text.replace("period: month", "period: day")})
    raised = done(world, {"budgets.yaml": text.replace("'10'", "'20'")})

    assert refusals(other_period) == [
        "budgets.yaml:6: budgets[0].period: this cannot change; give the new budget another name"
    ]
    assert raised.written
    assert not done(world, {"budgets.yaml": text.replace("'10'", "'20.00'")}).differs


def test_what_fails_though_it_was_tried_is_refused_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> None:
        raise ModelMatchError("somebody was faster")

    monkeypatch.setattr(tasks, "assign", taken)

    told = done(world, {FILE: BARE, "tasks.yaml": "tasks: {chat: simulated/small}"})

    assert refusals(told) == ["tasks.yaml:1: tasks.chat: somebody was faster"]
    assert told.written
    assert list(all_flows(world)) == ["a"]
