"""How many requests of one caller run at the same time."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from BE.core.exceptions import RateLimitedError

_RETRY_AFTER = 1


class TooManyAtOnce(RateLimitedError):
    """Too many of your requests are running, wait for one of them"""


class ConcurrencyLimit:
    """Counts in this process: what it protects, memory and connections, is this process's."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._running: Counter[Hashable] = Counter()

    @contextmanager
    def hold(self, caller: Hashable) -> Iterator[None]:
        """Run the block as one of ``caller``'s. Raises :class:`TooManyAtOnce`."""
        self.enter(caller)
        try:
            yield
        finally:
            self.leave(caller)

    def enter(self, caller: Hashable) -> None:
        """Begin one of ``caller``'s, which must leave. Raises :class:`TooManyAtOnce`."""
        if self._running[caller] >= self._at_once:
            raise TooManyAtOnce(retry_after=_RETRY_AFTER)
        self._running[caller] += 1

    def leave(self, caller: Hashable) -> None:
        self._running[caller] -= 1
        if not self._running[caller]:
            del self._running[caller]
