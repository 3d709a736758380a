import asyncio
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.database.row_scope import rows_of
from BE.core.events import HourPassed
from BE.core.exceptions import DomainError
from BE.core.jobs import JobRefused, Jobs, Run, StoredJob
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.tasks.exceptions import ImportGoesOn
from BE.modules.tasks.jobs import ImportTasks
from BE.modules.tasks.models import Owner, TaskDraft
from BE.modules.tasks.repository import TaskRepository
from BE.modules.tasks.service.tasks import TaskService
from BE.modules.tasks.service.writing import Writing

type ReadFile = Callable[[str, bytes | bytearray], list[TaskDraft]]
"""Reads the tasks of a file in a form. Raises :class:`DomainError` for an invalid one."""

_BATCH = 500
_CHARACTERS = 200_000


class ImportService:
    """Imports files that are too large for a request, each as a job."""

    def __init__(
        self,
        database: Database,
        writing: Writing,
        repository: TaskRepository,
        tasks: TaskService,
        jobs: Jobs,
        *,
        read: ReadFile,
    ) -> None:
        self._db = database
        self._writing = writing
        self._repository = repository
        self._tasks = tasks
        self._jobs = jobs
        self._read = read

    async def enqueue(
        self, owner: Owner, user_id: UUID, form: str, file: bytes, *, dry_run: bool
    ) -> StoredJob:
        """Import a user's file for ``owner`` by a job. Raises :class:`ImportGoesOn`."""
        job = ImportTasks(
            user_id=user_id,
            owner_id=owner.id,
            is_of_team=owner.team_id is not None,
            form=form,
            dry_run=dry_run,
        )
        async with self._db.transaction():
            enqueued = await self._jobs.enqueue(job, owner_id=user_id, key=str(user_id))
            if not enqueued.is_new:
                raise ImportGoesOn
            await self._repository.store_file(user_id, enqueued.job.id, file)
        return enqueued.job

    async def carry_out(self, job: ImportTasks, run: Run) -> None:
        """Create all tasks of the file in the transaction that ends the job, or none."""
        owner = Owner(job.owner_id, member_id=job.user_id if job.is_of_team else None)
        try:
            with rows_of(owner.id):
                await self._require_owner(owner)
                drafts = await self._drafts(job, run)
                async with self._db.transaction():
                    if not job.dry_run:
                        await self._add(owner, drafts, run)
                        await self._writing.hold(owner)
                        await self._tasks.recount(owner)
                    await self._repository.remove_file(job.user_id, run.job_id)
                    await run.finish(
                        {"rows": len(drafts), "imported": 0 if job.dry_run else len(drafts)}
                    )
        except DomainError as refusal:
            if refusal.status >= 500:  # noqa: PLR2004
                raise
            await self._repository.remove_file(job.user_id, run.job_id)
            raise JobRefused(refusal.message) from None

    async def on_hour_passed(self, _: HourPassed) -> None:
        """Delete the files of jobs that were cancelled or forgotten."""
        for user_id, import_id in await self._repository.stored_files():
            job = await self._jobs.get(user_id, import_id)
            if job is None or not (job.is_active or _may_be_retried(job)):
                await self._repository.remove_file(user_id, import_id)

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        await self._repository.remove_files(event.user_id)

    async def _require_owner(self, owner: Owner) -> None:
        if owner.team_id is None:
            await self._tasks.require_user(owner.id)
        else:
            async with self._db.transaction():
                await self._writing.hold(owner)

    async def _drafts(self, job: ImportTasks, run: Run) -> list[TaskDraft]:
        run.progress(0, "reading the file")
        file = await self._repository.read_file(job.user_id, run.job_id)
        drafts = await asyncio.to_thread(self._read, job.form, file)
        run.stop_if_cancelled()
        return drafts

    async def _add(self, owner: Owner, drafts: Sequence[TaskDraft], run: Run) -> None:
        done = 0
        for batch in _batches(drafts):
            run.stop_if_cancelled()
            run.progress(done / len(drafts), f"{done} of {len(drafts)} tasks")
            await self._tasks.add_all(owner, batch)
            done += len(batch)


def _batches(drafts: Sequence[TaskDraft]) -> Iterator[list[TaskDraft]]:
    """Batches for short statements: few tasks, and fewer if descriptions are long."""
    batch: list[TaskDraft] = []
    size = 0
    for draft in drafts:
        batch.append(draft)
        size += len(draft["description"] or "")
        if len(batch) == _BATCH or size >= _CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _may_be_retried(job: StoredJob) -> bool:
    """Whether it failed, and waits for an operator."""
    return job.state == "failed" and job.expires_at is None
