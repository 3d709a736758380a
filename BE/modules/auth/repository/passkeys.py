from datetime import datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.modules.auth.models import NewPasskey, Passkey, PasskeyUse

_PASSKEY = (
    "id, account_id, credential_id, public_key, sign_count, transports, name, is_synced,"
    " created_at, last_used_at"
)


class PasskeyRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def passkeys_of(self, account_id: UUID) -> list[Passkey]:
        """The passkeys of the account, the oldest first."""
        rows = await self._db.fetch(
            f"SELECT {_PASSKEY} FROM auth.passkey WHERE account_id = $1 ORDER BY id", account_id
        )
        return [Passkey(*row) for row in rows]

    async def add_passkey(
        self, passkey_id: UUID, account_id: UUID, new: NewPasskey, name: str
    ) -> Passkey | None:
        """Store a passkey; ``None`` if it already exists, for whichever account."""
        row = await self._db.fetchrow(
            f"""
            INSERT INTO auth.passkey (
                id, account_id, credential_id, public_key, sign_count, transports, name, is_synced
            )
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (credential_id) DO NOTHING
            RETURNING {_PASSKEY}
            """,
            passkey_id,
            account_id,
            new.credential_id,
            new.public_key,
            new.sign_count,
            new.transports,
            name,
            new.is_synced,
        )
        return Passkey(*row) if row else None

    async def passkey_by_credential(self, credential_id: bytes) -> Passkey | None:
        row = await self._db.fetchrow(
            f"SELECT {_PASSKEY} FROM auth.passkey WHERE credential_id = $1", credential_id
        )
        return Passkey(*row) if row else None

    async def note_use(self, passkey_id: UUID, use: PasskeyUse) -> None:
        await self._db.execute(
            """
            UPDATE auth.passkey
            SET sign_count = $2, is_synced = $3, last_used_at = now()
            WHERE id = $1
            """,
            passkey_id,
            use.sign_count,
            use.is_synced,
        )

    async def rename_passkey(self, account_id: UUID, passkey_id: UUID, name: str) -> Passkey | None:
        """Rename the passkey; ``None`` if the account has none of this id."""
        row = await self._db.fetchrow(
            f"""
            UPDATE auth.passkey
            SET name = $3
            WHERE id = $1 AND account_id = $2
            RETURNING {_PASSKEY}
            """,
            passkey_id,
            account_id,
            name,
        )
        return Passkey(*row) if row else None

    async def delete_passkey(self, account_id: UUID, passkey_id: UUID) -> bool:
        """Delete the passkey; ``False`` if the account has none of this id."""
        row = await self._db.fetchrow(
            "DELETE FROM auth.passkey WHERE id = $1 AND account_id = $2 RETURNING id",
            passkey_id,
            account_id,
        )
        return row is not None

    async def delete_passkeys_since(self, account_id: UUID, since: datetime) -> list[UUID]:
        """Delete the passkeys that were added since then, and return their ids."""
        rows = await self._db.fetch(
            "DELETE FROM auth.passkey WHERE account_id = $1 AND created_at >= $2 RETURNING id",
            account_id,
            since,
        )
        return [row["id"] for row in rows]

    async def delete_unproven_passkeys(self, account_id: UUID) -> list[UUID]:
        """Delete passkeys whose owner has never proved to read the account's mail.

        Return their ids.
        """
        rows = await self._db.fetch(
            """
            DELETE FROM auth.passkey
            WHERE account_id = (
                SELECT id FROM auth.account WHERE id = $1 AND NOT email_verified_by_holder
            )
            RETURNING id
            """,
            account_id,
        )
        return [row["id"] for row in rows]
