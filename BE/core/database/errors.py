"""Translates the driver's errors into those that a caller receives."""

from types import TracebackType

import asyncpg
import structlog

from BE.core.exceptions import (
    DomainError,
    InvalidInputError,
    TransactionConflictError,
    UnavailableError,
    UniqueViolationError,
)

log = structlog.get_logger(__name__)

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""The connection is lost or unusable."""

_INVALID = (
    asyncpg.DataError,
    asyncpg.exceptions._base.DataError,  # noqa: SLF001 - the driver's own, of the same name
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
)
_UNAVAILABLE = (
    *LOST,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.LockNotAvailableError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    # not migrated yet
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
)


def translate(error: Exception) -> Exception:
    """Our error for one of the driver's; any other error unchanged."""
    match error:
        case asyncpg.UniqueViolationError():
            return UniqueViolationError(error.constraint_name or "")
        case asyncpg.DeadlockDetectedError() | asyncpg.SerializationError():
            return TransactionConflictError()
        case _ if isinstance(error, _INVALID):
            log.error("validation_hole", error=type(error).__name__)
            return InvalidInputError()
        case _ if isinstance(error, _UNAVAILABLE):
            return UnavailableError()
    return error


class _TranslateErrors:
    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, DomainError):
            translated = translate(error)
            if translated is not error:
                raise translated from error


translated_errors = _TranslateErrors()
"""``with translated_errors:`` translates what the driver raises inside the block."""
