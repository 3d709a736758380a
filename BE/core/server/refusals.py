"""Counts and logs the requests that the server itself refuses."""

import asyncio
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)
access_log = structlog.get_logger("access")

_LOG_INTERVAL = 1.0


class Refusals:
    """Counts each refusal. Refusals by load share a line in the log, so that they stay cheap."""

    def __init__(self, *, count: Callable[[int], None]) -> None:
        """``count`` receives the status of each refusal."""
        self._count = count
        self._by_load = 0

    def report(self, status: int, *, method: str | None, request_id: str) -> None:
        """Report a request that is refused for its content; ``method`` if it was received."""
        self._count(status)
        access_log.info("request", method=method, route=None, status=status, request_id=request_id)

    def report_by_load(self, status: int) -> None:
        """Report a request that there is no room for; they are logged together once a second."""
        self._count(status)
        if not self._by_load:
            asyncio.get_running_loop().call_later(_LOG_INTERVAL, self._log_by_load, status)
        self._by_load += 1

    def _log_by_load(self, status: int) -> None:
        log.warning("requests_refused", status=status, count=self._by_load)
        self._by_load = 0
