"""What the server refuses by itself is seen, as what the application answers is."""

import asyncio
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)
access_log = structlog.get_logger("access")

_TOLD_EVERY = 1.0


class Refusals:
    """Counts each; many at once are one line in the log, so that refusing stays cheap."""

    def __init__(self, *, count: Callable[[int], None]) -> None:
        """``count`` is told the status of each."""
        self._count = count
        self._by_load = 0

    def one(self, status: int, *, method: str | None, request_id: str) -> None:
        """Tell of a request that was refused for what it is; ``method`` as far as it came."""
        self._count(status)
        access_log.info("request", method=method, route=None, status=status, request_id=request_id)

    def by_load(self, status: int) -> None:
        """Tell of a request that there was no room for, once a second with all of its kind."""
        self._count(status)
        if not self._by_load:
            asyncio.get_running_loop().call_later(_TOLD_EVERY, self._tell, status)
        self._by_load += 1

    def _tell(self, status: int) -> None:
        log.warning("requests_refused", status=status, count=self._by_load)
        self._by_load = 0
