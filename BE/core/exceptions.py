"""Errors as a client receives them. A class's docstring is its default message."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol
from uuid import UUID

MAX_DETAILS = 20
"""A body full of faults must not cause a response many times its size."""


type FaultKind = Literal[
    # of any value
    "missing",
    "extra_forbidden",
    "value_error",
    "literal_error",
    "bool_parsing",
    "int_parsing",
    "uuid_parsing",
    "finite_number",
    "greater_than_equal",
    "less_than_equal",
    "list_type",
    "model_type",
    "too_short",
    "too_long",
    "union_tag_invalid",
    "union_tag_not_found",
    # of a text
    "string_type",
    "string_too_short",
    "string_too_long",
    "string_pattern_mismatch",
    "string_nul",
    "string_unicode",
    "string_unprintable",
    "string_blank",
    "email",
    "email_local_part",
    "username",
    # of a time
    "date_format",
    "date_range",
    "datetime_format",
    "datetime_range",
    "timezone",
    "due_twice",
    # of a body or a header as a whole
    "too_deep",
    "too_many_fields",
    "too_many_values",
    "too_many_faults",
    "too_many_rows",
    "columns",
    "cursor",
    "etag",
    "idempotency_key",
    # of what is stored
    "taken",
    "weak_password",
    "proof",
    "last_admin",
    "last_owner",
    "not_found",
    "unknown_member",
    "unknown_task",
    "precondition_failed",
]
"""What can be wrong with a field: clients may rely on this list (docs/errors.md)."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One fault in what was sent: where it is and what is wrong, never the value itself."""

    field: str
    message: str
    type: FaultKind


type ErrorCode = Literal[
    "BAD_REQUEST",
    "UNAUTHORIZED",
    "TOKEN_EXPIRED",
    "INVALID_CREDENTIALS",
    "INVALID_REFRESH_TOKEN",
    "REFRESH_TOKEN_REUSED",
    "SECOND_FACTOR_REQUIRED",
    "FORBIDDEN",
    "STEP_UP_REQUIRED",
    "INSUFFICIENT_SCOPE",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "REQUEST_TIMEOUT",
    "CONFLICT",
    "LAST_OWNER",
    "IDEMPOTENCY_IN_FLIGHT",
    "PRECONDITION_FAILED",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "VALIDATION_ERROR",
    "WEAK_PASSWORD",
    "IDEMPOTENCY_KEY_REUSED",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
    "UNAVAILABLE",
    "OUTCOME_UNKNOWN",
    "TIMEOUT",
]


class DomainError(Exception):
    """The request cannot be carried out"""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "BAD_REQUEST"
    """One of :data:`ErrorCode`."""

    def __init__(self, message: str | None = None, *, details: Sequence[Detail] = ()) -> None:
        self.message = message or type(self).__doc__ or ""
        self.details = details
        self.headers: dict[str, str] = {}
        self.more: dict[str, str] = {}
        """Further fields of the body."""
        super().__init__(self.message)

    @classmethod
    def at(cls, field: str, kind: FaultKind) -> Detail:
        """The default message as the fault of one field."""
        return Detail(field, cls.__doc__ or "", kind)


class BadRequestError(DomainError):
    """The request is malformed"""


class UnauthorizedError(DomainError):
    """Authentication is required"""

    status = 401
    code = "UNAUTHORIZED"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message)
        self.headers["WWW-Authenticate"] = "Bearer"


class ForbiddenError(DomainError):
    """This is not allowed"""

    status = 403
    code = "FORBIDDEN"


class NotFoundError(DomainError):
    """There is no such resource"""

    status = 404
    code = "NOT_FOUND"


class SlowRequestError(DomainError):
    """The request body came too slowly"""

    status = 408
    code = "REQUEST_TIMEOUT"


class ConflictError(DomainError):
    """The request conflicts with what is stored"""

    status = 409
    code = "CONFLICT"


class Versioned(Protocol):
    """A resource whose every change raises its version."""

    @property
    def id(self) -> UUID: ...

    @property
    def version(self) -> int: ...


class PreconditionFailedError(DomainError):
    """The resource has changed since it was read"""

    status = 412
    code = "PRECONDITION_FAILED"

    def __init__(self, current: Versioned | None = None, *, details: Sequence[Detail] = ()) -> None:
        """``current`` is the resource as it is now, whose ETag the answer carries."""
        super().__init__(details=details)
        self.current = current


class PayloadTooLargeError(DomainError):
    """The request body is too large"""

    status = 413
    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaTypeError(DomainError):
    """The body must be sent as application/json"""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class InvalidInputError(DomainError):
    """What was sent is not valid"""

    status = 422
    code = "VALIDATION_ERROR"


class RateLimitedError(DomainError):
    """Too many attempts, try again later"""

    status = 429
    code = "RATE_LIMITED"

    def __init__(self, *, retry_after: int) -> None:
        """``retry_after`` is in seconds."""
        super().__init__()
        self.headers["Retry-After"] = str(retry_after)


class InternalError(DomainError):
    """Something went wrong on our side"""

    status = 500
    code = "INTERNAL_ERROR"


class UnavailableError(DomainError):
    """The service is unavailable for a moment, try again"""

    status = 503
    code = "UNAVAILABLE"

    def __init__(self, message: str | None = None, *, retry_after: int = 1) -> None:
        """``retry_after`` is in seconds."""
        super().__init__(message)
        self.headers["Retry-After"] = str(retry_after)


class TransactionConflictError(UnavailableError):
    """Another request was in the way, try again"""


class OutcomeUnknownError(UnavailableError):
    """The connection was lost while committing: look before you try again"""

    code = "OUTCOME_UNKNOWN"


class DeadlineExceededError(DomainError):
    """The request took too long and was undone"""

    status = 504
    code = "TIMEOUT"


class PermanentFailure(Exception):
    """Raised by a durable handler whose retries would also fail: the delivery becomes dead."""


class UniqueViolationError(ConflictError):
    """This value is taken"""

    def __init__(self, constraint: str) -> None:
        super().__init__()
        self.constraint = constraint
