"""The API keys of the repository in memory."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.security.scopes import Scope
from BE.modules.auth.models import Account, ApiKey, ApiKeyText, UsedApiKey
from BE.modules.auth.repository.api_keys import ApiKeyRepository


class FakeApiKeyRepository(ApiKeyRepository):
    _clock: Callable[[], datetime]
    accounts: dict[UUID, Account]
    revoked: list[UUID]
    api_keys_by_digest: dict[bytes, tuple[UUID, ApiKey]]
    """Each with the account that it belongs to."""

    async def add_api_key(
        self,
        key_id: UUID,
        account_id: UUID,
        key: ApiKeyText,
        *,
        name: str,
        scopes: Collection[Scope],
        expires_at: datetime,
        most: int,
    ) -> ApiKey | None:
        if len(self._of(account_id)) >= most:
            return None
        added = ApiKey(key_id, name, key.starts_with, list(scopes), self._clock(), expires_at, None)
        self.api_keys_by_digest[key.digest] = account_id, added
        return added

    async def api_keys(self, account_id: UUID, *, before: UUID, limit: int) -> list[ApiKey]:
        found = [key for key in self._of(account_id).values() if key.id < before]
        return sorted(found, key=lambda key: key.id, reverse=True)[:limit]

    async def use_api_key(self, digest: bytes) -> UsedApiKey | None:
        account_id, key = self.api_keys_by_digest.get(digest, (None, None))
        account = self.accounts.get(account_id) if account_id else None
        if key is None or account is None or not account.is_active:
            return None
        now = self._clock()
        if key.expires_at > now:
            hour = now.replace(minute=0, second=0, microsecond=0)
            self.api_keys_by_digest[digest] = account.id, replace(key, last_used_at=hour)
        return UsedApiKey(key.id, account.id, account.role, key.scopes, key.expires_at, now)

    async def end_api_keys(
        self, account_id: UUID, *, only: UUID | None = None, remembered: timedelta
    ) -> list[UUID]:
        ended = {
            digest: key.id for digest, key in self._of(account_id).items() if only in {None, key.id}
        }
        for digest, key_id in ended.items():
            del self.api_keys_by_digest[digest]
            self.revoked.append(key_id)
        return list(ended.values())

    async def delete_expired_api_keys(self, shown_for: timedelta, *, limit: int) -> int:
        oldest = self._clock() - shown_for
        expired = [
            digest
            for digest, (_, key) in self.api_keys_by_digest.items()
            if key.expires_at < oldest
        ][:limit]
        for digest in expired:
            del self.api_keys_by_digest[digest]
        return len(expired)

    def _of(self, account_id: UUID) -> dict[bytes, ApiKey]:
        return {
            digest: key
            for digest, (owner_id, key) in self.api_keys_by_digest.items()
            if owner_id == account_id
        }
