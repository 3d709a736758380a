from dataclasses import dataclass
from uuid import UUID

from BE.core.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver(Job):
    """Send due messages to one webhook: its key lets only one process at a time do so."""

    kind = "webhook"

    webhook_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverAgain(Job):
    """Ensure that :class:`Deliver` runs when a message is due again."""

    kind = "webhook_again"

    webhook_id: UUID
