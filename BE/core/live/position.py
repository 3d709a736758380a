"""How far a reader has read, and the cursor for it."""

from dataclasses import dataclass, replace
from uuid import UUID

from BE.core.exceptions import InvalidInputError
from BE.core.http.pagination import Cursors
from BE.core.live.snapshot import Snapshot

KEPT = 24 * 60 * 60
"""Seconds for which a cursor is valid."""


@dataclass(frozen=True, slots=True)
class Position:
    """After all that ``seen`` sees; and after what ``until`` sees besides, up to id ``last``."""

    database: str
    """Which database, in which incarnation: elsewhere a snapshot is meaningless."""

    at: int
    """When ``seen`` was taken, in seconds since 1970 by the database's clock."""

    seen: Snapshot
    until: Snapshot | None = None
    last: int = 0

    def within(self, until: Snapshot, last: int) -> "Position":
        """The position after change ``last`` of those that only ``until`` sees."""
        return replace(self, until=until, last=last)

    def follows(self, now: "Position") -> bool:
        """Whether everything after it is still stored, where ``now`` is the end of the feed."""
        newest = self.until or self.seen
        return (
            self.database == now.database and now.at - self.at < KEPT and newest.end <= now.seen.end
        )


class LiveCursors:
    """Seals positions for their readers alone."""

    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def seal(self, user_id: UUID, position: Position) -> str:
        until = position.until and str(position.until)
        parts = [position.database, position.at, str(position.seen), until, position.last]
        return self._cursors.seal(f"changes:{user_id}", parts)

    def open(self, user_id: UUID, cursor: str) -> Position | None:
        """``None`` for a cursor that was not sealed here for this user."""
        try:
            parts = self._cursors.open(f"changes:{user_id}", cursor)
        except InvalidInputError:
            return None
        database, at, seen, until, last = parts
        return Position(
            database, at, Snapshot.parse(seen), Snapshot.parse(until) if until else None, last
        )
