from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.modules.auth.models import (
    Account,
    AccountDraft,
    Allowance,
    Device,
    Draw,
    OneTimeToken,
    OpenSession,
    Purpose,
    Session,
    SessionPolicy,
)

_ACCOUNT = "id, email::text, password_hash, role, is_active, email_verified_at, created_at"


class AuthRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add_accounts(self, drafts: Sequence[AccountDraft]) -> list[Account]:
        """Insert accounts; those whose email is taken, by its identity, are left out.

        In the order of emails, so that two who add many at once do not wait for each other.
        """
        rows = await self._db.fetch(
            f"""
            INSERT INTO auth.account (
                id, email, password_hash, role, email_verified_at, email_verified_by_holder
            )
            SELECT id, email, password_hash, role, CASE WHEN is_verified THEN now() END, is_verified
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[])
                AS draft (id, email, password_hash, role, is_verified)
            ORDER BY lower(email COLLATE "C")
            ON CONFLICT (email_identity) DO NOTHING
            RETURNING {_ACCOUNT}
            """,
            [each.id for each in drafts],
            [each.email for each in drafts],
            [each.password_hash for each in drafts],
            [each.role for each in drafts],
            [each.email_verified for each in drafts],
        )
        return [Account(*row) for row in rows]

    async def taken(self, emails: Sequence[str]) -> set[str]:
        """Those of ``emails`` that have an account."""
        rows = await self._db.fetch(
            "SELECT email_identity FROM auth.account WHERE email_identity = ANY($1::text[])",
            [identity_of(email) for email in emails],
        )
        found = {row["email_identity"] for row in rows}
        return {email for email in emails if identity_of(email) in found}

    async def account_by_email(self, email: str) -> Account | None:
        row = await self._db.fetchrow(
            f"SELECT {_ACCOUNT} FROM auth.account WHERE email_identity = $1", identity_of(email)
        )
        return Account(*row) if row else None

    async def account_by_id(self, account_id: UUID) -> Account | None:
        row = await self._db.fetchrow(
            f"SELECT {_ACCOUNT} FROM auth.account WHERE id = $1", account_id
        )
        return Account(*row) if row else None

    async def lock_account(self, account_id: UUID) -> Account | None:
        """The account, locked until the transaction ends."""
        row = await self._db.fetchrow(
            f"SELECT {_ACCOUNT} FROM auth.account WHERE id = $1 FOR UPDATE", account_id
        )
        return Account(*row) if row else None

    async def active_admin_exists(self) -> bool:
        found: bool = await self._db.fetchval(
            "SELECT EXISTS (SELECT FROM auth.account WHERE role = 'admin' AND is_active)"
        )
        return found

    async def lock_active_admins(self) -> list[UUID]:
        """Every active admin, locked until the transaction ends."""
        rows = await self._db.fetch(
            """
            SELECT id
            FROM auth.account
            WHERE role = 'admin' AND is_active
            ORDER BY id
            FOR UPDATE
            """
        )
        return [row["id"] for row in rows]

    async def change_account(self, account: Account) -> None:
        """Store the role and status of ``account``."""
        await self._db.execute(
            "UPDATE auth.account SET role = $2, is_active = $3 WHERE id = $1",
            account.id,
            account.role,
            account.is_active,
        )

    async def delete_account(self, account_id: UUID) -> None:
        """Delete the account, its sessions and the links that were mailed to it."""
        await self._db.execute("DELETE FROM auth.account WHERE id = $1", account_id)

    async def set_password_hash(self, account: Account, password_hash: str) -> bool:
        """Replace the hash that ``account`` has; ``False`` when it has another by now."""
        row = await self._db.fetchrow(
            """
            UPDATE auth.account
            SET password_hash = $3
            WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $2
            RETURNING id
            """,
            account.id,
            account.password_hash,
            password_hash,
        )
        return row is not None

    async def replace_password_hash(self, account_id: UUID, password_hash: str) -> None:
        await self._db.execute(
            "UPDATE auth.account SET password_hash = $2 WHERE id = $1", account_id, password_hash
        )

    async def confirm_email(self, account_id: UUID, *, by_holder: bool) -> bool:
        """Note that the mailbox is the account's; ``False`` when that was known.

        ``by_holder`` says that who reads the mail is who signs in.
        """
        is_new: bool | None = await self._db.fetchval(
            """
            WITH before AS (
                SELECT id, email_verified_at FROM auth.account WHERE id = $1 FOR UPDATE
            )
            UPDATE auth.account AS a
            SET email_verified_at = coalesce(a.email_verified_at, now()),
                email_verified_by_holder = a.email_verified_by_holder OR $2
            FROM before
            WHERE a.id = before.id
            RETURNING before.email_verified_at IS NULL
            """,
            account_id,
            by_holder,
        )
        return bool(is_new)

    async def hand_over(self, account_id: UUID) -> bool | None:
        """Leave the account to who reads its mail, without a password.

        Whether it had one; ``None``, and nothing is changed, where its holder reads the mail.
        """
        had_password: bool | None = await self._db.fetchval(
            """
            WITH before AS (
                SELECT id, password_hash
                FROM auth.account
                WHERE id = $1 AND NOT email_verified_by_holder
                FOR UPDATE
            )
            UPDATE auth.account AS a
            SET password_hash = NULL, email_verified_by_holder = true
            FROM before
            WHERE a.id = before.id
            RETURNING before.password_hash IS NOT NULL
            """,
            account_id,
        )
        return had_password

    async def put_one_time_token(self, account_id: UUID, token: OneTimeToken) -> bool:
        """Keep the digest of ``token`` in place of the earlier one; ``False`` without account."""
        row = await self._db.fetchrow(
            """
            INSERT INTO auth.one_time_token (account_id, purpose, digest, expires_at)
            SELECT id, $2, $3, now() + $4::interval
            FROM auth.account
            WHERE id = $1
            ON CONFLICT (account_id, purpose) DO UPDATE
            SET digest = excluded.digest, expires_at = excluded.expires_at
            RETURNING account_id
            """,
            account_id,
            token.purpose,
            token.digest,
            token.purpose.lifetime,
        )
        return row is not None

    async def account_of_token(self, digest: bytes, purpose: Purpose) -> Account | None:
        """Whose token it is, as long as it can be used."""
        row = await self._db.fetchrow(
            f"""
            SELECT {_ACCOUNT}
            FROM auth.account
            WHERE id = (
                SELECT account_id
                FROM auth.one_time_token
                WHERE digest = $1 AND purpose = $2 AND expires_at > now()
            )
            """,
            digest,
            purpose,
        )
        return Account(*row) if row else None

    async def use_one_time_token(self, digest: bytes, purpose: Purpose) -> UUID | None:
        """Use a token up and tell whose it was; ``None`` when it cannot be used (any more)."""
        account_id: UUID | None = await self._db.fetchval(
            """
            DELETE FROM auth.one_time_token
            WHERE digest = $1 AND purpose = $2 AND expires_at > now()
            RETURNING account_id
            """,
            digest,
            purpose,
        )
        return account_id

    async def end_one_time_tokens(self, account_id: UUID, purpose: Purpose) -> None:
        """End what was mailed to the account for ``purpose`` and not used yet."""
        await self._db.execute(
            "DELETE FROM auth.one_time_token WHERE account_id = $1 AND purpose = $2",
            account_id,
            purpose,
        )

    async def add_session(
        self,
        session_id: UUID,
        account: Account,
        salt: bytes,
        device: Device,
        policy: SessionPolicy,
    ) -> list[UUID] | None:
        """Open a session and tell which others ended for it, and every process of them.

        ``None`` when the account is gone, inactive or no longer as given. Those that were unused
        for longest end, where there are too many; one that is in use at this moment is spared.
        Ended ones go for good, where ten times as many are remembered.

        Waits for whoever is changing the account, so that no session outlives the change.
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
                -- asked again of what is locked: another sign-in may have ended it meanwhile
                WHERE ended_at IS NULL AND EXISTS (SELECT FROM opened) AND id IN (
                    SELECT id
                    FROM auth.session
                    WHERE account_id = $2 AND ended_at IS NULL
                    ORDER BY rotated_at DESC, id DESC
                    OFFSET $8::int - 1  -- the new one is not seen here
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
                (SELECT count(pg_notify('auth_revocation', id::text)) FROM ended)
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
        )
        is_open, ended, _ = row
        return ended if is_open else None

    async def lock_session(self, session_id: UUID) -> Session | None:
        """The session, locked until the transaction ends."""
        row = await self._db.fetchrow(
            """
            SELECT s.id, s.account_id, s.salt, s.generation, s.created_at, s.rotated_at,
                s.ended_at, a.is_active, clock_timestamp()
            FROM auth.session AS s
            JOIN auth.account AS a ON a.id = s.account_id
            WHERE s.id = $1
            FOR UPDATE OF s
            """,
            session_id,
        )
        return Session(*row) if row else None

    async def rotate_session(self, session_id: UUID) -> int:
        """Move to the next generation and return it."""
        generation: int = await self._db.fetchval(
            """
            UPDATE auth.session
            SET generation = generation + 1, rotated_at = clock_timestamp()
            WHERE id = $1
            RETURNING generation
            """,
            session_id,
        )
        return generation

    async def touch_session(self, session_id: UUID) -> None:
        """Note that the session is in use."""
        await self._db.execute(
            "UPDATE auth.session SET rotated_at = clock_timestamp() WHERE id = $1", session_id
        )

    async def open_sessions(
        self, account_id: UUID, policy: SessionPolicy, *, before: UUID, limit: int
    ) -> list[OpenSession]:
        """Up to ``limit`` sessions that can still be refreshed, after ``before``, newest first."""
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
        """End the account's sessions (``only`` one, or all ``but`` one) and tell every process.

        Waits for whoever has locked one of them. The rows of revocations that have served
        their time go with it.
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
            SELECT id, pg_notify('auth_revocation', id::text) FROM ended
            """,
            account_id,
            only,
            but,
            policy.access,
        )
        return [row["id"] for row in rows]

    async def delete_expired_sessions(self, policy: SessionPolicy, *, limit: int) -> int:
        """Delete up to ``limit`` sessions of which no token can be valid; how many."""
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

    async def draw(self, allowances: Sequence[Allowance]) -> Draw:
        """Count an attempt against each allowance, unless one is used up: then write nothing.

        It looks without a lock, and again at what it has counted: attempts made at once cannot
        outrun it, and of those an attempt may be counted and refused.
        """
        rows = await self._db.fetch(
            """
            WITH given AS MATERIALIZED (
                SELECT key, span, attempts
                FROM unnest($1::bytea[], $2::interval[], $3::int[]) AS given (key, span, attempts)
            ), refused AS MATERIALIZED (
                SELECT t.key, t.resets_at
                FROM auth.throttle AS t
                JOIN given ON given.key = t.key AND given.attempts <= t.attempts
                WHERE t.key = ANY ($1) AND t.resets_at > now()
            ), drawn AS (
                INSERT INTO auth.throttle AS t (key, attempts, resets_at)
                SELECT key, 1, now() + span
                FROM given
                WHERE NOT EXISTS (SELECT FROM refused)
                ORDER BY key
                ON CONFLICT (key) DO UPDATE
                SET attempts = CASE WHEN t.resets_at > now() THEN t.attempts + 1 ELSE 1 END,
                    resets_at = CASE
                        WHEN t.resets_at > now() THEN t.resets_at ELSE excluded.resets_at
                    END
                RETURNING key, attempts, resets_at
            ), expired AS (
                DELETE FROM auth.throttle
                WHERE key IN (
                    SELECT key
                    FROM auth.throttle
                    WHERE resets_at < now() AND key <> ALL ($1) AND NOT EXISTS (SELECT FROM refused)
                    LIMIT 100
                    FOR UPDATE SKIP LOCKED
                )
            )
            SELECT key, resets_at - now() AS wait, false AS was_counted
            FROM refused
            UNION ALL
            SELECT key, drawn.resets_at - now(), true
            FROM drawn
            JOIN given USING (key)
            WHERE drawn.attempts > given.attempts
            """,
            [allowance.key for allowance in allowances],
            [allowance.window for allowance in allowances],
            [allowance.attempts for allowance in allowances],
        )
        return Draw(
            used_up={row["key"]: row["wait"] for row in rows},
            was_counted=all(row["was_counted"] for row in rows),
        )

    async def give_back(
        self, allowances: Sequence[Allowance], *, whole: Sequence[Allowance] = ()
    ) -> None:
        """Undo one attempt against each of ``allowances``, and all against each of ``whole``.

        No row stays that counts nothing.
        """
        await self._db.execute(
            """
            WITH locked AS ( -- in the order of draw(), so that the two never wait for each other
                SELECT key, attempts
                FROM auth.throttle
                WHERE key = ANY ($1::bytea[] || $2::bytea[])
                ORDER BY key
                FOR UPDATE
            ), cleared AS (
                DELETE FROM auth.throttle AS t
                USING locked
                WHERE t.key = locked.key AND (t.key = ANY ($2) OR locked.attempts <= 1)
            )
            UPDATE auth.throttle AS t
            SET attempts = locked.attempts - 1
            FROM locked
            WHERE t.key = locked.key AND t.key <> ALL ($2) AND locked.attempts > 1
            """,
            [allowance.key for allowance in allowances],
            [allowance.key for allowance in whole],
        )
