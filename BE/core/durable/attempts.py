"""One attempt: in whose name it runs, and what is recorded of its failure."""

from typing import Protocol
from uuid import UUID

from structlog.contextvars import bind_contextvars, clear_contextvars

from BE.core.context import RequestContext, enter_request

_MAX_ERROR_LENGTH = 1000

LEASE_ENDED_EACH_TIME = "The process ended, or did not answer, each time it ran this"
"""The error of work that has used up its attempts, the last without an outcome."""


class LeaseLost(Exception):
    """The lease ended before the acknowledgement: another process may have run the handler"""


class Origin(Protocol):
    """The request that asked for the work."""

    @property
    def request_id(self) -> str | None: ...
    @property
    def client_ip(self) -> str | None: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def api_key_id(self) -> UUID | None: ...


def enter_attempt(origin: Origin, **names: str) -> None:
    """Make the request that asked for it the context of the handler's logs and events."""
    clear_contextvars()
    bind_contextvars(**names)
    if origin.request_id is not None:
        bind_contextvars(request_id=origin.request_id)
        enter_request(
            RequestContext(origin.request_id, origin.client_ip, origin.actor_id, origin.api_key_id)
        )


def error_text(error: BaseException) -> str:
    """The error as PostgreSQL stores it."""
    return storable(f"{type(error).__name__}: {error}"[:_MAX_ERROR_LENGTH])


def storable(text: str) -> str:
    """The text without characters that PostgreSQL cannot store."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
