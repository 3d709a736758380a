from uuid import UUID

from BE.core.database.database import Database
from BE.modules.auth.models import Challenge, Challenged


class ChallengeRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add_challenge(self, challenge: Challenge, account_id: UUID | None) -> None:
        """Store the digest of ``challenge``. Also deletes some that have expired."""
        await self._db.execute(
            """
            WITH expired AS (
                DELETE FROM auth.challenge
                WHERE digest IN (
                    SELECT digest
                    FROM auth.challenge
                    WHERE expires_at < now()
                    LIMIT 100
                    FOR UPDATE SKIP LOCKED
                )
            )
            INSERT INTO auth.challenge (digest, purpose, account_id, expires_at)
            VALUES ($1, $2, $3, now() + $4::interval)
            """,
            challenge.digest,
            challenge.purpose,
            account_id,
            challenge.purpose.lifetime,
        )

    async def find_challenge(self, challenge: Challenge) -> Challenged | None:
        """The recipient of a challenge that can still be used."""
        row = await self._db.fetchrow(
            """
            SELECT account_id
            FROM auth.challenge
            WHERE digest = $1 AND purpose = $2 AND expires_at > now()
            """,
            challenge.digest,
            challenge.purpose,
        )
        return Challenged(*row) if row else None

    async def use_challenge(self, challenge: Challenge) -> Challenged | None:
        """Delete a challenge and return its recipient; ``None`` if it cannot be used."""
        row = await self._db.fetchrow(
            """
            DELETE FROM auth.challenge
            WHERE digest = $1 AND purpose = $2 AND expires_at > now()
            RETURNING account_id
            """,
            challenge.digest,
            challenge.purpose,
        )
        return Challenged(*row) if row else None

    async def end_unanswered(self, account_id: UUID, but: UUID | None) -> None:
        """End challenges, and a pending change of email that session ``but`` did not request."""
        await self._db.execute(
            """
            WITH ended AS (
                DELETE FROM auth.email_change
                WHERE account_id = $1 AND confirmed_at IS NULL AND session_id IS DISTINCT FROM $2
            )
            DELETE FROM auth.challenge WHERE account_id = $1
            """,
            account_id,
            but,
        )

    async def end_challenges(self, account_id: UUID) -> None:
        """End the unanswered challenges of the account."""
        await self._db.execute("DELETE FROM auth.challenge WHERE account_id = $1", account_id)
