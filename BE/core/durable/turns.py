"""Polls for due work: at once when this process has added some, else after a pause."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from structlog.typing import FilteringBoundLogger

from BE.core.exceptions import UnavailableError

_COALESCING = 0.01
"""Seconds between two turns, so that work added in quick succession is claimed together."""


class Turns:
    def __init__(
        self,
        name: str,
        filled: asyncio.Event,
        log: FilteringBoundLogger,
        *,
        poll: float,
        idle_poll: float,
    ) -> None:
        """``filled`` is set when this process has added something. Times are in seconds.

        When idle it polls after ``idle_poll``, if that is longer than ``poll``, or when the next
        work is due.
        """
        self._name = name
        self._filled = filled
        self._log = log
        self._poll = poll
        self._idle_poll = idle_poll
        self.pause = poll
        self.is_stopping = False

    def stop(self) -> None:
        """Take no further turn."""
        self.is_stopping = True
        self._filled.set()

    async def take(
        self,
        turn: Callable[[bool], Awaitable[bool]],
        seconds_until_due: Callable[[], Awaitable[float | None]],
        is_busy: Callable[[], bool],
    ) -> None:
        """``turn`` takes whether something was added, and returns whether something was due."""
        woken = True
        while not self.is_stopping:
            self._filled.clear()
            self.pause = self._poll
            try:
                if await turn(woken):
                    await asyncio.sleep(_COALESCING)
                elif self._idle_poll > self._poll and not is_busy():
                    self.pause = self._idle_pause(await seconds_until_due())
            except UnavailableError as error:
                self._log.warning(f"{self._name}_waits", reason=repr(error.__cause__))
            except Exception:  # noqa: BLE001 - it is logged
                self._log.exception(f"{self._name}_failed")
            woken = await self.wait()

    async def wait(self) -> bool:
        """Wait until this process has added something, at most for the pause (± 20 %)."""
        try:
            async with asyncio.timeout(self.pause * random.uniform(0.8, 1.2)):  # noqa: S311
                return await self._filled.wait()
        except TimeoutError:
            return False

    def _idle_pause(self, due: float | None) -> float:
        """Seconds until something is due, but neither less than a poll nor too long."""
        return self._idle_poll if due is None else min(self._idle_poll, max(self._poll, due))
