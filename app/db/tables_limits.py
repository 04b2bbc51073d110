"""Shared limits: one row of buckets per key or provider, and the seats that are taken."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from app.db.columns import metadata, text

# Levels are in units of domain/limits.py, moments in milliseconds of Unix time, days since 1970 in UTC.
buckets = Table(
    "buckets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("requests", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("day", BigInteger, nullable=False),
    Column("day_requests", BigInteger, nullable=False),
    Column("day_tokens", BigInteger, nullable=False),
)

seats = Table(
    "seats",
    metadata,
    Column("id", Text, primary_key=True),
    text("name"),
    Column("until_ms", BigInteger, nullable=False),
    Index("ix_seats_name_until_ms", "name", "until_ms"),
)
