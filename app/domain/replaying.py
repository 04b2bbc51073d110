"""A stored step is taken again from its inputs; what comes out must be what was stored, bit for bit (promise P7)."""

from collections.abc import Mapping
from typing import Any

from app.domain import allocation_json
from app.domain.allocator import advance
from app.domain.commands import command_from_json, obey
from app.domain.errors import Invalid

# Any: decoded JSON, put into typed fields by allocation_json.
Plain = Mapping[str, Any]


def again(inputs: Plain) -> dict[str, object]:
    """The outputs of the step with these inputs. Raises Invalid when they are not whole."""
    try:
        plan = allocation_json.plan_from_json(inputs["plan"])
        state = allocation_json.state_from_json(inputs["state"])
        observation = allocation_json.observation_from_json(inputs["observation"])
        order, paused = inputs.get("command"), bool(inputs.get("paused"))
        command = None if order is None else command_from_json(order)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise Invalid(f"the stored inputs cannot be read: {type(error).__name__} {error}", field="inputs") from error
    if command is not None:
        return allocation_json.decision_to_json(obey(plan, state, observation, command))
    return allocation_json.decision_to_json(advance(plan, state, observation, paused=paused))


def differences(stored: Plain, taken: Plain, *, path: str = "") -> list[str]:
    """Where the two differ, as paths; numbers are compared bit for bit and by type. Empty when they are the same."""
    found: list[str] = []
    for key in sorted({*stored, *taken}):
        here = f"{path}.{key}" if path else str(key)
        if key not in stored or key not in taken:
            found.append(f"{here}: only in {'the store' if key in stored else 'the replay'}")
        else:
            found += _unlike(stored[key], taken[key], here)
    return found


def _unlike(stored: object, taken: object, path: str) -> list[str]:
    if isinstance(stored, Mapping) and isinstance(taken, Mapping):
        return differences(stored, taken, path=path)
    if isinstance(stored, list) and isinstance(taken, list) and len(stored) == len(taken):
        pairs = enumerate(zip(stored, taken, strict=True))
        return [line for place, (one, other) in pairs for line in _unlike(one, other, f"{path}[{place}]")]
    # repr tells floats apart to the last bit, −0.0 from 0.0, and finds NaN equal to itself.
    same = type(stored) is type(taken) and repr(stored) == repr(taken)
    return [] if same else [f"{path}: {stored!r} was stored, {taken!r} came out"]
