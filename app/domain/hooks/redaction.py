"""Personal data is replaced by marks such as `[EMAIL_1]`, the same mark for the same value, and can be put back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.domain.hooks.personal import KINDS, Kind, found


@dataclass(slots=True)
class Redaction:
    """Of one call: `marks` by value. `in_use` says of a mark whether it stands in the texts themselves."""

    kinds: tuple[Kind, ...] = KINDS
    marks: dict[str, str] = field(default_factory=dict)
    in_use: Callable[[str], bool] = lambda _: False
    counts: dict[Kind, int] = field(default_factory=dict)

    def redacted(self, text: str) -> str:
        """The text with a mark in the place of each value."""
        pieces, at = [], 0
        for each in found(text, self.kinds):
            pieces += [text[at : each.start], self._mark(each.kind, text[each.start : each.end])]
            at = each.end
        return "".join((*pieces, text[at:]))

    def _mark(self, kind: Kind, value: str) -> str:
        known = self.marks.get(value)
        while known is None:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            mark = f"[{kind.upper()}_{self.counts[kind]}]"
            if not self.in_use(mark):
                known = self.marks[value] = mark
        return known


def restored(text: str, marks: Mapping[str, str]) -> str:
    """The text with each value in the place of its mark."""
    for value, mark in marks.items():
        text = text.replace(mark, value)
    return text
