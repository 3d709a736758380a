from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.modules.auth.models import Account, AccountDraft
from BE.modules.auth.models.email_changes import REVERSIBLE

ACCOUNT = """
    id, email::text, password_hash, role, is_active, email_verified_at, created_at,
    EXISTS (
        SELECT FROM auth.totp AS t WHERE t.account_id = account.id AND t.confirmed_at IS NOT NULL
    ) AS has_second_factor
"""


class AccountRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add_accounts(self, drafts: Sequence[AccountDraft]) -> list[Account]:
        """Insert accounts, except those whose email is taken, by its identity.

        They are inserted in the order of emails, so that two bulks cannot deadlock.
        """
        rows = await self._db.fetch(
            f"""
            INSERT INTO auth.account (
                id, email, password_hash, role, email_verified_at, email_verified_by_holder
            )
            SELECT id, email, password_hash, role, CASE WHEN is_verified THEN now() END, is_verified
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[])
                WITH ORDINALITY AS draft (id, email, password_hash, role, is_verified, number)
            ORDER BY lower(email COLLATE "C"), number
            ON CONFLICT (email_identity) DO NOTHING
            RETURNING {ACCOUNT}
            """,
            [draft.id for draft in drafts],
            [draft.email for draft in drafts],
            [draft.password_hash for draft in drafts],
            [draft.role for draft in drafts],
            [draft.email_verified for draft in drafts],
        )
        return [Account(*row) for row in rows]

    async def any_reserved(self, emails: Sequence[str]) -> bool:
        """Whether an account that had one of ``emails`` may take it back.

        Call it once the emails are written: only then have changes ended that freed them.
        """
        found: bool = await self._db.fetchval(
            """
            SELECT EXISTS (
                SELECT
                FROM auth.email_change
                WHERE old_identity = ANY($1::text[]) AND confirmed_at > now() - $2::interval
            )
            """,
            [identity_of(email) for email in emails],
            REVERSIBLE,
        )
        return found

    async def taken(self, emails: Sequence[str]) -> set[str]:
        """Return those of ``emails`` that have an account, or had one that may take it back."""
        rows = await self._db.fetch(
            """
            SELECT email_identity FROM auth.account WHERE email_identity = ANY($1::text[])
            UNION
            SELECT old_identity
            FROM auth.email_change
            WHERE old_identity = ANY($1::text[]) AND confirmed_at > now() - $2::interval
            """,
            [identity_of(email) for email in emails],
            REVERSIBLE,
        )
        found = {row["email_identity"] for row in rows}
        return {email for email in emails if identity_of(email) in found}

    async def verified(self, account_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of ``account_ids`` whose email is verified."""
        rows = await self._db.fetch(
            """
            SELECT id
            FROM auth.account
            WHERE id = ANY($1::uuid[]) AND email_verified_at IS NOT NULL
            """,
            account_ids,
        )
        return {row["id"] for row in rows}

    async def account_by_email(self, email: str) -> Account | None:
        row = await self._db.fetchrow(
            f"SELECT {ACCOUNT} FROM auth.account WHERE email_identity = $1", identity_of(email)
        )
        return Account(*row) if row else None

    async def account_by_id(self, account_id: UUID) -> Account | None:
        row = await self._db.fetchrow(
            f"SELECT {ACCOUNT} FROM auth.account WHERE id = $1", account_id
        )
        return Account(*row) if row else None

    async def lock_account(self, account_id: UUID) -> Account | None:
        """Read the account and lock the row until the transaction ends."""
        row = await self._db.fetchrow(
            f"SELECT {ACCOUNT} FROM auth.account WHERE id = $1 FOR UPDATE", account_id
        )
        return Account(*row) if row else None

    async def active_admin_exists(self) -> bool:
        found: bool = await self._db.fetchval(
            "SELECT EXISTS (SELECT FROM auth.account WHERE role = 'admin' AND is_active)"
        )
        return found

    async def lock_active_admins(self) -> list[UUID]:
        """Lock every active admin until the transaction ends; return their ids."""
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
        """Delete the account, with its sessions and mailed links."""
        await self._db.execute("DELETE FROM auth.account WHERE id = $1", account_id)

    async def set_password_hash(self, account: Account, password_hash: str) -> bool:
        """Replace the hash of ``account``; ``False`` if it has changed meanwhile."""
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

    async def remove_password(self, account_id: UUID) -> None:
        await self._db.execute(
            "UPDATE auth.account SET password_hash = NULL WHERE id = $1", account_id
        )

    async def confirm_email(self, account_id: UUID, *, by_holder: bool) -> bool:
        """Mark the email as verified; ``False`` if it was already.

        ``by_holder``: whether the holder of the password verified it.
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
        """Remove the password and leave the account to the reader of its mail.

        Return whether it had a password. ``None`` if its holder has verified the email: then
        nothing changes.
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
