from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.modules.auth.events import PasskeyCopyDetected
from BE.modules.auth.exceptions import PasskeyRefused
from BE.modules.auth.models import (
    Account,
    Challenge,
    Challenged,
    ChallengePurpose,
    Device,
    Passkey,
    PasskeyUse,
    SignIn,
)
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import address_allowances
from BE.modules.auth.security.relying_party import Assertion, ForgedCredentialError, RelyingParty
from BE.modules.auth.service.sign_in import SignInService
from BE.modules.auth.service.throttle import Throttle


class PasskeyProofService:
    """Proves identities by passkeys."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        relying_party: RelyingParty,
        sign_in: SignInService,
        throttle: Throttle,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._relying_party = relying_party
        self._sign_in = sign_in
        self._throttle = throttle

    async def request_options(
        self,
        account_id: UUID | None = None,
        purpose: ChallengePurpose = ChallengePurpose.PASSKEY_REQUEST,
    ) -> dict[str, Any]:
        """The options for a browser to request a passkey: of the account, or any that it has."""
        allowed = await self._repository.passkeys_of(account_id) if account_id else []
        challenge = Challenge.new(purpose)
        await self._repository.add_challenge(challenge, account_id)
        return self._relying_party.request_options(challenge.secret, allowed)

    async def sign_in(self, answer: dict[str, Any], device: Device) -> SignIn:
        """Raises :class:`PasskeyRefused`, and :class:`RateLimitedError` after too many failures.

        Failures count for the address alone: signatures cannot be guessed, and wrong ones must not
        lock the owner out.
        """
        allowances = address_allowances(device)
        async with self._throttle.attempt(allowances):
            account = await self.prove(answer)
        sign_in = await self._sign_in.open_session(account, device)
        await self._throttle.succeeded(allowances)
        return sign_in

    async def prove(
        self,
        answer: dict[str, Any],
        *,
        expected: UUID | None = None,
        purpose: ChallengePurpose = ChallengePurpose.PASSKEY_REQUEST,
    ) -> Account:
        """Return the account whose passkey has answered a challenge, and use the challenge up.

        ``expected`` is the account that it must be. Raises :class:`PasskeyRefused`.
        """
        passkey, use = await self._verify(answer, expected, purpose)
        async with self._db.transaction():
            account = await self._accept(passkey, use)
        if account is None:  # outside: raising inside would undo the published events
            raise PasskeyRefused
        return account

    async def _verify(
        self, answer: dict[str, Any], expected: UUID | None, purpose: ChallengePurpose
    ) -> tuple[Passkey, PasskeyUse]:
        try:
            assertion = self._relying_party.read_assertion(answer)
            challenged = await self._use_challenge(assertion.challenge, purpose)
            passkey = await self._repository.passkey_by_credential(assertion.credential_id)
            if challenged is None or passkey is None:
                raise PasskeyRefused
            _require_same_account(passkey, assertion, challenged, expected)
            return passkey, self._relying_party.verify_assertion(assertion, passkey)
        except ForgedCredentialError:
            raise PasskeyRefused from None

    async def _use_challenge(self, secret: bytes, purpose: ChallengePurpose) -> Challenged | None:
        """Use up a challenge of this purpose, or of a sign-in.

        A user who answers that of a sign-in can sign in again, which proves no less.
        """
        for possible in dict.fromkeys((purpose, ChallengePurpose.PASSKEY_REQUEST)):
            challenged = await self._repository.use_challenge(Challenge(secret, possible))
            if challenged is not None:
                return challenged
        return None

    async def _accept(self, verified: Passkey, use: PasskeyUse) -> Account | None:
        """Record the use; ``None`` if the account is not active, or the passkey gone or copied."""
        # the account before its rows, as every change of an account locks them
        account = await self._repository.lock_account(verified.account_id)
        passkey = await self._repository.passkey_by_credential(verified.credential_id)
        if account is None or not account.is_active or passkey is None:
            return None
        if not passkey.may_follow(use.sign_count):
            await self._events.publish(
                PasskeyCopyDetected(user_id=account.id, passkey_id=passkey.id)
            )
            return None
        await self._repository.note_use(passkey.id, use)
        return account


def _require_same_account(
    passkey: Passkey, assertion: Assertion, challenged: Challenged, expected: UUID | None
) -> None:
    """Raises :class:`PasskeyRefused`."""
    known = {challenged.account_id, expected} - {None}
    if known - {passkey.account_id}:
        raise PasskeyRefused
    if not known and assertion.user_handle is None:
        raise PasskeyRefused  # the authenticator chose the account, so it has to name it
