"""The changes of a day, as they were written with the transactions that made them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from BE.core.database.database import Database
from BE.core.events import EVERYBODY, HourPassed
from BE.core.live.position import KEPT, Position
from BE.core.live.snapshot import Snapshot
from BE.core.types import record

_KEPT_LONGER = timedelta(seconds=KEPT, hours=1)
"""Longer than a cursor is valid, by more than a transaction takes."""

_PRUNED_AT_ONCE = 1000

# in the statement that finds rows, so that the snapshot is the one that found them
_NOW = """
    SELECT pg_current_snapshot()::text AS snapshot,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS ending,
        extract(epoch FROM now())::bigint AS at,
        md5(concat_ws('.',
            (SELECT system_identifier FROM pg_control_system()),
            (SELECT timeline_id FROM pg_control_checkpoint()),
            (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()),
            'events'::regnamespace::oid -- another one once it is restored
        )) AS database
"""

_COLUMNS = "id, xid, name, audience_id, subject_id, subject_version, at"


@record
class LoggedChange:
    id: int
    xid: int
    name: str
    audience_id: UUID
    subject_id: UUID
    version: int | None
    at: datetime

    def data_for(self, user_id: UUID) -> bytes:
        """Includes the team if only its members see the change."""
        is_of_team = self.audience_id not in {user_id, EVERYBODY}
        data = {
            "id": str(self.subject_id),
            "version": self.version,
            "at": self.at,
            "team_id": str(self.audience_id) if is_of_team else None,
        }
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes in order of id, and the position after them."""

    now: Position
    items: list[LoggedChange]


class ChangeLog:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def now(self) -> Position:
        """The end of the log."""
        return _position(await self._db.fetchrow(f"SELECT snapshot, at, database FROM ({_NOW})"))

    async def since(
        self, position: Position, audiences: Collection[UUID], *, limit: int
    ) -> Changes:
        """Changes for these that ``position`` has not seen: all, or any ``limit`` of them."""
        rows = await self._db.fetch(
            f"""
            SELECT now.snapshot, now.at, now.database, change.*
            FROM ({_NOW}) AS now
            LEFT JOIN LATERAL (
                SELECT {_COLUMNS}
                FROM events.change
                WHERE (xid >= $1 OR xid = ANY($2)) AND xid < now.ending AND audience_id = ANY($3)
                LIMIT $4
            ) AS change ON true
            ORDER BY change.id
            """,
            position.seen.end,
            list(position.seen.running),
            list(audiences),
            limit,
        )
        return _changes(rows)

    async def page(self, position: Position, audiences: Collection[UUID], *, limit: int) -> Changes:
        """The first ``limit`` changes that these may see after ``position``."""
        until = position.until
        rows = await self._db.fetch(
            f"""
            SELECT now.snapshot, now.at, now.database, change.*
            FROM ({_NOW}) AS now
            LEFT JOIN LATERAL (
                SELECT {_COLUMNS}
                FROM events.change
                WHERE audience_id = ANY($3) AND (xid >= $1 OR xid = ANY($2)) AND xid < now.ending
                    AND ($4::bigint IS NULL OR (xid < $4 AND xid <> ALL($5::bigint[])))
                    AND id > $6
                ORDER BY id
                LIMIT $7
            ) AS change ON true
            ORDER BY change.id
            """,
            position.seen.end,
            list(position.seen.running),
            list(audiences),
            until and until.end,
            list(until.running) if until else [],
            position.last,
            limit,
        )
        return _changes(rows)

    async def prune(self) -> int:
        """Delete changes that no valid cursor can reach; return how many."""
        pruned = 0
        while batch := await self._prune():
            pruned += batch
        return pruned

    async def on_hour_passed(self, _: HourPassed) -> None:
        await self.prune()

    async def _prune(self) -> int:
        deleted: int = await self._db.fetchval(
            """
            WITH deleted AS (
                DELETE FROM events.change
                WHERE (xid, id) IN (
                    SELECT xid, id
                    FROM (
                        SELECT xid, id, at FROM events.change ORDER BY xid, id LIMIT $2
                    ) AS oldest
                    WHERE at < now() - $1::interval
                )
                RETURNING id
            )
            SELECT count(*) FROM deleted
            """,
            _KEPT_LONGER,
            _PRUNED_AT_ONCE,
        )
        return deleted


def _changes(rows: Sequence[Any]) -> Changes:
    items = [LoggedChange(*row[3:]) for row in rows if row[3] is not None]
    return Changes(_position(rows[0][:3]), items)


def _position(row: Any) -> Position:
    snapshot, at, database = row
    return Position(database, at, Snapshot.parse(snapshot))
