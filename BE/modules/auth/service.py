import math
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from BE.core.context import current_request
from BE.core.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import RateLimitedError, UnauthorizedError
from BE.core.pagination import Cursors, Page
from BE.core.security.access_tokens import AccessTokens, Principal
from BE.core.security.passwords import Passwords
from BE.core.security.refresh_tokens import RefreshTokens
from BE.core.security.revocations import Revocations, SessionEnded
from BE.core.types import new_id
from BE.modules.auth.events import PasswordChanged, UserRegistered
from BE.modules.auth.exceptions import (
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    RefreshTokenReused,
    SessionNotFound,
    WeakPassword,
)
from BE.modules.auth.models import (
    Account,
    Allowance,
    Device,
    OpenSession,
    SessionPolicy,
    SignIn,
    Verdict,
    contains_context,
    sign_in_allowances,
    sign_up_allowance,
)
from BE.modules.auth.ports import Profiles
from BE.modules.auth.repository import AuthRepository

_SALT_BYTES = 16
_NEWEST = UUID(int=2**128 - 1)


class AuthService:
    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        passwords: Passwords,
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        revocations: Revocations,
        cursors: Cursors,
        profiles: Profiles,
        *,
        session_policy: SessionPolicy,
        password_min_length: int,
        application_name: str,
        throttled: bool,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._revocations = revocations
        self._cursors = cursors
        self._profiles = profiles
        self._policy = session_policy
        self._password_min_length = password_min_length
        self._application_name = application_name
        self._throttled = throttled

    async def register(
        self,
        *,
        email: str,
        password: str,
        full_name: str,
        username: str | None,
        device: Device,
    ) -> SignIn:
        """Raises :class:`EmailTaken`, :class:`WeakPassword`, and what a subscriber raises."""
        self._require_strength(password, email, username, full_name)
        await self._draw([sign_up_allowance(device)])
        password_hash = await self._passwords.hash(password)
        async with self._db.transaction():
            account = await self._repository.add_account(new_id(), email, password_hash, "user")
            if account is None:
                raise EmailTaken
            await self._publish_registered(account, full_name, username)
            return await self._open_session(account, device)

    async def login(self, *, email: str, password: str, device: Device) -> SignIn:
        """Raises :class:`InvalidCredentials`, alike for unknown, wrong and deactivated.

        Raises :class:`RateLimitedError` after too many failures, also for the right password.
        """
        allowances = sign_in_allowances(email, device)
        await self._draw(allowances)
        account = await self._repository.account_by_email(email)
        known = account.password_hash if account else None
        matches = await self._passwords.verify(known, password)
        if account is None or known is None or not matches or not account.is_active:
            raise InvalidCredentials
        if self._passwords.needs_rehash(known):
            account = await self._rehash(account, password)
        sign_in = await self._open_session(account, device)
        await self._give_back(allowances)
        return sign_in

    async def refresh(self, token: str) -> SignIn:
        """Rotate the session of ``token``.

        Raises :class:`InvalidRefreshToken` and, once the session is ended for good,
        :class:`RefreshTokenReused`.
        """
        received = self._refresh_tokens.read(token)
        if received is None:
            raise InvalidRefreshToken
        async with self._db.transaction():
            session = await self._repository.lock_session(received.session_id)
            if session is None or not self._refresh_tokens.is_authentic(received, session.salt):
                raise InvalidRefreshToken
            verdict = session.judge(received.generation, self._policy)
            if verdict is Verdict.REFUSED:
                raise InvalidRefreshToken
            if verdict is Verdict.REUSED:
                await self._end_sessions(session.account_id, only=session.id)
            else:
                generation = session.generation
                if verdict is Verdict.ROTATE:
                    generation = await self._repository.rotate_session(session.id)
                account = await self._repository.account_by_id(session.account_id)
                if account is None:
                    raise InvalidRefreshToken
                return self._sign_in(account, session.id, session.salt, generation)
        raise RefreshTokenReused  # outside: raised inside, it would undo the end of the session

    async def logout(self, account_id: UUID, session_id: UUID) -> None:
        async with self._db.transaction():
            await self._end_sessions(account_id, only=session_id)

    async def logout_everywhere(self, account_id: UUID) -> None:
        async with self._db.transaction():
            await self._end_sessions(account_id)

    async def sessions(
        self, account_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[OpenSession]:
        """Newest first. Raises :class:`InvalidCursor`."""
        scope = f"sessions:{account_id}"
        before = _NEWEST if cursor is None else UUID(self._cursors.open(scope, cursor)[0])
        sessions = await self._repository.open_sessions(
            account_id, self._policy, before=before, limit=limit + 1
        )
        if len(sessions) <= limit:
            return Page(sessions, None)
        return Page(sessions[:limit], self._cursors.seal(scope, [sessions[limit - 1].id]))

    async def end_session(self, account_id: UUID, session_id: UUID) -> None:
        """Raises :class:`SessionNotFound`, also for a session of somebody else."""
        async with self._db.transaction():
            if not await self._end_sessions(account_id, only=session_id):
                raise SessionNotFound

    async def change_password(
        self, who: Principal, *, current: str, new: str, device: Device
    ) -> None:
        """Change the password and end every other session.

        Raises :class:`InvalidCredentials`, :class:`WeakPassword`, and :class:`RateLimitedError`
        after too many failures: a stolen access token is no place to guess either.
        """
        account = await self.account(who.user_id)
        allowances = sign_in_allowances(account.email, device)
        await self._draw(allowances)
        if not await self._passwords.verify(account.password_hash, current):
            raise InvalidCredentials
        await self._give_back(allowances)
        username, full_name = await self._profiles.names_of(account.id)
        self._require_strength(new, account.email, username, full_name, field="new_password")
        password_hash = await self._passwords.hash(new)
        async with self._db.transaction():
            if not await self._repository.set_password_hash(account, password_hash):
                raise InvalidCredentials
            await self._end_sessions(account.id, but=who.session_id)
            await self._events.publish(PasswordChanged(user_id=account.id))

    async def account(self, account_id: UUID) -> Account:
        """Raises :class:`UnauthorizedError` when the account is gone."""
        account = await self._repository.account_by_id(account_id)
        if account is None or not account.is_active:
            raise UnauthorizedError
        return account

    async def enrol(
        self, account_id: UUID, *, email: str, email_verified: bool, full_name: str
    ) -> bool:
        """Make an account without a password, for who signs in elsewhere.

        ``False`` when the email is taken. Raises what a subscriber raises.
        """
        async with self._db.transaction():
            account = await self._repository.add_account(
                account_id, email, None, "user", email_verified=email_verified
            )
            if account is None:
                return False
            await self._publish_registered(account, full_name, username=None)
        return True

    async def verified_account(self, email: str) -> UUID | None:
        """The account whose owner has proved to read mail at ``email``."""
        account = await self._repository.account_by_email(email)
        return account.id if account is not None and account.email_verified_at else None

    async def confirm_email(self, account_id: UUID, email: str) -> bool:
        """Note that ``email`` is verified; ``False`` when the account has another."""
        return await self._repository.confirm_email(account_id, email)

    async def continue_session(
        self, account_id: UUID, session_id: UUID | None, *, since: datetime
    ) -> Principal | None:
        """Go on with a session, or open one where there is none or it has expired.

        ``None`` when the account is gone. Raises :class:`SessionEnded` when the session was
        ended after ``since``, or the account is not active.
        """
        async with self._db.transaction():
            session = await self._repository.lock_session(session_id) if session_id else None
            account = await self._repository.account_by_id(account_id)
            if account is None:
                return None
            if session is not None and session.ended_since(since):
                raise SessionEnded
            if session is None or not session.is_open(self._policy):
                return await self._open_unrefreshable(account)
            await self._repository.touch_session(session.id)
            return Principal(account.id, session.id, account.role)

    async def _draw(self, allowances: Sequence[Allowance]) -> None:
        if not self._throttled:
            return
        wait = await self._repository.draw(allowances)
        if wait is not None:
            # or whoever is refused here could use up what the owner has elsewhere
            await self._repository.give_back(allowances)
            raise RateLimitedError(retry_after=math.ceil(wait.total_seconds()))

    async def _give_back(self, allowances: Sequence[Allowance]) -> None:
        """Take back what :meth:`_draw` counted, as it was no failure."""
        if self._throttled:
            await self._repository.give_back(allowances[1:], whole=allowances[:1])

    async def _open_unrefreshable(self, account: Account) -> Principal:
        """Open a session whose tokens another issuer makes, for all devices of that sign-in."""
        context = current_request()
        device = Device(user_agent=None, ip=context.client_ip if context else None)
        session_id, salt = new_id(), secrets.token_bytes(_SALT_BYTES)
        if not await self._repository.add_session(session_id, account, salt, device):
            raise SessionEnded  # the account is not active, or is being changed
        return Principal(account.id, session_id, account.role)

    async def _publish_registered(
        self, account: Account, full_name: str, username: str | None
    ) -> None:
        await self._events.publish(
            UserRegistered(
                user_id=account.id,
                email=account.email,
                role=account.role,
                full_name=full_name,
                username=username,
            )
        )

    async def _rehash(self, account: Account, password: str) -> Account:
        """Hash with today's parameters; one who changes the password meanwhile goes first."""
        password_hash = await self._passwords.hash(password)
        if await self._repository.set_password_hash(account, password_hash):
            return replace(account, password_hash=password_hash)
        return account

    async def _end_sessions(
        self, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> list[UUID]:
        """End sessions in the transaction at hand; this process knows as soon as it commits."""
        ended = await self._repository.end_sessions(account_id, self._policy, only=only, but=but)
        for session_id in ended:
            self._db.after_commit(partial(self._revocations.add, session_id))
        return ended

    async def _open_session(self, account: Account, device: Device) -> SignIn:
        session_id, salt = new_id(), secrets.token_bytes(_SALT_BYTES)
        opened = await self._repository.add_session(session_id, account, salt, device)
        if not opened:
            raise InvalidCredentials
        return self._sign_in(account, session_id, salt, generation=0)

    def _sign_in(self, account: Account, session_id: UUID, salt: bytes, generation: int) -> SignIn:
        return SignIn(
            account=account,
            access_token=self._access_tokens.issue(Principal(account.id, session_id, account.role)),
            expires_in=int(self._access_tokens.lifetime.total_seconds()),
            refresh_token=self._refresh_tokens.issue(session_id, salt, generation),
        )

    def _require_strength(
        self,
        password: str,
        email: str,
        username: str | None,
        full_name: str,
        *,
        field: str = "password",
    ) -> None:
        """Length and context, no composition rules (NIST SP 800-63B-4)."""
        if len(password) < self._password_min_length:
            raise WeakPassword(
                f"The password must have {self._password_min_length} characters or more",
                field=field,
            )
        words = [email.partition("@")[0], username or "", self._application_name]
        if contains_context(password, words=words, names=[full_name]):
            raise WeakPassword(
                "The password must not contain your name, your email or the name of this service",
                field=field,
            )
