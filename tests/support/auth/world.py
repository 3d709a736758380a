"""The services of auth on in-memory fakes."""

from datetime import timedelta

from BE.core.http.pagination import Cursors
from BE.core.security.access_tokens import AccessTokens
from BE.core.security.keys import KeyRing
from BE.core.security.scopes import Scopes
from BE.modules.auth.models import Device, SessionPolicy, SignIn
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.security.email_digests import EmailDigests
from BE.modules.auth.security.refresh_tokens import RefreshTokens
from BE.modules.auth.security.relying_party import RelyingParty
from BE.modules.auth.security.revocations import Revocations
from BE.modules.auth.security.totp_secrets import TotpSecrets
from BE.modules.auth.service import (
    AccountService,
    ApiKeyService,
    EmailVerificationService,
    PasskeyProofService,
    PasskeyService,
    PasswordService,
    PlaceService,
    RefreshService,
    SessionService,
    SignInService,
)
from BE.modules.auth.service.password_policy import PasswordPolicy
from BE.modules.auth.service.presented_sessions import PresentedSessions
from BE.modules.auth.service.second_factors import SecondFactors
from BE.modules.auth.service.session_tokens import SessionTokens
from BE.modules.auth.service.throttle import Throttle
from BE.modules.users.service import UserService
from tests.support.auth.fakes import FakeAuthRepository
from tests.support.fakes import Clock, FakeDatabase, FakePasswords, RecordingBus
from tests.support.users.fakes import FakeUserRepository

DEVICE = Device(user_agent=None, ip=None)


PASSWORD = "correct horse battery staple"


KEYS = KeyRing.parse("a secret that is long enough for HS256")


class World:
    """The services, and the fakes that they use."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.database = FakeDatabase()
        self.repository = FakeAuthRepository(self.clock)
        self.bus = RecordingBus()
        self.passwords = FakePasswords()
        self.access_tokens = AccessTokens(
            KEYS, algorithm="HS256", lifetime=timedelta(minutes=15), issuer="i", audience="a"
        )
        self.revocations = Revocations(
            self.database,
            self.repository,
            token_lifetime=timedelta(minutes=15),
            forget_tokens=self.access_tokens.forget,
        )
        self.session_policy = SessionPolicy(
            idle=timedelta(days=7),
            absolute=timedelta(days=30),
            grace=timedelta(seconds=30),
            access=timedelta(minutes=15),
        )
        profiles = UserService(FakeUserRepository(self.clock))
        self.password_policy = PasswordPolicy(profiles, min_length=12, application_name="bounded")
        self.throttle = Throttle(self.repository, enabled=True, clock=self.clock.seconds)
        self.device_tokens, email_digests = DeviceTokens(KEYS), EmailDigests(KEYS)
        refresh_tokens = RefreshTokens(KEYS)
        tokens = SessionTokens(self.access_tokens, refresh_tokens)
        self.sessions = SessionService(
            self.database,
            self.repository,
            self.revocations,
            Cursors(KEYS),
            policy=self.session_policy,
        )
        self.api_keys = ApiKeyService(
            self.database,
            self.repository,
            self.bus,
            self.revocations,
            Cursors(KEYS),
            self.throttle,
            Scopes(),
            policy=self.session_policy,
        )
        self.accounts = AccountService(self.database, self.repository, self.bus)
        self.second_factors = SecondFactors(
            self.database, self.repository, self.bus, TotpSecrets(KEYS)
        )
        self.auth = SignInService(
            self.database,
            self.repository,
            self.passwords,
            tokens,
            self.device_tokens,
            email_digests,
            self.password_policy,
            profiles,
            self.accounts,
            self.sessions,
            self.second_factors,
            self.throttle,
            PlaceService(
                self.repository,
                self.bus,
                self.device_tokens,
                self.throttle,
                address_retention_days=90,
            ),
        )
        self.refreshes = RefreshService(
            self.database,
            self.repository,
            self.bus,
            tokens,
            PresentedSessions(self.repository, refresh_tokens),
            email_digests,
            self.sessions,
            self.throttle,
            policy=self.session_policy,
        )
        relying_party = RelyingParty("http://127.0.0.1:8000", "Bounded")
        self.passkeys = PasskeyService(self.database, self.repository, self.bus, relying_party)
        self.passkey_proofs = PasskeyProofService(
            self.database, self.repository, self.bus, relying_party, self.auth, self.throttle
        )
        self.password_changes = PasswordService(
            self.database,
            self.repository,
            self.bus,
            self.passwords,
            self.device_tokens,
            email_digests,
            self.password_policy,
            self.passkeys,
            self.second_factors,
            self.sessions,
            self.api_keys,
            self.throttle,
        )
        self.verification = EmailVerificationService(
            self.database, self.repository, self.bus, self.device_tokens, self.throttle
        )

    async def sign_up(self, email: str = "ada@example.com") -> SignIn:
        return await self.auth.register(
            email=email, password=PASSWORD, full_name="Ada King", username="ada", device=DEVICE
        )
