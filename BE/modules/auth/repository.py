from uuid import UUID

from BE.core.database import Database
from BE.core.types import Role
from BE.modules.auth.models import Account, Device, Session

_ACCOUNT = "id, email::text, password_hash, role, is_active, email_verified_at, created_at"


class AuthRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add_account(
        self, account_id: UUID, email: str, password_hash: str, role: Role
    ) -> Account | None:
        """Insert an account; ``None`` when the email is taken, in whatever case."""
        row = await self._db.fetchrow(
            f"""
            INSERT INTO auth.account (id, email, password_hash, role)
            VALUES ($1, $2::text, $3, $4)
            ON CONFLICT (email) DO NOTHING
            RETURNING {_ACCOUNT}
            """,
            account_id,
            email,
            password_hash,
            role,
        )
        return Account(*row) if row else None

    async def account_by_email(self, email: str) -> Account | None:
        row = await self._db.fetchrow(
            f"SELECT {_ACCOUNT} FROM auth.account WHERE email = $1::text::citext", email
        )
        return Account(*row) if row else None

    async def account_by_id(self, account_id: UUID) -> Account | None:
        row = await self._db.fetchrow(
            f"SELECT {_ACCOUNT} FROM auth.account WHERE id = $1", account_id
        )
        return Account(*row) if row else None

    async def add_session(
        self, session_id: UUID, account_id: UUID, salt: bytes, device: Device
    ) -> bool:
        """Open a session of an active account; ``False`` when there is no such account."""
        row = await self._db.fetchrow(
            """
            INSERT INTO auth.session (id, account_id, salt, user_agent, ip)
            SELECT $1, id, $3, $4, $5
            FROM auth.account
            WHERE id = $2 AND is_active
            FOR SHARE
            RETURNING id
            """,
            session_id,
            account_id,
            salt,
            device.user_agent,
            device.ip,
        )
        return row is not None

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

    async def end_session(self, session_id: UUID) -> None:
        await self._db.execute(
            """
            UPDATE auth.session
            SET ended_at = clock_timestamp()
            WHERE id = $1 AND ended_at IS NULL
            """,
            session_id,
        )
