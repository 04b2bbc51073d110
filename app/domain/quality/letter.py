"""The parts of a letter: what it is about, whom it greets, what it says, how it closes, who signs."""

import re
from dataclasses import dataclass
from typing import Final

_HEAD: Final = 4  # lines among which the greeting stands
_FOOT: Final = 7  # lines among which the closing stands
_SIGNED: Final = 4  # lines that may follow the closing
_SIGNATURE: Final = 8  # words of such a line
_TITLE: Final = re.compile(r"^\W*(?:subject|betreff|asunto|oggetto|assunto|onderwerp)\W*:\W*\S", re.IGNORECASE)
_GREETING: Final = re.compile(
    r"^\W*(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|greetings|to whom|hallo|liebe[rs]?|sehr geehrte[rs]?|"
    r"guten tag|bonjour|madame|monsieur|chère?|cher|hola|estimad[oa]s?|buenos|ciao|gentile|buongiorno|olá|"
    r"prezad[oa]|caro|cara|beste|geachte)\b(?P<name>[^\n]{0,60})$",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"^\W*(?:(?:best|kind|warm|warmest|kindest|with kind)(?: regards| wishes)?|regards|sincerely|yours\b.*|"
    r"thanks(?: again)?|thank you|cheers|all the best|respectfully|mit freundlichen grüßen|viele grüße|"
    r"(?:herzliche|beste) grüße|cordialement|bien à vous|saludos(?: cordiales)?|atentamente|cordiali saluti|"
    r"distinti saluti|atenciosamente|"
    r"met vriendelijke groet(?:en)?|groeten)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What was found; `greeting` is what stands after the greeting word, None without one; `signed` the last lines."""

    titled: bool
    greeting: str | None
    body: tuple[str, ...]
    closed: bool
    signed: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether the greeting goes on with a name, that is with a word in capitals."""
        return bool(self.greeting and re.search(r"\b[A-ZÀ-Þ]\w+", self.greeting))


def letter_of(lines: tuple[str, ...]) -> Letter:
    """The letter that stands in these lines, none of which is empty."""
    titled = bool(lines and any(_TITLE.match(line) for line in lines[:2]))
    hello = next((at for at, line in enumerate(lines[:_HEAD]) if _GREETING.match(line)), None)
    found = _GREETING.match(lines[hello]) if hello is not None else None
    foot = range(len(lines) - 1, max(len(lines) - 1 - _FOOT, hello or 0), -1)
    bye = next((at for at in foot if _CLOSING.match(lines[at])), None)
    start = int(titled) if hello is None else hello + 1
    body = lines[start : bye if bye is not None else len(lines)]
    signed = () if bye is None else lines[bye + 1 :]
    return Letter(titled, found["name"] if found else None, body, bye is not None, signed)


def is_signed(letter: Letter) -> bool:
    """Whether one to four short lines follow the closing."""
    return 1 <= len(letter.signed) <= _SIGNED and all(len(line.split()) <= _SIGNATURE for line in letter.signed)
