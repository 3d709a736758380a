from inspect import cleandoc

import structlog

from BE.core.context import current_request

log = structlog.get_logger(__name__)

_MAX_LENGTH = 4000


class SlowStatements:
    """Logs which statements take longer than ``limit`` seconds, without their values."""

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def note(self, query: str, seconds: float) -> None:
        request = current_request()
        log.warning(
            "slow_statement",
            route=request.route if request is not None else None,
            seconds=round(seconds, 3),
            statement=cleandoc(query)[:_MAX_LENGTH],
        )
