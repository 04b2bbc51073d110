"""A text that is too long ends where a sentence does, if one ends in its last third, else where a word does."""

import re
from typing import Final

END: Final = re.compile(r"[.!?…。！？](?=[\s\"'»”)]|$)[\"'»”)]*")
ELLIPSIS: Final = "…"


def shortened(text: str, most: int) -> str:
    """At most `most` (≥ 1) characters of the text; as it is where it has no more."""
    if len(text) <= most:
        return text
    head = text[:most]
    ends = [match.end() for match in END.finditer(head) if match.end() >= most * 2 // 3]
    if ends and (ends[-1] < most or text[most : most + 1].isspace()):
        return head[: ends[-1]]
    if ends[:-1]:
        return head[: ends[-2]]
    words = text[: most - 1].rstrip()
    at = words.rfind(" ")
    return (words[:at].rstrip() if at >= most // 2 else words) + ELLIPSIS
