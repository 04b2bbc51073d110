"""What the router leaves in the store, for tests: each maker gives one valid noun, and takes what a test changes."""

from dataclasses import replace
from typing import Any

from app.db.facts import Scored
from app.db.outcomes import Outcome
from app.domain.route import Rated, Removed, Route, Tried
from app.services.ids import new_id
from tests.db.makers import NOW

LEARNER = "task:summaries"


def route(**given: Any) -> Route:
    plain = Route(
        id=new_id(),
        at=NOW,
        learner=LEARNER,
        strategy="balanced",
        picked="vendor/small",
        by_router="vendor/large",
        drawn="hold-out",
        difficulty=0.125,
        level="easy",
        rated=(
            Rated("vendor/large", 0.9, 0.8, 2_000, 900, 0.9, 12.5),
            Rated("vendor/small", 0.7, 0.4, None, 300, 0.1, 0.0),
        ),
        removed=(Removed("vendor/old", "max_cost", "costs $0.02, limit $0.01"),),
        met=False,
        reasoning="Nothing else kept the limit.",
        estimator="learned",
        encoding=b"\x00\xff\x01",
        own=0.25,
        task="summaries",
        model="vendor/large",
        tried=(Tried(new_id(), "vendor/small", 0.2, 12, 30), Tried(new_id(), "vendor/large", None, None, 0, True)),
        spent=112,
    )
    return replace(plain, **given)


def outcome(**given: Any) -> Outcome:
    plain = Outcome(
        new_id(), NOW, LEARNER, "vendor/small", "easy", NOW.date(), None, None, "scorer", 0.5, 0.5, new_id()
    )
    return replace(plain, **given)


def scored(**given: Any) -> Scored:
    plain = Scored(new_id(), "generic", NOW, "vendor/small", 62.5, {"clarity": 50.0, "form": 75.0})
    return replace(plain, **given)
