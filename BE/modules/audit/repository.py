from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import BATCH, Rows
from BE.modules.audit.models import Entry, EntryFilter, Head, Record, Seal

_RECORD = (
    "event_id, event_name, event_version, occurred_at, actor_id, subject_id, request_id,"
    " client_ip, data, api_key_id, address_digest"
)
_ADDRESS = """coalesce(
    (SELECT kept.client_ip FROM audit.address AS kept WHERE kept.sequence = entry.sequence),
    client_ip
)"""
_READ = f"""
    event_id, event_name, event_version, occurred_at, actor_id, subject_id, request_id,
    {_ADDRESS}, data, api_key_id, address_digest,
    (SELECT kept.salt FROM audit.address AS kept WHERE kept.sequence = entry.sequence)
"""
_FIELDS = [field.name for field in fields(Record)]
_FILTERS: Mapping[str, str] = {
    "actor_id": "actor_id = {}::uuid",
    "subject_id": "subject_id = {}::text",
    "event_name": "event_name = {}::text",
    "request_id": "request_id = {}::text",
    "since": "occurred_at >= {}::timestamptz",
    "until": "occurred_at < {}::timestamptz",
}

type Position = tuple[datetime, int]

OLDEST: Position = (datetime.min.replace(tzinfo=UTC), 0)
NEWEST: Position = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)


@cache
def _page(filters: tuple[str, ...]) -> str:
    """The statement for a page: at most ``$1`` entries after ``$2, $3``, then the filters.

    Every filter has an index that ends with this order, so no page is sorted.
    """
    narrowed = "".join(
        f" AND {_FILTERS[name].format(f'${number}')}" for number, name in enumerate(filters, 4)
    )
    return f"""
        SELECT sequence, hash, {_READ}
        FROM audit.entry
        WHERE (occurred_at, sequence) < ($2, $3){narrowed}
        ORDER BY occurred_at DESC, sequence DESC
        LIMIT $1
    """


class AuditRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def lock_head(self) -> Head | None:
        """Read the head and lock it: other appends wait until the transaction ends."""
        row = await self._db.fetchrow("SELECT sequence, hash FROM audit.head FOR UPDATE")
        return Head(*row) if row else None

    async def append(self, entries: Sequence[Entry]) -> None:
        """Insert ``entries``, the last of which is the new head.

        Raises :class:`UniqueViolationError` for an event that was recorded before.
        """
        last = entries[-1].head
        columns = zip(*(_row(entry) for entry in entries), strict=True)
        await self._db.execute(
            f"""
            WITH head AS (
                UPDATE audit.head
                SET sequence = $1, hash = $2
            ), address AS (
                INSERT INTO audit.address (sequence, client_ip, salt)
                SELECT sequence, client_ip, salt
                FROM unnest($3::bigint[], $12::text[], $16::bytea[])
                    AS given (sequence, client_ip, salt)
                WHERE salt IS NOT NULL
            )
            INSERT INTO audit.entry (sequence, hash, {_RECORD})
            SELECT sequence, hash, event_id, name, version, occurred_at, actor_id, subject_id,
                request_id, CASE WHEN salt IS NULL THEN client_ip END, data, api_key_id, digest
            FROM unnest(
                $3::bigint[], $4::bytea[], $5::uuid[], $6::text[], $7::integer[],
                $8::timestamptz[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::json[],
                $14::uuid[], $15::bytea[], $16::bytea[]
            ) AS given (
                sequence, hash, event_id, name, version, occurred_at, actor_id, subject_id,
                request_id, client_ip, data, api_key_id, digest, salt
            )
            """,
            last.sequence,
            last.hash,
            *columns,
        )

    async def head(self) -> Head | None:
        row = await self._db.fetchrow("SELECT sequence, hash FROM audit.head")
        return Head(*row) if row else None

    async def following(self, sequence: int, *, limit: int) -> list[Entry]:
        """Up to ``limit`` entries after ``sequence``, in order."""
        rows = await self._db.fetch(
            f"""
            SELECT sequence, hash, {_READ}
            FROM audit.entry
            WHERE sequence > $1
            ORDER BY sequence
            LIMIT $2
            """,
            sequence,
            limit,
        )
        return [_entry(row) for row in rows]

    async def newest(self, narrowed: EntryFilter, *, before: Position, limit: int) -> list[Entry]:
        """Up to ``limit`` entries older than ``before``, newest first."""
        rows = await self._db.fetch(
            _page(tuple(narrowed)),
            limit,
            *before,
            *narrowed.values(),
        )
        return [_entry(row) for row in rows]

    async def held(self, user_id: UUID) -> Rows:
        """The user's own acts and others' acts on the account, oldest first.

        Others are not named. Both halves follow an index in its order.
        """
        after = OLDEST
        while entries := await self._db.fetch(
            f"""
            WITH own AS (
                SELECT sequence, occurred_at, event_name, true AS by_yourself, subject_id, data,
                    {_ADDRESS} AS address, request_id
                FROM audit.entry
                WHERE actor_id = $1 AND (occurred_at, sequence) > ($2, $3)
                ORDER BY occurred_at, sequence
                LIMIT $4
            ), of_others AS (
                SELECT sequence, occurred_at, event_name, false, subject_id, data, NULL, NULL
                FROM audit.entry
                WHERE subject_id = $1::text AND actor_id IS DISTINCT FROM $1
                    AND (occurred_at, sequence) > ($2, $3)
                ORDER BY occurred_at, sequence
                LIMIT $4
            )
            SELECT * FROM own UNION ALL SELECT * FROM of_others
            ORDER BY occurred_at, sequence
            LIMIT $4
            """,
            user_id,
            *after,
            BATCH,
        ):
            yield entries
            after = entries[-1]["occurred_at"], entries[-1]["sequence"]

    async def seals(self) -> list[Seal]:
        """All seals, in order from the first entry."""
        rows = await self._db.fetch(
            """
            SELECT first_sequence - 1, hash_before, last_sequence, hash, digest
            FROM audit.seal
            ORDER BY last_sequence
            """
        )
        return [Seal(Head(*row[:2]), Head(*row[2:4]), row[4]) for row in rows]

    async def seal(self, seal: Seal) -> None:
        await self._db.execute(
            """
            INSERT INTO audit.seal (first_sequence, hash_before, last_sequence, hash, digest)
            VALUES ($1, $2, $3, $4, $5)
            """,
            seal.before.sequence + 1,
            seal.before.hash,
            seal.head.sequence,
            seal.head.hash,
            seal.digest,
        )

    async def last_before(self, time: datetime, *, after: int) -> Head | None:
        """The last entry after ``after`` that precedes every entry of ``time`` or later."""
        row = await self._db.fetchrow(
            """
            SELECT sequence, hash
            FROM audit.entry
            WHERE sequence > $2
                AND sequence < coalesce(
                    (
                        SELECT min(sequence)
                        FROM audit.entry
                        WHERE occurred_at >= $1 AND sequence > $2
                    ),
                    9223372036854775807
                )
            ORDER BY sequence DESC
            LIMIT 1
            """,
            time,
            after,
        )
        return Head(*row) if row else None

    async def prune(self, until: int, *, limit: int) -> bool:
        """Delete up to ``limit`` sealed entries, the last first; return whether there were any.

        In this order the rest can be verified at any time: it follows the previous seal.
        """
        deleted: int = await self._db.fetchval("SELECT audit.prune($1, $2)", until, limit)
        return deleted > 0

    async def expired_addresses(self) -> int:
        """The entry up to which the trail says that addresses have expired."""
        through: int | None = await self._db.fetchval(
            """
            SELECT (data ->> 'address_id')::bigint
            FROM audit.entry
            WHERE event_name = 'address.expired'
            ORDER BY occurred_at DESC, sequence DESC
            LIMIT 1
            """
        )
        return through or 0

    async def expiring_addresses(self, kept: timedelta, *, after: int) -> int | None:
        """The last entry whose address, and all before it, are older than ``kept``.

        ``None`` if there is none after ``after``, or if the trail recorded an expiry within a day.
        """
        through: int | None = await self._db.fetchval(
            """
            SELECT max(sequence)
            FROM audit.address
            WHERE sequence > $2
                AND sequence < coalesce(
                    (
                        SELECT min(sequence)
                        FROM audit.entry
                        WHERE occurred_at >= now() - $1::interval AND sequence > $2
                    ),
                    9223372036854775807
                )
                AND NOT EXISTS (
                    SELECT
                    FROM audit.entry
                    WHERE event_name = 'address.expired'
                        AND occurred_at > now() - interval '23 hours'
                )
            """,
            kept,
            after,
        )
        return through

    async def drop_addresses(self, through: int, *, limit: int) -> bool:
        """Delete up to ``limit`` addresses up to an entry; return whether there were any.

        The database refuses those that neither expired, by the trail, nor moved to an archive.
        """
        deleted: int = await self._db.fetchval(
            """
            WITH deleted AS (
                DELETE FROM audit.address
                WHERE sequence = ANY (ARRAY (
                    SELECT sequence
                    FROM audit.address
                    WHERE sequence <= $1
                    ORDER BY sequence
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING sequence
            )
            SELECT count(*) FROM deleted
            """,
            through,
            limit,
        )
        return deleted > 0


def _row(entry: Entry) -> tuple[Any, ...]:
    record = entry.record
    return (entry.head.sequence, entry.head.hash, *(getattr(record, name) for name in _FIELDS))


def _entry(row: Any) -> Entry:
    return Entry(Head(*row[:2]), Record(*row[2:]))
