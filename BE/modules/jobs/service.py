from uuid import UUID

from BE.core.jobs import Jobs, StoredJob
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.jobs.exceptions import JobNotFound


class JobService:
    """A user's own jobs, of any kind."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def page(self, user_id: UUID, *, before: UUID | None, limit: int) -> list[StoredJob]:
        """The newest first."""
        return await self._jobs.newest(user_id, before=before, limit=limit)

    async def get(self, user_id: UUID, job_id: UUID) -> StoredJob:
        """Raises :class:`JobNotFound`."""
        job = await self._jobs.get(user_id, job_id)
        if job is None:
            raise JobNotFound
        return job

    async def cancel(self, user_id: UUID, job_id: UUID) -> None:
        """One that has ended stays as it is. Raises :class:`JobNotFound`."""
        if not await self._jobs.cancel(user_id, job_id):
            await self.get(user_id, job_id)

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        await self._jobs.remove_all(event.user_id)
