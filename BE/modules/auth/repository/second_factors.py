from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.modules.auth.models import Totp


class SecondFactorRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def put_totp(self, account_id: UUID, sealed_secret: bytes) -> bool:
        """Store the secret of an app, in place of one that was never confirmed.

        ``False`` if the account already has an app.
        """
        row = await self._db.fetchrow(
            """
            INSERT INTO auth.totp AS t (account_id, sealed_secret)
            VALUES ($1, $2)
            ON CONFLICT (account_id) DO UPDATE
            SET sealed_secret = excluded.sealed_secret, used_step = 0
            WHERE t.confirmed_at IS NULL
            RETURNING account_id
            """,
            account_id,
            sealed_secret,
        )
        return row is not None

    async def totp_of(self, account_id: UUID) -> Totp | None:
        row = await self._db.fetchrow(
            "SELECT sealed_secret, used_step, confirmed_at FROM auth.totp WHERE account_id = $1",
            account_id,
        )
        return Totp(*row) if row else None

    async def use_totp_step(self, account_id: UUID, totp: Totp, step: int) -> bool:
        """Record that a code of ``step`` was used; ``False`` if that one or a later one was."""
        row = await self._db.fetchrow(
            """
            UPDATE auth.totp
            SET used_step = $3
            WHERE account_id = $1 AND sealed_secret = $2 AND used_step < $3
            RETURNING account_id
            """,
            account_id,
            totp.sealed_secret,
            step,
        )
        return row is not None

    async def confirm_totp(self, account_id: UUID) -> None:
        await self._db.execute(
            "UPDATE auth.totp SET confirmed_at = now() WHERE account_id = $1", account_id
        )

    async def totps_sealed_otherwise(
        self, prefix: bytes, *, after: UUID, limit: int
    ) -> list[tuple[UUID, bytes]]:
        """Accounts beyond ``after`` whose sealed secrets do not begin with ``prefix``."""
        rows = await self._db.fetch(
            """
            SELECT account_id, sealed_secret
            FROM auth.totp
            WHERE account_id > $2 AND substring(sealed_secret FOR octet_length($1::bytea)) <> $1
            ORDER BY account_id
            LIMIT $3
            """,
            prefix,
            after,
            limit,
        )
        return [(row["account_id"], row["sealed_secret"]) for row in rows]

    async def reseal_totp(self, account_id: UUID, former: bytes, sealed_secret: bytes) -> None:
        """Store the same secret with a new seal, unless another one has replaced it."""
        await self._db.execute(
            """
            UPDATE auth.totp
            SET sealed_secret = $3
            WHERE account_id = $1 AND sealed_secret = $2
            """,
            account_id,
            former,
            sealed_secret,
        )

    async def remove_totp(self, account_id: UUID) -> bool:
        """Delete the app with its recovery codes; ``False`` if none was in use."""
        was_in_use: bool | None = await self._db.fetchval(
            "DELETE FROM auth.totp WHERE account_id = $1 RETURNING confirmed_at IS NOT NULL",
            account_id,
        )
        return bool(was_in_use)

    async def remove_totp_since(self, account_id: UUID, since: datetime) -> bool:
        """Delete an app that was set up since then; ``False`` if none was in use."""
        was_in_use: bool | None = await self._db.fetchval(
            """
            DELETE FROM auth.totp
            WHERE account_id = $1 AND coalesce(confirmed_at >= $2, true)
            RETURNING confirmed_at IS NOT NULL
            """,
            account_id,
            since,
        )
        return bool(was_in_use)

    async def remove_unproven_totp(self, account_id: UUID) -> bool:
        """Delete an app whose owner has never proved to read the account's mail.

        ``False`` if none was in use.
        """
        was_in_use: bool | None = await self._db.fetchval(
            """
            DELETE FROM auth.totp
            WHERE account_id = (
                SELECT id FROM auth.account WHERE id = $1 AND NOT email_verified_by_holder
            )
            RETURNING confirmed_at IS NOT NULL
            """,
            account_id,
        )
        return bool(was_in_use)

    async def replace_recovery_codes(self, account_id: UUID, digests: Sequence[bytes]) -> None:
        await self._db.execute("DELETE FROM auth.recovery_code WHERE account_id = $1", account_id)
        await self._db.execute(
            """
            INSERT INTO auth.recovery_code (account_id, digest)
            SELECT $1, digest FROM unnest($2::bytea[]) AS code (digest)
            """,
            account_id,
            digests,
        )

    async def use_recovery_code(self, account_id: UUID, digest: bytes) -> bool:
        """Delete a recovery code; ``False`` if the account has none like it."""
        row = await self._db.fetchrow(
            """
            DELETE FROM auth.recovery_code
            WHERE account_id = $1 AND digest = $2
            RETURNING account_id
            """,
            account_id,
            digest,
        )
        return row is not None

    async def count_recovery_codes(self, account_id: UUID) -> int:
        count: int = await self._db.fetchval(
            "SELECT count(*) FROM auth.recovery_code WHERE account_id = $1", account_id
        )
        return count
