"""A label is a name that stands at one version of a flow: `draft` and `staging` by custom, `live` for new sessions."""

import re
from typing import Final

from app.domain.errors import Invalid

LIVE: Final = "live"
DRAFT: Final = "draft"
NAME: Final = re.compile(r"(?!\d+$)[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")


def check_label(label: str, *, field: str) -> str:
    """The label. Raises Invalid unless it is 1..64 of a-z, 0-9, `-`, `_` between letters or digits, and no number."""
    if not NAME.fullmatch(label):
        raise Invalid("a label holds a-z, 0-9, '-' and '_', ends with a letter or digit and is no number", field=field)
    return label
