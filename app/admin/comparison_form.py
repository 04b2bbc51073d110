"""A comparison as people type it into a form; every fault is said at its field, and nothing typed is lost.

The ComparisonForm of the service decides what is right; here is only how its fields are typed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from app.admin import refusals, rollout_typed
from app.admin.rollout_typed import Kind
from app.domain.comparison.comparison import MOST_INPUTS
from app.services.comparing.form import ComparisonForm
from app.services.comparing.wanted import WantedComparison

TEXTS: Final = {
    "name": "",
    "format": "lines",
    "content": "",
    "value": "prompt",
    "joined": "",
    "prompt.text": "{{ prompt }}",
    "prompt.system": "",
    "scoring.rule": "",
    "scoring.expected": "",
    "judge.model": "",
    "judge.criteria": "correct, complete and helpful",
    "seed": "",
}
NUMBERS: Final[Mapping[str, tuple[Kind, str]]] = {
    "prompt.params.max_tokens": (rollout_typed.count, ""),
    "prompt.params.temperature": (rollout_typed.number, ""),
    "scoring.tolerance": (rollout_typed.number, "0.000001"),
    "judge.max_pairs": (rollout_typed.count, "1000"),
    "weights.quality": (rollout_typed.number, "1"),
    "weights.cost": (rollout_typed.number, "0"),
    "weights.speed": (rollout_typed.number, "0"),
    "repeats": (rollout_typed.count, "1"),
    "concurrency": (rollout_typed.count, "4"),
    "budget_usd": (rollout_typed.usd, "1"),
    "alpha": (rollout_typed.percent, "5"),
}
FORMATS: Final = ("lines", "csv", "jsonl")
CANDIDATES: Final = "candidates"
PLACES: Final = {"upload": "content", "upload.content": "content", "inputs": "content", "scoring": "scoring.rule"}
LONGEST: Final = 1_000_000
NUMBERED: Final = re.compile(r"\[(\d+)\]")
VALUE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class CompareForm:
    """What was typed for a comparison of a use case (None: of models alone), and what is wrong with it, by field."""

    use_case: str | None
    typed: Mapping[str, str]
    models: Sequence[str] = ()
    flows: Sequence[str] = ()
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, use_case: str | None, *, value: str = TEXTS["value"]) -> "CompareForm":
        """A new comparison; `value` is what flows call a line of its inputs."""
        return cls(use_case, {**TEXTS, "value": value, **{name: usual for name, (_, usual) in NUMBERS.items()}})

    @classmethod
    def sent(
        cls, use_case: str | None, form: Mapping[str, str], *, models: list[str], flows: list[str]
    ) -> "CompareForm":
        """What was sent; lines end as they do here, not as browsers send them."""
        typed = {name: form.get(name, "").replace("\r\n", "\n")[:LONGEST] for name in cls.empty(None).typed}
        return cls(
            use_case,
            {name: text.strip(" " if name == "content" else None) for name, text in typed.items()},
            models,
            flows,
        )

    def wanted(self) -> WantedComparison | None:
        """The comparison, or None with faults."""
        plain = self._plain()
        if self.faults:
            return None
        return refusals.made(lambda: ComparisonForm.model_validate(plain).wanted(), self._fault)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether `act` was not refused; what it refuses is a fault of its field, or of the form."""
        refusals.made(act, self._fault)
        return not self.faults

    def _plain(self) -> dict[str, Any]:
        """As JSON that ComparisonForm takes; Any, since it decides about each value."""
        numbers = {name: self._number(name, kind) for name, (kind, _) in NUMBERS.items()}
        plain: dict[str, Any] = {
            "name": self.typed["name"],
            "use_case": self.use_case,
            "candidates": self._candidates(),
            "prompt": {
                "text": self.typed["prompt.text"],
                "system": self.typed["prompt.system"],
                "params": _part(numbers, "prompt.params"),
            },
            "weights": _part(numbers, "weights"),
            "seed": self.typed["seed"] or None,
            **{name: found for name, found in numbers.items() if "." not in name and found is not None},
            **self._inputs(),
        }
        if self.typed["scoring.rule"]:
            expected = self.typed["scoring.expected"] or None
            plain["scoring"] = {"rule": self.typed["scoring.rule"], "expected": expected, **_part(numbers, "scoring")}
        if self.typed["judge.model"]:
            given = {"model": self.typed["judge.model"], "criteria": self.typed["judge.criteria"]}
            plain["judge"] = {**given, **_part(numbers, "judge")}
        return plain

    def _candidates(self) -> list[dict[str, str]]:
        if self.typed["joined"] == "yes":
            return [{"flow": flow, "model": model} for flow, model in product(self.flows, self.models)]
        return [{"flow": flow} for flow in self.flows] + [{"model": model} for model in self.models]

    def _inputs(self) -> dict[str, Any]:
        if not self.typed["content"].strip():
            self.faults["content"] = "Something to be answered is needed."
            return {}
        match self.typed["format"]:
            case "lines":
                name = self.typed["value"] or "prompt"
                if not VALUE.fullmatch(name):
                    self.faults["value"] = "Letters, digits and underscores are expected, as prompt."
                lines = [line.strip() for line in self.typed["content"].split("\n") if line.strip()]
                if len(lines) > MOST_INPUTS:
                    self.faults["content"] = f"At most {MOST_INPUTS} inputs are answered."
                return {"inputs": [{"values": {name: line}} for line in lines[:MOST_INPUTS]]}
            case "csv" | "jsonl":
                return {"upload": {"format": self.typed["format"], "content": self.typed["content"]}}
        self.faults["format"] = "Please choose one."
        return {}

    def _number(self, name: str, kind: Kind) -> Any:
        """What it says; None where nothing does. Any: whole or not, or dollars as text."""
        if not self.typed[name]:
            return None
        try:
            return kind(self.typed[name])
        except ValueError as error:
            self.faults[name] = str(error)
            return None

    def _fault(self, at: str, message: str) -> None:
        place = PLACES.get(at, at)
        number = NUMBERED.search(at) or re.search(r"\.(\d+)", at)
        if at.startswith("candidates"):
            place = CANDIDATES
        elif at.startswith("inputs"):
            place, message = "content", f"input {number[1]}: {message}" if number else message
        known = place in self.typed or place == CANDIDATES
        self.faults[place if known else ""] = refusals.sentence(message)


def _part(numbers: Mapping[str, Any], above: str) -> dict[str, Any]:
    """The numbers that stand beneath that name and were given. Any: as they were read."""
    return {
        name.rpartition(".")[2]: found
        for name, found in numbers.items()
        if name.rpartition(".")[0] == above and found is not None
    }
