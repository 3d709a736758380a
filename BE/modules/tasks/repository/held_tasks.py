from datetime import UTC, datetime
from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import BATCH, Rows
from BE.modules.tasks.repository.finding import COLUMNS

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC), UUID(int=0)


class HeldTaskRepository:
    """All tasks of an owner, in batches that follow the indexes of lists and trash."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def held(self, owner_id: UUID) -> Rows:
        after = _BEFORE_ALL
        while tasks := await self._db.fetch(
            f"""
            SELECT {COLUMNS}
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NULL AND (created_at, id) > ($2, $3)
            ORDER BY created_at, id
            LIMIT $4
            """,
            owner_id,
            *after,
            BATCH,
        ):
            yield tasks
            after = tasks[-1]["created_at"], tasks[-1]["id"]

    async def held_in_trash(self, owner_id: UUID) -> Rows:
        after = _BEFORE_ALL
        while tasks := await self._db.fetch(
            f"""
            SELECT {COLUMNS}
            FROM tasks.task
            WHERE owner_id = $1 AND deleted_at IS NOT NULL AND (updated_at, id) > ($2, $3)
            ORDER BY updated_at, id
            LIMIT $4
            """,
            owner_id,
            *after,
            BATCH,
        ):
            yield tasks
            after = tasks[-1]["updated_at"], tasks[-1]["id"]
