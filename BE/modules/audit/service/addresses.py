from datetime import timedelta

from BE.core.database.database import Database
from BE.core.events import EventBus, HourPassed
from BE.modules.audit.events import AddressesExpired
from BE.modules.audit.repository import AuditRepository

_AT_ONCE = 1000


class AddressService:
    """Drops the addresses of old entries. The trail records it first, so that a loss shows."""

    def __init__(
        self,
        database: Database,
        repository: AuditRepository,
        events: EventBus,
        *,
        address_retention_days: float,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._retention = timedelta(days=address_retention_days)

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Drop the addresses that expired by the trail, in short batches, then let more expire."""
        seals = await self._repository.seals()
        expired = await self._repository.expired_addresses()
        gone = max(expired, seals[-1].head.sequence if seals else 0)
        while await self._repository.drop_addresses(gone, limit=_AT_ONCE):
            pass
        through = await self._repository.expiring_addresses(self._retention, after=gone)
        if through is not None:
            async with self._db.transaction():
                await self._events.publish(AddressesExpired(address_id=through))
