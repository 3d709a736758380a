import math
import time
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Sequence
from contextlib import asynccontextmanager

from BE.core.exceptions import RateLimitedError, UnavailableError
from BE.modules.auth.repository.attempts import AttemptRepository
from BE.modules.auth.security.allowances import Allowance

# How long this process refuses without a query. By then it sees what other processes reverted.
_REMEMBERED_SECONDS = 0.1
_REMEMBERED_AT_MOST = 10_000


class Throttle:
    """Counts attempts in PostgreSQL, for all processes together.

    A refused attempt is cheap: a query without a lock, and for a moment not even that.
    """

    def __init__(
        self,
        repository: AttemptRepository,
        *,
        enabled: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._repository = repository
        self._enabled = enabled
        self._refused = _RecentRefusals(clock)

    def refuse_again(self, *callers: Hashable) -> None:
        """Raises :class:`RateLimitedError` for a caller who has just been refused."""
        wait = self._refused.wait_of(callers)
        if wait is not None:
            raise RateLimitedError(retry_after=math.ceil(wait))

    async def draw(self, allowances: Sequence[Allowance], *, caller: Hashable = None) -> None:
        """Count an attempt. Raises :class:`RateLimitedError` if an allowance is used up.

        ``caller`` is the key by which :meth:`refuse_again` recognises a refused caller.
        """
        if not self._enabled:
            return
        self.refuse_again(*_keys(allowance for allowance in allowances if allowance.refuses))
        draw = await self._repository.draw(allowances)
        if not draw.used_up:
            return
        if draw.was_counted:
            # or a refused caller could use up the allowances of the owner
            await self._repository.give_back(allowances)
        waits = {key: wait.total_seconds() for key, wait in draw.used_up.items()}
        self._refused.add(caller, waits)
        raise RateLimitedError(retry_after=math.ceil(max(waits.values())))

    @asynccontextmanager
    async def attempt(
        self, allowances: Sequence[Allowance], *, caller: Hashable = None
    ) -> AsyncIterator[None]:
        """Like :meth:`draw`; an attempt that fails because the service is busy does not count."""
        await self.draw(allowances, caller=caller)
        try:
            yield
        except UnavailableError:
            if self._enabled:
                await self._repository.give_back(allowances)
            raise

    async def succeeded(self, allowances: Sequence[Allowance]) -> None:
        """Revert the count of :meth:`draw`, because the attempt was no failure."""
        whole = [allowance for allowance in allowances if allowance.ends_with_success]
        rest = [allowance for allowance in allowances if not allowance.ends_with_success]
        await self._give_back(rest, whole)

    async def take_back(self, allowances: Sequence[Allowance]) -> None:
        """Revert an attempt that is no failure, and no success yet."""
        await self._give_back(allowances, [])

    async def clear(self, allowances: Sequence[Allowance]) -> None:
        await self._give_back([], allowances)

    async def _give_back(self, rest: Sequence[Allowance], whole: Sequence[Allowance]) -> None:
        if self._enabled:
            await self._repository.give_back(rest, whole=whole)
            self._refused.forget(_keys([*rest, *whole]))


class _RecentRefusals:
    """The callers that this process has just refused."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: dict[Hashable, tuple[float, float]] = {}
        """When to query again and when the wait ends, by the key of the allowance."""
        self._keys: dict[Hashable, Iterable[Hashable]] = {}

    def add(self, caller: Hashable, waits: dict[bytes, float]) -> None:
        now = self._clock()
        for key, wait in waits.items():
            _make_room(self._ends)
            self._ends[key] = (now + min(wait, _REMEMBERED_SECONDS), now + wait)
        if caller is not None:
            _make_room(self._keys)
            self._keys[caller] = tuple(waits)

    def wait_of(self, callers: Iterable[Hashable]) -> float | None:
        """The seconds left of the longest wait of ``callers``; ``None``: query again."""
        now = self._clock()
        keys = [key for caller in callers for key in self._keys.get(caller, (caller,))]
        ends = [self._ends[key] for key in keys if key in self._ends]
        return max((end - now for query_again, end in ends if now < query_again), default=None)

    def forget(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            self._ends.pop(key, None)


def _make_room[K, V](kept: dict[K, V]) -> None:
    if len(kept) >= _REMEMBERED_AT_MOST:
        del kept[next(iter(kept))]


def _keys(allowances: Iterable[Allowance]) -> list[bytes]:
    return [allowance.key for allowance in allowances]
