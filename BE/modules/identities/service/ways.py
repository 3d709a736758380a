from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.security.principals import Principal
from BE.modules.auth.events import IdentityUnlinked
from BE.modules.identities.exceptions import LastWay, WayNotFound
from BE.modules.identities.models import LinkedIdentity, Way, WayKind
from BE.modules.identities.ports import OwnWays, Sessions
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.security.provider_settings import ProviderSettings
from BE.modules.identities.security.trusted_issuers import TrustedIssuer


class WayService:
    """The ways to sign in to an account, the last of which cannot be removed."""

    def __init__(
        self,
        database: Database,
        repository: IdentityRepository,
        own_ways: OwnWays,
        sessions: Sessions,
        events: EventBus,
        *,
        providers: Sequence[ProviderSettings],
        trusted_issuers: Sequence[TrustedIssuer],
    ) -> None:
        self._db = database
        self._repository = repository
        self._own_ways = own_ways
        self._sessions = sessions
        self._events = events
        self._providers = {provider.issuer: provider for provider in providers}
        self._issuers = {issuer.issuer for issuer in trusted_issuers} | self._providers.keys()

    async def list(self, account_id: UUID) -> list[Way]:
        """Those that work: the provider of a linked identity may no longer be configured."""
        own = [
            Way(way.id, way.kind, way.name, None, way.created_at, way.last_used_at)
            for way in await self._own_ways.ways_of(account_id)
        ]
        linked = await self._repository.linked(account_id, [*self._issuers])
        return [*own, *map(self._way_of, linked)]

    async def remove(self, caller: Principal, way_id: UUID, *, kind: WayKind | None = None) -> None:
        """Remove a way, which must be of ``kind`` where one is given.

        Raises :class:`WayNotFound`, :class:`LastWay`.

        Of two removals at once the second waits, and sees the result of the first.
        """
        async with self._db.transaction():
            await self._own_ways.lock(caller.user_id)
            ways = {way.id: way for way in await self.list(caller.user_id)}
            if way_id not in ways or kind not in {None, ways[way_id].kind}:
                raise WayNotFound
            if len(ways) == 1:
                raise LastWay
            if ways[way_id].kind == "provider":
                await self._unlink(caller, way_id)
            else:
                await self._own_ways.remove(caller.user_id, way_id)

    async def _unlink(self, caller: Principal, identity_id: UUID) -> None:
        unlinked = await self._repository.unlink(identity_id)
        if unlinked is None:
            raise WayNotFound
        issuer, session_id = unlinked
        if session_id is not None:  # the one of the issuer's tokens
            await self._sessions.end(caller.user_id, only=session_id)
        await self._events.publish(
            IdentityUnlinked(user_id=caller.user_id, identity_id=identity_id, issuer=issuer)
        )

    def _way_of(self, linked: LinkedIdentity) -> Way:
        provider = self._providers.get(linked.issuer)
        return Way(
            linked.id,
            "provider",
            provider.title if provider else linked.issuer,
            linked.email,
            linked.created_at,
            linked.last_used_at,
            provider.name if provider else None,
        )
