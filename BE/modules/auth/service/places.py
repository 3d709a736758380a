from datetime import timedelta
from uuid import UUID

from BE.core.events import EventBus, HourPassed
from BE.core.exceptions import RateLimitedError
from BE.modules.auth.events import NewDeviceUsed
from BE.modules.auth.models import Account, Device
from BE.modules.auth.models.places import describe, place_of
from BE.modules.auth.repository import AuthRepository
from BE.modules.auth.security.allowances import new_device_allowance
from BE.modules.auth.security.device_tokens import DeviceTokens
from BE.modules.auth.service.throttle import Throttle

_AT_ONCE = 1000


class PlaceService:
    """Records where accounts are used, and reports a place that is new to one.

    A place is a network together with a program. A device that has signed in before is recognised
    by its token, wherever it is.
    """

    def __init__(
        self,
        repository: AuthRepository,
        events: EventBus,
        device_tokens: DeviceTokens,
        throttle: Throttle,
        *,
        address_retention_days: float,
    ) -> None:
        self._repository = repository
        self._events = events
        self._device_tokens = device_tokens
        self._throttle = throttle
        self._address_retention = timedelta(days=address_retention_days)

    async def note(self, account: Account, session_id: UUID, device: Device) -> None:
        """Record a sign-in in the ambient transaction, and publish that of a new device.

        The first sign-in of an account is not reported. The mails per day are limited: by then the
        owner knows, and a thief or a script cannot fill the mailbox.
        """
        is_new = await self._repository.note_place(account.id, place_of(device, account.id))
        if not is_new or self._device_tokens.device_of(device.tokens, account.id) is not None:
            return
        try:
            await self._throttle.draw([new_device_allowance(account.id)])
        except RateLimitedError:
            return
        program = describe(device.user_agent)
        await self._events.publish(
            NewDeviceUsed(user_id=account.id, session_id=session_id, program=program)
        )

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Forget places and addresses in short batches, after their retention."""
        while await self._repository.delete_past_places(self._address_retention, limit=_AT_ONCE):
            pass
        while await self._repository.drop_addresses(self._address_retention, limit=_AT_ONCE):
            pass
