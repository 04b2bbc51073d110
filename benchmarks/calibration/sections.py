"""The page is written in sections, so that one part of the command replaces its own and leaves the rest."""

import re


def kept(page: str, title: str) -> str | None:
    """The section under that heading of the second level, with it; None when the page has none."""
    return next((part.rstrip() for part in _parts(page) if part.startswith(f"## {title}\n")), None)


def placed(page: str, section: str, *, before: str) -> str:
    """The page with that section in place of its own, else before the one titled `before`, or else at the end."""
    heading = section.partition("\n")[0] + "\n"
    parts = _parts(page)
    found = next((at for at, part in enumerate(parts) if part.startswith(heading)), None)
    if found is not None:
        parts.pop(found)
    else:
        found = next((at for at, part in enumerate(parts) if part.startswith(f"## {before}\n")), len(parts))
    parts.insert(found, section)
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _parts(page: str) -> list[str]:
    """What stands before the first heading of the second level, then section by section."""
    return [part for part in re.split(r"^(?=## )", page, flags=re.MULTILINE) if part.strip()]
