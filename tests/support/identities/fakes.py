"""The repository in memory; the contract tests hold it to the real one."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from BE.modules.identities.models import Identity
from BE.modules.identities.repository import IdentityRepository


class FakeIdentityRepository(IdentityRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.identities: dict[tuple[str, str], Identity] = {}
        self.released: dict[tuple[str, str], datetime] = {}

    async def add(
        self,
        identity_id: UUID,
        issuer: str,
        subject: str,
        account_id: UUID,
        *,
        is_proven: bool,
        since: datetime,
    ) -> Identity | None:
        key = (issuer, subject)
        if key in self.identities or (key in self.released and self.released[key] >= since):
            return None
        self.released.pop(key, None)
        self.identities[key] = Identity(identity_id, account_id, None, is_proven)
        return self.identities[key]

    async def lock(self, issuer: str, subject: str) -> Identity | None:
        return self.identities.get((issuer, subject))

    async def keep(self, identity: Identity) -> None:
        for key, kept in self.identities.items():
            if kept.id == identity.id:
                self.identities[key] = identity

    async def release(self, account_id: UUID, *, but_proven: bool = False) -> None:
        for key, identity in list(self.identities.items()):
            if identity.account_id == account_id and not (but_proven and identity.is_proven):
                del self.identities[key]
                self.released[key] = self._clock()
