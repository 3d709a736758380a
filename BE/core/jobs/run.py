"""A handler's view of its attempt: progress, cancellation, completion."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson

from BE.core.durable.attempts import storable
from BE.core.jobs.claims import JobClaims
from BE.core.jobs.queue import Claimed

_LONGEST_NOTE = 200
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class JobCancelled(Exception):
    """Raised by a handler that stops because its job was cancelled."""


class Run:
    """One attempt at a job, while it runs."""

    def __init__(self, claimed: Claimed, claims: JobClaims, *, kept: timedelta) -> None:
        self.job_id = claimed.id
        """The same for each attempt: the idempotency key of the handler's effects."""
        self.attempt = claimed.attempts
        self.cancelled = False
        """Whether cancellation was requested: a handler that goes on is stopped soon."""
        self.is_finished = False
        self._claimed = claimed
        self._claims = claims
        self._kept = kept
        self._unwritten: tuple[float, str | None] | None = None

    def progress(self, share: float, note: str | None = None) -> None:
        """Report progress from 0 to 1. Costs nothing: it is written once a second."""
        self._unwritten = min(1.0, max(0.0, share)), note and storable(note[:_LONGEST_NOTE])

    def stop_if_cancelled(self) -> None:
        """Raises :class:`JobCancelled` once cancellation was requested."""
        if self.cancelled:
            raise JobCancelled

    async def finish(self, result: Mapping[str, Any] | None = None) -> None:
        """In the handler's own transaction: the job is done if, and only if, that commits.

        Raises :class:`LeaseLost` if another process may have begun the job.
        """
        await self._claims.finish(self._claimed, as_json(result), kept=self._kept)
        self.is_finished = True

    def take_progress(self) -> tuple[float, str | None] | None:
        """The progress that has not been written."""
        progress, self._unwritten = self._unwritten, None
        return progress

    def restore_progress(self, progress: tuple[float, str | None]) -> None:
        """Put back progress that could not be written, unless there is newer one."""
        self._unwritten = self._unwritten or progress

    @property
    def has_unwritten_progress(self) -> bool:
        return self._unwritten is not None


def as_json(result: Mapping[str, Any] | None) -> str | None:
    """Raises :class:`TypeError` or :class:`ValueError` for a result that cannot be stored."""
    if result is None:
        return None
    text = orjson.dumps(dict(result)).decode()
    if _NUL.search(text):
        raise ValueError("PostgreSQL stores no NUL")
    return text
