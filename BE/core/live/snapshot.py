"""Which transactions had committed at a moment, in PostgreSQL's notation.

A later transaction may commit before an earlier one, so no number represents what a reader has
seen: only a snapshot does (https://www.postgresql.org/docs/current/functions-info.html,
``pg_snapshot``).
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Snapshot:
    end: int
    """The first transaction that had not begun."""

    running: frozenset[int]
    """Earlier ones that were still running."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """``xmin:xmax:xip,…``. Raises :class:`ValueError`."""
        _, end, running = text.split(":")
        return cls(int(end), frozenset(int(xid) for xid in running.split(",") if xid))

    def __str__(self) -> str:
        running = sorted(self.running)
        first = running[0] if running else self.end
        return f"{first}:{self.end}:{','.join(map(str, running))}"

    def sees(self, xid: int) -> bool:
        """Whether a transaction that is committed now was so then."""
        return xid < self.end and xid not in self.running
