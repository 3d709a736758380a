"""The last minute: requests, the classes of their answers, how long they took."""

import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil

from BE.core.http.paths import is_probe

_SECONDS = 60
_BOUNDS_MS = [0.5 * 1.2**step for step in range(61)]
"""Up to 28 s, each a fifth above the one before, which is the precision of a percentile."""

_FIRST_STATUS = 200
_REFUSED = 429
"""Their latency is not recorded, as they may be delayed on purpose."""


@dataclass(slots=True)
class _Second:
    number: int = -1
    by_class: list[int] = field(default_factory=lambda: [0] * 4)
    by_duration: list[int] = field(default_factory=lambda: [0] * len(_BOUNDS_MS))


@dataclass(frozen=True, slots=True)
class Answers:
    """How many, by the classes of HTTP's statuses."""

    success: int
    redirection: int
    client_error: int
    server_error: int


@dataclass(frozen=True, slots=True)
class Latency:
    """The milliseconds within which half of the requests, 95 %, and 99 % were answered."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Figures:
    seconds: int
    per_second: float
    answers: Answers
    latency_ms: Latency | None
    """``None`` if no request was let through."""


class RecentRequests:
    """The requests that this process has served in the last minute, per second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = int(clock())
        self._ring = [_Second() for _ in range(_SECONDS + 1)]  # and the current one

    def observe(self, route: str | None, _method: str, status: int, seconds: float) -> None:
        """Count a request that was answered, unless it was a probe's."""
        if status < _FIRST_STATUS or is_probe(route or ""):
            return
        now = int(self._clock())
        second = self._ring[now % len(self._ring)]
        if second.number != now:
            second = self._ring[now % len(self._ring)] = _Second(now)
        second.by_class[status // 100 - 2] += 1
        if status != _REFUSED:
            bucket = bisect_left(_BOUNDS_MS, seconds * 1000)
            second.by_duration[min(bucket, len(_BOUNDS_MS) - 1)] += 1

    def is_serving(self) -> bool:
        """Whether a request was answered in this second or the one before."""
        now = int(self._clock())
        seconds = (self._ring[number % len(self._ring)] for number in (now - 1, now))
        return any(now - second.number <= 1 for second in seconds)

    def figures(self) -> Figures:
        """Over the whole seconds before this one, 60 at most."""
        now = int(self._clock())
        length = min(_SECONDS, now - self._started)
        counted = [second for second in self._ring if now - length <= second.number < now]
        answers = Answers(
            *(sum(second.by_class[index] for second in counted) for index in range(4))
        )
        by_duration = [
            sum(second.by_duration[bucket] for second in counted)
            for bucket in range(len(_BOUNDS_MS))
        ]
        total = sum(sum(second.by_class) for second in counted)
        return Figures(
            seconds=length,
            per_second=round(total / length, 1) if length else 0,
            answers=answers,
            latency_ms=_latency(by_duration) if any(by_duration) else None,
        )


def _latency(by_duration: list[int]) -> Latency:
    reached = list(accumulate(by_duration))
    return Latency(
        *(
            round(_BOUNDS_MS[bisect_left(reached, ceil(reached[-1] * share))], 1)
            for share in (0.5, 0.95, 0.99)
        )
    )
