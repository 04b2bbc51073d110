"""A budget stands for what its calls bear; what can never bear a call is refused by name."""

import pytest

from app.domain.budget import Scope
from app.domain.errors import Invalid, ModelMatchError, NotFound, UnknownModel
from app.services import keys
from app.services.budget_scope import scope_value
from app.services.world import World
from tests.services.made import CODE, all_flows, make_use_case, start


def test_what_exists_is_taken_under_each_of_its_names(world: World) -> None:
    make_use_case(world, weights={"a": 5000, "b": 5000})
    experiment, key = start(world), keys.issue(world, "a caller", ("run",)).key
    flow, use_case = all_flows(world)["b"].id, world.snapshots.current.use_cases[CODE].id
    alias, slug = next(iter(world.catalogue.aliases.items()))
    told: list[tuple[Scope, str, str]] = [
        ("use-case", CODE, use_case),
        ("use-case", use_case, use_case),
        ("flow", f"{CODE}/b", flow),
        ("flow", flow, flow),
        ("model", alias, slug),
        ("model", "simulated/small", "simulated/small"),
        ("provider", "simulated", "simulated"),
        ("experiment", experiment.id, experiment.id),
        ("key", key.id, key.id),
        ("user", "ann", "ann"),
        ("tag", "tenant=acme", "tenant=acme"),
    ]

    assert [scope_value(world, scope, given) for scope, given, _ in told] == [meant for _, _, meant in told]


@pytest.mark.parametrize("scope", ["global", "key", "owner", "team", "user", "use-case", "flow", "model"])
def test_without_a_value_it_is_for_everyone(world: World, scope: Scope) -> None:
    assert scope_value(world, scope, None) is None


@pytest.mark.parametrize(
    ("scope", "given", "error"),
    [
        ("use-case", "none", NotFound),
        ("flow", "a", NotFound),
        ("flow", f"{CODE}/none", NotFound),
        ("flow", "none/a", NotFound),
        ("model", "simulated/none", UnknownModel),
        ("provider", "none", NotFound),
        ("experiment", "none", NotFound),
        ("experiment", "01a1ff1a-81f4-71ee-8eeb-ec8bafcfceb7", NotFound),
        ("key", "none", NotFound),
        ("user", "", Invalid),
        ("owner", "", Invalid),
        ("global", "x", Invalid),
        ("tag", "=x", Invalid),
    ],
)
def test_what_names_nothing_is_refused_at_its_field(
    world: World, scope: Scope, given: str, error: type[ModelMatchError]
) -> None:
    make_use_case(world)

    with pytest.raises(error) as refused:
        scope_value(world, scope, given)

    assert getattr(refused.value, "field", None) == "scope_value"


def test_a_key_that_has_ended_is_no_key(world: World) -> None:
    key = keys.issue(world, "gone", ("run",)).key
    keys.revoke(world, key.id)

    with pytest.raises(NotFound):
        scope_value(world, "key", key.id)
