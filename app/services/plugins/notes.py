"""Notes are what a hook may know of the call that it runs around, and where it says what it thinks of it."""

import re
from dataclasses import dataclass, field
from typing import Final, NoReturn

from app.domain.run_errors import HookRefused

WORD: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
MOST_FLAGS: Final = 16


@dataclass(slots=True)
class Notes:
    """Of one hook and one call. `kept` carries what `before` needs again in `after`."""

    hook: str
    step: str | None = None
    use_case_id: str | None = None
    kept: dict[str, object] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)

    def flag(self, word: str) -> None:
        """Mark the call, as `hook:word`. Raises ValueError unless it is a word of a-z, 0-9 and `-`."""
        if not WORD.fullmatch(word):
            raise ValueError("a flag is a word of a-z, 0-9 and '-'")
        if word not in self.flags and len(self.flags) < MOST_FLAGS:
            self.flags.append(word)

    def refuse(self, why: str) -> NoReturn:
        """Let the call go no further. `why` is a word as of `flag`: whoever asked is told."""
        self.flag(why)
        raise HookRefused(f"the hook {self.hook!r} refuses this: {why}", hook=self.hook, why=why)
