from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from BE.core.events import StoredEvent, in_turns
from BE.core.http.pagination import Cursors, Page
from BE.modules.audit.exceptions import HeadMissing
from BE.modules.audit.models import (
    Entry,
    EntryFilter,
    Head,
    Record,
    Seal,
    TrailState,
    TrailVerdict,
    chain,
    judge_address,
    judge_end,
    judge_entry,
    judge_landmarks,
    judge_seals,
    judge_seam,
)
from BE.modules.audit.repository import NEWEST, AuditRepository
from BE.modules.audit.service.archive_file import judge_archives

_READ_AT_ONCE = 1000
_LOWEST = -(2**63)
_VERIFIED_AT_A_GLANCE = 500


class AuditService:
    """Records every event in the trail, and verifies the trail."""

    def __init__(self, repository: AuditRepository, cursors: Cursors) -> None:
        self._repository = repository
        self._cursors = cursors

    async def on_events(self, events: Sequence[StoredEvent]) -> None:
        """Record them in the ambient transaction. Raises :class:`HeadMissing`."""
        records = [Record.of(event) async for some in in_turns(events) for event in some]
        head = await self._repository.lock_head()
        if head is None:
            raise HeadMissing
        entries: list[Entry] = []
        async for some in in_turns(records):
            entries += chain(entries[-1].head if entries else head, some)
        await self._repository.append(entries)

    async def page(self, narrowed: EntryFilter, *, limit: int, cursor: str | None) -> Page[Entry]:
        """Newest first. Raises :class:`InvalidCursor`."""
        scope = f"audit:{sorted(narrowed.items())}"
        before = NEWEST
        if cursor is not None:
            occurred_at, sequence = self._cursors.open(scope, cursor)
            before = datetime.fromisoformat(occurred_at), sequence
        entries = await self._repository.newest(narrowed, before=before, limit=limit + 1)
        position = attrgetter("record.occurred_at", "head.sequence")
        return self._cursors.page(scope, entries, limit, position)

    async def verify(self, kept: Head | None = None, archives: Sequence[Path] = ()) -> TrailVerdict:
        """Verify the trail from its last seal, or from its first entry with all ``archives``.

        It must contain the head ``kept``. Raises :class:`HeadMissing`.
        """
        while True:
            seals, expired = await self._limits()
            verdict = await self._judge(seals, expired, kept or Head(), archives)
            # an archive was made meanwhile, or addresses were dropped: verify again
            if verdict.is_whole or (seals, expired) == await self._limits():
                return verdict

    async def state(self) -> TrailState:
        """Verify the newest entries, up to 500. Raises :class:`HeadMissing`."""
        while True:
            seals, expired = await self._limits()
            state = await self._state(seals[-1].head if seals else Head(), expired)
            # an archive was made meanwhile, or addresses were dropped: verify again
            if state.fault is None or (seals, expired) == await self._limits():
                return state

    async def _limits(self) -> tuple[list[Seal], int]:
        """The seals, and the entry up to which addresses have expired."""
        return await self._repository.seals(), await self._repository.expired_addresses()

    async def _state(self, sealed: Head, expired: int) -> TrailState:
        head = await self._head()
        start = max(sealed.sequence, head.sequence - _VERIFIED_AT_A_GLANCE - 1)
        entries = await self._repository.following(start, limit=max(0, head.sequence - start))
        reached = sealed
        if start > sealed.sequence and entries:
            reached, *entries = entries[0].head, *entries[1:]
        verified, fault = 0, None
        for entry in entries:
            fault = (
                judge_entry(reached, entry)
                or judge_landmarks(entry.head, [head])
                or judge_address(entry, expired)
            )
            if fault:
                break
            reached, verified = entry.head, verified + 1
        return TrailState(
            head, sealed.sequence, verified, fault or judge_end(reached, [head], head)
        )

    async def _judge(
        self, seals: list[Seal], expired: int, kept: Head, archives: Sequence[Path]
    ) -> TrailVerdict:
        landmarks = [await self._head(), kept, *(seal.head for seal in seals)]
        sealed = seals[-1] if seals else Seal(Head(), Head(), b"")
        if fault := judge_seals(seals, landmarks) or _judge_past(seals, archives, kept):
            return TrailVerdict(Head(), fault)
        reached = sealed.before
        async for entry in self._entries():
            if reached.sequence < sealed.head.sequence < entry.head.sequence:
                reached = sealed.head
            if fault := judge_entry(reached, entry) or judge_landmarks(entry.head, landmarks):
                return TrailVerdict(reached, judge_seam(sealed, reached, entry) or fault)
            if fault := judge_address(entry, max(expired, sealed.head.sequence)):
                return TrailVerdict(reached, fault)
            reached = entry.head
        if reached.sequence < sealed.head.sequence:
            reached = sealed.head
        return TrailVerdict(reached, judge_end(reached, landmarks, await self._head()))

    async def _head(self) -> Head:
        head = await self._repository.head()
        if head is None:
            raise HeadMissing
        return head

    async def _entries(self) -> AsyncIterator[Entry]:
        """All entries, read in batches, so that a trail of any length fits in memory."""
        sequence = _LOWEST
        while entries := await self._repository.following(sequence, limit=_READ_AT_ONCE):
            for entry in entries:
                yield entry
            sequence = entries[-1].head.sequence


def _judge_past(seals: Sequence[Seal], archives: Sequence[Path], kept: Head) -> str | None:
    """The fault of the archived part, as far as it can be verified, if any."""
    if archives:
        return judge_archives(seals, archives, kept)
    is_within = seals and 0 < kept.sequence < seals[-1].head.sequence
    if is_within and kept not in [seal.head for seal in seals]:
        return "The head that was kept lies in an archive: name all of them with --archive."
    return None
