"""Signs that a text tries to take over a model: each has a weight, and together they give a score from 0 to 1.

A sign is evidence and no proof. Signs are taken as independent: score = 1 - Π(1 - weight), each sign once.
"""

import re
from collections.abc import Mapping
from typing import Final

_ANY: Final = r"[^.!?\n]{0,60}"
_LAW: Final = r"(?:instructions?|rules?|prompts?|guidelines?|directions?|orders|commands?|constraints?|restrictions?)"
_EARLIER: Final = (
    r"(?:all|any|every|everything|of|the|these|those|my|your|in|previous|prior|above|preceding|earlier|foregoing|former"
    r"|system|safety|other|given|original|initial)"
)

# What is looked for, and how much it says. The languages are those in which such texts were written for the tests.
FORMS: Final[Mapping[str, tuple[float, str]]] = {
    "overrides": (
        0.7,
        (
            rf"\b(?:ignore|disregard|forget|bypass|override|neglect)(?:\s+{_EARLIER}){{1,6}}\s+{_LAW}"
            r"|\b(?:ignore|disregard|forget)\s+(?:everything|all|anything)\s+(?:that\s+)?"
            r"(?:above|before|you\s+(?:were|have\s+been|know)|i\s+(?:said|told))"
        ),
    ),
    "overrides-de": (0.7, rf"\b(?:ignorier\w*|vergiss|missachte)\b{_ANY}\b(?:anweisung|regel|vorgabe|instruktion)\w*"),
    "overrides-fr": (0.7, rf"\b(?:ignore[zr]|oublie[zr]?)\b{_ANY}\b(?:instructions|consignes|règles)"),
    "overrides-es": (0.7, rf"\b(?:ignora|olvida|omite)\b{_ANY}\b(?:instrucciones|reglas|indicaciones)"),
    "reveals": (
        0.6,
        (
            rf"\b(?:reveal|print|show|repeat|output|display|leak|tell me|give me|what (?:is|are)(?=\s+your))"
            rf"\s+(?:me\s+)?(?:your|the|its|all)\s+(?:full\s+|entire\s+|exact\s+)?(?:(?:system|hidden|initial|secret|original|developer)"
            rf"\s+(?:prompt|message|{_LAW})|(?:prompt|instructions)\s+(?:above|verbatim)|words\s+above)"
        ),
    ),
    "persona": (
        0.6,
        r"\b(?:DAN mode|do anything now|jailbr(?:oken|eak)|developer mode enabled|god mode|unfiltered ai)\b",
    ),
    "new-role": (
        0.5,
        (
            rf"\b(?:from now on|you are now|act as|pretend (?:to be|that you are)|you will now)\b{_ANY}"
            r"\b(?:no (?:rules|restrictions|limits|filters?)|unrestricted|without (?:any )?(?:rules|limits)"
            r"|without (?:any )?restrictions|evil|a different (?:ai|assistant|model))"
        ),
    ),
    "new-law": (0.5, r"\b(?:new|updated|real|actual) (?:system )?(?:instructions?|prompt)\s*(?:are|is|:|follow)"),
    "role-marks": (
        0.6,
        r"<\|?(?:im_start|im_end|endoftext|eot_id|start_header_id)\|?>|<\|system\|>|\[/?INST\]|<<SYS>>",
    ),
    "speaks-as-system": (0.4, r"(?:^|\n)[ \t#]*(?:system|assistant|developer)(?: message| prompt)?:[ \t]*\S"),
    "end-of-input": (0.4, r"[-=#]{3,12} ?end of (?:the )?(?:user )?(?:input|text|document|message|prompt)"),
    "carries-out": (
        0.5,
        (
            rf"\b(?:send|post|upload|forward|exfiltrate|append|embed)\b{_ANY}"
            r"\b(?:api keys?|passwords?|credentials|chat history|system prompt)\b"
        ),
    ),
    "hidden": (0.5, "[\u200b\u200c\u2060\u2062-\u2064]{3}|[\U000e0020-\U000e007f]{3}"),
    "encoded": (0.4, rf"\b(?:decode|base64|rot13)\b{_ANY}\b(?:and|then)\s+(?:follow|execute|obey|do)\b"),
    "secrecy": (0.3, r"\bdo not (?:tell|mention this|inform|reveal)\b[^.!?\n]{0,40}\b(?:user|anyone|this instruction)"),
}
SIGNS: Final = tuple((name, weight, re.compile(form, re.IGNORECASE)) for name, (weight, form) in FORMS.items())
LONGEST: Final = 200_000  # characters that are looked at, half of them from the end


def signs(text: str) -> tuple[tuple[str, float], ...]:
    """The names and weights of the signs that the text shows."""
    seen = text if len(text) <= LONGEST else text[: LONGEST // 2] + "\n" + text[-LONGEST // 2 :]
    return tuple((name, weight) for name, weight, form in SIGNS if form.search(seen))


def score(text: str) -> float:
    """How much the text looks as if it would take over, 0 for not at all."""
    kept = 1.0
    for _, weight in signs(text):
        kept *= 1 - weight
    return 1 - kept
