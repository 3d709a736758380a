from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.modules.auth.models import Account, Device, OpenSession, Session, SessionPolicy
from BE.modules.auth.security.revocations import CHANNEL


class SessionRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add_session(
        self,
        session_id: UUID,
        account: Account,
        salt: bytes,
        device: Device,
        policy: SessionPolicy,
    ) -> list[UUID] | None:
        """Open a session; return the sessions that it ended, and notify every process of them.

        ``None`` if the account is gone, inactive or no longer as given. If there are too many
        sessions, the least recently used end, except one that is locked at this moment. Ten times
        as many ended sessions are kept.

        Waits for a change of the account, so that no session outlives the change.
        """
        row = await self._db.fetchrow(
            """
            WITH opened AS (
                INSERT INTO auth.session (id, account_id, salt, user_agent, ip)
                SELECT $1, id, $3, $4, $5
                FROM auth.account
                WHERE id = $2 AND is_active AND role = $7
                    AND password_hash IS NOT DISTINCT FROM $6
                FOR SHARE
                RETURNING id
            ), surplus AS (
                SELECT id
                FROM auth.session
                -- checked again under the lock: another sign-in may have ended it meanwhile
                WHERE ended_at IS NULL AND EXISTS (SELECT FROM opened) AND id IN (
                    SELECT id
                    FROM auth.session
                    WHERE account_id = $2 AND ended_at IS NULL
                    ORDER BY rotated_at DESC, id DESC
                    OFFSET $8::int - 1  -- the new one is not visible here
                    LIMIT 1000
                )
                FOR UPDATE SKIP LOCKED
            ), ended AS (
                UPDATE auth.session
                SET ended_at = clock_timestamp()
                WHERE id IN (SELECT id FROM surplus)
                RETURNING id
            ), revoked AS (
                INSERT INTO auth.revocation (session_id, expires_at)
                SELECT id, clock_timestamp() + $9::interval FROM ended
            ), past AS (
                DELETE FROM auth.session
                WHERE EXISTS (SELECT FROM opened) AND id IN (
                    SELECT id
                    FROM auth.session
                    WHERE id IN (
                        SELECT id
                        FROM auth.session
                        WHERE account_id = $2 AND ended_at IS NOT NULL
                        ORDER BY ended_at DESC
                        OFFSET 10 * $8
                        LIMIT 1000
                    )
                    FOR UPDATE SKIP LOCKED
                )
            )
            SELECT
                EXISTS (SELECT FROM opened),
                ARRAY(SELECT id FROM ended),
                (SELECT count(pg_notify($10, id::text)) FROM ended)
            """,
            session_id,
            account.id,
            salt,
            device.user_agent,
            device.ip,
            account.password_hash,
            account.role,
            policy.most,
            policy.access,
            CHANNEL,
        )
        is_open, ended, _ = row
        return ended if is_open else None

    async def lock_session(self, session_id: UUID) -> Session | None:
        """Read the session and lock the row until the transaction ends."""
        row = await self._db.fetchrow(
            """
            SELECT s.id, s.account_id, s.salt, s.generation, s.created_at, s.rotated_at,
                s.ended_at, s.rotated_by, s.retried_at, a.is_active, clock_timestamp()
            FROM auth.session AS s
            JOIN auth.account AS a ON a.id = s.account_id
            WHERE s.id = $1
            FOR UPDATE OF s
            """,
            session_id,
        )
        return Session(*row) if row else None

    async def rotate_session(self, session_id: UUID, mark: bytes) -> int:
        """Raise the generation by one and return it; the device of ``mark`` did it."""
        generation: int = await self._db.fetchval(
            """
            UPDATE auth.session
            SET generation = generation + 1, rotated_at = clock_timestamp(), rotated_by = $2
            WHERE id = $1
            RETURNING generation
            """,
            session_id,
            mark,
        )
        return generation

    async def note_retry(self, session_id: UUID) -> None:
        """Record that a device retries a refresh after the grace."""
        await self._db.execute(
            "UPDATE auth.session SET retried_at = clock_timestamp() WHERE id = $1", session_id
        )

    async def vouch_for_session(self, session_id: UUID) -> None:
        """Record that another issuer vouches for the session's current user: it stays fresh."""
        await self._db.execute(
            """
            UPDATE auth.session
            SET rotated_at = clock_timestamp(), proved_at = 'infinity'
            WHERE id = $1
            """,
            session_id,
        )

    async def prove_session(self, session_id: UUID) -> None:
        """Record that the holder of the session has proved their identity."""
        await self._db.execute(
            """
            UPDATE auth.session
            SET proved_at = greatest(proved_at, clock_timestamp())
            WHERE id = $1
            """,
            session_id,
        )

    async def is_fresh(self, session_id: UUID, policy: SessionPolicy) -> bool | None:
        """Whether the session was proved recently; ``None`` if it has ended.

        A session without a proof was proved when it was opened.
        """
        found: bool | None = await self._db.fetchval(
            """
            SELECT coalesce(proved_at, created_at) > now() - $2::interval
            FROM auth.session
            WHERE id = $1 AND ended_at IS NULL
            """,
            session_id,
            policy.fresh,
        )
        return found

    async def open_sessions(
        self, account_id: UUID, policy: SessionPolicy, *, before: UUID, limit: int
    ) -> list[OpenSession]:
        """Up to ``limit`` sessions that can be refreshed, older than ``before``, newest first."""
        rows = await self._db.fetch(
            """
            SELECT id, created_at, rotated_at, user_agent, ip
            FROM auth.session
            WHERE account_id = $1 AND ended_at IS NULL AND id < $2
                AND rotated_at > now() - $3::interval AND created_at > now() - $4::interval
            ORDER BY id DESC
            LIMIT $5
            """,
            account_id,
            before,
            policy.idle,
            policy.absolute,
            limit,
        )
        return [OpenSession(*row) for row in rows]

    async def end_sessions(
        self,
        account_id: UUID,
        policy: SessionPolicy,
        *,
        only: UUID | None = None,
        but: UUID | None = None,
    ) -> list[UUID]:
        """End the account's sessions, ``only`` one or all ``but`` one, and notify every process.

        Waits for the locks of other transactions. Also deletes expired revocations.
        """
        rows = await self._db.fetch(
            """
            WITH ended AS (
                UPDATE auth.session
                SET ended_at = clock_timestamp()
                WHERE account_id = $1 AND ended_at IS NULL
                    AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id <> $3)
                RETURNING id
            ), revoked AS (
                INSERT INTO auth.revocation (session_id, expires_at)
                SELECT id, clock_timestamp() + $4::interval FROM ended
            ), served AS (
                DELETE FROM auth.revocation
                WHERE session_id IN (
                    SELECT session_id
                    FROM auth.revocation
                    WHERE expires_at < now()
                    LIMIT 100
                    FOR UPDATE SKIP LOCKED
                )
            )
            SELECT id, pg_notify($5, id::text) FROM ended
            """,
            account_id,
            only,
            but,
            policy.access,
            CHANNEL,
        )
        return [row["id"] for row in rows]

    async def delete_expired_sessions(self, policy: SessionPolicy, *, limit: int) -> int:
        """Delete up to ``limit`` sessions that have no valid token left; return how many."""
        deleted: int = await self._db.fetchval(
            """
            WITH deleted AS (
                DELETE FROM auth.session
                WHERE id = ANY (ARRAY (
                    SELECT id
                    FROM auth.session
                    WHERE created_at < now() - $1::interval
                    ORDER BY created_at
                    LIMIT $2
                    FOR UPDATE SKIP LOCKED
                ))
                RETURNING id
            )
            SELECT count(*) FROM deleted
            """,
            policy.absolute + policy.access,
            limit,
        )
        return deleted

    async def revoked_sessions(self, within: timedelta | None) -> list[UUID]:
        """The sessions revoked ``within`` this time, by the database's clock; ``None``: all."""
        rows = await self._db.fetch(
            """
            SELECT session_id
            FROM auth.revocation
            WHERE expires_at > now() AND created_at > now() - coalesce($1, '1 year'::interval)
            """,
            within,
        )
        return [row["session_id"] for row in rows]

    async def is_revoked(self, session_id: UUID) -> bool:
        found: bool = await self._db.fetchval(
            "SELECT EXISTS (SELECT FROM auth.revocation WHERE session_id = $1)", session_id
        )
        return found
