"""No file that is or could be committed holds anything that opens a door."""

import re

from tests.house.tree import ROOT, files

PATTERNS = {
    "OpenAI, Anthropic, OpenRouter": r"\bsk-(?:ant-|or-|proj-)?[A-Za-z0-9_-]{20,}",
    "AWS": r"\bAKIA[0-9A-Z]{16}\b",
    "Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Groq": r"\bgsk_[A-Za-z0-9]{20,}",
    "xAI": r"\bxai-[A-Za-z0-9]{20,}",
    "GitHub": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "GitLab": r"\bglpat-[A-Za-z0-9_-]{20}\b",
    "Slack": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a password in an address": r"\b(?:postgres(?:ql)?(?:\+\w+)?|redis|https?)://[^\s:/@<>{}\"']+:(?!\*|password\b)[^\s@/<>{}\"']+@",
}


def test_no_file_holds_a_secret() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {kind}"
        for path in files()
        for kind, pattern in PATTERNS.items()
        if re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    made_up = {"AWS": "AKIA" + "A1" * 8, "Groq": "gsk_" + "a" * 24, "a private key": "-----BEGIN " + "PRIVATE KEY-----"}

    assert [kind for kind, text in made_up.items() if not re.search(PATTERNS[kind], text)] == []


def test_a_file_of_settings_is_never_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()

    assert {".env", "var/"} <= set(ignored)
