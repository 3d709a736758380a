"""The repository in memory; the contract tests hold it to the real one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from BE.modules.identities.models import Identity, LinkedIdentity
from BE.modules.identities.repository import IdentityRepository


class FakeIdentityRepository(IdentityRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.identities: dict[tuple[str, str], Identity] = {}
        self.released: dict[tuple[str, str], datetime] = {}
        self.unlinked: dict[tuple[str, str], UUID] = {}
        self.shown: dict[UUID, tuple[datetime, str | None, datetime | None]] = {}
        self.flows: dict[bytes, int] = {}

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
        self.unlinked.pop(key, None)
        self.shown[identity_id] = (self._clock(), None, None)
        self.identities[key] = Identity(identity_id, account_id, None, is_proven)
        return self.identities[key]

    async def account_of(self, issuer: str, subject: str) -> UUID | None:
        identity = self.identities.get((issuer, subject))
        return identity.account_id if identity else None

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

    async def unlink(self, identity_id: UUID) -> tuple[str, UUID | None] | None:
        for key, identity in list(self.identities.items()):
            if identity.id == identity_id:
                del self.identities[key]
                self.released[key] = self._clock()
                self.unlinked[key] = identity.account_id
                return key[0], identity.session_id
        return None

    async def was_unlinked(self, issuer: str, subject: str, account_id: UUID) -> bool:
        return self.unlinked.get((issuer, subject)) == account_id

    async def count(self, account_id: UUID) -> int:
        return sum(identity.account_id == account_id for identity in self.identities.values())

    async def linked(self, account_id: UUID, issuers: Sequence[str]) -> list[LinkedIdentity]:
        found = []
        for (issuer, _), identity in self.identities.items():
            if identity.account_id == account_id and issuer in issuers:
                created_at, email, used_at = self.shown[identity.id]
                found.append(LinkedIdentity(identity.id, issuer, email, created_at, used_at))
        return found

    async def note_use(self, identity_id: UUID, email: str | None) -> None:
        self.shown[identity_id] = (self.shown[identity_id][0], email, self._clock())

    async def use_flow(self, digest: bytes, expires_at: int) -> bool:
        is_new = digest not in self.flows
        self.flows[digest] = expires_at
        return is_new
