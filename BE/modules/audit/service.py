from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from BE.core.events import StoredEvent
from BE.core.http.pagination import Cursors, Page
from BE.modules.audit.exceptions import HeadMissing
from BE.modules.audit.models import (
    Entry,
    Filter,
    Head,
    Record,
    Verdict,
    chain,
    judge_end,
    judge_entry,
    judge_landmarks,
)
from BE.modules.audit.repository import NEWEST, AuditRepository

_READ_AT_ONCE = 1000
_LOWEST = -(2**63)


class AuditService:
    """Keeps the trail of all that happens, and tells whether it is whole."""

    def __init__(self, repository: AuditRepository, cursors: Cursors) -> None:
        self._repository = repository
        self._cursors = cursors

    async def on_events(self, events: Sequence[StoredEvent]) -> None:
        """Record them in the transaction at hand. Raises :class:`HeadMissing`."""
        records = [Record.of(event) for event in events]
        head = await self._repository.lock_head()
        if head is None:
            raise HeadMissing
        await self._repository.append(chain(head, records))

    async def page(self, narrowed: Filter, *, limit: int, cursor: str | None) -> Page[Entry]:
        """Newest first. Raises :class:`InvalidCursor`."""
        scope = f"audit:{sorted(narrowed.items())}"
        before = NEWEST
        if cursor is not None:
            occurred_at, sequence = self._cursors.open(scope, cursor)
            before = datetime.fromisoformat(occurred_at), sequence
        entries = await self._repository.newest(narrowed, before=before, limit=limit + 1)
        if len(entries) <= limit:
            return Page(entries, None)
        last = entries[limit - 1]
        position = [last.record.occurred_at.isoformat(), last.head.sequence]
        return Page(entries[:limit], self._cursors.seal(scope, position))

    async def verify(self, kept: Head | None = None) -> Verdict:
        """Follow the whole trail, which must lead through the head that was ``kept``.

        Raises :class:`HeadMissing`.
        """
        landmarks = [await self._head(), kept or Head()]
        reached = Head()
        if fault := judge_landmarks(reached, landmarks):
            return Verdict(reached, fault)
        async for entry in self._entries():
            if fault := judge_entry(reached, entry) or judge_landmarks(entry.head, landmarks):
                return Verdict(reached, fault)
            reached = entry.head
        return Verdict(reached, judge_end(reached, landmarks, await self._head()))

    async def _head(self) -> Head:
        head = await self._repository.head()
        if head is None:
            raise HeadMissing
        return head

    async def _entries(self) -> AsyncIterator[Entry]:
        """All of them, so many at a time that a trail of any length fits."""
        sequence = _LOWEST
        while entries := await self._repository.following(sequence, limit=_READ_AT_ONCE):
            for entry in entries:
                yield entry
            sequence = entries[-1].head.sequence
