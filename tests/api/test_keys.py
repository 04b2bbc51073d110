"""A key is shown once, rotated with overlap, and shut at once when it is revoked."""

import pytest

from tests.api.conftest import Api


def test_a_secret_is_shown_once_and_never_listed(api: Api) -> None:
    issued = api.made("/keys", {"name": "once", "scopes": ["run", "read"]})

    listed = api.get("/keys?limit=200")

    assert Api(api.client, issued["secret"]).get("/calls").status_code == 200
    assert issued["secret"] not in listed.text
    assert issued["secret"].startswith(issued["key"]["prefix"])
    assert issued["key"] in listed.json["items"]


def test_a_rotated_key_is_valid_beside_the_new_one(api: Api) -> None:
    old = api.made("/keys", {"name": "turning", "scopes": ["read"]})

    new = api.made(f"/keys/{old['key']['id']}/rotate", {"overlap_s": 600})

    assert [Api(api.client, key["secret"]).get("/calls").status_code for key in (old, new)] == [200, 200]
    assert new["key"]["scopes"] == ["read"]
    again = api.post(f"/keys/{old['key']['id']}/rotate", {})
    assert (again.status_code, again.json["code"]) == (409, "key-ended")


def test_without_overlap_the_old_key_ends_at_once(api: Api) -> None:
    old = api.made("/keys", {"name": "turned", "scopes": ["read"]})

    api.made(f"/keys/{old['key']['id']}/rotate", {"overlap_s": 0})

    assert Api(api.client, old["secret"]).get("/calls").status_code == 401


def test_a_revoked_key_opens_nothing(api: Api) -> None:
    issued = api.made("/keys", {"name": "gone", "scopes": ["admin"]})

    revoked = api.delete(f"/keys/{issued['key']['id']}")

    assert revoked.status_code == 204
    assert Api(api.client, issued["secret"]).get("/keys").status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["root"]}, "scopes[0]"),
        ({"name": "", "scopes": ["run"]}, "name"),
        ({"name": "a\nb", "scopes": ["run"]}, "name"),
        ({"name": "x", "scopes": ["run"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "scopes": ["run"], "expires_at": "2099-01-01T00:00:00"}, "expires_at"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(api: Api, body: dict[str, object], field: str) -> None:
    response = api.post("/keys", body)

    assert (response.status_code, response.json["field"]) == (422, field)


def test_a_key_with_models_may_ask_those_alone(api: Api) -> None:
    issued = api.made("/keys", {"name": "narrow", "scopes": ["run"], "models": ["simulated/small"]})
    narrow = Api(api.client, issued["secret"])

    own = narrow.post("/generate", {"model": "simulated/small", "prompt": "hello"})
    other = narrow.post("/generate", {"model": "simulated/large", "prompt": "hello"})
    either = narrow.post("/generate", {"models": ["simulated/large", "simulated/small"], "prompt": "hello"})

    assert issued["key"]["models"] == ["simulated/small"]
    assert own.status_code == 200
    assert (other.status_code, other.json["code"]) == (403, "model-not-allowed")
    assert either.json["model"] == "simulated/small"


def test_the_models_of_a_key_are_changed_and_taken_away(api: Api) -> None:
    key = api.made("/keys", {"name": "widening", "scopes": ["run"], "models": ["simulated/small"]})["key"]

    wrong = api.patch(f"/keys/{key['id']}", {"models": ["acme/none"]})
    kept = api.patch(f"/keys/{key['id']}", {"name": "wider"})
    wider = api.patch(f"/keys/{key['id']}", {"models": None})

    assert (wrong.status_code, wrong.json["field"]) == (422, "models[0]")
    assert kept.json["models"] == ["simulated/small"]
    assert wider.json["models"] is None
