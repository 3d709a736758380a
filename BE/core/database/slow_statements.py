from inspect import cleandoc
from time import perf_counter

import structlog

from BE.core.context import current_request

log = structlog.get_logger(__name__)

_MAX_LENGTH = 4000


class SlowStatements:
    """Logs statements that take longer than ``limit`` seconds, without their values."""

    now = staticmethod(perf_counter)

    def __init__(self, limit: float) -> None:
        self._limit = limit

    def note(self, query: str, began: float) -> None:
        """Log ``query`` if it has taken too long since ``began``, a result of :meth:`now`."""
        seconds = self.now() - began
        if seconds < self._limit:
            return
        request = current_request()
        log.warning(
            "slow_statement",
            route=request.route if request is not None else None,
            seconds=round(seconds, 3),
            statement=cleandoc(query)[:_MAX_LENGTH],
        )
