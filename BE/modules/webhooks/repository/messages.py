from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import Rows
from BE.core.types import new_id
from BE.modules.webhooks.models import Attempt, Message, NewMessage, Outcome

_PAGE = 500
_FIRST = UUID(int=0)

_DUE = """
    m.webhook_id = $1 AND m.due_at <= now() AND (NOT $2 OR NOT EXISTS (
        SELECT
        FROM webhooks.message AS earlier
        WHERE earlier.webhook_id = $1 AND earlier.subject_id = m.subject_id
            AND earlier.due_at IS NOT NULL AND earlier.event_id < m.event_id
    ))
"""
"""For a webhook with an order, only messages with no earlier pending one on the same subject."""


class MessageRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, messages: Sequence[NewMessage]) -> None:
        """Existing ones stay as they are."""
        await self._db.execute(
            """
            INSERT INTO webhooks.message (id, webhook_id, event, event_id, subject_id, body)
            SELECT *
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[])
            ON CONFLICT (id) DO NOTHING
            """,
            [message.id for message in messages],
            [message.webhook_id for message in messages],
            [message.event for message in messages],
            [message.event_id for message in messages],
            [message.subject_id for message in messages],
            [message.body for message in messages],
        )

    async def due(self, webhook_id: UUID, *, ordered: bool, limit: int) -> list[Message]:
        rows = await self._db.fetch(
            f"""
            SELECT m.id, m.event, m.body, m.attempts
            FROM webhooks.message AS m
            WHERE {_DUE}
            ORDER BY m.due_at, m.event_id
            LIMIT $3
            """,
            webhook_id,
            ordered,
            limit,
        )
        return [Message(*row) for row in rows]

    async def record(self, webhook_id: UUID, message: Message, outcome: Outcome) -> None:
        await self._db.execute(
            """
            INSERT INTO webhooks.attempt (
                id, webhook_id, message_id, event, status, milliseconds, error, answer
            )
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            new_id(),
            webhook_id,
            message.id,
            message.event,
            outcome.status,
            outcome.milliseconds,
            outcome.error,
            outcome.answer,
        )

    async def settle(self, message: Message, wait: timedelta | None) -> datetime | None:
        """Have it sent again after ``wait``, or never; return when."""
        due_at: datetime | None = await self._db.fetchval(
            """
            UPDATE webhooks.message
            SET attempts = attempts + 1, due_at = now() + $2::interval
            WHERE id = $1
            RETURNING due_at
            """,
            message.id,
            wait,
        )
        return due_at

    async def drop_waiting(self, webhook_id: UUID) -> None:
        await self._db.execute(
            """
            UPDATE webhooks.message
            SET due_at = NULL
            WHERE webhook_id = $1 AND due_at IS NOT NULL
            """,
            webhook_id,
        )

    async def send_again(self, webhook_id: UUID, attempt_id: UUID) -> bool:
        """Have the message of an attempt sent now; return whether there is one."""
        found: bool | None = await self._db.fetchval(
            """
            UPDATE webhooks.message
            SET due_at = now(), attempts = 0
            WHERE webhook_id = $1 AND id = (
                SELECT message_id FROM webhooks.attempt WHERE id = $2 AND webhook_id = $1
            )
            RETURNING true
            """,
            webhook_id,
            attempt_id,
        )
        return bool(found)

    async def attempts(self, webhook_id: UUID, *, before: UUID, limit: int) -> list[Attempt]:
        """The newest first: ids are ordered by time."""
        rows = await self._db.fetch(
            """
            SELECT id, message_id, event, status, milliseconds, error, answer, made_at
            FROM webhooks.attempt
            WHERE webhook_id = $1 AND id < $2
            ORDER BY id DESC
            LIMIT $3
            """,
            webhook_id,
            before,
            limit,
        )
        return [Attempt(*row) for row in rows]

    async def held(self, owner_id: UUID) -> Rows:
        """The attempts of all of a user's webhooks."""
        after = _FIRST
        while rows := await self._db.fetch(
            """
            SELECT a.id, a.webhook_id, a.message_id, a.event, a.status, a.milliseconds, a.error,
                a.answer, a.made_at
            FROM webhooks.webhook AS w
            JOIN webhooks.attempt AS a ON a.webhook_id = w.id
            WHERE w.owner_id = $1 AND a.id > $2
            ORDER BY a.id
            LIMIT $3
            """,
            owner_id,
            after,
            _PAGE,
        ):
            yield [dict(row) for row in rows]
            after = rows[-1]["id"]

    async def held_messages(self, owner_id: UUID) -> Rows:
        after = _FIRST
        while rows := await self._db.fetch(
            """
            SELECT m.id, m.webhook_id, m.body, m.due_at, m.created_at
            FROM webhooks.webhook AS w
            JOIN webhooks.message AS m ON m.webhook_id = w.id
            WHERE w.owner_id = $1 AND m.id > $2
            ORDER BY m.id
            LIMIT $3
            """,
            owner_id,
            after,
            _PAGE,
        ):
            yield [dict(row) for row in rows]
            after = rows[-1]["id"]

    async def remove_old(self, kept: timedelta, *, limit: int) -> int:
        """Delete older attempts and ended messages, at most ``limit`` of each; return how many.

        A message outlives its attempts, through which it can be sent again.
        """
        removed: int = await self._db.fetchval(
            """
            WITH attempts AS (
                DELETE FROM webhooks.attempt
                WHERE id IN (
                    SELECT id
                    FROM webhooks.attempt
                    WHERE made_at < now() - $1::interval
                    ORDER BY made_at
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                )
                RETURNING id
            ), messages AS (
                DELETE FROM webhooks.message
                WHERE id IN (
                    SELECT id
                    FROM webhooks.message
                    WHERE due_at IS NULL AND created_at < now() - $1::interval - interval '5 days'
                    ORDER BY created_at
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                )
                RETURNING id
            )
            SELECT (SELECT count(*) FROM attempts) + (SELECT count(*) FROM messages)
            """,
            kept,
            limit,
        )
        return removed
