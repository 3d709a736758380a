import time
from collections.abc import Callable

from BE.core.context import current_request
from BE.core.exceptions import UnauthorizedError
from BE.core.security.bearer_tokens import Exchanged
from BE.core.security.principals import Principal
from BE.core.security.sessions import InvalidApiKey
from BE.modules.auth.exceptions import ApiKeyExpired
from BE.modules.auth.models import ApiKeyText, Device
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import unknown_api_key_allowances
from BE.modules.auth.service.throttle import Throttle

_REFUSED_FOR = 60.0
_REFUSED_AT_MOST = 10_000


class ApiKeyExchange:
    """Exchanges API keys for principals.

    A key with a wrong checksum costs no query. A refused key is refused from memory for a minute,
    and an address that sends many unknown ones is refused for longer.
    """

    def __init__(
        self,
        repository: AuthRepository,
        throttle: Throttle,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._repository = repository
        self._throttle = throttle
        self._clock = clock
        self._refused: dict[bytes, tuple[type[UnauthorizedError], float]] = {}

    async def exchange(self, token: str) -> Exchanged:
        """The principal of a key, whose id takes the place of a session's.

        Raises :class:`InvalidApiKey`, :class:`ApiKeyExpired`, :class:`RateLimitedError`.
        """
        key = ApiKeyText.read(token)
        if key is None:
            raise InvalidApiKey
        digest = key.digest
        reason, until = self._refused.get(digest, (InvalidApiKey, 0.0))
        if self._clock() < until:
            raise reason
        request = current_request()
        device = Device(user_agent=None, ip=request.client_ip if request else None)
        allowances = unknown_api_key_allowances(device)
        self._throttle.refuse_again(*(allowance.key for allowance in allowances))
        used = await self._repository.use_api_key(digest)
        if used is None:
            self._remember(digest, InvalidApiKey)
            await self._throttle.draw(allowances)
            raise InvalidApiKey
        if used.has_expired:
            self._remember(digest, ApiKeyExpired)
            raise ApiKeyExpired
        principal = Principal(used.account_id, used.id, used.role, frozenset(used.scopes))
        return Exchanged(
            principal, used.expires_at.timestamp(), again_at=used.hour_ends_at.timestamp()
        )

    def _remember(self, digest: bytes, reason: type[UnauthorizedError]) -> None:
        self._refused.pop(digest, None)
        if len(self._refused) >= _REFUSED_AT_MOST:
            del self._refused[next(iter(self._refused))]
        self._refused[digest] = reason, self._clock() + _REFUSED_FOR
