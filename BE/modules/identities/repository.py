from datetime import datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import Rows
from BE.modules.identities.models import Identity

_IDENTITY = "id, account_id, session_id, is_proven"


class IdentityRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self,
        identity_id: UUID,
        issuer: str,
        subject: str,
        account_id: UUID,
        *,
        is_proven: bool,
        since: datetime,
    ) -> Identity | None:
        """Link a subject to an account; ``None`` if it has one, or had one at ``since``.

        Waits for a transaction that links the same subject.
        """
        row = await self._db.fetchrow(
            f"""
            INSERT INTO identities.identity AS i (id, issuer, subject, account_id, is_proven)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (issuer, subject) DO UPDATE
            SET account_id = excluded.account_id, is_proven = excluded.is_proven,
                session_id = NULL, released_at = NULL
            WHERE i.account_id IS NULL AND i.released_at < $6
            RETURNING {_IDENTITY}
            """,
            identity_id,
            issuer,
            subject,
            account_id,
            is_proven,
            since,
        )
        return Identity(*row) if row else None

    async def lock(self, issuer: str, subject: str) -> Identity | None:
        """Read the identity and lock its row until the transaction ends; ``None`` if unlinked."""
        row = await self._db.fetchrow(
            f"""
            SELECT {_IDENTITY}
            FROM identities.identity
            WHERE issuer = $1 AND subject = $2 AND account_id IS NOT NULL
            FOR UPDATE
            """,
            issuer,
            subject,
        )
        return Identity(*row) if row else None

    async def keep(self, identity: Identity) -> None:
        """Store the session of ``identity`` and whether it is proven."""
        await self._db.execute(
            "UPDATE identities.identity SET session_id = $2, is_proven = $3 WHERE id = $1",
            identity.id,
            identity.session_id,
            identity.is_proven,
        )

    async def release(self, account_id: UUID, *, but_proven: bool = False) -> None:
        """Unlink the account from its identities, or only from those that are not proven.

        The row stays, so that an older token creates no new account.
        """
        await self._db.execute(
            """
            UPDATE identities.identity
            SET account_id = NULL, session_id = NULL, released_at = clock_timestamp()
            WHERE account_id = $1 AND NOT ($2 AND is_proven)
            """,
            account_id,
            but_proven,
        )

    async def held(self, account_id: UUID) -> Rows:
        yield await self._db.fetch(
            """
            SELECT issuer, subject, is_proven AS email_is_proven, created_at
            FROM identities.identity
            WHERE account_id = $1
            ORDER BY created_at, id
            """,
            account_id,
        )
