from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus, HourPassed
from BE.core.http.pagination import Cursors, Page
from BE.core.security.principals import Principal
from BE.core.security.scopes import Scope, Scopes
from BE.core.security.sessions import SessionEnded
from BE.core.types import new_id
from BE.modules.auth.events import ApiKeyCreated, ApiKeyRevoked
from BE.modules.auth.exceptions import ApiKeyNotFound, TooManyApiKeys, UnknownScope
from BE.modules.auth.models import MOST_API_KEYS, ApiKey, ApiKeyText, SessionPolicy
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import new_api_key_allowance
from BE.modules.auth.security.revocations import Revocations
from BE.modules.auth.service.throttle import Throttle

_NEWEST = UUID(int=2**128 - 1)
_SHOWN_AFTER_EXPIRY = timedelta(days=30)
_DELETED_AT_ONCE = 1000


class ApiKeyService:
    """Creates, lists and ends the API keys of an account."""

    def __init__(
        self,
        database: Database,
        repository: AuthRepository,
        events: EventBus,
        revocations: Revocations,
        cursors: Cursors,
        throttle: Throttle,
        scopes: Scopes,
        *,
        policy: SessionPolicy,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._revocations = revocations
        self._cursors = cursors
        self._throttle = throttle
        self._scopes = scopes
        self._policy = policy

    async def list(self, account_id: UUID, *, limit: int, cursor: str | None) -> Page[ApiKey]:
        """Newest first. Raises :class:`InvalidCursor`."""
        scope = f"api-keys:{account_id}"
        before = _NEWEST if cursor is None else UUID(self._cursors.open(scope, cursor)[0])
        keys = await self._repository.api_keys(account_id, before=before, limit=limit + 1)
        return self._cursors.page(scope, keys, limit, lambda key: [key.id])

    async def create(
        self, caller: Principal, *, name: str, scopes: Collection[Scope], expires_at: datetime
    ) -> tuple[ApiKey, str]:
        """Create a key and return it with its text, which cannot be read again.

        Raises :class:`UnknownScope`, :class:`TooManyApiKeys`, :class:`RateLimitedError`, and
        :class:`SessionEnded` if the caller's session ends meanwhile: whatever ended it may have
        ended the keys too.
        """
        faults = [
            UnknownScope.at(f"scopes.{index}", "literal_error")
            for index, scope in enumerate(scopes)
            if scope not in self._scopes.names
        ]
        if faults:
            raise UnknownScope(details=faults)
        scopes = self._scopes.once_each(scopes)
        await self._throttle.draw([new_api_key_allowance(caller.user_id)])
        text = ApiKeyText.new()
        async with self._db.transaction():
            account = await self._repository.lock_account(caller.user_id)
            session = await self._repository.lock_session(caller.session_id)
            if account is None or session is None or session.ended_at is not None:
                raise SessionEnded
            key = await self._repository.add_api_key(
                new_id(),
                account.id,
                text,
                name=name,
                scopes=scopes,
                expires_at=expires_at,
                most=MOST_API_KEYS,
            )
            if key is None:
                raise TooManyApiKeys
            await self._events.publish(
                ApiKeyCreated(user_id=account.id, api_key_id=key.id, scopes=tuple(scopes))
            )
        return key, text.text

    async def revoke(self, account_id: UUID, key_id: UUID) -> None:
        """Raises :class:`ApiKeyNotFound`, also for a key of another user."""
        async with self._db.transaction():
            if not await self._end(account_id, only=key_id):
                raise ApiKeyNotFound

    async def revoke_all(self, account_id: UUID) -> None:
        """End every key of the account, in the ambient transaction."""
        await self._end(account_id)

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete keys that expired long ago, in short batches."""
        while await self._repository.delete_expired_api_keys(
            _SHOWN_AFTER_EXPIRY, limit=_DELETED_AT_ONCE
        ):
            pass

    async def _end(self, account_id: UUID, *, only: UUID | None = None) -> Sequence[UUID]:
        """This process refuses the keys from the commit on, the others within a second."""
        ended = await self._repository.end_api_keys(
            account_id, only=only, remembered=self._policy.access
        )
        for key_id in ended:
            self._db.after_commit(partial(self._revocations.add, key_id))
        if ended:
            await self._events.publish(
                *(ApiKeyRevoked(user_id=account_id, api_key_id=key_id) for key_id in ended)
            )
        return ended
