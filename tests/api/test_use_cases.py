"""Use cases are written, found, activated and deleted by the rules of authoring."""

from tests.api.conftest import Api


def test_a_use_case_is_created_inactive_with_one_step(api: Api) -> None:
    made = api.made("/use-cases", {"code": "fresh", "title": "Fresh", "rubric": "summary"})

    assert (made["active"], [step["code"] for step in made["steps"]]) == (False, ["answer"])
    assert made["created_at"].endswith("Z")
    assert api.get("/use-cases/fresh").json == made


def test_a_taken_code_is_a_conflict(api: Api) -> None:
    api.made("/use-cases", {"code": "taken"})

    response = api.post("/use-cases", {"code": "taken"})

    assert (response.status_code, response.json["code"], response.json["field"]) == (409, "duplicate-code", "code")


def test_a_use_case_needs_an_active_flow_to_be_activated(api: Api) -> None:
    api.made("/use-cases", {"code": "empty"})

    response = api.patch("/use-cases/empty", {"active": True})

    assert (response.status_code, response.json["code"]) == (409, "no-active-flow")


def test_what_is_absent_or_null_stays(api: Api) -> None:
    api.made("/use-cases", {"code": "patched", "title": "Before", "description": "kept"})

    changed = api.patch("/use-cases/patched", {"title": "After", "description": None}).json

    assert (changed["title"], changed["description"]) == ("After", "kept")


def test_an_active_use_case_is_deleted_only_after_it_is_deactivated(api: Api) -> None:
    code = api.use_case()

    refused = api.delete(f"/use-cases/{code}")
    api.patch(f"/use-cases/{code}", {"active": False})
    deleted = api.delete(f"/use-cases/{code}")

    assert (refused.status_code, refused.json["code"]) == (409, "use-case-active")
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert api.get(f"/use-cases/{code}").status_code == 404


def test_use_cases_are_found_by_words_and_paged(api: Api) -> None:
    for number in range(3):
        api.made("/use-cases", {"code": f"paged-{number}", "description": "quite unusual words"})

    first = api.get("/use-cases?search=UNUSUAL quite&order=-code&limit=2").json
    rest = api.get(f"/use-cases?search=UNUSUAL quite&order=-code&limit=2&cursor={first['next']}").json

    assert [item["code"] for item in first["items"]] == ["paged-2", "paged-1"]
    assert ([item["code"] for item in rest["items"]], rest["next"]) == (["paged-0"], None)


def test_an_order_that_is_not_offered_is_refused(api: Api) -> None:
    response = api.get("/use-cases?order=colour")

    assert (response.status_code, response.json["field"]) == (422, "order")
