"""What models cost since when, as set here, and what providers say that they were used and paid for."""

from sqlalchemy import BigInteger, Column, Date, Index, Table, Text

from app.db.columns import integer, json, metadata, moment, own_id, owner, text
from app.db.types import Money

LINES = ("input", "output", "cache_read", "cache_write", "reasoning")

# Rates are nano-dollars per million tokens. A row wins over the catalogue's price of the same model and day.
prices = Table(
    "prices",
    metadata,
    Column("model", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    text("source"),
    Column("checked", Date, nullable=False),
    *(Column(line, Money, nullable=False) for line in LINES),
    json("tiers"),
    moment("created_at"),
    text("actor"),
)

statements = Table(
    "statements",
    metadata,
    own_id(),
    text("provider"),
    text("format"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    integer("size"),
    moment("created_at"),
    text("actor"),
    Index("ix_statements_created_at", "created_at", "id"),
)

# One row per day and name of a model as the provider writes it; a figure that the export does not hold is null.
statement_lines = Table(
    "statement_lines",
    metadata,
    owner("statement_id", "statements.id", key=True),
    Column("day", Date, primary_key=True),
    Column("name", Text, primary_key=True),
    text("model", null=True),
    *(Column(name, BigInteger) for name in ("requests", "input_tokens", "output_tokens")),
    Column("cost", Money),
)
