"""Database errors leave this floor only as errors of the domain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.errors import Conflict, Invalid, ModelMatchError, StoreUnavailable

# What a broken constraint says: constraint name (PostgreSQL) or columns (SQLite) → code, field, message.
RULES: Final[dict[str, tuple[str, str | None, str]]] = {
    name: rule
    for names, rule in (
        (("uq_use_cases_code", "use_cases.code"), ("duplicate-code", "code", "a use case of this code exists")),
        (
            ("uq_flows_use_case_id_code", "flows.use_case_id, flows.code"),
            ("duplicate-code", "code", "a flow of this code exists in the use case"),
        ),
        (
            ("uq_experiments_running", "experiments.use_case_id"),
            ("experiment-running", None, "an experiment of this use case is running"),
        ),
        (("uq_api_keys_digest", "api_keys.digest"), ("duplicate-key", None, "this key exists")),
        (("uq_budgets_name", "budgets.name"), ("duplicate-name", "name", "a budget of this name exists")),
        (("uq_benchmarks_code", "benchmarks.code"), ("duplicate-code", "code", "a benchmark of this code exists")),
    )
    for name in names
}


# Serialization failure, deadlock, lock not available: one unit of work stood in another's way, the store is well.
PASSING: Final = frozenset({"40001", "40P01", "55P03"})


@contextmanager
def translated() -> Iterator[None]:
    """Raises Conflict, Invalid or StoreUnavailable in place of what SQLAlchemy raises inside the block."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translate(error) from error


def translate(error: SQLAlchemyError) -> ModelMatchError:
    """The domain's word for a database error; the text of the statement and its values stay out of it."""
    match error:
        case DBAPIError() if error.connection_invalidated:
            return StoreUnavailable("the database has closed the connection")
        case IntegrityError():
            return _broken_rule(error)
        case DataError():
            return Invalid("the store cannot hold this value", field="body")
        case OperationalError() | InterfaceError() | PoolTimeout():
            return StoreUnavailable("the database does not answer")
        case StatementError() if isinstance(error.orig, ModelMatchError):
            return error.orig
        case StatementError() if isinstance(error.orig, TypeError | ValueError | OverflowError):
            return Invalid("the store cannot hold this value", field="body")
        case _:
            return StoreUnavailable("the database refuses the statement")


def away(error: SQLAlchemyError) -> bool:
    """Whether the error says that the store does not do its work, rather than that this unit of work is at fault."""
    match error:
        case DBAPIError() if error.connection_invalidated:
            return True
        case IntegrityError() | DataError() | ProgrammingError():
            return False
        case DBAPIError():
            return getattr(error.orig, "sqlstate", None) not in PASSING
        case _:
            return False


def _broken_rule(error: IntegrityError) -> Conflict:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    name = constraint or str(error.orig).partition(": ")[2]
    code, field, message = RULES.get(
        name, ("constraint", None, "a row that this one refers to is gone, or a row like it exists")
    )
    return Conflict(message, code=code, field=field)
