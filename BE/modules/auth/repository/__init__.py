from BE.modules.auth.repository.accounts import AccountRepository
from BE.modules.auth.repository.api_keys import ApiKeyRepository
from BE.modules.auth.repository.attempts import AttemptRepository
from BE.modules.auth.repository.challenges import ChallengeRepository
from BE.modules.auth.repository.email_changes import EmailChangeRepository
from BE.modules.auth.repository.held_account import HeldAccountRepository
from BE.modules.auth.repository.one_time_tokens import OneTimeTokenRepository
from BE.modules.auth.repository.passkeys import PasskeyRepository
from BE.modules.auth.repository.places import PlaceRepository
from BE.modules.auth.repository.second_factors import SecondFactorRepository
from BE.modules.auth.repository.sessions import SessionRepository


class AuthRepository(
    AccountRepository,
    ApiKeyRepository,
    OneTimeTokenRepository,
    ChallengeRepository,
    PasskeyRepository,
    SecondFactorRepository,
    SessionRepository,
    AttemptRepository,
    HeldAccountRepository,
    EmailChangeRepository,
    PlaceRepository,
):
    """The whole schema ``auth``, so that a test replaces it by overriding one provider."""
