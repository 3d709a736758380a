from datetime import datetime
from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.modules.auth.models import EmailChange
from BE.modules.auth.models.email_changes import CONFIRMABLE, REVERSIBLE

_CHANGE = "id, account_id, session_id, email, requested_at, confirmed_at, old_email"


class EmailChangeRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def put_email_change(
        self, change_id: UUID, account_id: UUID, session_id: UUID, email: str
    ) -> bool:
        """Store a request in place of the pending one; ``False`` without the account."""
        row = await self._db.fetchrow(
            """
            INSERT INTO auth.email_change (id, account_id, session_id, email)
            SELECT $1, id, $3, $4
            FROM auth.account
            WHERE id = $2
            ON CONFLICT (account_id) WHERE confirmed_at IS NULL DO UPDATE
            SET id = excluded.id, session_id = excluded.session_id, email = excluded.email,
                requested_at = now(), confirm_digest = NULL, cancel_digest = NULL
            RETURNING id
            """,
            change_id,
            account_id,
            session_id,
            email,
        )
        return row is not None

    async def pending_email_change(self, account_id: UUID) -> EmailChange | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {_CHANGE}
            FROM auth.email_change
            WHERE account_id = $1 AND confirmed_at IS NULL AND requested_at > now() - $2::interval
            """,
            account_id,
            CONFIRMABLE,
        )
        return _change(row)

    async def drop_pending_email_change(self, account_id: UUID) -> EmailChange | None:
        """End the pending request, and return it."""
        row = await self._db.fetchrow(
            f"""
            DELETE FROM auth.email_change
            WHERE account_id = $1 AND confirmed_at IS NULL
            RETURNING {_CHANGE}
            """,
            account_id,
        )
        return _change(row)

    async def put_confirm_digest(self, change_id: UUID, digest: bytes) -> EmailChange | None:
        """Store the digest of the link that confirms; ``None`` if the request is not pending."""
        row = await self._db.fetchrow(
            f"""
            UPDATE auth.email_change
            SET confirm_digest = $2
            WHERE id = $1 AND confirmed_at IS NULL AND requested_at > now() - $3::interval
            RETURNING {_CHANGE}
            """,
            change_id,
            digest,
            CONFIRMABLE,
        )
        return _change(row)

    async def put_cancel_digest(self, change_id: UUID, digest: bytes) -> EmailChange | None:
        """Store the digest of the link that cancels; ``None`` if the request has ended.

        The link may come later than the confirmation.
        """
        row = await self._db.fetchrow(
            f"UPDATE auth.email_change SET cancel_digest = $2 WHERE id = $1 RETURNING {_CHANGE}",
            change_id,
            digest,
        )
        return _change(row)

    async def confirmable_email_change(self, digest: bytes) -> EmailChange | None:
        """The pending request that the link of ``digest`` confirms."""
        row = await self._db.fetchrow(
            f"""
            SELECT {_CHANGE}
            FROM auth.email_change
            WHERE confirm_digest = $1 AND confirmed_at IS NULL
                AND requested_at > now() - $2::interval
            """,
            digest,
            CONFIRMABLE,
        )
        return _change(row)

    async def cancellable_email_change(self, digest: bytes) -> EmailChange | None:
        """The request that the link of ``digest`` cancels or reverts."""
        row = await self._db.fetchrow(
            f"""
            SELECT {_CHANGE}
            FROM auth.email_change
            WHERE cancel_digest = $1 AND CASE
                WHEN confirmed_at IS NULL THEN requested_at > now() - $2::interval
                ELSE confirmed_at > now() - $3::interval
            END
            """,
            digest,
            CONFIRMABLE,
            REVERSIBLE,
        )
        return _change(row)

    async def settle_email_change(self, change_id: UUID, old_email: str | None) -> None:
        """Record that a change is confirmed. It can be reverted to ``old_email``, if any."""
        if old_email is None:
            await self._db.execute("DELETE FROM auth.email_change WHERE id = $1", change_id)
            return
        await self._db.execute(
            """
            UPDATE auth.email_change
            SET confirmed_at = now(), confirm_digest = NULL, old_email = $2
            WHERE id = $1
            """,
            change_id,
            old_email,
        )

    async def drop_email_changes(self, account_id: UUID, *, since: datetime) -> None:
        """End a change of ``since`` and all that were requested after it."""
        await self._db.execute(
            "DELETE FROM auth.email_change WHERE account_id = $1 AND requested_at >= $2",
            account_id,
            since,
        )

    async def may_have_email(self, account_id: UUID, email: str) -> bool:
        """Whether no other account has ``email`` or may take it back.

        Also call it for an account that has just got it: only then have changes ended that freed
        it.
        """
        is_free: bool = await self._db.fetchval(
            """
            SELECT NOT EXISTS (
                SELECT FROM auth.account WHERE email_identity = $2 AND id <> $1
            ) AND NOT EXISTS (
                SELECT
                FROM auth.email_change
                WHERE old_identity = $2 AND account_id <> $1
                    AND confirmed_at > now() - $3::interval
            )
            """,
            account_id,
            identity_of(email),
            REVERSIBLE,
        )
        return is_free

    async def change_email(self, account_id: UUID, email: str) -> None:
        """Give the account a verified email.

        Raises :class:`UniqueViolationError` when another account has it.
        """
        await self._db.execute(
            """
            UPDATE auth.account
            SET email = $2, email_verified_at = now(), email_verified_by_holder = true
            WHERE id = $1
            """,
            account_id,
            email,
        )

    async def delete_past_email_changes(self, *, limit: int) -> int:
        """Delete up to ``limit`` changes that no link can confirm or revert any more."""
        deleted: int = await self._db.fetchval(
            """
            WITH deleted AS (
                DELETE FROM auth.email_change
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM auth.email_change
                    WHERE requested_at < now() - $1::interval
                        AND coalesce(confirmed_at < now() - $2::interval, true)
                    ORDER BY requested_at
                    LIMIT $3
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id
            )
            SELECT count(*) FROM deleted
            """,
            CONFIRMABLE,
            REVERSIBLE,
            limit,
        )
        return deleted


def _change(row: Any) -> EmailChange | None:
    return EmailChange(*row) if row else None
