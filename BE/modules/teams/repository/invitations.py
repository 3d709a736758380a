from datetime import timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.core.security.team_roles import TeamRole
from BE.modules.teams.models import Invitation, Invited

# in the order of the model's fields: rows become models by position
_COLUMNS = "id, email, role, created_at, expires_at"


class InvitationRepository:
    """Pending invitations. Accepting or revoking one deletes it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def put(
        self,
        invitation_id: UUID,
        team_id: UUID,
        email: str,
        role: TeamRole,
        *,
        lifetime: timedelta,
    ) -> Invitation:
        """Add an invitation in place of an earlier one to the address, whose link is void."""
        row = await self._db.fetchrow(
            f"""
            INSERT INTO teams.invitation AS i (id, team_id, email, email_identity, role, expires_at)
            VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
            ON CONFLICT (team_id, email_identity) DO UPDATE
            SET id = excluded.id, email = excluded.email, role = excluded.role, digest = NULL,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            RETURNING {_COLUMNS}
            """,
            invitation_id,
            team_id,
            email,
            identity_of(email),
            role,
            lifetime,
        )
        return Invitation(*row)

    async def count(self, team_id: UUID) -> int:
        """How many can be accepted."""
        count: int = await self._db.fetchval(
            "SELECT count(*) FROM teams.invitation WHERE team_id = $1 AND expires_at > now()",
            team_id,
        )
        return count

    async def page(self, team_id: UUID, *, before: UUID, limit: int) -> list[Invitation]:
        """Up to ``limit`` that can be accepted, the newest first: ids are ordered by time."""
        rows = await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM teams.invitation
            WHERE team_id = $1 AND id < $2 AND expires_at > now()
            ORDER BY id DESC
            LIMIT $3
            """,
            team_id,
            before,
            limit,
        )
        return [Invitation(*row) for row in rows]

    async def set_digest(self, invitation_id: UUID, digest: bytes) -> str | None:
        """Let the token of ``digest`` accept; return the mailbox, ``None`` if it is not pending."""
        email: str | None = await self._db.fetchval(
            """
            UPDATE teams.invitation
            SET digest = $2
            WHERE id = $1 AND expires_at > now()
            RETURNING email
            """,
            invitation_id,
            digest,
        )
        return email

    async def find(self, digest: bytes) -> Invited | None:
        """The invitation that the token of ``digest`` can accept."""
        row = await self._db.fetchrow(
            """
            SELECT team_id, email, role
            FROM teams.invitation
            WHERE digest = $1 AND expires_at > now()
            """,
            digest,
        )
        return Invited(*row) if row else None

    async def use(self, digest: bytes) -> Invited | None:
        """Delete the invitation and return it; ``None`` if it was used or revoked meanwhile."""
        row = await self._db.fetchrow(
            """
            DELETE FROM teams.invitation
            WHERE digest = $1 AND expires_at > now()
            RETURNING team_id, email, role
            """,
            digest,
        )
        return Invited(*row) if row else None

    async def revoke(self, team_id: UUID, invitation_id: UUID) -> bool:
        """``False`` if the team has no such invitation."""
        revoked: UUID | None = await self._db.fetchval(
            "DELETE FROM teams.invitation WHERE id = $1 AND team_id = $2 RETURNING id",
            invitation_id,
            team_id,
        )
        return revoked is not None

    async def purge(self, limit: int) -> int:
        """Delete up to ``limit`` expired ones; return how many."""
        purged: int = await self._db.fetchval(
            """
            WITH expired AS (
                DELETE FROM teams.invitation
                WHERE id IN (
                    SELECT id FROM teams.invitation WHERE expires_at <= now()
                    ORDER BY expires_at
                    LIMIT $1
                )
                RETURNING id
            )
            SELECT count(*) FROM expired
            """,
            limit,
        )
        return purged
