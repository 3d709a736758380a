import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from BE.core.exceptions import RateLimitedError, UnavailableError
from BE.modules.auth.models import Allowance
from BE.modules.auth.repository import AuthRepository


class Throttle:
    """Counts attempts in PostgreSQL, so for all processes together."""

    def __init__(self, repository: AuthRepository, *, enabled: bool) -> None:
        self._repository = repository
        self._enabled = enabled

    async def draw(self, allowances: Sequence[Allowance]) -> None:
        """Count an attempt. Raises :class:`RateLimitedError` where an allowance is used up."""
        if not self._enabled:
            return
        wait = await self._repository.draw(allowances)
        if wait is not None:
            # or whoever is refused here could use up what the owner has elsewhere
            await self._repository.give_back(allowances)
            raise RateLimitedError(retry_after=math.ceil(wait.total_seconds()))

    @asynccontextmanager
    async def attempt(self, allowances: Sequence[Allowance]) -> AsyncIterator[None]:
        """As :meth:`draw`; what the service itself could not carry out does not count."""
        await self.draw(allowances)
        try:
            yield
        except UnavailableError:
            if self._enabled:
                await self._repository.give_back(allowances)
            raise

    async def succeeded(self, allowances: Sequence[Allowance]) -> None:
        """Take back what :meth:`draw` counted, and all of the first: it was no failure."""
        if self._enabled:
            await self._repository.give_back(allowances[1:], whole=allowances[:1])

    async def clear(self, allowances: Sequence[Allowance]) -> None:
        if self._enabled:
            await self._repository.give_back([], whole=allowances)
