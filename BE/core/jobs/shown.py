"""Jobs in the live feed of their owners.

A change of a job is only a row of the feed, without an event: progress needs no audit trail.
"""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from BE.core.events.change import Change
from BE.core.events.outbox import Outbox

CREATED, CHANGED = "job.created", "job.changed"


class Owned(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def owner_id(self) -> UUID | None: ...


async def show_created(outbox: Outbox, job: Owned) -> None:
    await _show(outbox, CREATED, [job])


async def show_changed(outbox: Outbox, jobs: Iterable[Owned]) -> None:
    await _show(outbox, CHANGED, jobs)


async def _show(outbox: Outbox, name: str, jobs: Iterable[Owned]) -> None:
    changes = [Change(name, job.owner_id, job.id, None) for job in jobs if job.owner_id is not None]
    if changes:
        await outbox.show(changes)
