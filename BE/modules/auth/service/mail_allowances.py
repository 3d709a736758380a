from uuid import UUID

from BE.modules.auth.security.allowances import mail_to_other_allowances
from BE.modules.auth.service.throttle import Throttle


class MailAllowances:
    """How many mails a user may cause to others, counted for all processes together."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle

    async def draw(self, user_id: UUID, email: str) -> None:
        """Raises :class:`RateLimitedError`."""
        await self._throttle.draw(mail_to_other_allowances(user_id, email))
