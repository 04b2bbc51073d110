"""The hooks that the operator wants around every call, as the setting HOOKS says them."""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.domain.errors import Invalid
from app.domain.flow import Hook
from app.services.step_form import HookForm

SETTING: Final = "HOOKS"
_FORM: Final = TypeAdapter(list[HookForm])


def hooks_wanted(setting: str) -> tuple[Hook, ...]:
    """Names separated by commas, or a JSON list of hooks with their options. Raises Invalid naming the setting."""
    if not setting.lstrip().startswith("["):
        return tuple(Hook(name.strip()) for name in setting.split(",") if name.strip())
    try:
        return tuple(form.to_domain() for form in _FORM.validate_json(setting))
    except ValidationError as error:
        raise Invalid("names separated by commas, or a JSON list of hooks, are expected", field=SETTING) from error
