"""Jobs over HTTP: listed and read by those who may read, steered by those who may write."""

from dataclasses import replace

import pytest

from app.db import job_claims as claims
from app.db import jobs as rows
from app.domain.job import Failed, Job, after
from app.services.comparing import comparisons, own_budget
from app.services.jobs import performing
from app.services.jobs.submitting import submit
from app.services.world import World
from tests.api.conftest import Api
from tests.services.comparing.compared import DOLLAR, make

NOBODY = "00000000-0000-4000-8000-000000000001"
TERM_S = 30.0


def given(world: World, about: str, kind: str = "count", **more: object) -> Job:
    with world.store.write() as tx:
        return submit(tx, world, kind, about=about, **more)  # type: ignore[arg-type]  # passed on


def dead(world: World, about: str, kind: str = "count") -> Job:
    job = given(world, about, kind, most_attempts=1)
    with world.store.write() as tx:
        (held,) = claims.claim(tx, kind, world.new_id(), world.now(), TERM_S, about=about)
        rows.settle(tx, held, after(held, Failed("provider-timeout"), world.now()), again_at=world.now())
    return job


def test_jobs_are_listed_newest_first_by_kind_status_and_thing(api: Api, world: World) -> None:
    made = [given(world, f"thing {at}", kind=f"kind {at % 2}") for at in range(3)]

    found = api.get("/jobs?kind=kind%200&status=queued").json["items"]
    about = api.get("/jobs?about=thing%201").json
    first = api.get("/jobs?limit=1").json
    second = api.get(f"/jobs?limit=1&cursor={first['next']}").json

    assert [each["id"] for each in found] == [made[2].id, made[0].id]
    assert [each["id"] for each in about["items"]] == [made[1].id]
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [made[2].id, made[1].id]


def test_a_job_tells_how_far_it_is_and_nothing_of_what_it_holds(api: Api, world: World) -> None:
    job = given(world, "thing", kind="told", payload={"secret": "x"}, lane="a")

    found = api.get(f"/jobs/{job.id}").json

    assert {name: found[name] for name in ("kind", "about", "lane", "status", "attempts", "done", "total")} == {
        "kind": "told",
        "about": "thing",
        "lane": "a",
        "status": "queued",
        "attempts": 0,
        "done": 0,
        "total": None,
    }
    assert "secret" not in str(found)


def test_cancelling_a_job_stops_what_it_works_on(api: Api, world: World) -> None:
    comparison = make(world)
    (job,) = api.get(f"/jobs?about={comparison.id}").json["items"]

    ended = api.post(f"/jobs/{job['id']}/cancel", None).json
    again = api.post(f"/jobs/{job['id']}/cancel", None)

    assert (job["kind"], ended["status"]) == ("comparison", "cancelled")
    assert comparisons.get(world, comparison.id).status == "cancelled"
    assert (again.status_code, again.json["code"]) == (409, "job-over")


def test_a_dead_job_is_replayed_and_no_other(api: Api, world: World) -> None:
    job, alive = dead(world, "a"), given(world, "b")

    before = api.get(f"/jobs/{job.id}").json
    now = api.post(f"/jobs/{job.id}/replay", None).json
    refused = api.post(f"/jobs/{alive.id}/replay", None)

    assert (before["status"], before["error"], before["attempts"]) == ("dead", "provider-timeout", 1)
    assert (now["status"], now["attempts"]) == ("queued", 0)
    assert (refused.status_code, refused.json["code"]) == (409, "job-not-dead")


def test_a_dead_job_stays_so_while_another_like_it_lives(api: Api, world: World) -> None:
    job = dead(world, "c")
    given(world, "c")

    refused = api.post(f"/jobs/{job.id}/replay", None)

    assert (refused.status_code, refused.json["code"]) == (409, "job-lives")


def test_all_dead_jobs_of_a_kind_are_replayed_at_once(api: Api, world: World) -> None:
    made = [dead(world, f"many {at}", "many") for at in range(3)]
    twin = dead(world, "many 0", "many")
    other = dead(world, "other", "other")

    told = api.post("/jobs/replay", {"kind": "many"}).json

    statuses = {job.id: api.get(f"/jobs/{job.id}").json["status"] for job in (*made, twin, other)}
    assert told == {"replayed": 3, "left": 1}
    assert statuses == {
        made[0].id: "dead",
        made[1].id: "queued",
        made[2].id: "queued",
        twin.id: "queued",
        other.id: "dead",
    }


def test_a_comparison_whose_job_died_goes_on_when_it_is_replayed(api: Api, world: World) -> None:
    comparison = make(world, budget=DOLLAR)
    with world.store.write() as tx:
        (held,) = claims.claim(tx, "comparison", world.new_id(), world.now(), TERM_S, about=comparison.id)
    assert performing.buried(world, replace(held, attempts=held.most_attempts + 1))
    failed = comparisons.get(world, comparison.id)

    api.post(f"/jobs/{held.id}/replay", None)

    assert (failed.status, failed.error) == ("failed", "worker-lost")
    assert comparisons.get(world, comparison.id).status == "queued"
    own_budget.require(world, comparison)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("GET", f"/jobs/{NOBODY}", None, 404, None),
        ("POST", f"/jobs/{NOBODY}/cancel", None, 404, None),
        ("POST", f"/jobs/{NOBODY}/replay", None, 404, None),
        ("GET", "/jobs/none", None, 422, "id"),
        ("GET", "/jobs?status=waiting", None, 422, "status"),
        ("GET", "/jobs?cursor=x", None, 422, "cursor"),
        ("GET", "/jobs?limit=0", None, 422, "limit"),
        ("POST", "/jobs/replay", {}, 422, "kind"),
        ("POST", "/jobs/replay", {"kind": "lost"}, 422, "kind"),
        ("POST", "/jobs/replay", {"kind": "a", "all": True}, 422, "all"),
    ],
)
def test_what_is_wrong_is_named(api: Api, method: str, path: str, body: object, status: int, field: str | None) -> None:
    refused = api.call(method, path, json=body)

    assert (refused.status_code, refused.json.get("field")) == (status, field)


def test_a_key_that_may_only_read_steers_nothing(api: Api, world: World) -> None:
    job = given(world, "d")
    reader = Api(api.client, api.made("/keys", {"name": "reader", "scopes": ["read"]})["secret"])

    assert reader.get(f"/jobs/{job.id}").status_code == 200
    for path, body in (
        (f"/jobs/{job.id}/cancel", None),
        (f"/jobs/{job.id}/replay", None),
        ("/jobs/replay", {"kind": "x"}),
    ):
        assert reader.post(path, body).status_code == 403
    assert api.get(f"/jobs/{job.id}").json["status"] == "queued"


def test_the_figures_tell_what_waits_and_for_how_long(api: Api, world: World) -> None:
    make(world)

    text = api.client.get("/metrics", headers={"Authorization": f"Bearer {api.secret}"}).text

    waiting = {
        line.split(" ")[0]: float(line.split(" ")[1])
        for line in text.splitlines()
        if "_jobs_" in line and line[0] != "#"
    }
    assert waiting['model_match_jobs_queued{kind="comparison"}'] >= 1
    assert waiting['model_match_jobs_running{kind="comparison"}'] >= 0
    assert waiting['model_match_jobs_oldest_wait_seconds{kind="comparison"}'] >= 0
