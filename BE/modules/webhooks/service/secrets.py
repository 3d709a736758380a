import base64
import secrets
from uuid import UUID

from BE.core.events import HourPassed
from BE.core.security.sealing import Sealing
from BE.modules.webhooks.models import Receiver, SealedSecrets
from BE.modules.webhooks.repository import WebhookRepository

_AT_ONCE = 1000
_FIRST = UUID(int=0)


class WebhookSecrets:
    """The secrets that sign messages, stored sealed, each for its webhook alone."""

    def __init__(self, webhooks: WebhookRepository, sealing: Sealing) -> None:
        self._webhooks = webhooks
        self._sealing = sealing

    def new(self, webhook_id: UUID) -> tuple[str, bytes]:
        """A secret in the format of Standard Webhooks, and its stored form."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        return secret, self._sealing.seal(webhook_id, secret)

    def of(self, receiver: Receiver) -> list[str]:
        """Those in force, the newest first, as far as their keys are in the ring."""
        sealed = [receiver.secret, *([receiver.old_secret] if receiver.old_secret else [])]
        opened = [self._sealing.open(receiver.id, secret) for secret in sealed]
        return [secret for secret in opened if secret is not None]

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Forget past secrets, and reseal those of a former key, so that it may leave the ring."""
        await self._webhooks.forget_past_secrets()
        after = _FIRST
        while found := await self._webhooks.sealed_otherwise(
            self._sealing.prefix, after=after, limit=_AT_ONCE
        ):
            for former in found:
                await self._webhooks.reseal(former, self._anew(former))
            after = found[-1].webhook_id

    def _anew(self, former: SealedSecrets) -> SealedSecrets:
        """An unreadable one stays as it is."""
        return SealedSecrets(
            former.webhook_id,
            self._resealed(former.webhook_id, former.secret),
            former.old_secret and self._resealed(former.webhook_id, former.old_secret),
        )

    def _resealed(self, webhook_id: UUID, sealed: bytes) -> bytes:
        secret = self._sealing.open(webhook_id, sealed)
        return sealed if secret is None else self._sealing.seal(webhook_id, secret)
