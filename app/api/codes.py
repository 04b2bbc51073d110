"""Ids of use cases and flows are told as the codes people know, read from the snapshot without any query."""

from app.api.world import world
from app.domain.errors import NotFound
from app.services import traffic


def use_case_code(owner_id: str | None) -> str | None:
    """The code, or None when the use case is gone."""
    found = world().snapshots.current.use_cases_by_id.get(owner_id or "")
    return None if found is None else found.code


def use_case_id(code: str) -> str:
    """The id. Raises NotFound."""
    return traffic.known_use_case(world(), code).id


def flow_id(use_case: str, code: str) -> str:
    """The id of a flow by the codes of its use case and its own. Raises NotFound."""
    flows = world().snapshots.current.flows.get(use_case_id(use_case), ())
    found = next((flow.id for flow in flows if flow.code == code), None)
    if found is None:
        raise NotFound("flow", code)
    return found


def flow_codes(owner_id: str | None) -> dict[str, str]:
    """Code by id of the use case's flows that the snapshot holds."""
    flows = world().snapshots.current.flows.get(owner_id or "", ())
    return {flow.id: flow.code for flow in flows}


def flow_code(owner_id: str | None, known_id: str | None) -> str | None:
    """The code, or None when the flow is gone."""
    return flow_codes(owner_id).get(known_id or "")
