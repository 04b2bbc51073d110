"""Sessions are found by whatever a correlation id may hold."""

from urllib.parse import quote

import pytest

from tests.api.conftest import Api


@pytest.mark.parametrize("correlation_id", ["plain", "a/b//c/", "with space & ?#", "ünïcode-会话", "..", "a%2Fb"])
def test_a_session_is_found_by_path_and_by_query(api: Api, correlation_id: str) -> None:
    code = api.use_case()
    picked = api.post(f"/use-cases/{code}/pick", {"correlation_id": correlation_id}).json

    by_query = api.get("/sessions", query_string={"correlation_id": correlation_id, "use_case": code}).json["items"]
    by_path = api.get(f"/sessions/{quote(correlation_id, safe='')}?use_case={code}").json["items"]

    assert by_path == by_query
    assert (by_query[0]["id"], by_query[0]["live"]) == (picked["session_id"], True)
    assert by_query[0]["propensity"] == 10_000


def test_one_correlation_id_has_a_session_in_each_use_case(api: Api) -> None:
    codes = {api.use_case(), api.use_case()}
    for code in codes:
        api.post(f"/use-cases/{code}/pick", {"correlation_id": "everywhere", "user_id": "someone"})

    found = api.get("/sessions/everywhere").json["items"]

    assert {session["use_case"] for session in found} == codes
    assert {session["unit"] for session in found} == {"someone"}


def test_an_unknown_correlation_id_is_not_found(api: Api) -> None:
    assert api.get("/sessions/never-seen").status_code == 404
