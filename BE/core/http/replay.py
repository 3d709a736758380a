"""Replay: carries out a request again if another transaction's conflict undid it."""

from collections.abc import Awaitable, Callable

import structlog
from fastapi import Request, Response

from BE.core.context import current_request
from BE.core.exceptions import TransactionConflictError

log = structlog.get_logger(__name__)


async def replay_on_conflict(
    request: Request, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Carry the request out, and once more after a conflict, unless it has committed before.

    Raises :class:`TransactionConflictError`.
    """
    try:
        return await handle(request)
    except TransactionConflictError:
        context = current_request()
        if context is None or context.has_committed:
            raise
    log.info("request_replayed")
    return await handle(request)
