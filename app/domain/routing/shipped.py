"""The prior that comes with the product."""

import base64
from typing import Final

from app.domain.routing import prior_strong, prior_weak
from app.domain.routing.prior import Prior, unpacked

SHIPPED: Final = Prior(
    weak=unpacked(base64.urlsafe_b64decode(prior_weak.TEXT)),
    strong=unpacked(base64.urlsafe_b64decode(prior_strong.TEXT)),
)
