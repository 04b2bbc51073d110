"""Prices are read, set, taken back and applied to history over HTTP."""

import pytest

from tests.api.conftest import Api

SLUG = "simulated/flaky"
PATH = f"/prices/{SLUG}/2026-11-05"
PRICE = {"source": "contract 7", "input_usd": "0.5", "output_usd": "2"}


def test_a_price_is_set_read_and_taken_back(api: Api) -> None:
    tier = {"above": 200_000, "input_usd": "1", "output_usd": "4"}

    told = api.put(PATH, {**PRICE, "tiers": [tier]})
    listed = api.get(f"/prices?model={SLUG}&on=2026-11-20").json["items"]
    model = api.get(f"/models/{SLUG}").json
    gone = api.delete(PATH)

    assert told.status_code == 200, told.text
    assert (told.json["origin"], told.json["cache_read_usd"], told.json["tiers"][0]["reasoning_usd"]) == (
        "stored",
        "0.5",
        "4",
    )
    assert listed == [told.json]
    assert model["price"]["source"] == "contract 7"
    assert gone.status_code == 204
    assert api.delete(PATH).status_code == 404
    assert api.get(f"/models/{SLUG}").json["price"]["source"] != "contract 7"


def test_an_alias_means_its_model(api: Api) -> None:
    told = api.put("/prices/gpt-4o/2026-11-05", PRICE).json

    assert told["model"] == "openai/gpt-4o"
    assert api.delete("/prices/openai/gpt-4o/2026-11-05").status_code == 204


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/prices/acme/none/2026-11-05", PRICE, "model"),
        (PATH, {"input_usd": "1", "output_usd": "1"}, "source"),
        (PATH, {**PRICE, "input_usd": "-1"}, "input_usd"),
        (PATH, {**PRICE, "input_usd": "0.0000000001"}, "input_usd"),
        (PATH, {**PRICE, "output_usd": "10001"}, "output_usd"),
        (PATH, {**PRICE, "tiers": [{"above": 1, "input_usd": "1", "output_usd": "99999"}]}, "tiers[0].output_usd"),
        (PATH, {**PRICE, "surprise": 1}, "surprise"),
        (f"/prices/{SLUG}/tomorrow", PRICE, "valid_from"),
        (f"/prices/{SLUG}/1999-01-01", PRICE, "valid_from"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(api: Api, path: str, body: dict[str, object], field: str) -> None:
    refused = api.put(path, body)

    assert (refused.status_code, refused.json["field"]) == (422, field), refused.text


def test_prices_need_a_key_that_may_write_and_history_one_that_administers(api: Api) -> None:
    def key(scope: str) -> Api:
        return Api(api.client, api.made("/keys", {"name": scope, "scopes": [scope]})["secret"])

    assert key("read").put(PATH, PRICE).status_code == 403
    assert key("read").get("/prices").status_code == 200
    assert key("write").post("/prices/reprice", {"since": "2026-11-01T00:00:00Z"}).status_code == 403


def test_history_is_counted_again(api: Api) -> None:
    slug = "simulated/unpriced"
    call = api.made("/calls", {"model": slug, "latency_ms": 1, "usage": {"input_tokens": 1_000_000}})
    day = call["at"][:10]
    span = {"since": f"{day}T00:00:00Z", "model": slug}
    api.put(f"/prices/{slug}/{day}", PRICE)

    dry = api.post("/prices/reprice", {**span, "dry_run": True}).json
    done = api.post("/prices/reprice", span).json
    again = api.post("/prices/reprice", span).json
    after = api.get(f"/calls/{call['id']}").json["call"]
    api.delete(f"/prices/{slug}/{day}")

    assert call["cost_usd"] is None
    assert (dry["changed"], dry["dry_run"]) == (done["changed"], True)
    assert done["newly_priced"] >= 1
    assert again["changed"] == 0
    assert (after["cost_usd"], after["price_version"]) == ("0.5", day)
    assert api.post("/prices/reprice", {"since": "2099-01-01T00:00:00Z"}).json["field"] == "until"
