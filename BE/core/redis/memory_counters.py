"""Counters in this process, for the rate limits."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic

_MAX_KEYS = 100_000
_ROUNDING = 1e-6
"""Seconds that sums of intervals may be off."""


class MemoryCounters:
    """Counts by GCRA: each request postpones the moment at which its key has the whole limit again.

    It is refused if that moment would be more than a window away.
    """

    def __init__(self, limits: Mapping[str, int], window: timedelta) -> None:
        self._limits = limits
        self._window = window.total_seconds()
        self._whole_at = OrderedDict[tuple[str, str], float]()
        """The key that was counted longest ago is the first."""

    async def draw(self, kind: str, share: int, key: str, cost: int) -> float | None:
        """Count a request for ``key``, whose limit is ``share`` times that of ``kind``.

        Returns ``None`` if it is admitted, else for how many seconds it must wait, uncounted.
        """
        now = monotonic()
        counter = kind, key
        begin = max(now, self._whole_at.pop(counter, now))
        end = begin + cost * self._window / (share * self._limits[kind])
        wait = end - now - self._window
        is_refused = wait > _ROUNDING
        self._whole_at[counter] = begin if is_refused else end
        if len(self._whole_at) > _MAX_KEYS:
            self._whole_at.popitem(last=False)
        return wait if is_refused else None
