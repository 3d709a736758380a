"""The repository in memory; the contract tests hold it to the real one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from BE.core.emails import identity_of
from BE.modules.auth.models import (
    Account,
    AccountDraft,
    Challenge,
    Challenged,
    ChallengePurpose,
    Device,
    NewPasskey,
    OneTimeToken,
    OpenSession,
    Passkey,
    PasskeyUse,
    Purpose,
    Session,
    SessionPolicy,
    Totp,
)
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import (
    Allowance,
    Draw,
)
from tests.support.auth.fake_api_keys import FakeApiKeyRepository


class FakeAuthRepository(FakeApiKeyRepository, AuthRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.accounts: dict[UUID, Account] = {}
        self.verified_by_holder: set[UUID] = set()
        self.sessions: dict[UUID, Session] = {}
        self.devices: dict[UUID, Device] = {}
        self.places: dict[UUID, set[bytes]] = {}
        self.revoked: list[UUID] = []
        self.drawn: dict[bytes, tuple[int, datetime]] = {}
        self.totps: dict[UUID, Totp] = {}
        self.recovery_codes: dict[UUID, set[bytes]] = {}
        self.proved: dict[UUID, datetime] = {}
        self.one_time_tokens: dict[tuple[UUID, Purpose], tuple[bytes, datetime]] = {}
        self.api_keys_by_digest = {}
        self.challenges: dict[tuple[bytes, ChallengePurpose], tuple[Challenged, datetime]] = {}
        self.passkeys: dict[UUID, Passkey] = {}

    async def add_accounts(self, drafts: Sequence[AccountDraft]) -> list[Account]:
        added = []
        for draft in drafts:
            if await self.account_by_email(draft.email) is None:
                account = Account(
                    id=draft.id,
                    email=draft.email,
                    password_hash=draft.password_hash,
                    role=draft.role,
                    is_active=True,
                    email_verified_at=self._clock() if draft.email_verified else None,
                    created_at=self._clock(),
                    has_second_factor=False,
                )
                self.accounts[draft.id] = account
                if draft.email_verified:
                    self.verified_by_holder.add(draft.id)
                added.append(account)
        return added

    async def any_reserved(self, emails: Sequence[str]) -> bool:
        return False  # the fake has no email changes

    async def taken(self, emails: Sequence[str]) -> set[str]:
        return {email for email in emails if await self.account_by_email(email)}

    async def verified(self, account_ids: Sequence[UUID]) -> set[UUID]:
        found = [self.accounts[account_id] for account_id in account_ids]
        return {account.id for account in found if account.email_verified_at is not None}

    async def account_by_email(self, email: str) -> Account | None:
        wanted = identity_of(email)
        accounts = self.accounts.values()
        return next((account for account in accounts if identity_of(account.email) == wanted), None)

    async def account_by_id(self, account_id: UUID) -> Account | None:
        return self.accounts.get(account_id)

    async def lock_account(self, account_id: UUID) -> Account | None:
        return self.accounts.get(account_id)

    async def active_admin_exists(self) -> bool:
        return bool(await self.lock_active_admins())

    async def lock_active_admins(self) -> list[UUID]:
        return sorted(account.id for account in self.accounts.values() if account.is_active_admin)

    async def change_account(self, account: Account) -> None:
        stored = self.accounts[account.id]
        self.accounts[account.id] = replace(stored, role=account.role, is_active=account.is_active)

    async def delete_account(self, account_id: UUID) -> None:
        del self.accounts[account_id]
        for session in [*self.sessions.values()]:
            if session.account_id == account_id:
                del self.sessions[session.id]
        for key in [key for key in self.one_time_tokens if key[0] == account_id]:
            del self.one_time_tokens[key]
        await self.end_challenges(account_id)
        for passkey in await self.passkeys_of(account_id):
            del self.passkeys[passkey.id]

    async def set_password_hash(self, account: Account, password_hash: str) -> bool:
        stored = self.accounts.get(account.id)
        if stored is None or stored.password_hash != account.password_hash:
            return False
        self.accounts[account.id] = replace(stored, password_hash=password_hash)
        return True

    async def replace_password_hash(self, account_id: UUID, password_hash: str) -> None:
        self.accounts[account_id] = replace(self.accounts[account_id], password_hash=password_hash)

    async def confirm_email(self, account_id: UUID, *, by_holder: bool) -> bool:
        account = self.accounts.get(account_id)
        if account is None:
            return False
        if by_holder:
            self.verified_by_holder.add(account_id)
        if account.email_verified_at is not None:
            return False
        self.accounts[account_id] = replace(account, email_verified_at=self._clock())
        return True

    async def hand_over(self, account_id: UUID) -> bool | None:
        account = self.accounts.get(account_id)
        if account is None or account_id in self.verified_by_holder:
            return None
        self.verified_by_holder.add(account_id)
        self.accounts[account_id] = replace(account, password_hash=None)
        return account.password_hash is not None

    async def put_one_time_token(self, account: Account, token: OneTimeToken) -> bool:
        known = self.accounts.get(account.id)
        if known is None or known.email != account.email:
            return False
        expires_at = self._clock() + token.purpose.lifetime
        self.one_time_tokens[account.id, token.purpose] = token.digest, expires_at
        return True

    async def account_of_token(self, digest: bytes, purpose: Purpose) -> Account | None:
        for (account_id, kept_purpose), (kept, expires_at) in self.one_time_tokens.items():
            if (kept, kept_purpose) == (digest, purpose) and expires_at > self._clock():
                return self.accounts[account_id]
        return None

    async def use_one_time_token(self, digest: bytes, purpose: Purpose) -> UUID | None:
        account = await self.account_of_token(digest, purpose)
        if account is None:
            return None
        del self.one_time_tokens[account.id, purpose]
        return account.id

    async def end_one_time_tokens(self, account_id: UUID, purpose: Purpose) -> None:
        self.one_time_tokens.pop((account_id, purpose), None)

    async def add_challenge(self, challenge: Challenge, account_id: UUID | None) -> None:
        expires_at = self._clock() + challenge.purpose.lifetime
        self.challenges[challenge.digest, challenge.purpose] = Challenged(account_id), expires_at

    async def find_challenge(self, challenge: Challenge) -> Challenged | None:
        challenged, expires_at = self.challenges.get(
            (challenge.digest, challenge.purpose), (None, self._clock())
        )
        return challenged if expires_at > self._clock() else None

    async def use_challenge(self, challenge: Challenge) -> Challenged | None:
        challenged = await self.find_challenge(challenge)
        if challenged is not None:
            del self.challenges[challenge.digest, challenge.purpose]
        return challenged

    async def put_totp(self, account_id: UUID, sealed_secret: bytes) -> bool:
        if self.accounts[account_id].has_second_factor:
            return False
        self.totps[account_id] = Totp(sealed_secret, 0, None)
        return True

    async def totp_of(self, account_id: UUID) -> Totp | None:
        return self.totps.get(account_id)

    async def use_totp_step(self, account_id: UUID, totp: Totp, step: int) -> bool:
        stored = self.totps[account_id]
        if stored.sealed_secret != totp.sealed_secret or stored.used_step >= step:
            return False
        self.totps[account_id] = replace(stored, used_step=step)
        return True

    async def confirm_totp(self, account_id: UUID) -> None:
        self.totps[account_id] = replace(self.totps[account_id], confirmed_at=self._clock())
        self._set_second_factor(account_id, is_on=True)

    async def totps_sealed_otherwise(
        self, prefix: bytes, *, after: UUID, limit: int
    ) -> list[tuple[UUID, bytes]]:
        found = [
            (account_id, totp.sealed_secret)
            for account_id, totp in sorted(self.totps.items())
            if account_id > after and not totp.sealed_secret.startswith(prefix)
        ]
        return found[:limit]

    async def reseal_totp(self, account_id: UUID, former: bytes, sealed_secret: bytes) -> None:
        totp = self.totps.get(account_id)
        if totp is not None and totp.sealed_secret == former:
            self.totps[account_id] = replace(totp, sealed_secret=sealed_secret)

    async def remove_totp(self, account_id: UUID) -> bool:
        totp = self.totps.pop(account_id, None)
        self.recovery_codes.pop(account_id, None)
        self._set_second_factor(account_id, is_on=False)
        return totp is not None and totp.confirmed_at is not None

    async def remove_unproven_totp(self, account_id: UUID) -> bool:
        return account_id not in self.verified_by_holder and await self.remove_totp(account_id)

    async def replace_recovery_codes(self, account_id: UUID, digests: Sequence[bytes]) -> None:
        self.recovery_codes[account_id] = {*digests}

    async def use_recovery_code(self, account_id: UUID, digest: bytes) -> bool:
        codes = self.recovery_codes.get(account_id, set())
        is_known = digest in codes
        codes.discard(digest)
        return is_known

    async def count_recovery_codes(self, account_id: UUID) -> int:
        return len(self.recovery_codes.get(account_id, ()))

    def _set_second_factor(self, account_id: UUID, *, is_on: bool) -> None:
        account = self.accounts[account_id]
        self.accounts[account_id] = replace(account, has_second_factor=is_on)

    async def end_unanswered(self, account_id: UUID, but: UUID | None) -> None:
        await self.end_challenges(account_id)

    async def end_challenges(self, account_id: UUID) -> None:
        for key, (challenged, _) in [*self.challenges.items()]:
            if challenged.account_id == account_id:
                del self.challenges[key]

    async def note_place(self, account_id: UUID, place: bytes) -> bool:
        known = self.places.setdefault(account_id, set())
        is_new = bool(known) and place not in known
        known.add(place)
        return is_new

    async def add_session(
        self,
        session_id: UUID,
        account: Account,
        salt: bytes,
        device: Device,
        policy: SessionPolicy,
    ) -> list[UUID] | None:
        stored = self.accounts.get(account.id)
        if stored is None or not stored.is_active:
            return None
        if (stored.password_hash, stored.role) != (account.password_hash, account.role):
            return None
        owned = [session for session in self.sessions.values() if session.account_id == account.id]
        still_open = [session for session in owned if session.ended_at is None]
        still_open.sort(key=lambda session: (session.rotated_at, session.id), reverse=True)
        surplus = [session.id for session in still_open[policy.most - 1 :]]
        past = [session for session in owned if session.ended_at is not None]
        past.sort(key=lambda session: session.ended_at or session.now, reverse=True)
        for session in past[10 * policy.most :]:
            del self.sessions[session.id]
        now = self._clock()
        self.devices[session_id] = device
        self.proved[session_id] = now
        self.sessions[session_id] = Session(
            id=session_id,
            account_id=account.id,
            salt=salt,
            generation=0,
            created_at=now,
            rotated_at=now,
            ended_at=None,
            rotated_by=None,
            retried_at=None,
            account_is_active=True,
            now=now,
        )
        for surplus_id in surplus:
            self.sessions[surplus_id] = replace(self.sessions[surplus_id], ended_at=now)
        self.revoked += surplus
        return surplus

    async def vouch_for_session(self, session_id: UUID) -> None:
        session = self.sessions[session_id]
        self.sessions[session_id] = replace(session, rotated_at=self._clock())
        self.proved[session_id] = datetime.max.replace(tzinfo=UTC)

    async def prove_session(self, session_id: UUID) -> None:
        self.proved[session_id] = max(self.proved[session_id], self._clock())

    async def is_fresh(self, session_id: UUID, policy: SessionPolicy) -> bool | None:
        session = self.sessions.get(session_id)
        if session is None or session.ended_at is not None:
            return None
        return self.proved[session_id] > self._clock() - policy.fresh

    async def lock_session(self, session_id: UUID) -> Session | None:
        session = self.sessions.get(session_id)
        if session is None:
            return None
        is_active = self.accounts[session.account_id].is_active
        return replace(session, account_is_active=is_active, now=self._clock())

    async def note_retry(self, session_id: UUID) -> None:
        session = self.sessions[session_id]
        self.sessions[session_id] = replace(session, retried_at=self._clock())

    async def rotate_session(self, session_id: UUID, mark: bytes) -> int:
        session = self.sessions[session_id]
        self.sessions[session_id] = replace(
            session,
            generation=session.generation + 1,
            rotated_at=self._clock(),
            rotated_by=mark,
        )
        return session.generation + 1

    async def open_sessions(
        self, account_id: UUID, policy: SessionPolicy, *, before: UUID, limit: int
    ) -> list[OpenSession]:
        now = self._clock()
        found = [
            OpenSession(
                session.id, session.created_at, session.rotated_at, device.user_agent, device.ip
            )
            for session in self.sessions.values()
            for device in [self.devices[session.id]]
            if session.account_id == account_id
            and session.ended_at is None
            and session.id < before
            and now - session.rotated_at < policy.idle
            and now - session.created_at < policy.absolute
        ]
        return sorted(found, key=lambda session: session.id, reverse=True)[:limit]

    async def end_sessions(
        self,
        account_id: UUID,
        policy: SessionPolicy,
        *,
        only: UUID | None = None,
        but: UUID | None = None,
    ) -> list[UUID]:
        ended = [
            session.id
            for session in self.sessions.values()
            if session.account_id == account_id
            and session.ended_at is None
            and only in {None, session.id}
            and session.id != but
        ]
        for session_id in ended:
            self.sessions[session_id] = replace(self.sessions[session_id], ended_at=self._clock())
        self.revoked += ended
        return ended

    async def delete_expired_sessions(self, policy: SessionPolicy, *, limit: int) -> int:
        oldest = self._clock() - policy.absolute - policy.access
        expired = [session.id for session in self.sessions.values() if session.created_at < oldest][
            :limit
        ]
        for session_id in expired:
            del self.sessions[session_id]
        return len(expired)

    async def revoked_sessions(self, within: timedelta | None) -> list[UUID]:
        return list(self.revoked)

    async def is_revoked(self, session_id: UUID) -> bool:
        return session_id in self.revoked

    async def draw(self, allowances: Sequence[Allowance]) -> Draw:
        now = self._clock()
        counts = {}
        for allowance in allowances:
            attempts, resets_at = self.drawn.get(allowance.key, (0, now))
            if resets_at <= now:
                attempts, resets_at = 0, now + allowance.window
            counts[allowance] = (attempts, resets_at)
        used_up = {
            allowance.key: resets_at - now
            for allowance, (attempts, resets_at) in counts.items()
            if attempts >= allowance.attempts
        }
        if not used_up:
            for allowance, (attempts, resets_at) in counts.items():
                self.drawn[allowance.key] = (attempts + 1, resets_at)
        return Draw(used_up, was_counted=not used_up)

    async def give_back(
        self, allowances: Sequence[Allowance], *, whole: Sequence[Allowance] = ()
    ) -> None:
        for allowance in whole:
            self.drawn.pop(allowance.key, None)
        for allowance in allowances:
            attempts, resets_at = self.drawn.pop(allowance.key, (0, self._clock()))
            if attempts > 1:
                self.drawn[allowance.key] = (attempts - 1, resets_at)

    async def passkeys_of(self, account_id: UUID) -> list[Passkey]:
        owned = [passkey for passkey in self.passkeys.values() if passkey.account_id == account_id]
        return sorted(owned, key=lambda passkey: passkey.id)

    async def add_passkey(
        self, passkey_id: UUID, account_id: UUID, new: NewPasskey, name: str
    ) -> Passkey | None:
        if await self.passkey_by_credential(new.credential_id) is not None:
            return None
        self.passkeys[passkey_id] = Passkey(
            id=passkey_id,
            account_id=account_id,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            transports=new.transports,
            name=name,
            is_synced=new.is_synced,
            created_at=self._clock(),
            last_used_at=None,
        )
        return self.passkeys[passkey_id]

    async def passkey_by_credential(self, credential_id: bytes) -> Passkey | None:
        passkeys = self.passkeys.values()
        return next((found for found in passkeys if found.credential_id == credential_id), None)

    async def note_use(self, passkey_id: UUID, use: PasskeyUse) -> None:
        self.passkeys[passkey_id] = replace(
            self.passkeys[passkey_id],
            sign_count=use.sign_count,
            is_synced=use.is_synced,
            last_used_at=self._clock(),
        )

    async def rename_passkey(self, account_id: UUID, passkey_id: UUID, name: str) -> Passkey | None:
        passkey = self.passkeys.get(passkey_id)
        if passkey is None or passkey.account_id != account_id:
            return None
        self.passkeys[passkey_id] = replace(passkey, name=name)
        return self.passkeys[passkey_id]

    async def delete_passkey(self, account_id: UUID, passkey_id: UUID) -> bool:
        passkey = self.passkeys.get(passkey_id)
        if passkey is None or passkey.account_id != account_id:
            return False
        del self.passkeys[passkey_id]
        return True

    async def delete_unproven_passkeys(self, account_id: UUID) -> list[UUID]:
        if account_id in self.verified_by_holder:
            return []
        unproven = [passkey.id for passkey in await self.passkeys_of(account_id)]
        for passkey_id in unproven:
            del self.passkeys[passkey_id]
        return unproven
