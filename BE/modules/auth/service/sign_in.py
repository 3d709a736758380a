from dataclasses import replace

from BE.core.database.database import Database
from BE.core.security.passwords import Passwords
from BE.core.types import new_id
from BE.modules.auth.exceptions import EmailTaken, InvalidCredentials, SecondFactorRequired
from BE.modules.auth.models import Account, AccountDraft, Device, SignIn
from BE.modules.auth.ports import Profiles
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import (
    address_allowances,
    guessed_account,
    sign_in_allowances,
    sign_in_caller,
    sign_up_allowances,
)
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.service.accounts import AccountService
from BE.modules.auth.service.password_policy import PasswordPolicy
from BE.modules.auth.service.places import PlaceService
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.session_tokens import SessionTokens
from BE.modules.auth.service.sessions import SessionService
from BE.modules.auth.service.throttle import Throttle


class SignInService:
    """Signs people up and in."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        passwords: Passwords,
        tokens: SessionTokens,
        device_tokens: DeviceTokens,
        email_digests: EmailDigests,
        password_policy: PasswordPolicy,
        profiles: Profiles,
        accounts: AccountService,
        sessions: SessionService,
        second_factors: SecondFactors,
        throttle: Throttle,
        places: PlaceService,
    ) -> None:
        self._db = database
        self._repository = repository
        self._passwords = passwords
        self._tokens = tokens
        self._device_tokens = device_tokens
        self._email_digests = email_digests
        self._password_policy = password_policy
        self._profiles = profiles
        self._accounts = accounts
        self._sessions = sessions
        self._second_factors = second_factors
        self._throttle = throttle
        self._places = places

    async def register(
        self,
        *,
        email: str,
        password: str,
        full_name: str,
        username: str | None,
        device: Device,
    ) -> SignIn:
        """Raises :class:`WeakPassword`, what a subscriber raises, and :class:`EmailTaken`.

        The last also reports whether the username is taken.
        """
        self._email_digests.note(email)
        self._password_policy.require(password, email, username, full_name)
        async with self._throttle.attempt(sign_up_allowances(device)):
            password_hash = await self._passwords.hash(password)
        draft = AccountDraft(new_id(), email, password_hash, full_name, username)
        try:
            async with self._db.transaction():
                [account] = await self._accounts.open(draft)
                return await self._open(account, device)
        except EmailTaken:
            fault = await self._profiles.fault_of(username) if username else None
            raise EmailTaken(*filter(None, [fault])) from None

    async def login(self, *, email: str, password: str, device: Device) -> SignIn:
        """Raises :class:`InvalidCredentials`, whether unknown, wrong or deactivated.

        Raises :class:`SecondFactorRequired` for the right password of an account that has one, and
        :class:`RateLimitedError` after too many failures, also for the right password.
        """
        self._email_digests.note(email)
        caller = sign_in_caller(email, device)
        keys = [allowance.key for allowance in address_allowances(device)]
        self._throttle.refuse_again(caller, *keys)
        account = await self._repository.account_by_email(email)
        device_id = self._device_tokens.device_of(device.tokens, account.id) if account else None
        allowances = sign_in_allowances(guessed_account(email, account), device, device_id)
        async with self._throttle.attempt(allowances, caller=caller):
            known = account.password_hash if account else None
            matches = await self._passwords.verify(known, password)
        if account is None or known is None or not matches or not account.is_active:
            raise InvalidCredentials
        if self._passwords.needs_rehash(known):
            account = await self._rehash(account, password)
        if account.has_second_factor:
            challenge = await self._second_factors.challenge(account)
            if challenge is None:
                raise InvalidCredentials
            await self._throttle.take_back(allowances)
            raise SecondFactorRequired(challenge.text)
        sign_in = await self.open_session(account, device)
        await self._throttle.succeeded(allowances)
        return sign_in

    async def names_of(self, account: Account) -> tuple[str | None, str]:
        """Return the username, if any, and the full name."""
        return await self._profiles.names_of(account.id)

    async def open_session(self, account: Account, device: Device) -> SignIn:
        """Open a session for a user who has proved to hold ``account``, in whichever way.

        Raises :class:`InvalidCredentials` if the account is gone, inactive or no longer as given.
        """
        async with self._db.transaction():
            return await self._open(account, device)

    async def _open(self, account: Account, device: Device) -> SignIn:
        """Open a session in the ambient transaction. Raises :class:`InvalidCredentials`."""
        opened = await self._sessions.open(account, device)
        if opened is None:
            raise InvalidCredentials
        session_id, salt = opened
        await self._places.note(account, session_id, device)
        sign_in = self._tokens.issue(account, session_id, salt, generation=0)
        if self._device_tokens.device_of(device.tokens, account.id) is None:
            return replace(sign_in, device_token=self._device_tokens.issue(account.id))
        return sign_in

    async def _rehash(self, account: Account, password: str) -> Account:
        """Hash with the current parameters, unless the password changes meanwhile."""
        password_hash = await self._passwords.hash(password)
        if await self._repository.set_password_hash(account, password_hash):
            return replace(account, password_hash=password_hash)
        return account
