from uuid import UUID

from BE.core.database.database import Database
from BE.modules.auth.models import Account, OneTimeToken, Purpose
from BE.modules.auth.repository.accounts import ACCOUNT


class OneTimeTokenRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def put_one_time_token(self, account: Account, token: OneTimeToken) -> bool:
        """Store the digest of ``token`` in place of the earlier one.

        ``False`` if the account is gone, or has another email by now: the link would be mailed to
        the earlier one. Waits for a change of the account, which ends its earlier links.
        """
        row = await self._db.fetchrow(
            """
            INSERT INTO auth.one_time_token (account_id, purpose, digest, expires_at)
            SELECT id, $2, $3, now() + $4::interval
            FROM auth.account
            WHERE id = $1 AND email::text = $5
            FOR SHARE
            ON CONFLICT (account_id, purpose) DO UPDATE
            SET digest = excluded.digest, expires_at = excluded.expires_at
            RETURNING account_id
            """,
            account.id,
            token.purpose,
            token.digest,
            token.purpose.lifetime,
            account.email,
        )
        return row is not None

    async def account_of_token(self, digest: bytes, purpose: Purpose) -> Account | None:
        """The account of a token that can still be used."""
        row = await self._db.fetchrow(
            f"""
            SELECT {ACCOUNT}
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
        """Delete a token and return its account; ``None`` if it cannot be used."""
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
        """End the unused link that was mailed to the account for ``purpose``."""
        await self._db.execute(
            "DELETE FROM auth.one_time_token WHERE account_id = $1 AND purpose = $2",
            account_id,
            purpose,
        )
