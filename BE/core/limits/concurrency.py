"""Limits how many requests of one caller run at once."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from BE.core.exceptions import RateLimitedError

_RETRY_AFTER = 1


class TooManyAtOnce(RateLimitedError):
    """Too many of your requests are running, wait for one of them"""


class ConcurrencyLimit:
    """Counts per process, as memory and connections belong to the process."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._running: dict[Hashable, int] = {}

    @contextmanager
    def hold(self, caller: Hashable) -> Iterator[None]:
        """Count the block as a request of ``caller``. Raises :class:`TooManyAtOnce`."""
        self.enter(caller)
        try:
            yield
        finally:
            self.leave(caller)

    def enter(self, caller: Hashable) -> None:
        """Count a request of ``caller`` until :meth:`leave`. Raises :class:`TooManyAtOnce`."""
        running = self._running.get(caller, 0)
        if running >= self._at_once:
            raise TooManyAtOnce(retry_after=_RETRY_AFTER)
        self._running[caller] = running + 1

    def leave(self, caller: Hashable) -> None:
        running = self._running.pop(caller)
        if running > 1:
            self._running[caller] = running - 1
