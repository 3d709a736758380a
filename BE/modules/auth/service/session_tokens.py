from uuid import UUID

from BE.core.security.access_tokens import AccessTokens
from BE.core.security.principals import Principal
from BE.modules.auth.models import Account, SignIn
from BE.modules.auth.security.refresh_tokens import RefreshTokens


class SessionTokens:
    """Issues the two tokens of a session: one for requests, one for the next refresh."""

    def __init__(self, access_tokens: AccessTokens, refresh_tokens: RefreshTokens) -> None:
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens

    def issue(self, account: Account, session_id: UUID, salt: bytes, generation: int) -> SignIn:
        return SignIn(
            account=account,
            access_token=self._access_tokens.issue(Principal(account.id, session_id, account.role)),
            expires_in=int(self._access_tokens.lifetime.total_seconds()),
            refresh_token=self._refresh_tokens.issue(session_id, salt, generation),
        )
