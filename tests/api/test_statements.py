"""A provider's statement is sent, read beside the calls, and forgotten over HTTP."""

from typing import Any

import pytest

from tests.api.conftest import Api

HEADER = "day,model,requests,input_tokens,output_tokens,cost_usd"


def sent(api: Api, *rows: str, **given: str) -> Any:
    body = {"provider": "simulated", "format": "generic", "content": "\n".join((HEADER, *rows)), **given}
    return api.post("/statements", body)


def test_a_statement_is_compared_down_to_its_calls(api: Api) -> None:
    answer = api.post("/models/test", {"model": "simulated/large"}).json
    call = api.get(f"/calls/{answer['calls'][0]['id']}").json["call"]
    day = call["at"][:10]
    made = sent(api, f"{day},large,1000000,0,0,1", f"{day},other,1,1,1,1")

    read = api.get(f"/statements/{made.json['id']}").json
    behind = api.get(f"/statements/{made.json['id']}/calls?day={day}&model=simulated/large").json
    missing = api.get(f"/statements/{made.json['id']}?status=missing-here").json

    found = {item["model"]: item for item in read["items"]}
    assert made.status_code == 201, made.text
    assert made.json["lines"] == 2
    assert found["simulated/large"]["status"] == "differs"
    assert found["simulated/large"]["ours"]["requests"] >= 1
    assert found["simulated/large"]["theirs"] == {
        "requests": 1_000_000,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": "1",
    }
    assert read["sums"]["missing_here"] == 1
    assert read["sums"]["theirs_usd"] == "2"
    assert call["id"] in [each["id"] for each in behind["items"]]
    assert [item["model"] for item in missing["items"]] == ["other"]


def test_differences_are_paged(api: Api) -> None:
    made = sent(api, *(f"2020-01-0{day},m{model},1,1,1,1" for day in (1, 2) for model in range(3))).json

    pages = [api.get(f"/statements/{made['id']}?limit=4").json]
    pages.append(api.get(f"/statements/{made['id']}", query_string={"limit": 4, "cursor": pages[0]["next"]}).json)

    assert [(item["day"][-1], item["model"]) for page in pages for item in page["items"]] == [
        (day, f"m{model}") for day in "12" for model in range(3)
    ]
    assert pages[1]["next"] is None


def test_statements_are_listed_and_forgotten(api: Api) -> None:
    made = sent(api, "2020-01-01,m,1,1,1,1").json

    assert made["id"] in [each["id"] for each in api.get("/statements?limit=200").json["items"]]
    assert api.delete(f"/statements/{made['id']}").status_code == 204
    assert api.get(f"/statements/{made['id']}").status_code == 404
    assert api.get(f"/statements/{made['id']}/calls?day=2020-01-01").status_code == 404


@pytest.mark.parametrize(
    ("given", "field", "detail"),
    [
        ({"content": f"{HEADER}\n2020-01-01,m,one,1,1,1"}, "content", "line 2, column requests"),
        ({"provider": "acme"}, "provider", "openai"),
        ({"format": "excel"}, "format", "generic"),
        ({"content": ""}, "content", ""),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(api: Api, given: dict[str, str], field: str, detail: str) -> None:
    refused = sent(api, "2020-01-01,m,1,1,1,1", **given)

    assert (refused.status_code, refused.json["field"]) == (422, field)
    assert detail in refused.json["detail"]
