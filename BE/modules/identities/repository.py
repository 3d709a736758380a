from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import Rows
from BE.modules.identities.models import Identity, LinkedIdentity

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

        Waits for a transaction that links the same subject. Locks no identity that it does not
        link, because accounts are locked before identities.
        """
        row = await self._db.fetchrow(
            f"""
            WITH linked_again AS (
                UPDATE identities.identity
                SET account_id = $4, is_proven = $5, session_id = NULL, released_at = NULL,
                    unlinked_from = NULL, created_at = now(), email = NULL, used_at = NULL
                WHERE issuer = $2 AND subject = $3 AND account_id IS NULL AND released_at < $6
                RETURNING {_IDENTITY}
            ), linked AS (
                INSERT INTO identities.identity (id, issuer, subject, account_id, is_proven)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (issuer, subject) DO NOTHING
                RETURNING {_IDENTITY}
            )
            SELECT {_IDENTITY} FROM linked_again
            UNION ALL
            SELECT {_IDENTITY} FROM linked
            """,
            identity_id,
            issuer,
            subject,
            account_id,
            is_proven,
            since,
        )
        return Identity(*row) if row else None

    async def account_of(self, issuer: str, subject: str) -> UUID | None:
        """The account of a subject, which may change at any moment."""
        account_id: UUID | None = await self._db.fetchval(
            "SELECT account_id FROM identities.identity WHERE issuer = $1 AND subject = $2",
            issuer,
            subject,
        )
        return account_id

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
            SET account_id = NULL, session_id = NULL, email = NULL,
                released_at = clock_timestamp()
            WHERE account_id = $1 AND NOT ($2 AND is_proven)
            """,
            account_id,
            but_proven,
        )

    async def release_since(self, account_id: UUID, since: datetime) -> list[tuple[UUID, str]]:
        """Remove the links added since then; return their ids and issuers."""
        rows = await self._db.fetch(
            """
            UPDATE identities.identity
            SET account_id = NULL, session_id = NULL, email = NULL,
                released_at = clock_timestamp(), unlinked_from = $1
            WHERE account_id = $1 AND created_at >= $2
            RETURNING id, issuer
            """,
            account_id,
            since,
        )
        return [(row["id"], row["issuer"]) for row in rows]

    async def held(self, account_id: UUID) -> Rows:
        yield await self._db.fetch(
            """
            SELECT issuer, subject, email, is_proven AS email_is_proven, created_at,
                used_at AS last_used_at
            FROM identities.identity
            WHERE account_id = $1
            ORDER BY created_at, id
            """,
            account_id,
        )

    async def unlink(self, identity_id: UUID) -> tuple[str, UUID | None] | None:
        """Unlink an identity from its account, and remember which one it was.

        Return its issuer and its session; ``None`` if it has no account.
        """
        row = await self._db.fetchrow(
            """
            WITH before AS (
                SELECT id, account_id, session_id
                FROM identities.identity
                WHERE id = $1 AND account_id IS NOT NULL
                FOR UPDATE
            )
            UPDATE identities.identity AS i
            SET account_id = NULL, session_id = NULL, email = NULL,
                released_at = clock_timestamp(), unlinked_from = before.account_id
            FROM before
            WHERE i.id = before.id
            RETURNING i.issuer, before.session_id
            """,
            identity_id,
        )
        return (row["issuer"], row["session_id"]) if row else None

    async def was_unlinked(self, issuer: str, subject: str, account_id: UUID) -> bool:
        """Whether the owner of the account has unlinked the subject from it."""
        found: bool = await self._db.fetchval(
            """
            SELECT EXISTS (
                SELECT
                FROM identities.identity
                WHERE issuer = $1 AND subject = $2 AND unlinked_from = $3
            )
            """,
            issuer,
            subject,
            account_id,
        )
        return found

    async def count(self, account_id: UUID) -> int:
        """How many identities the account has."""
        count: int = await self._db.fetchval(
            "SELECT count(*) FROM identities.identity WHERE account_id = $1", account_id
        )
        return count

    async def linked(self, account_id: UUID, issuers: Sequence[str]) -> list[LinkedIdentity]:
        """The account's identities at ``issuers``, oldest first."""
        rows = await self._db.fetch(
            """
            SELECT id, issuer, email, created_at, used_at
            FROM identities.identity
            WHERE account_id = $1 AND issuer = ANY($2::text[])
            ORDER BY created_at, id
            """,
            account_id,
            issuers,
        )
        return [LinkedIdentity(*row) for row in rows]

    async def note_use(self, identity_id: UUID, email: str | None) -> None:
        """Record that a user came from its provider, and the email that the provider reported."""
        await self._db.execute(
            "UPDATE identities.identity SET used_at = clock_timestamp(), email = $2 WHERE id = $1",
            identity_id,
            email,
        )

    async def use_flow(self, digest: bytes, expires_at: int) -> bool:
        """Use a flow up; ``False`` if it was used before. ``expires_at`` is in seconds since 1970.

        Waits for a transaction that uses the same flow.
        """
        used: bytes | None = await self._db.fetchval(
            """
            INSERT INTO identities.used_flow (digest, expires_at)
            VALUES ($1, to_timestamp($2))
            ON CONFLICT (digest) DO NOTHING
            RETURNING digest
            """,
            digest,
            expires_at,
        )
        return used is not None

    async def forget_flows(self) -> None:
        """Delete used flows that have expired: their cookies are refused anyway."""
        await self._db.execute(
            "DELETE FROM identities.used_flow WHERE expires_at < now() - interval '1 hour'"
        )
