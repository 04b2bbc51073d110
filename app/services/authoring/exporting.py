"""What people have authored is written down as files, the same each time, so that only a change shows as one."""

import hashlib
from dataclasses import dataclass
from typing import Final

from app.domain.use_case import UseCase
from app.services.authoring import telling
from app.services.authoring.files import BUDGETS, TASKS, USE_CASES, WEBHOOKS
from app.services.authoring.stored import Stored, stored
from app.services.authoring.use_case_intents import stored_told
from app.services.authoring.yaml_writing import dump
from app.services.world import World

LONGEST: Final = 200  # characters of a code that make a file's name; folders take 255 bytes


@dataclass(frozen=True, slots=True)
class Exported:
    """Texts by the names of their files; `left_out` says what no file tells, and why."""

    files: dict[str, str]
    left_out: tuple[str, ...]


def export(world: World, *, webhooks: bool) -> Exported:
    """All use cases with their flows and experiments, tasks, budgets, and `webhooks` for whoever may see them."""
    now = stored(world)
    files = {
        f"{USE_CASES}/{_name(code)}.yaml": dump(_use_case(now, now.use_cases[code])) for code in sorted(now.use_cases)
    }
    files[TASKS] = dump({"tasks": dict(sorted(now.tasks.items()))})
    files[BUDGETS] = dump({"budgets": [telling.budget(now, each) for each in now.budgets]})
    if webhooks:
        told = [telling.webhook(now, each) for each in now.webhooks]
        files[WEBHOOKS] = dump({"webhooks": sorted(told, key=lambda each: str(each["url"]))})
    left_out = [f"weights of {code}: a running rollout owns them" for code in _owned(now)]
    left_out += [f"budget {name}: it is not made by people" for name in sorted(now.kept)]
    if not webhooks:
        left_out.append("webhooks: a key with scope admin may see them")
    return Exported(files, tuple(left_out))


def _use_case(now: Stored, use_case: UseCase) -> dict[str, object]:
    found = dict(stored_told(now, use_case, weighed=not now.rollout_runs(use_case)))
    own = [each for each in now.experiments.get(use_case.id, ()) if each.status != "ended"]
    if own:
        found["experiments"] = sorted((telling.experiment(each) for each in own), key=dump)
    return found


def _owned(now: Stored) -> list[str]:
    return sorted(code for code, use_case in now.use_cases.items() if now.rollout_runs(use_case))


def _name(code: str) -> str:
    return code if len(code) <= LONGEST else f"{code[:LONGEST]}-{hashlib.sha256(code.encode()).hexdigest()[:12]}"
