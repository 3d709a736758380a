from dataclasses import dataclass
from uuid import UUID

from BE.core.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver(Job):
    """Send what is due to one webhook: by its key, one process at a time does."""

    kind = "webhook"

    webhook_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverAgain(Job):
    """See to it that :class:`Deliver` runs when a message is due again."""

    kind = "webhook_again"

    webhook_id: UUID
