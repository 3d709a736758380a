"""What a handler is given besides its job."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from BE.core.jobs.claims import JobClaims
from BE.core.jobs.queue import Claimed

_LONGEST_NOTE = 200


class JobCancelled(Exception):
    """Raised by a handler that stops because somebody cancelled its job."""


class Run:
    """One attempt at a job, while it runs."""

    def __init__(self, claimed: Claimed, claims: JobClaims, *, kept: timedelta) -> None:
        self.job_id = claimed.id
        """The same for each attempt: the idempotency key of what the handler does."""
        self.attempt = claimed.attempts
        self.cancelled = False
        """Whether somebody asked to cancel the job: a handler that goes on is stopped soon."""
        self.is_finished = False
        self._claimed = claimed
        self._claims = claims
        self._kept = kept
        self._news: tuple[float, str | None] | None = None

    def progress(self, share: float, note: str | None = None) -> None:
        """Say how far it is, from 0 to 1. Costs nothing: it is written once a second."""
        self._news = min(1.0, max(0.0, share)), note and note[:_LONGEST_NOTE]

    def stop_if_cancelled(self) -> None:
        """Raises :class:`JobCancelled` once somebody asked to cancel the job."""
        if self.cancelled:
            raise JobCancelled

    async def finish(self, result: Mapping[str, Any] | None = None) -> None:
        """In the handler's own transaction: the job is done if, and only if, that commits.

        Raises :class:`LeaseLost` if another process may have begun the job.
        """
        await self._claims.finish(self._claimed, result, kept=self._kept)
        self.is_finished = True

    def take_news(self) -> tuple[float, str | None] | None:
        """The progress that has not been written."""
        news, self._news = self._news, None
        return news

    @property
    def has_news(self) -> bool:
        return self._news is not None
