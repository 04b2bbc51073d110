"""For whom a budget is: what people name, as the calls under it name it; what names nothing is refused."""

from typing import Final
from uuid import UUID

from app.db import experiments
from app.domain.budget import Scope
from app.domain.errors import Invalid, NotFound, Unauthenticated
from app.services import keys
from app.services.world import World

FIELD: Final = "scope_value"


def scope_value(world: World, scope: Scope, given: str | None) -> str | None:
    """The id, slug or word that calls bear; None where everyone under the scope has the limit for themselves.

    Use cases may be given by code, flows as `use-case/flow`, models by any of their names. Raises Invalid, NotFound.
    """
    match scope:
        case "global":
            if given is not None:
                raise Invalid("a global budget has no scope value", field=FIELD)
            return None
        case "tag":
            if given is None or not given.partition("=")[0]:
                raise Invalid("a tag is named as name=value, or name for each value of it", field=FIELD)
            return given
    if given is None:
        return None
    match scope:
        case "use-case":
            return _use_case(world, given)
        case "flow":
            return _flow(world, given)
        case "model":
            return world.catalogue.get(given, field=FIELD).slug
        case "provider" if given not in world.catalogue.providers:
            raise NotFound("provider", given, field=FIELD)
        case "key":
            return _key(world, given)
        case "experiment":
            return _experiment(world, given)
        case _ if not given:
            raise Invalid("an empty name names nobody; without one everyone has the limit for themselves", field=FIELD)
    return given


def _use_case(world: World, given: str) -> str:
    found = world.snapshots.find(lambda seen: seen.use_cases_by_id.get(given) or seen.use_cases.get(given))
    if found is None:
        raise NotFound("use case", given, field=FIELD)
    return found.id


def _flow(world: World, given: str) -> str:
    owner, _, code = given.partition("/")
    found = world.snapshots.find(
        lambda seen: next(
            (
                flow.id
                for owner_id, flows in seen.flows.items()
                for flow in flows
                if flow.id == given or (flow.code == code and seen.use_cases_by_id[owner_id].code == owner)
            ),
            None,
        )
    )
    if found is None:
        raise NotFound("flow", given, field=FIELD)
    return found


def _key(world: World, given: str) -> str:
    try:
        return keys.known(world, given).id
    except Unauthenticated:
        raise NotFound("key", given, field=FIELD) from None


def _experiment(world: World, given: str) -> str:
    try:
        known = str(UUID(given))
        with world.store.read() as tx:
            return experiments.get(tx, known).id
    except (ValueError, NotFound):
        raise NotFound("experiment", given, field=FIELD) from None
