"""The repository in memory; the contract tests hold it to the real one."""

from collections.abc import Sequence

from BE.core.exceptions import UniqueViolationError
from BE.modules.audit.models import Entry, EntryFilter, Head, Record, Seal
from BE.modules.audit.repository import AuditRepository, Position


class FakeAuditRepository(AuditRepository):
    def __init__(self) -> None:
        self.end: Head | None = Head()
        self.entries: list[Entry] = []

    async def lock_head(self) -> Head | None:
        return self.end

    async def head(self) -> Head | None:
        return self.end

    async def append(self, entries: Sequence[Entry]) -> None:
        known = {entry.record.event_id for entry in self.entries}
        if known & {entry.record.event_id for entry in entries}:
            raise UniqueViolationError("entry_event_id_key")
        self.entries.extend(entries)
        self.end = entries[-1].head

    async def following(self, sequence: int, *, limit: int) -> list[Entry]:
        return [entry for entry in self.entries if entry.head.sequence > sequence][:limit]

    async def expired_addresses(self) -> int:
        return 0

    async def seals(self) -> list[Seal]:
        return []

    async def newest(self, narrowed: EntryFilter, *, before: Position, limit: int) -> list[Entry]:
        found = [
            entry
            for entry in self.entries
            if _position(entry) < before and _is_within(entry.record, narrowed)
        ]
        return sorted(found, key=_position, reverse=True)[:limit]


def _position(entry: Entry) -> Position:
    return entry.record.occurred_at, entry.head.sequence


def _is_within(record: Record, narrowed: EntryFilter) -> bool:
    times = {"since", "until"}
    return (
        all(getattr(record, name) == value for name, value in narrowed.items() if name not in times)
        and record.occurred_at >= narrowed.get("since", record.occurred_at)
        and ("until" not in narrowed or record.occurred_at < narrowed["until"])
    )
