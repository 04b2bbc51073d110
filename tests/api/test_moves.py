"""Each change of traffic is told with its weights before and after, who made it and why."""

from tests.api.conftest import Api


def test_a_change_by_hand_is_a_move_by_flow_code(api: Api) -> None:
    code = api.use_case("a", "b")

    api.put(f"/use-cases/{code}/weights", {"weights": {"a": 1_000, "b": 9_000}})

    move = api.get(f"/use-cases/{code}/moves?limit=1").json["items"][0]
    assert (move["before"], move["after"]) == ({"a": 5_000, "b": 5_000}, {"a": 1_000, "b": 9_000})
    assert (move["phase"], move["actor"], move["experiment_id"]) == ("manual", "ADMIN_KEY", None)


def test_moves_are_paged_newest_first(api: Api) -> None:
    code = api.use_case("a", "b")
    api.put(f"/use-cases/{code}/weights", {"weights": {"a": 1_000, "b": 9_000}})

    first = api.get(f"/use-cases/{code}/moves?limit=1").json
    second = api.get(f"/use-cases/{code}/moves?limit=1&cursor={first['next']}").json

    assert second["items"][0]["after"] == first["items"][0]["before"]
