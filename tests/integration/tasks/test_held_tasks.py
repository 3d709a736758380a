"""The tasks in an export of a user's data."""

from uuid import UUID

import httpx

from BE.core.database.database import Database
from tests.support.client import Person
from tests.support.exports.api import export
from tests.support.tasks.api import TASKS, create


async def test_an_export_has_all_tasks_and_the_trash_oldest_first(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    kept = await create(client, ada, title="Kept", tags=["a"], due_at="2030-01-31T09:30:00Z")
    gone = await create(client, ada, title="Gone", description="two\nlines")
    await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)
    await create(client, bob, title="Of another")
    await database.execute(
        """
        INSERT INTO tasks.task (id, owner_id, title, status, priority, tags, position, created_at)
        SELECT gen_random_uuid(), $1, 'Many ' || n, 'todo', 'none', '{}', 'a' || n,
            now() + (n / 3) * interval '1 second' -- several at one moment
        FROM generate_series(1, 1200) AS n
        """,
        UUID(ada.id),
    )

    found = await export(client, ada)
    tasks, trash = found["tasks"], found["tasks-in-trash"]

    assert len(tasks) == len({task["id"] for task in tasks}) == 1201
    assert tasks[0] == kept | {"deleted_at": None}
    assert [task["created_at"] for task in tasks] == sorted(task["created_at"] for task in tasks)
    assert [(task["title"], task["description"]) for task in trash] == [("Gone", "two\nlines")]
    assert trash[0]["deleted_at"]
