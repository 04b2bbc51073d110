"""What A/B tests count: units and their arms, the value of each unit by metric, and the sums of each arm."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Table, Text

from app.db.columns import metadata, moment, off, owner, text, total

SUMS: Final = (
    *("n", "sum", "sum_sq", "sum_sq_rest", *(f"cell_{number}" for number in range(5))),
    *("before_n", "before_x", "before_xx", "before_xx_rest", "before_xy", "before_xy_rest", "before_y"),
)

# `covariate`: what the unit did before it was exposed, in parts of 1e-9 of the primary metric's range; null until the
# unit was `looked_at`, and for one that did nothing.
ab_units = Table(
    "ab_units",
    metadata,
    owner("experiment_id", "experiments.id", key=True),
    Column("unit", Text, primary_key=True),
    text("arm"),
    moment("exposed_at"),
    Column("covariate", BigInteger),
    off("looked_at"),
    Index("ix_ab_units_experiment_id_looked_at", "experiment_id", "looked_at"),
)

# Integers in parts of 1e-9 of the metric's range: `count` facts, and their sum.
ab_values = Table(
    "ab_values",
    metadata,
    owner("experiment_id", "experiments.id", key=True),
    Column("unit", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    total("count"),
    total("sum"),
)

# One row per arm and metric; the metric without a name counts units. Squares and products are exact, in parts of 1e-18:
# whole parts of 1e-9, and what is left of them in `_rest`, so that no sum outgrows 64 bits.
ab_sums = Table(
    "ab_sums",
    metadata,
    owner("experiment_id", "experiments.id", key=True),
    Column("arm", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    *(total(name) for name in SUMS),
)
