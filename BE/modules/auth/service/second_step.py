from collections.abc import Sequence
from typing import Any

from BE.core.database.database import Database
from BE.modules.auth.exceptions import InvalidChallenge, WrongCode
from BE.modules.auth.models import Account, Challenge, ChallengePurpose, Device, Proof, SignIn
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import address_allowances, second_step_allowances
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.service.passkey_proofs import PasskeyProofService
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.sign_in import SignInService
from BE.modules.auth.service.throttle import Throttle

_MOST_CHALLENGES = 10


class SecondStepService:
    """Signs in users who have proved the password, and now prove the second factor."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        device_tokens: DeviceTokens,
        email_digests: EmailDigests,
        sign_ins: SignInService,
        second_factors: SecondFactors,
        passkeys: PasskeyProofService,
        throttle: Throttle,
    ) -> None:
        self._db = database
        self._repository = repository
        self._device_tokens = device_tokens
        self._email_digests = email_digests
        self._sign_ins = sign_ins
        self._second_factors = second_factors
        self._passkeys = passkeys
        self._throttle = throttle

    async def passkey_options(self, challenges: Sequence[str], device: Device) -> dict[str, Any]:
        """The options for a browser to request a passkey of the account; uses nothing up.

        Raises :class:`InvalidChallenge`, and :class:`RateLimitedError` after too many failures.
        """
        _, account = await self._challenged(challenges, device)
        return await self._passkeys.request_options(
            account.id, ChallengePurpose.PASSKEY_SECOND_STEP
        )

    async def complete(self, challenges: Sequence[str], proof: Proof, device: Device) -> SignIn:
        """Use up the first good one of ``challenges``, and the code or the passkey's signature.

        A wrong proof leaves the challenge for another try. Raises :class:`InvalidChallenge`,
        :class:`WrongCode`, :class:`PasskeyRefused`, and :class:`RateLimitedError` after too many
        failures, which count with those of the password.
        """
        received, account = await self._challenged(challenges, device)
        device_id = self._device_tokens.device_of(device.tokens, account.id)
        allowances = second_step_allowances(account.id, device, device_id)
        async with self._throttle.attempt(allowances):
            if proof.passkey is not None:
                await self._passkeys.prove(
                    proof.passkey,
                    expected=account.id,
                    purpose=ChallengePurpose.PASSKEY_SECOND_STEP,
                )
            sign_in = await self._open_session(received, account, proof, device)
        await self._throttle.succeeded(allowances)
        return sign_in

    async def _open_session(
        self, received: Challenge, account: Account, proof: Proof, device: Device
    ) -> SignIn:
        """Raises :class:`InvalidChallenge`, and :class:`WrongCode` unless a passkey proves it."""
        async with self._db.transaction():
            locked = await self._repository.lock_account(account.id)
            if locked is None or await self._repository.use_challenge(received) is None:
                raise InvalidChallenge
            if proof.passkey is None and not await self._second_factors.use_code(
                locked.id, proof.code or ""
            ):
                raise WrongCode("code")
            return await self._sign_ins.open_session(locked, device)

    async def _challenged(
        self, challenges: Sequence[str], device: Device
    ) -> tuple[Challenge, Account]:
        """The usable challenge, and its account. Raises :class:`InvalidChallenge`.

        A browser may present several: cookies that other applications on the same host have set.
        """
        for text in challenges[:_MOST_CHALLENGES]:
            challenge = Challenge.read(text, ChallengePurpose.SECOND_FACTOR)
            challenged = await self._repository.find_challenge(challenge)
            if challenged is None or challenged.account_id is None:
                continue
            account = await self._repository.account_by_id(challenged.account_id)
            if account is not None:
                self._email_digests.note(account.email)
                return challenge, account
        await self._throttle.draw(address_allowances(device))
        raise InvalidChallenge
