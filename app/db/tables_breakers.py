"""What processes tell each other about providers: breakers that opened, and targets that rest."""

from sqlalchemy import Column, Table, Text

from app.db.columns import integer, metadata, moment, text

breakers = Table(
    "breakers",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("endpoint", Text, primary_key=True),
    text("state"),
    integer("failures"),
    integer("trips"),
    integer("misses"),
    moment("opened_at", null=True),
    moment("retry_at", null=True),
    text("holder", null=True),
    moment("updated_at"),
)

rests = Table(
    "rests",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("endpoint", Text, primary_key=True),
    moment("until"),
)
